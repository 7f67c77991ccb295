#include "store/log/clash.h"

#include "store/base/time_text.h"
#include "store/model/json.h"

#include <algorithm>
#include <utility>

namespace aimem {
namespace {

std::pair<std::int64_t, std::string_view> age(const Memory& m) {
    return {parse_time(m.created_at).value_or(0), m.id};
}

std::pair<std::string_view, std::string_view> freshness(const Memory& m) {
    return {m.updated_at, m.id};  // our text form orders like time
}

}  // namespace

Memory visible_of(const std::vector<Memory>& members) {
    const auto older = [](const Memory& x, const Memory& y) {
        return age(x) < age(y);
    };
    const auto staler = [](const Memory& x, const Memory& y) {
        return freshness(x) < freshness(y);
    };
    const Memory& oldest = *std::min_element(members.begin(), members.end(), older);
    Memory out = *std::max_element(members.begin(), members.end(), staler);
    out.id = oldest.id;
    out.created_at = oldest.created_at;
    const std::string author = metadata_text(oldest.metadata, "agent_id");
    if (author.empty()) return out;
    const std::string newest = metadata_text(out.metadata, "agent_id");
    const bool signed_already = !metadata_text(out.metadata, "written_by").empty();
    out.metadata = with_metadata_text(out.metadata, "agent_id", author);
    if (!newest.empty() && newest != author && !signed_already)
        out.metadata = with_metadata_text(out.metadata, "written_by", newest);
    return out;
}

}  // namespace aimem
