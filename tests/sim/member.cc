#include "tests/sim/member.h"

#include "store/log/apply.h"
#include "store/log/digest.h"
#include "store/log/feed.h"
#include "store/log/upkeep.h"
#include "store/sqlite/schema.h"
#include "tests/sim/disk_vfs.h"

#include <fmt/core.h>
#include <sqlite3.h>

#include <algorithm>

namespace aimem::sim {
namespace {

constexpr std::size_t kCacheKib = 1024;
constexpr std::chrono::milliseconds kQuorumTimeout{200};

// A migrated empty database, made once: migrating costs more than a whole schedule may. Small pages
// make transactions of many writes, and quick ones.
const DiskImage& empty_database() {
    static const DiskImage image = [] {
        const Instant now{};
        const SimClock clock(now);
        Dice dice(0);
        SimDisk disk;
        for (int i = 0; i < 2; ++i) {  // the second closing leaves no log
            sqlite::Database db(disk.name(), sqlite::OpenMode::read_write, kSimVfs);
            if (i == 0) db.exec("PRAGMA page_size = 512");
            sqlite::migrate(db, disk.name(), clock, dice);
            db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
        }
        return disk.view();
    }();
    return image;
}

std::vector<PeerCursor> cursors_of(sqlite::Database& db, const std::vector<MemberId>& peers) {
    const auto known = read_cursors(db);
    std::vector<PeerCursor> out;
    for (const MemberId peer : peers) {
        out.push_back({url_of(peer), {}, {}, 0});
        for (const PeerCursor& one : known)
            if (one.url == out.back().url) out.back() = one;
    }
    return out;
}

}  // namespace

std::string url_of(MemberId id) {
    return fmt::format("http://n{}", id);
}

Process::Process(const SimDisk& disk, const Clock& clock, Rng& rng, int autocheckpoint)
    : db(disk.name(), sqlite::OpenMode::read_write, kSimVfs),
      committer(db, clock, rng) {
    // The product waits for a lock in real time; here who finds it taken gives up at once.
    sqlite3_busy_handler(db.handle(), nullptr, nullptr);
    sqlite::migrate(db, disk.name(), clock, rng);
    sqlite::configure(db, kCacheKib);
    db.exec(fmt::format("PRAGMA wal_autocheckpoint = {}", autocheckpoint));
}

Member::Member(MemberId number, std::uint64_t seed, const Instant& now)
    : id(number),
      clock(now),
      rng(mix(seed, 2, number)) {
    install();
}

void Member::install() {
    disk.restore(empty_database());
    fresh = true;
}

void Member::start(const Mesh& mesh, Instant now) {
    auto made = std::make_unique<Process>(disk, clock, rng, mesh.autocheckpoint);
    for (const MemberId other : mesh.members)
        if (other != id) made->peers.push_back(other);
    made->peers.insert(made->peers.end(), mesh.old_members.begin(), mesh.old_members.end());
    if (fresh)
        made->db.sql("UPDATE repl_meta SET node = ?1, epoch = ?2, tag = ?3")
            .bind(uuid4(rng), fmt::format("{:016x}", rng.next()),
                  static_cast<std::int64_t>(rng.next() % 1000))
            .run();
    fresh = false;
    made->db.sql("UPDATE repl_meta SET members = ?1 WHERE members <> ?1")
        .bind(static_cast<std::int64_t>(mesh.members.size()))
        .run();
    repl::ReplicatorOptions options;
    options.policy = {made->peers.size() + 1, mesh.needed, kQuorumTimeout};
    options.push_timeout = kQuorumTimeout;
    options.push_rows = std::min(options.push_rows, mesh.push_rows);
    options.tail_bytes_max = std::min(options.tail_bytes_max, mesh.tail_bytes);
    options.self = read_identity(made->db);
    options.place = fmt::format("place {}", id);
    options.agent_id = "host:sim";
    options.peers = cursors_of(made->db, made->peers);
    for (const PeerCursor& cursor : options.peers)
        if (!cursor.node.empty()) options.seen[cursor.node] = seen_of_feed(made->db, cursor.node);
    made->self = options.self;
    made->machine.emplace(std::move(options));
    auto plan = mesh.compare;
    plan.peers = made->peers.size();
    made->plan.emplace(plan, now, made->self.recovering);
    process = std::move(made);
}

void Member::stop() {
    ++life;
    disk.kill();
    process.reset();  // what it still wants to write reaches nobody
}

void Member::must_be_stamped() const {
    if (foreign_writes_wait(process->db))
        throw sqlite::SqliteError(5, "what another program wrote has no stamps yet");  // busy
}

void Member::restore(const DiskImage& image) {
    stop();
    disk.restore(image);
    fresh = false;
    ++disk_life;
    committed.clear();
    pending.clear();
    observed = 0;
    doubtful.clear();
}

std::map<std::string, Version> registers_in(const DiskImage& image) {
    SimDisk disk;
    disk.restore(image);
    std::map<std::string, Version> out;
    {
        sqlite::Database db(disk.name(), sqlite::OpenMode::read_write, kSimVfs);
        for (const Change& change : versions_in(db, "", "")) out[change.key] = change.version;
        disk.kill();
    }
    return out;
}

std::vector<std::string> unacknowledged_in(const DiskImage& image) {
    SimDisk disk;
    disk.restore(image);
    std::vector<std::string> out;
    {
        sqlite::Database db(disk.name(), sqlite::OpenMode::read_write, kSimVfs);
        for (auto row = db.sql("SELECT key FROM repl_row WHERE foreign_row = 0 AND seq > ?1")
                            .bind(acknowledged(db));
             row.step();)
            out.push_back(row.string(0));
        disk.kill();
    }
    return out;
}

}  // namespace aimem::sim
