#include "mcp/spread.h"

#include "store/base/log.h"
#include "store/log/doorbell.h"
#include "store/query/spread.h"
#include "store/store.h"

#include <fmt/core.h>
#include <poll.h>

namespace aimem::mcp {
namespace {

constexpr int kSpreadLookMs = 5;  // data_version costs 2 us
constexpr int kLooksBetweenBells = 10;

std::string with_member(std::string object, const std::string& member) {
    if (!object.ends_with('}')) return object;
    object.pop_back();
    return object + (object.ends_with('{') ? "" : ",") + member + '}';
}

}  // namespace

ToolAnswer SpreadWatch::reported(ToolAnswer answer, Store& store,
                                 const std::atomic<bool>& cancelled) const {
    if (place_ == 0) return answer;
    const auto until = std::chrono::steady_clock::now() + wait_;
    DoorbellRinger bell(store.file());
    query::Spread spread;
    std::int64_t version = -1;
    for (int looks = 0; !cancelled; ++looks) {
        const std::int64_t now = store.data_version();
        if (now != version) {
            version = now;
            const auto found =
                store.ask([&](sqlite::Database& db) { return query::spread_of(db, place_); });
            if (!found) {
                log::warn("mcp.spread_unknown", "{}", found.error().message);
                return answer;
            }
            spread = *found;
        }
        if (spread.copies >= spread.nodes || std::chrono::steady_clock::now() >= until) break;
        if (looks % kLooksBetweenBells == 0) bell.ask();
        ::poll(nullptr, 0, kSpreadLookMs);
    }
    const std::string counts =
        fmt::format(R"({{"copies":{},"nodes":{}}})", spread.copies, spread.nodes);
    answer.structured = with_member(std::move(answer.structured), "\"replicated\":" + counts);
    if (!answer.text.empty())
        answer.text += fmt::format("\nreplicated: {} of {} nodes", spread.copies, spread.nodes);
    return answer;
}

}  // namespace aimem::mcp
