#include "mcp/tools/standards.h"

#include "mcp/tools/call_help.h"
#include "store/model/json.h"
#include "store/query/records.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace aimem::mcp {

Result<std::vector<Memory>> standards_for(const ToolCall& call,
                                          const std::optional<std::string>& ns) {
    const auto chain = ask(call, [&](sqlite::Database& db) {
        return query::standards(db, ns.value_or("*"), ns.has_value());
    });
    if (!chain) return fail(chain.error());
    std::vector<Memory> out;
    for (const query::StandardView& one : *chain)
        if (one.memory && !is_among(out, one.memory->id)) out.push_back(*one.memory);
    return out;
}

void put_standards(nlohmann::json& out, const std::vector<Memory>& standards) {
    if (standards.size() == 1) out["standard"] = to_json(standards.front());
    if (standards.size() > 1) out["standards"] = rows_json(standards);
}

bool is_among(const std::vector<Memory>& standards, const std::string& id) {
    return std::any_of(standards.begin(), standards.end(),
                       [&](const Memory& one) { return one.id == id; });
}

}  // namespace aimem::mcp
