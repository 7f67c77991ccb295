// One simulated machine: its disk, its clock, and the process on it while one runs: the store's
// commit path and the replication machine, as the node's shell puts them together. What the shell
// does when the database fails is in attempt(), as in store/writer.cc.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/replication/compare_plan.h"
#include "federation/replication/replicator.h"
#include "store/committer.h"
#include "tests/sim/disk.h"
#include "tests/sim/network.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace aimem::sim {

class SimClock final : public Clock {
public:
    explicit SimClock(const Instant& now) : now_(now) {}
    std::int64_t now_ns() const override {
        return 1'777'000'000'000'000'000 + (now_ + skew).count();
    }
    Instant skew{};

private:
    const Instant& now_;
};

struct Mesh {  // what all members are configured with
    std::vector<MemberId> members{};
    std::vector<MemberId> old_members{};  // of 0.6.3
    std::size_t needed = 2;
    int autocheckpoint = 1000;
    std::size_t push_rows = SIZE_MAX;
    std::size_t tail_bytes = SIZE_MAX;
    repl::ComparePlanOptions compare{};  // `peers` is filled in
};

struct Comparing {  // one comparison under way
    repl::Comparison machine;
    std::size_t peer = 0;
    std::uint64_t awaits = 0;  // the number of the request whose answer it waits for
};

struct Process {
    Process(const SimDisk& disk, const Clock& clock, Rng& rng, int autocheckpoint);

    sqlite::Database db;
    Committer committer;
    std::optional<repl::Replicator> machine{};
    std::vector<MemberId> peers{};   // in the machine's order
    std::optional<Instant> armed{};  // when it will look again by itself
    std::map<repl::Ticket, std::pair<Instant, std::vector<FeedRow>>> tickets{};
    Identity self{};  // as of the start, or of the last look
    std::optional<repl::ComparePlan> plan{};
    std::optional<Comparing> comparing{};
    std::uint64_t requests = 0;
    std::string digest_heard{};           // of the comparison under way
    std::optional<Instant> care_armed{};  // when it will look at the plan again
    std::map<std::string, PeerCursor> unsaved{};
};

struct Member {
    Member(MemberId number, std::uint64_t seed, const Instant& now);
    ~Member() { disk.kill(); }  // or closing would take the time of a checkpoint
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;

    void install();                             // an empty database of a new identity
    void start(const Mesh& mesh, Instant now);  // throws what the database throws
    void stop();                                // kill -9
    void restore(const DiskImage& image);       // an older state of this disk, or another disk
    // Nothing is read for a peer while a foreign writer's work waits for stamps (Store does the
    // same). Throws SqliteError.
    void must_be_stamped() const;

    MemberId id;
    SimDisk disk{};
    SimClock clock;
    Dice rng;
    std::unique_ptr<Process> process{};
    int life = 0;       // of processes: what was meant for an earlier one is thrown away
    int disk_life = 0;  // rises when the disk's content is lost or set back
    Instant disk_lost_at{-1};
    bool fresh = true;         // an empty disk: a new identity
    bool power_fails = false;  // when it dies inside the disk
    std::optional<DiskImage> backup{};
    std::map<std::string, Version> committed{};  // what must be there as long as the disk is
    std::vector<FeedRow> pending{};              // perhaps committed
    std::int64_t observed = 0;  // the newest stamp it has stored, as far as its clock believes it
    // The epoch of a file that was set back, until that was noticed: what it writes under it may be
    // what it wrote before.
    std::string doubtful{};
};

// Faults are put aside while the checker looks.
class Undisturbed {
public:
    explicit Undisturbed(SimDisk& disk) : disk_(disk), faults_(disk.faults) { disk.faults = {}; }
    ~Undisturbed() { disk_.faults = faults_; }
    Undisturbed(const Undisturbed&) = delete;
    Undisturbed& operator=(const Undisturbed&) = delete;

private:
    SimDisk& disk_;
    DiskFaults faults_;
};

std::string url_of(MemberId id);

// All registers of the database in this image.
std::map<std::string, Version> registers_in(const DiskImage& image);

// Keys of its own that no peer has acknowledged, as far as this image knows.
std::vector<std::string> unacknowledged_in(const DiskImage& image);

}  // namespace aimem::sim
