// Deliberate bugs, to see that the simulator catches them: each is one branch in the code, compiled
// in with AIMEM_PLANTED_FAULTS only (tests/sim does), and switched on one at a time there. In every
// other build planted() is false at compile time. docs/planted-faults.md says what each does.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace aimem {

enum class Fault : std::uint8_t {
    none,
    ack_before_durable,
    recovered_log_unsynced,
    seq_not_persisted,
    clock_not_persisted,
    guard_left_on,
    observe_forgotten,
    overwritten_not_dominated,
    equal_version_applied,
    tie_by_arrival,
    older_tombstone_wins,
    newer_tombstone_loses,
    tombstone_dropped,
    clash_by_arrival,
    clash_loser_dropped,
    links_not_refreshed,
    closure_forgotten_in_page,
    closure_forgotten_in_tail,
    closure_forgotten_in_repair,
    page_ends_too_far,
    tail_ends_too_far,
    unit_cut,
    hole_left_open,
    foreign_row_as_own,
    digest_without_tombstones,
    older_not_lacking,
    self_counted_twice,
    quorum_one_short,
    failure_is_ack,
    cursor_off_by_one,
    hole_ignored,
    rewind_unnoticed,
    new_identity_unnoticed,
    quiet_over_own_rows,
    waited_row_superseded,
    own_rewind_unnoticed,
    epoch_kept,
    tag_kept,
    collected_too_young,
    collected_unconfirmed,
    horizon_not_noted,
    long_absence_unnoticed,
    unshared_forgotten,
    recovering_peer_believed,
    split_vote_left_open,
    fresh_by_anybody,
    expired_is_news,
    forgotten_still_sent,
    missing_is_equal,
};
inline constexpr int kFaults = static_cast<int>(Fault::missing_is_equal) + 1;

#ifdef AIMEM_PLANTED_FAULTS
bool planted(Fault fault) noexcept;  // tests/sim/planted.cc
#else
constexpr bool planted(Fault) noexcept {
    return false;
}
#endif

}  // namespace aimem
