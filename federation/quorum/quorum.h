// Quorum arithmetic: values only, the time is passed in. A write is met when this node and W-1
// peers hold it on disk, lost as soon as that has become impossible, or at the deadline.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aimem {

using Instant = std::chrono::nanoseconds;  // since any fixed start; never goes back

struct QuorumPolicy {
    std::size_t nodes = 1;   // this node and its peers
    std::size_t needed = 1;  // W: copies on disk wanted, this node's own included
    std::chrono::milliseconds timeout{2000};

    // Refuses what 0.6.3 clamps: W = 0, W > nodes, no time at all.
    static Result<QuorumPolicy> make(std::size_t nodes, std::size_t needed,
                                     std::chrono::milliseconds timeout);
    static std::size_t majority(std::size_t nodes) noexcept { return nodes / 2 + 1; }
};

enum class Verdict : std::uint8_t { waiting, met, failed };

// What a peer's silence or answer meant for one write.
enum class PeerAnswer : std::uint8_t {
    none,         // not asked yet, or no answer yet
    ack,          // durably applied
    unreachable,  // could not be reached, or answered with an HTTP error
    refused,      // answered, but did not apply it
};

struct QuorumOutcome {
    Verdict verdict = Verdict::waiting;
    std::size_t got = 0;  // copies on disk, own included
    std::size_t needed = 1;
    // "timeout": a peer had not answered at the deadline; else "id_drift": a peer answered well but
    // without having applied the write; else "unreachable": the missing peers cannot be reached or
    // serve nobody. Empty while met or waiting.
    std::string_view reason{};
};

class AckTracker {
public:
    AckTracker(const QuorumPolicy& policy, Instant start);

    void note(std::size_t peer, PeerAnswer answer);  // 0-based; an ack is final
    QuorumOutcome outcome(Instant now) const;
    Instant deadline() const noexcept { return deadline_; }

private:
    QuorumPolicy policy_;
    Instant deadline_;
    std::vector<PeerAnswer> answers_;
};

}  // namespace aimem
