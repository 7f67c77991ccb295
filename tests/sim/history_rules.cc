// Promises about what must not be lost on the way: tombstones, cursors, identities, decisions.
// SPDX-License-Identifier: Apache-2.0
#include "store/log/bodies.h"
#include "store/log/collect.h"
#include "store/log/feed.h"
#include "store/log/records.h"
#include "tests/sim/history.h"

#include <fmt/core.h>

#include <algorithm>

namespace aimem::sim {
namespace {

std::string named(const std::string& key, Version version) {
    return fmt::format("{} @{}/{}", key, version.stamp, version.sig);
}

}  // namespace

std::vector<FeedRow> History::made(Member& member, std::int64_t from_seq) {
    auto& db = member.process->db;
    std::vector<FeedRow> out;
    std::vector<std::string> keys;
    for (auto row =
             db.sql("SELECT key FROM repl_row WHERE seq >= ?1 AND foreign_row = 0 ORDER BY seq")
                 .bind(from_seq);
         row.step();)
        keys.push_back(row.string(0));
    for (const std::string& key : keys) {
        const auto found = find_register(db, key);
        if (find(key, found->version) != nullptr) continue;
        out.push_back({found->seq, change_of(db, key, *found)});
    }
    if (!out.empty()) issued(member, out);
    return out;
}

void History::forgets(Member& member, const std::vector<Forgettable>& rows, bool peer_recovering) {
    if (peer_recovering && !rows.empty())
        throw Violation(fmt::format("forgotten for one that is not whole: {} on n{}",
                                    named(rows.front().key, rows.front().version), member.id));
    const Undisturbed undisturbed(member.disk);
    auto& db = member.process->db;
    const std::int64_t acked = acknowledged(db);
    for (const Forgettable& row : rows) {
        const auto found = find_register(db, row.key);
        const bool expired = db.sql(
                                   "SELECT 1 FROM archived_memories WHERE id = ?1 AND "
                                   "archive_reason = 'ttl_expired'")
                                 .bind(id_of_key(row.key))
                                 .step();
        if (found && found->version == row.version && !found->foreign && found->seq > acked &&
            !expired)
            throw Violation(fmt::format("forgotten though nobody else has it: {} on n{}",
                                        named(row.key, row.version), member.id));
        member.committed.erase(row.key);
        for (Answered& answer : answered_)
            if (answer.key == row.key)
                std::erase(answer.holders, Holder{member.id, member.disk_life});
    }
}

// Not before everybody has it, and not within a week; the horizon says that it is gone.
void History::collects(Member& member, const Members& members,
                       const std::vector<Forgettable>& rows) {
    const CollectRules rules;
    const std::int64_t latest =
        member.clock.now_ns() - (old_nodes > 0 ? rules.age_with_legacy : rules.age);
    for (const Forgettable& row : rows) {
        member.committed.erase(row.key);
        Version& newest = collected_[row.key];
        newest = std::max(newest, row.version);
        if (row.version.stamp > latest)
            throw Violation(fmt::format("collected too early: {} on n{}",
                                        named(row.key, row.version), member.id));
        for (const auto& other : members) {
            if (!other->process || other->disk_life > 0 || old_nodes > 0) continue;
            const Undisturbed undisturbed(other->disk);
            const auto there = find_register(other->process->db, row.key);
            if (!there || there->version >= row.version) continue;
            if (gone_or_revived(row.key, row.version, there)) continue;
            const Issue* issue = find(row.key, there->version);
            if (issue == nullptr || issue->adopted) continue;
            throw Violation(fmt::format("collected before everybody had it: {} on n{}, not on n{}",
                                        named(row.key, row.version), member.id, other->id));
        }
    }
}

void History::saves(Member& member, const PeerCursor& cursor, const Members& members) {
    if (!copies_.empty() || !member.doubtful.empty()) return;
    const auto peer = std::find_if(members.begin(), members.end(), [&](const auto& one) {
        return url_of(one->id) == cursor.url && one->process && one->doubtful.empty();
    });
    if (peer == members.end()) return;
    const Undisturbed mine(member.disk);
    const Undisturbed theirs((*peer)->disk);
    auto& db = member.process->db;
    if (cursor.acked >= read_identity(db).next_seq)
        throw Violation(fmt::format("a cursor behind the end of the feed: of n{} for {}", member.id,
                                    cursor.url));
    const Identity known = read_identity((*peer)->process->db);
    if (known.node != cursor.node || known.epoch != cursor.epoch) return;
    std::int64_t& verified = verified_[fmt::format("{}/{}/{}/{}/{}", member.id, member.disk_life,
                                                   (*peer)->id, (*peer)->disk_life, cursor.epoch)];
    std::vector<FeedRow> rows;
    for (auto row = db.sql("SELECT key, stamp, sig FROM repl_row WHERE foreign_row = 0 AND seq > "
                           "?1 AND seq <= ?2 ORDER BY seq")
                        .bind(verified, cursor.acked);
         row.step();) {
        const Version version{row.int64(1), row.int64(2)};
        const std::string key = row.string(0);
        const auto there = find_register((*peer)->process->db, key);
        if (there ? there->version >= version : buried(key, version)) continue;
        throw Violation(fmt::format("a cursor covers what its peer lacks: {} of n{} on n{}",
                                    named(key, version), member.id, (*peer)->id));
    }
    verified = std::max(verified, cursor.acked);
}

void History::set_back(Member& member, bool empty) {
    disks_lost_ = true;
    copies_.erase(member.id);
    must_renew_.erase(member.id);
    if (empty) votes_may_be_lost();
    // What it alone had sealed is gone with the disk: then it is sealed again.
    std::erase_if(
        sealed_, [&](const auto& one) { return one.second.by == member.id && !one.second.spread; });
    member.doubtful = empty ? "" : "?";
}

void History::came_up(Member& member) {
    const Identity self = member.process->self;
    if (member.doubtful != "?") {
        if (member.doubtful != self.epoch) member.doubtful.clear();
        return;
    }
    member.doubtful = self.epoch;
}

void History::told(const Member& member, const SeenOfFeed& you, std::size_t rows) {
    if (!copies_.empty() || member.doubtful != you.epoch || you.epoch.empty()) return;
    // What comes with it takes positions before the process has looked.
    constexpr std::int64_t kMore = 4;
    const Identity& self = member.process->self;
    const std::int64_t end = member.process->machine->feed_end();
    if (self.epoch == you.epoch && you.seen > end + static_cast<std::int64_t>(rows) + kMore)
        must_renew_[member.id] = you.epoch;
}

bool History::in_the_future(Member& member, const SeenOfFeed& seen) const {
    const Identity self = read_identity(member.process->db);
    return copies_.empty() && self.epoch == seen.epoch && seen.seen >= self.next_seq;
}

void History::renewed(Member& member, const SeenOfFeed& seen) const {
    const Undisturbed undisturbed(member.disk);
    if (read_identity(member.process->db).epoch == seen.epoch)
        throw Violation(fmt::format("a file that was set back has not noticed: n{}", member.id));
}

void History::copied(MemberId copy, MemberId of) {
    disks_lost_ = true;
    must_renew_.clear();
    votes_may_be_lost();
    copies_[copy] = of;
    were_copies_.emplace(copy, of);
}

void History::all_noticed(const Members& members) const {
    for (const auto& member : members) {
        const auto found = must_renew_.find(member->id);
        if (found != must_renew_.end() && read_identity(member->process->db).epoch == found->second)
            throw Violation(
                fmt::format("a file that was set back has not noticed: n{}", member->id));
    }
}

// (f) of the design's checker: one seal for an action, and what it carries out with it.
void History::decided(Member& member, const FeedRow& row) {
    if (!member.doubtful.empty()) votes_may_be_lost();
    const auto [at, first] =
        sealed_.emplace(row.change.key, Seal{row.change.version, member.id, false});
    if (!first && !votes_lost_ && at->second.version != row.change.version)
        throw Violation(fmt::format("an action was decided twice: {} on n{}, before {}",
                                    named(row.change.key, row.change.version), member.id,
                                    at->second.version.stamp));
}

void History::seal_seen(const Member& member, const std::string& key) {
    const auto found = sealed_.find(key);
    if (found != sealed_.end() && found->second.by != member.id) found->second.spread = true;
}

// What a majority holds was carried out, and an even split was rejected.
void History::all_decided(Member& member, std::int64_t members) const {
    if (votes_lost_ || disks_lost_ || old_nodes > 0) return;
    auto& db = member.process->db;
    std::vector<std::string> open;
    for (auto row =
             db.sql("SELECT id FROM pending_actions WHERE status = 'pending' ORDER BY id").bind();
         row.step();)
        open.push_back(row.string(0));
    for (const std::string& id : open) {
        const auto ballots = ballots_of(db, id);
        const auto yes = std::count_if(ballots.begin(), ballots.end(),
                                       [](const Ballot& one) { return one.approved; });
        const auto all = static_cast<std::int64_t>(ballots.size());
        const auto no = all - yes;
        if (yes == no && all == members)
            throw Violation(fmt::format("a split vote was left open: {} on n{}", id, member.id));
        if (std::max<std::int64_t>(yes, no) >= members / 2 + 1)
            throw Violation(
                fmt::format("a majority decided and nobody sealed it: {} on n{}", id, member.id));
    }
}

}  // namespace aimem::sim
