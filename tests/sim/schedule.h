// What happens to a simulated mesh, made up front from one seed: a list of steps, each with a small
// seed of its own, so that leaving some out keeps the others what they were (shrink.h does that).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/replication/compare_plan.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace aimem::sim {

using Instant = std::chrono::nanoseconds;  // virtual, since the start of the world

inline constexpr std::size_t kNodesMax = 7;

enum class StepKind : std::uint8_t {
    write,        // `amount` operations in one commit, answered after a quorum
    write_local,  // by another process on the file: the node only hears the doorbell
    write_raw,    // by a program that knows nothing of registers
    write_old,    // a client of an old node
    twins,        // two values of one memory under one time reach node and `other` from old peers
    compare,      // a node compares with its `other`-th peer soon
    weather,      // of all links: `amount` % loss, also repeats and delays
    cut,          // node -> other, that way only
    split,        // node | all others
    half_open,    // answers of `other` to node are never heard
    heal,         // all links
    kill,
    kill_inside,  // after `amount` more uses of the disk
    power_cut,
    power_cut_inside,
    disk_full,  // for `amount` ms
    bad_read,   // the read after `amount` more fails
    bad_write,
    bad_sync,
    kill_at_sync,  // before `amount` more syncs are through
    busy,          // the write lock is taken `amount` times
    clock,         // jumps by `amount` s
    minutes,       // so many pass for everybody
    days,          // the same, and all compare, and tombstones are collected
    backup,
    restore,        // the last backup of this node
    replace,        // by an empty disk under the same address
    copy,           // `other` starts on a copy of this node's file
    add_member,     // `amount` 1: one that was removed comes back, if there is one
    remove_member,  // `amount` 1: with its disk, to come back
};
inline constexpr std::size_t kStepKinds = static_cast<std::size_t>(StepKind::remove_member) + 1;

// What a write is about (some_op.h); `any` is any verb at all.
enum class Verb : std::uint8_t {
    any,
    store,
    rewrite,  // the oldest memory
    remove,   // the same
    consolidate,
    rewrite_summary,  // what a consolidation made
    rules,            // a namespace wants approval from now on
    ask,              // something that needs it
    decide,           // a voice on something that was asked
    store_with_end,   // a memory that will expire
    expire,
    approve,  // a voice for something that was asked, or against it
    reject,
};
inline constexpr std::size_t kVerbs = static_cast<std::size_t>(Verb::reject) + 1;

struct Step {
    StepKind kind = StepKind::write;
    Instant at{};
    std::size_t node = 0;  // counted among the members there are then
    std::size_t other = 0;
    std::int64_t amount = 0;
    std::uint64_t seed = 0;
    Verb verb = Verb::any;
};

// A mesh at rest, and one write more: nothing comes after it that would take it along.
struct Afterthought {
    bool comes = false;
    bool restarts = false;  // the node, before it writes
    bool heard = false;     // the node itself writes, and answers; else another process on its file
    std::size_t node = 0;
};

struct Schedule {
    std::uint64_t seed = 0;
    std::size_t nodes = 3;
    std::size_t needed = 2;               // W; membership changes keep it a majority
    int autocheckpoint = 1000;            // pages
    std::size_t old_nodes = 0;            // of 0.6.3, beside `nodes`
    bool long_times = false;              // days pass in it
    std::size_t repair_bytes = SIZE_MAX;  // of one message of a comparison
    std::size_t push_rows = SIZE_MAX;     // the same of a push
    std::size_t tail_bytes = SIZE_MAX;  // fresh rows that a node keeps ready; others come from disk
    repl::ComparePlanOptions compare{};
    std::vector<Step> steps{};
    Afterthought afterthought{};
};

enum class Flavour { everything, model };  // model: only what replication_model.py knows

// Nearly half of the seeds are a mixture of whatever may happen; the others have a plot beside less
// of it (plots.h).
Schedule make_schedule(std::uint64_t seed, Flavour flavour = Flavour::everything);
std::string describe(const Step& step);

}  // namespace aimem::sim
