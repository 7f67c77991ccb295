#include "integrations/cli/listing.h"

#include "store/base/clock.h"
#include "store/model/json.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "integrations/cli/render.h"

namespace aimem::cli {

void show_memories(Session& session, const std::vector<Memory>& memories, const Listing& listing) {
    if (session.json()) {
        nlohmann::json rows = nlohmann::json::array();
        for (const Memory& memory : memories) rows.push_back(to_json(memory));
        nlohmann::json out{{"count", memories.size()}};
        out[std::string(listing.json_key)] = std::move(rows);
        return session.print(out);
    }
    if (memories.empty()) return Session::notice(fmt::format("no memories {}", listing.done));
    const std::int64_t now = system_clock().now_ns();
    for (const Memory& memory : memories) session.line(summary_line(memory, now));
    session.line(count_line(memories.size(), listing.done));
}

}  // namespace aimem::cli
