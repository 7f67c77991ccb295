#include "tests/sim/history.h"

#include "store/log/bodies.h"
#include "store/log/digest.h"
#include "store/log/feed.h"
#include "store/log/memory_rows.h"
#include "store/log/stamp.h"
#include "store/model/json.h"
#include "tests/store/core/node.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace aimem::sim {
namespace {

std::string text_of(const std::string& key, Version version) {
    return fmt::format("{} @{}/{}", key, version.stamp, version.sig);
}

std::map<std::string, Version> registers_of(sqlite::Database& db) {
    std::map<std::string, Version> out;
    for (const Change& change : versions_in(db, "", "")) out[change.key] = change.version;
    return out;
}

}  // namespace

const History::Issue* History::find(const std::string& key, Version version) const {
    const auto [from, to] = issued_.equal_range({key, version.stamp});
    for (auto at = from; at != to; ++at)
        if (at->second.sig == version.sig) return &at->second;
    return nullptr;
}

void History::issued(Member& member, const std::vector<FeedRow>& rows, bool derived) {
    const bool doubtful = !member.doubtful.empty() || !copies_.empty();
    for (const FeedRow& row : rows) {
        const Change& change = row.change;
        const Version version = change.version;
        const auto [from, to] = issued_.equal_range({change.key, version.stamp});
        // Two nodes may have drawn one tag: then the signature decides.
        for (auto at = from; at != to; ++at)
            if (at->second.sig != version.sig && at->second.by == member.id &&
                !at->second.adopted && !at->second.doubtful && !doubtful)
                throw Violation("two values under one stamp: " + text_of(change.key, version));
        if (version.stamp <= member.observed && !derived)
            throw Violation(fmt::format("a stamp behind one seen before: {} after {} on n{}",
                                        text_of(change.key, version), member.observed, member.id));
        if (change.key.starts_with("b:") && doubtful) votes_may_be_lost();
        member.pending.push_back(row);
    }
}

void History::confirmed(Member& member) {
    const bool doubtful = !member.doubtful.empty() || !copies_.empty();
    const auto rows = std::exchange(member.pending, {});
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const FeedRow& row = rows[i];
        const Change& change = row.change;
        issued_.insert(
            {{change.key, change.version.stamp}, {change.version.sig, member.id, false, doubtful}});
        if (healed_) {  // decisions go on
            Version& newest = newest_at_heal_[change.key];
            newest = std::max(newest, change.version);
        }
        if (old_nodes > 0) follow(change);
        if (change.key.starts_with("x:")) decided(member, row);
        // With it, or what it heads since an earlier write.
        std::vector<GroupMember> with;
        std::vector<GroupMember> earlier;
        // A transaction may write the head more than once: with it is what lies in between.
        std::size_t first = i;
        while (first > 0 && rows[first - 1].change.key != change.key) --first;
        std::size_t last = i + 1;
        while (last < rows.size() && rows[last].change.key != change.key) ++last;
        for (const GroupMember& other : change.group) {
            const bool here = std::any_of(
                rows.begin() + static_cast<std::ptrdiff_t>(first),
                rows.begin() + static_cast<std::ptrdiff_t>(last), [&](const FeedRow& one) {
                    return one.change.key == other.key && one.change.version.stamp == other.stamp;
                });
            if (here)
                with.push_back(other);
            else if (other.stamp < change.version.stamp && change.state == State::live)
                earlier.push_back(other);
        }
        remember_group(change.key, change.version.stamp, with, false);
        remember_group(change.key, change.version.stamp, earlier, true);
    }
}

void History::remember_group(const std::string& head, std::int64_t stamp,
                             const std::vector<GroupMember>& others, bool later) {
    if (others.empty()) return;
    groups_.push_back({{head, stamp}, others, later});
    groups_of_.emplace(head, groups_.size() - 1);
    for (const GroupMember& other : others) groups_of_.emplace(other.key, groups_.size() - 1);
}

void History::adopted(Member& member) {
    const Undisturbed undisturbed(member.disk);
    for (const auto& [key, version] : registers_of(member.process->db))
        if (find(key, version) == nullptr) {
            issued_.insert({{key, version.stamp}, {version.sig, member.id, true, false}});
            if (old_nodes > 0) courses_[key].plain = false;
        }
}

