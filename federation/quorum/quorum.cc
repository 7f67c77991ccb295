#include "federation/quorum/quorum.h"

#include "store/log/planted.h"

#include <fmt/core.h>

#include <algorithm>

namespace aimem {

Result<QuorumPolicy> QuorumPolicy::make(std::size_t nodes, std::size_t needed,
                                        std::chrono::milliseconds timeout) {
    if (needed == 0 || needed > nodes)
        return fail(Errc::invalid_argument,
                    fmt::format("--quorum-writes must be from 1 to {} (this node and its {} peers)",
                                nodes, nodes - 1));
    if (timeout.count() <= 0)
        return fail(Errc::invalid_argument, "--quorum-timeout-ms must be at least 1");
    return QuorumPolicy{nodes, needed, timeout};
}

AckTracker::AckTracker(const QuorumPolicy& policy, Instant start)
    : policy_(policy),
      deadline_(start + policy.timeout),
      answers_(policy.nodes - 1, PeerAnswer::none) {}

void AckTracker::note(std::size_t peer, PeerAnswer answer) {
    PeerAnswer& known = answers_.at(peer);
    if (known != PeerAnswer::ack) known = answer;
}

QuorumOutcome AckTracker::outcome(Instant now) const {
    const auto count = [this](PeerAnswer wanted) {
        return static_cast<std::size_t>(std::count(answers_.begin(), answers_.end(), wanted));
    };
    QuorumOutcome out{Verdict::waiting, 1 + count(PeerAnswer::ack), policy_.needed, {}};
    if (planted(Fault::self_counted_twice)) ++out.got;
    if (planted(Fault::quorum_one_short)) out.needed = std::max<std::size_t>(1, policy_.needed - 1);
    if (out.got >= out.needed) {
        out.verdict = Verdict::met;
        return out;
    }
    const std::size_t open = count(PeerAnswer::none);
    const bool late = now >= deadline_;
    if (out.got + open >= policy_.needed && !late) return out;
    out.verdict = Verdict::failed;
    if (late && open > 0)
        out.reason = "timeout";
    else
        out.reason = count(PeerAnswer::refused) > 0 ? "id_drift" : "unreachable";
    return out;
}

}  // namespace aimem
