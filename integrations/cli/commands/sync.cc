#include "store/store.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "integrations/cli/args.h"
#include "integrations/cli/commands/rows.h"
#include "integrations/cli/session.h"
#include <algorithm>

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

struct Status {
    Identity identity{};
    Digest digest{};
    std::vector<PeerState> peers{};
};

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
    return out;
}

void show(Session& session, const Status& status) {
    session.line(fmt::format("node: {} (epoch {})", status.identity.node, status.identity.epoch));
    session.line(fmt::format("feed: next {}", status.identity.next_seq));
    session.line(
        fmt::format("digest: {:016x} ({} registers)", status.digest.sum, status.digest.count));
    if (status.peers.empty()) return session.line("peers: none so far");
    session.line("peers:");
    for (const PeerState& peer : status.peers) session.line(text_of(peer));
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
                   {"peers", std::move(peers)}});
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

}  // namespace aimem::cli
