#include "store/base/time_text.h"
#include "store/log/parked.h"
#include "store/store.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "integrations/cli/args.h"
#include "integrations/cli/commands/rows.h"
#include "integrations/cli/session.h"
#include <algorithm>
#include <array>
#include <future>

namespace aimem::cli {
namespace {

using nlohmann::json;

struct PeerState {
    PeerCursor cursor{};
    std::int64_t lag = 0;  // places of the feed it has not confirmed
};

// Places behind the cursor that hold only other nodes' rows are nothing this peer waits for.
Result<PeerState> state_of(Store& store, const PeerCursor& cursor, std::int64_t head) {
    PeerState out{cursor, std::max<std::int64_t>(0, head - cursor.acked)};
    if (out.lag == 0) return out;
    const auto next = store.feed_after(cursor.acked, 1, 1);
    if (!next) return fail(next.error());
    if (next->rows.empty() && !next->more) out.lag = 0;
    return out;
}

json json_of(const PeerState& peer) {
    return {{"url", peer.cursor.url},
            {"node", peer.cursor.node},
            {"epoch", peer.cursor.epoch},
            {"acked", peer.cursor.acked},
            {"lag", peer.lag}};
}

std::string text_of(const PeerState& peer) {
    const std::string node =
        peer.cursor.node.empty() ? "has never answered" : "node " + peer.cursor.node;
    const std::string state = peer.lag == 0 ? "up to date" : fmt::format("lag {}", peer.lag);
    return fmt::format("  {}  {}  acked {}  {}", peer.cursor.url, state, peer.cursor.acked, node);
}

struct Waiting {  // rows that could not be delivered
    ParkedCounts counts{};
    std::vector<Parked> rows{};
};

struct Status {
    Identity identity{};
    Digest digest{};
    std::vector<PeerState> peers{};
    Waiting parked{};
};

constexpr std::size_t kParkedShown = 100;

json json_of(const Waiting& parked) {
    json rows = json::array();
    for (const Parked& row : parked.rows)
        rows.push_back({{"direction", row.ours ? "out" : "in"},
                        {"peer", row.peer},
                        {"key", row.key},
                        {"why", row.why},
                        {"tries", row.tries},
                        {"first_at", time_text(row.first_at)},
                        {"last_at", time_text(row.last_at)}});
    return {{"out", parked.counts.ours}, {"in", parked.counts.foreign}, {"rows", std::move(rows)}};
}

std::string text_of(const Parked& row) {
    return fmt::format("  {} {}  {}  {} (tried {})", row.ours ? "refused by" : "refused from",
                       row.peer, row.key, row.why, row.tries);
}

Result<Status> read_status(Store& store) {
    Status out;
    const auto identity = store.identity();
    if (!identity) return fail(identity.error());
    out.identity = *identity;
    const auto digest = store.digest();
    if (!digest) return fail(digest.error());
    out.digest = *digest;
    const auto cursors = store.cursors();
    if (!cursors) return fail(cursors.error());
    for (const PeerCursor& cursor : *cursors) {
        auto peer = state_of(store, cursor, out.identity.next_seq - 1);
        if (!peer) return fail(peer.error());
        out.peers.push_back(std::move(*peer));
    }
    const auto looked = store.look([&](sqlite::Database& db) {
        const std::int64_t now = system_clock().now_ns();
        out.parked = {count_parked(db, now), parked_rows(db, now, kParkedShown)};
    });
    if (!looked) return fail(looked.error());
    return out;
}

void show(Session& session, const Status& status) {
    session.line(fmt::format("node: {} (epoch {})", status.identity.node, status.identity.epoch));
    session.line(fmt::format("feed: next {}", status.identity.next_seq));
    session.line(
        fmt::format("digest: {:016x} ({} registers)", status.digest.sum, status.digest.count));
    session.line(status.peers.empty() ? "peers: none so far" : "peers:");
    for (const PeerState& peer : status.peers) session.line(text_of(peer));
    const ParkedCounts& parked = status.parked.counts;
    if (parked.ours + parked.foreign == 0) return;
    session.line(fmt::format("parked: {} that a peer refuses, {} that were refused here",
                             parked.ours, parked.foreign));
    for (const Parked& row : status.parked.rows) session.line(text_of(row));
}

Result<> run_sync(Session& session, const Args& /*args*/) {
    auto store = session.existing();
    if (!store) return fail(store.error());
    const auto status = read_status(**store);
    if (!status) return fail(status.error());
    if (!session.json()) {
        show(session, *status);
        return {};
    }
    json peers = json::array();
    for (const PeerState& peer : status->peers) peers.push_back(json_of(peer));
    session.print({{"node", status->identity.node},
                   {"epoch", status->identity.epoch},
                   {"tag", status->identity.tag},
                   {"next_seq", status->identity.next_seq},
                   {"digest", fmt::format("{:016x}", status->digest.sum)},
                   {"registers", status->digest.count},
                   {"peers", std::move(peers)},
                   {"parked", json_of(status->parked)}});
    return {};
}

constexpr std::array kRetryArgs{
    Arg{"--peer", Kind::text, Need::optional, "URL", "What this peer refuses; without it: any"},
    Arg{"--key", Kind::text, Need::optional, "KEY", "This row, as sync status names it"},
};

Result<> run_retry(Session& session, const Args& args) {
    auto store = session.existing();
    if (!store) return fail(store.error());
    std::size_t retried = 0;
    std::promise<Result<>> done;
    auto work = [&](Registers& registers) {
        retried =
            retry_parked(registers, args.text("peer").value_or(""), args.text("key").value_or(""));
    };
    (*store)->upkeep(work, [&](Result<> result) { done.set_value(std::move(result)); });
    if (auto ok = done.get_future().get(); !ok) return ok;
    session.answer({{"retried", retried}}, fmt::format("{} to be sent again", retried));
    return {};
}

}  // namespace

const Command kSyncStatus{
    .name = "sync status",
    .summary = "Show how far each peer has this file's changes",
    .details =
        "Read from the file, whether or not a node is running. Two files whose digests are\n"
        "equal hold the same memories, links and tombstones.",
    .examples = R"(  ai-memory sync status
  ai-memory sync status --json | jq '.peers[] | select(.lag > 0)'
)",
    .run = run_sync,
};

const Command kSyncRetry{
    .name = "sync retry",
    .summary = "Send rows again that a peer would not take",
    .details =
        "sync status shows them under \"parked\". They also go again by themselves when they\n"
        "change. The node, or the sync daemon, sends them when it runs.",
    .examples = R"(  ai-memory sync retry
  ai-memory sync retry --peer http://10.0.0.2:9077
)",
    .args = kRetryArgs,
    .run = run_retry,
};

}  // namespace aimem::cli