void History::sent(MemberId sender, const std::vector<FeedRow>& rows) const {
    const auto copies = were_copies_.equal_range(sender);
    const auto is_of = [&](MemberId by) {
        return by == sender || std::any_of(copies.first, copies.second,
                                           [&](const auto& copy) { return copy.second == by; });
    };
    for (const FeedRow& row : rows) {
        const Change& change = row.change;
        const auto [from, to] = issued_.equal_range({change.key, change.version.stamp});
        const bool own = std::any_of(from, to, [&](const auto& one) {
            const Issue& issue = one.second;
            return issue.sig == change.version.sig && (is_of(issue.by) || issue.adopted);
        });
        // An old node that brings back what is gone is told again, by whoever heard of it.
        const bool again = old_nodes > 0 && row.change.state != State::live;
        if (!own && !again && !groups_of_.contains(row.change.key))
            throw Violation(fmt::format("a row of somebody else was sent as own: {} by n{}",
                                        text_of(row.change.key, row.change.version), sender));
    }
}

std::size_t History::known_rows(const Member& member, const std::vector<FeedRow>& rows) const {
    return static_cast<std::size_t>(
        std::count_if(rows.begin(), rows.end(), [&](const FeedRow& row) {
            const auto known = member.committed.find(row.change.key);
            return known != member.committed.end() && known->second >= row.change.version;
        }));
}

void History::committed(Member& member, const std::vector<FeedRow>& rows) {
    const Undisturbed undisturbed(member.disk);
    auto& db = member.process->db;
    for (const FeedRow& row : rows) {
        const auto found = find_register(db, row.change.key);
        if (!found || found->version < row.change.version)
            throw Violation(fmt::format("a commit is not there: {} on n{}",
                                        text_of(row.change.key, row.change.version), member.id));
        Version& known = member.committed[row.change.key];
        if (found->version < known)
            throw Violation(fmt::format("a register went back: {} on n{}",
                                        text_of(row.change.key, known), member.id));
        const bool news = known < row.change.version;  // else the clock is left alone
        known = found->version;
        if (row.change.key.starts_with("x:")) seal_seen(member, row.change.key);
        if (find(row.change.key, known) == nullptr)
            throw Violation(fmt::format("a value nobody wrote: {} on n{}",
                                        text_of(row.change.key, known), member.id));
        if (healed_) {  // a late message may tell what no disk holds any more
            Version& newest = newest_at_heal_[row.change.key];
            newest = std::max(newest, known);
        }
        // As the clock does: what lies in the far future is not believed.
        const std::int64_t believed = member.clock.now_ns() + kFutureTolerance;
        if (news && row.change.version.stamp <= believed)
            member.observed = std::max(member.observed, row.change.version.stamp);
    }
    for (const FeedRow& row : rows) check_groups(db, row.change.key);
}

// Whoever shows one of a group's writes shows them all, or newer ones.
void History::check_groups(sqlite::Database& db, const std::string& key) const {
    const auto [from, to] = groups_of_.equal_range(key);
    for (auto at = from; at != to; ++at) check_group(db, groups_[at->second]);
}

void History::check_group(sqlite::Database& db, const Group& group) const {
    const auto stamp_of = [&](const std::string& one) {
        const auto found = find_register(db, one);
        const auto gone = collected_.find(one);
        if (gone != collected_.end() && gone_or_revived(one, gone->second, found))
            return gone->second.stamp;
        return found ? found->version.stamp : 0;
    };
    const std::int64_t head = stamp_of(group.head.key);
    for (const GroupMember& other : group.others) {
        const std::int64_t there = stamp_of(other.key);
        const bool torn = (head == group.head.stamp && there < other.stamp) ||
                          (there == other.stamp && head < group.head.stamp && !group.later);
        if (torn)
            throw Violation(fmt::format("a torn group: {} @{} and {} @{}", group.head.key, head,
                                        other.key, there));
    }
}

// On the platter: it would survive a power cut now.
bool History::holds(Member& member, const std::string& key, Version version) {
    if (member.process && member.disk.settled()) {
        const Undisturbed undisturbed(member.disk);
        const auto found = find_register(member.process->db, key);
        return found && found->version >= version;
    }
    Platter& platter = platters_[member.id];
    const bool known = !platter.registers.empty() && platter.changes == member.disk.changes() &&
                       platter.disk_life == member.disk_life;
    if (!known)
        platter = {member.disk.changes(), member.disk_life, registers_in(member.disk.durable())};
    const auto found = platter.registers.find(key);
    return found != platter.registers.end() && found->second >= version;
}

