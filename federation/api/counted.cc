#include "federation/api/counted.h"

#include "store/model/limits.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace aimem::api {

nlohmann::json counted(const char* name, const std::vector<Counted>& rows) {
    nlohmann::json out = nlohmann::json::array();
    for (std::size_t i = 0; i < std::min(rows.size(), limits::list_rows); ++i)
        out.push_back({{name, rows[i].name}, {"count", rows[i].count}});
    return out;
}

void put_namespaces(nlohmann::json& body, const std::vector<Counted>& rows) {
    body["by_namespace"] = counted("namespace", rows);
    if (rows.size() > limits::list_rows) body["truncated"] = true;
}

}  // namespace aimem::api
