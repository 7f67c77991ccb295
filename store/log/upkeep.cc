#include "store/log/upkeep.h"

#include "store/base/time_text.h"
#include "store/log/apply.h"
#include "store/log/bodies.h"
#include "store/log/history.h"
#include "store/log/planted.h"

#include <fmt/core.h>

#include <algorithm>

namespace aimem {
namespace {

void remove_register(sqlite::Database& db, const std::string& key) {
    db.sql("DELETE FROM repl_row WHERE key = ?1").bind(key).run();
    db.sql("DELETE FROM repl_body WHERE key = ?1").bind(key).run();
    db.sql("DELETE FROM repl_past WHERE key = ?1").bind(key).run();
    forget_history(db, key);
    db.sql("DELETE FROM repl_grp WHERE head = ?1").bind(key).run();
    db.sql("DELETE FROM repl_grp WHERE key = ?1").bind(key).run();
}

}  // namespace

SeenOfFeed seen_of_feed(sqlite::Database& db, const std::string& node) {
    auto row =
        db.sql("SELECT epoch, seen, last_key, last_stamp FROM repl_in WHERE node = ?1").bind(node);
    if (!row.step()) return {};
    return {row.string(0), row.int64(1), row.string(2), row.int64(3)};
}

bool contradicts_history(sqlite::Database& db, const SeenOfFeed& seen) {
    if (seen.epoch.empty() || planted(Fault::own_rewind_unnoticed)) return false;
    std::int64_t horizon = 0;
    {
        auto row = db.sql("SELECT epoch, next_seq, horizon FROM repl_meta WHERE id = 1").bind();
        if (!row.step()) throw std::logic_error("repl_meta is empty");
        if (row.text(0) != seen.epoch) {
            // An epoch it has left behind is old news; one it has never had lies in its future.
            auto past = db.sql("SELECT 1 FROM repl_epoch WHERE epoch = ?1").bind(seen.epoch);
            return !past.step();
        }
        if (seen.seen >= row.int64(1)) return true;
        horizon = row.int64(2);
    }
    if (seen.key.empty() || seen.stamp <= horizon) return false;
    const auto found = find_register(db, seen.key);
    return !found || found->version.stamp < seen.stamp;
}

void renew_identity(Registers& registers, const SeenOfFeed& evidence, Rng& rng) {
    registers.begin_writing();
    auto& db = registers.db();
    int tag = 0;
    {
        auto row = db.sql("SELECT tag FROM repl_meta WHERE id = 1").bind();
        if (!row.step()) throw std::logic_error("repl_meta is empty");
        // Anything but the old one.
        tag = static_cast<int>((static_cast<std::uint64_t>(row.int64(0)) + 1 + rng.next() % 999) %
                               1000);
        if (planted(Fault::tag_kept)) tag = static_cast<int>(row.int64(0));
    }
    db.sql("INSERT OR IGNORE INTO repl_epoch SELECT epoch FROM repl_meta").bind().run();
    if (!evidence.epoch.empty())
        db.sql("INSERT OR IGNORE INTO repl_epoch VALUES (?1)").bind(evidence.epoch).run();
    if (!planted(Fault::epoch_kept))
        db.sql("UPDATE repl_meta SET epoch = ?1, base = ?2 WHERE id = 1")
            .bind(fmt::format("{:016x}", rng.next()), registers.next_seq() - 1)
            .run();
    db.sql("UPDATE repl_meta SET tag = ?1, recovering = 1 WHERE id = 1").bind(tag).run();
    registers.set_tag(tag);
}

std::int64_t equal_to_all_since(const std::vector<std::string>& peers,
                                const std::vector<Contact>& contacts) {
    std::int64_t out = peers.empty() ? 0 : INT64_MAX;
    for (const std::string& peer : peers) {
        const auto met = std::find_if(contacts.begin(), contacts.end(),
                                      [&](const Contact& one) { return one.node == peer; });
        out = std::min(out, met == contacts.end() || peer.empty() ? 0 : met->at);
    }
    return out;
}

void note_contact(Registers& registers, const Contact& contact, std::int64_t horizon,
                  const std::vector<std::string>& peers) {
    registers.begin_writing();
    auto& db = registers.db();
    db.sql(
          "INSERT OR REPLACE INTO repl_contact(node, epoch, seq, at, fresh) VALUES (?1, ?2, ?3, "
          "?4, ?5)")
        .bind(contact.node, contact.epoch, contact.seq, contact.at, contact.fresh)
        .run();
    std::int64_t fresh =
        std::max(std::min(contact.at, contact.fresh), equal_to_all_since(peers, contacts(db)));
    if (planted(Fault::fresh_by_anybody)) fresh = contact.at;
    db.sql(
          "UPDATE repl_meta SET horizon = max(horizon, ?1), fresh = max(fresh, ?2), shared = "
          "max(shared, ?3) WHERE id = 1")
        .bind(horizon, fresh, contact.seq)
        .run();
}

std::vector<Contact> contacts(sqlite::Database& db) {
    std::vector<Contact> out;
    for (auto row =
             db.sql("SELECT node, epoch, seq, at, fresh FROM repl_contact ORDER BY node").bind();
         row.step();)
        out.push_back({row.string(0), row.string(1), row.int64(2), row.int64(3), row.int64(4)});
    return out;
}

void end_recovery(Registers& registers, const std::string& epoch) {
    registers.begin_writing();
    registers.db()
        .sql("UPDATE repl_meta SET recovering = 0 WHERE id = 1 AND epoch = ?1")
        .bind(epoch)
        .run();
}

void set_members(Registers& registers, std::int64_t nodes) {
    auto& db = registers.db();
    if (db.sql("SELECT 1 FROM repl_meta WHERE id = 1 AND members = ?1").bind(nodes).step()) return;
    registers.begin_writing();
    db.sql("UPDATE repl_meta SET members = max(1, ?1) WHERE id = 1").bind(nodes).run();
}

PullMark pull_mark(sqlite::Database& db, const std::string& url) {
    auto row = db.sql("SELECT since, full_at FROM repl_pull WHERE url = ?1").bind(url);
    if (!row.step()) return {};
    return {row.string(0), row.int64(1)};
}

void note_pull(Registers& registers, const std::string& url, const PullMark& mark) {
    registers.begin_writing();
    registers.db()
        .sql("INSERT OR REPLACE INTO repl_pull(url, since, full_at) VALUES (?1, ?2, ?3)")
        .bind(url, mark.since, mark.full_at)
        .run();
}

std::int64_t clock_lead(sqlite::Database& db) {
    auto row = db.sql("SELECT clock_lead FROM repl_meta WHERE id = 1").bind();
    return row.step() ? row.int64(0) : 0;
}

void note_clock_lead(Registers& registers, std::int64_t lead_ns) {
    if (clock_lead(registers.db()) == lead_ns) return;
    registers.begin_writing();
    registers.db().sql("UPDATE repl_meta SET clock_lead = ?1 WHERE id = 1").bind(lead_ns).run();
}

std::string certificate_of(sqlite::Database& db, const std::string& node) {
    auto row = db.sql("SELECT fingerprint FROM repl_cert WHERE node = ?1").bind(node);
    return row.step() ? row.string(0) : std::string();
}

void note_certificate(Registers& registers, const std::string& node,
                      const std::string& fingerprint) {
    registers.begin_writing();
    registers.db()
        .sql("INSERT OR REPLACE INTO repl_cert(node, fingerprint) VALUES (?1, ?2)")
        .bind(node, fingerprint)
        .run();
}

std::int64_t acknowledged(sqlite::Database& db) {
    auto row = db.sql("SELECT shared FROM repl_meta WHERE id = 1").bind();
    return row.step() ? row.int64(0) : 0;
}

std::size_t forget(Registers& registers, const std::vector<Forgettable>& rows) {
    std::size_t done = 0;
    for (const Forgettable& row : rows) {
        const auto found = find_register(registers.db(), row.key);
        if (!found || found->version != row.version) continue;
        if (found->state != State::dead) {
            // By way of a tombstone, so that all that the register shows goes as it always does.
            Change gone{row.key, State::dead, {found->version.stamp + 1, 0}, {}, {}};
            gone.version.sig = sig_of(gone.state, gone.body);
            apply_change(registers, gone, Origin::peer);
        }
        registers.begin_writing();
        remove_register(registers.db(), row.key);
        done += 1;
    }
    return done;
}

std::int64_t webhooks_at(sqlite::Database& db) {
    auto row = db.sql("SELECT webhooks_at FROM repl_meta WHERE id = 1").bind();
    return row.step() ? row.int64(0) : 0;
}

void note_webhooks_at(Registers& registers, std::int64_t seq) {
    registers.begin_writing();
    registers.db().sql("UPDATE repl_meta SET webhooks_at = ?1 WHERE id = 1").bind(seq).run();
}

void note_webhook(Registers& registers, const std::string& subscription_id, bool told) {
    registers.begin_writing();
    registers.db()
        .sql(
            "UPDATE subscriptions SET dispatch_count = dispatch_count + 1, failure_count = "
            "failure_count + ?2, last_dispatched_at = ?3 WHERE id = ?1")
        .bind(subscription_id, told ? 0 : 1, time_text(registers.now_ns()))
        .run();
}

}  // namespace aimem