void History::answered(const std::vector<std::unique_ptr<Member>>& members, std::size_t needed,
                       Instant since, const std::vector<FeedRow>& rows) {
    for (const FeedRow& row : rows) {
        Answered answer{row.change.key, row.change.version, {}};
        if (buried(answer.key, answer.version)) continue;  // by what is newer
        std::size_t lost = 0;  // held it perhaps, and lost its disk before the answer came
        for (const auto& member : members) {
            if (holds(*member, answer.key, answer.version))
                answer.holders.emplace_back(member->id, member->disk_life);
            else if (member->disk_lost_at >= since)
                ++lost;
        }
        if (answer.holders.size() + lost + old_nodes < needed)
            throw Violation(fmt::format("an answered write is not on W disks: {} is on {} of {}",
                                        text_of(answer.key, answer.version), answer.holders.size(),
                                        needed));
        answered_.push_back(std::move(answer));
    }
}

void History::restarted(Member& member) {
    const Undisturbed undisturbed(member.disk);
    const auto there = [&](const FeedRow& row) {
        const auto found = find_register(member.process->db, row.change.key);
        return found && found->version >= row.change.version;
    };
    std::erase_if(member.pending, [&](const FeedRow& row) { return !there(row); });
    confirmed(member);
    for (const auto& [key, version] : member.committed) {
        const auto found = find_register(member.process->db, key);
        if (!found || found->version < version)
            throw Violation(fmt::format("a restart lost a commit: {} on n{}", text_of(key, version),
                                        member.id));
    }
}

void History::healed(const std::vector<std::unique_ptr<Member>>& members) {
    healed_ = true;
    for (const auto& member : members)
        for (const auto& [key, version] : registers_of(member->process->db)) {
            Version& newest = newest_at_heal_[key];
            newest = std::max(newest, version);
        }
}

void History::may_revive(const std::vector<std::string>& keys) {
    revivable_.insert(keys.begin(), keys.end());
}

// After a tombstone went, a file that was set back may bring the row back.
bool History::gone_or_revived(const std::string& key, Version version,
                              const std::optional<Register>& found) const {
    return buried(key, version) &&
           (!found || (revivable_.contains(key) && found->version < version));
}

// A tombstone as new as this, or newer, has been collected.
bool History::buried(const std::string& key, Version version) const {
    const auto found = collected_.find(key);
    return found != collected_.end() && found->second >= version;
}

// It holds the newest there was of everything; of what was collected somewhere, that or nothing.
// Whoever begins after tombstones were collected does not ask for those of that time.
void History::check_registers(Member& member) const {
    const auto registers = registers_of(member.process->db);
    const std::int64_t horizon = read_identity(member.process->db).horizon;
    const auto need_not_be = [&](const std::string& key, Version newest) {
        return buried(key, newest) || (newest.sig == kPlainTombstone && newest.stamp <= horizon);
    };
    for (const auto& [key, newest] : newest_at_heal_)
        if (!registers.contains(key) && !need_not_be(key, newest))
            throw Violation(fmt::format("registers differ from the newest there were: {} on n{}",
                                        text_of(key, newest), member.id));
    for (const auto& [key, version] : registers) {
        const auto newest = newest_at_heal_.find(key);
        const auto collected = collected_.find(key);
        // A tombstone that a sender remembers may come back when its register has gone.
        if (collected != collected_.end() && version == collected->second) continue;
        if (newest == newest_at_heal_.end() || newest->second != version)
            throw Violation(fmt::format("registers differ from the newest there were: {} on n{}",
                                        text_of(key, version), member.id));
        if (collected != collected_.end() && !revivable_.contains(key) &&
            version < collected->second && version.sig != kPlainTombstone)
            throw Violation(
                fmt::format("the dead came back: {} on n{}", text_of(key, version), member.id));
    }
}

void History::delivered(const std::vector<std::unique_ptr<Member>>& members) const {
    for (const auto& member : members) {
        auto& rows = member->process->db.sql(
            "SELECT key, stamp, sig FROM repl_row WHERE foreign_row = 0 ORDER BY seq");
        for (auto row = rows.bind(); row.step();)
            for (const auto& other : members) {
                const Version version{row.int64(1), row.int64(2)};
                const auto found = find_register(other->process->db, row.string(0));
                if (gone_or_revived(row.string(0), version, found)) continue;
                if (!found || found->version < version)
                    throw Violation(fmt::format("an own row was not delivered: {} of n{} to n{}",
                                                text_of(row.string(0), version), member->id,
                                                other->id));
            }
    }
}

void History::ended(const std::vector<std::unique_ptr<Member>>& members, bool thorough) {
    auto& db = members.front()->process->db;
    const auto last = registers_of(db);
    for (const auto& member : members) check_registers(*member);
    for (const auto& [key, version] : last)
        if (find(key, version) == nullptr)
            throw Violation("a value nobody wrote: " + text_of(key, version));
    for (const Answered& answer : answered_) {
        const auto kept = [&](const Holder& holder) {
            return std::any_of(members.begin(), members.end(), [&](const auto& member) {
                return member->id == holder.first && member->disk_life == holder.second;
            });
        };
        // A deletion that was collected, and a file that was set back may bring the row back.
        if (revivable_.contains(answer.key) && buried(answer.key, answer.version)) continue;
        const bool safe = std::any_of(answer.holders.begin(), answer.holders.end(), kept);
        const auto found = last.find(answer.key);
        const bool kept_away = found == last.end() && !buried(answer.key, answer.version);
        if (safe && (kept_away || (found != last.end() && found->second < answer.version)))
            throw Violation("an answered write is lost: " + text_of(answer.key, answer.version));
    }
    all_noticed(members);
    const std::string rows = visible_rows(db);
    for (const auto& member : members) {
        if (visible_rows(member->process->db) != rows)
            throw Violation(
                fmt::format("rows differ: n{} and n{}", members.front()->id, member->id));
        for (const Group& group : groups_) check_group(member->process->db, group);
        all_decided(*member, static_cast<std::int64_t>(members.size()));
        if (!thorough) continue;
        if (const auto found = test::contradiction(member->process->db); !found.empty())
            throw Violation(fmt::format("feed and tables differ: {} on n{}", found, member->id));
    }
}

void History::follow(const Change& change) {
    if (change.key.substr(0, 2) != "m:") return;
    Course& course = courses_[change.key];
    course.plain = course.plain && change.state == State::live;
    const auto memory = memory_from_body(id_of_key(change.key), change.body);
    if (change.state != State::live || !memory) return;
    course.titles.insert(memory->title);
    keys_of_title_[memory->title].insert(change.key);
}

// It reaches the others or does not: nothing is promised of those.
void History::came_over_old_wire(const Memory& memory) {
    courses_[memory_key(memory.id)].plain = false;
    keys_of_title_[memory.title].insert(memory_key(memory.id));
}

void History::old_ended(const std::vector<std::unique_ptr<Member>>& members,
                        const OldPeer& old) const {
    if (somebody_left) return;
    for (const auto& member : members)
        if (member->disk_life > 0) return;  // what it alone had to tell is told by nobody
    auto& db = members.front()->process->db;
    for (const auto& [key, course] : courses_) {
        if (!course.plain || course.titles.size() != 1) continue;
        if (keys_of_title_.at(*course.titles.begin()).size() != 1) continue;
        const auto memory = live_row(db, id_of_key(key));
        const auto there = old.live().find(std::string(id_of_key(key)));
        if (memory && (there == old.live().end() || there->second.content != memory->content))
            throw Violation("an old node lacks what it could hold: " + key);
    }
}

std::string visible_rows(sqlite::Database& db) {
    std::string out;
    const auto add = [&](sqlite::Statement& statement, int columns) {
        for (auto row = statement.bind(); row.step(); out += '\n')
            for (int i = 0; i < columns; ++i) (out += row.text(i)) += '|';
    };
    add(db.sql("SELECT id, namespace, title, content, tier, priority, tags, confidence, source, "
               "created_at, updated_at, expires_at, metadata FROM memories ORDER BY id"),
        13);
    add(db.sql("SELECT id, namespace, title, content, updated_at, archive_reason, archived_at, "
               "metadata FROM archived_memories ORDER BY id"),
        8);
    add(db.sql("SELECT source_id, target_id, relation, created_at FROM memory_links ORDER BY 1, 2, "
               "3"),
        4);
    add(db.sql("SELECT namespace, standard_id, updated_at, parent_namespace FROM namespace_meta "
               "ORDER BY 1"),
        4);
    add(db.sql("SELECT id, status, decided_by, decided_at, approvals, payload FROM pending_actions "
               "ORDER BY 1"),
        6);
    add(db.sql("SELECT entity_id, alias, created_at FROM entity_aliases ORDER BY 1, 2"), 3);
    add(db.sql("SELECT id, url, events, created_by FROM subscriptions ORDER BY 1"), 4);
    return out;
}

}  // namespace aimem::sim
