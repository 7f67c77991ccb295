#include "tests/model/core_node.h"

#include "federation/replication/answers.h"
#include "federation/replication/wire.h"
#include "store/base/time_text.h"
#include "store/log/apply.h"
#include "store/log/feed.h"
#include "store/log/upkeep.h"
#include "store/model/json.h"
#include "store/sqlite/schema.h"

#include <sqlite3.h>

#include <stdexcept>
#include <utility>
#include <variant>

namespace aimem::model {
namespace {

constexpr std::size_t kCacheKib = 512;

// Migrating costs more than a whole schedule may: made once for each thread.
sqlite::Database& empty_database() {
    thread_local const std::unique_ptr<sqlite::Database> made = [] {
        auto db = std::make_unique<sqlite::Database>(":memory:", sqlite::OpenMode::read_write);
        test::SeededRng rng(1);
        sqlite::migrate(*db, ":memory:", system_clock(), rng);
        return db;
    }();
    return *made;
}

void copy(sqlite::Database& to, sqlite::Database& from) {
    sqlite3_backup* backup = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
    if (backup == nullptr) throw std::runtime_error(sqlite3_errmsg(to.handle()));
    sqlite3_backup_step(backup, -1);
    if (sqlite3_backup_finish(backup) != SQLITE_OK)
        throw std::runtime_error(sqlite3_errmsg(to.handle()));
}

// Each memory has a title of its own: clashing titles are no matter of the model's.
Memory memory_of(const std::string& key, const std::string& content) {
    return test::a_memory("title of " + key, content);
}

std::string body_for(const Wish& wish, const std::string& content, std::int64_t stamp) {
    switch (wish.state) {
        case State::live: return memory_body(memory_of(wish.key, content));
        case State::archived:
            return archived_body({memory_of(wish.key, content), time_text(stamp), "model"});
        case State::dead: return {};
    }
    return {};
}

}  // namespace

std::set<std::string> keys_of(const Delivery& delivery) {
    std::set<std::string> out;
    for (const FeedRow& row : delivery.rows) out.insert(row.change.key);
    return out;
}

CoreNode::CoreNode()
    : db_(":memory:", sqlite::OpenMode::read_write),
      backup_(":memory:", sqlite::OpenMode::read_write) {
    copy(db_, empty_database());
    sqlite::configure(db_, kCacheKib);
}

void CoreNode::begin_anew(const std::string& node, const std::string& epoch, int tag) {
    copy(db_, empty_database());
    db_.sql("UPDATE repl_meta SET node = ?1, epoch = ?2, tag = ?3, recovering = 0")
        .bind(node, epoch, tag)
        .run();
    committer_.emplace(db_, clock_, rng_);
    values_ = 0;
}

template <typename Work>
void CoreNode::in_transaction(std::int64_t now, Work work) {
    clock_.now = now;
    committer_->begin();
    try {
        work(*committer_);
        committer_->commit();
    } catch (...) {
        committer_->rollback();
        throw;
    }
}

std::vector<Change> CoreNode::write(const std::vector<Wish>& wishes, std::int64_t now) {
    if (wishes.size() == 1)
        if (auto change = by_verb(wishes.front(), now)) return {std::move(*change)};
    return by_register(wishes, now);
}

std::optional<Change> CoreNode::by_verb(const Wish& wish, std::int64_t now) {
    const auto found = find_register(db_, wish.key);
    if (!found || found->state == State::dead) return std::nullopt;
    const std::string id(id_of_key(wish.key));
    const bool live = found->state == State::live;
    std::optional<Op> op;
    if (live && wish.state == State::live) {
        UpdateMemory update;
        update.id = id;
        update.content = some_content();
        op = update;
    } else if (live) {
        op = wish.state == State::dead ? Op(DeleteMemory{id}) : Op(ArchiveMemory{id, "model"});
    } else if (wish.state == State::live) {
        op = RestoreMemory{id};
    }
    if (!op) return std::nullopt;
    std::optional<Result<Committed>> done;
    in_transaction(now, [&](Committer& committer) { done = committer.execute(*op); });
    if (!*done) throw std::runtime_error("a verb was refused: " + done->error().message);
    const auto& rows = (*done)->rows;
    if (rows.size() != 1) throw std::runtime_error("a verb wrote more than one register");
    return rows.front().change;
}

std::vector<Change> CoreNode::by_register(const std::vector<Wish>& wishes, std::int64_t now) {
    std::vector<Change> changes;
    in_transaction(now, [&](Committer& committer) {
        Registers& registers = committer.registers();
        for (const Wish& wish : wishes) {
            const std::int64_t stamp = registers.next_stamp(wish.key);
            Change change{
                wish.key, wish.state, {stamp, 0}, body_for(wish, some_content(), stamp), {}};
            change.version.sig = sig_of(change.state, change.body);
            changes.push_back(std::move(change));
        }
        for (std::size_t i = 1; i < changes.size(); ++i)
            changes.front().group.push_back({changes[i].key, changes[i].version.stamp});
        for (const Change& change : changes)
            if (!apply_change(registers, change, Origin::here))
                throw std::runtime_error("a stamp made here did not dominate: " + change.key);
    });
    return changes;
}

void CoreNode::tick(std::int64_t now) {
    in_transaction(now, [](Committer& committer) {
        committer.registers().begin_writing();
        committer.registers().next_stamp("m:nothing");
    });
}

Delivery CoreNode::page(std::int64_t from, std::size_t rows_max) {
    const Identity self = identity();
    FeedPage page = own_rows_after(db_, from, rows_max, SIZE_MAX);
    return {self.node, self.epoch, page.from, page.to, std::move(page.rows), self.base};
}

Delivery CoreNode::rows_of(const std::vector<std::string>& keys) {
    const Identity self = identity();
    Delivery out{self.node, self.epoch, 0, 0, {}, self.base};
    for (Change& change : changes_of(db_, keys)) out.rows.push_back({0, std::move(change)});
    return out;
}

std::int64_t CoreNode::accept(const Delivery& delivery, std::int64_t now) {
    Accepted accepted;
    in_transaction(now, [&](Committer& committer) { accepted = committer.accept(delivery); });
    if (!accepted.rejected.empty())
        throw std::runtime_error("a good row was refused: " + accepted.rejected.front().why);
    return accepted.seen;
}

void CoreNode::acknowledged(const std::string& peer, const Delivery& delivery) {
    const std::int64_t then = cursor(peer);
    if (delivery.epoch != identity().epoch || delivery.from > then || delivery.to <= then) return;
    in_transaction(clock_.now, [&](Committer& committer) {
        committer.save_cursor({peer, peer, {}, delivery.to});
    });
}

std::int64_t CoreNode::cursor(const std::string& peer) {
    for (const PeerCursor& one : read_cursors(db_))
        if (one.url == peer) return one.acked;
    return 0;
}

SeenOfFeed CoreNode::seen(const std::string& peer) {
    return seen_of_feed(db_, peer);
}

bool CoreNode::contradicted_by(const SeenOfFeed& seen) {
    return contradicts_history(db_, seen);
}

void CoreNode::back_up() {
    copy(backup_, db_);
}

void CoreNode::restore() {
    copy(db_, backup_);
    committer_.emplace(db_, clock_, rng_);
}

namespace {

class OneDraw final : public Rng {  // the tag's; the epoch may be anything new
public:
    explicit OneDraw(std::uint64_t first) : next_(first) {}
    std::uint64_t next() override { return next_++; }

private:
    std::uint64_t next_;
};

}  // namespace

void CoreNode::renew(std::uint64_t draw) {
    OneDraw rng(draw);
    in_transaction(clock_.now,
                   [&](Committer& committer) { renew_identity(committer.registers(), {}, rng); });
}

void CoreNode::set_tag(int tag) {
    in_transaction(clock_.now, [&](Committer& committer) {
        committer.registers().begin_writing();
        db_.sql("UPDATE repl_meta SET tag = ?1").bind(tag).run();
    });
}

View CoreNode::view() {
    View out;
    for (const Change& change : versions_in(db_, "", ""))
        out[change.key] = {change.version, change.state};
    return out;
}

Identity CoreNode::identity() {
    return read_identity(db_);
}

std::int64_t CoreNode::clock() {
    auto row = db_.sql("SELECT hlc FROM repl_meta").bind();
    return row.step() ? row.int64(0) : 0;
}

// Carries out what the comparison of `self` wants against `peer`, as the node does.
class CoreNode::Meeting {
public:
    Meeting(CoreNode& self, CoreNode& peer, std::int64_t now, std::int64_t peer_now)
        : self_(self),
          peer_(peer),
          now_(now),
          peer_now_(peer_now) {}

    void run() {
        repl::Comparison machine("host:model", repl::Comparison::Patience::impatient);
        repl::CompareEvent event =
            repl::CompareBegins{self_.identity(), aimem::acknowledged(self_.db_)};
        for (;;) {
            repl::CompareAction action = machine.step(std::move(event), now_);
            if (const auto* done = std::get_if<repl::CompareDone>(&action)) {
                if (done->end != repl::CompareEnd::whole)
                    throw std::runtime_error("a comparison ended early: " + done->why);
                return;
            }
            event = std::visit([this](auto& one) { return carry_out(one); }, action);
        }
    }

private:
    repl::CompareEvent carry_out(const repl::AskDigest& ask) {
        const repl::Asker asker{self_.identity().node, 0};
        return repl::PeerSaid{answer_to(peer_.db_, ask, asker, peer_now_)};
    }
    repl::CompareEvent carry_out(const repl::AskParts& ask) {
        return repl::PeerSaid{answer_to(peer_.db_, ask)};
    }
    repl::CompareEvent carry_out(const repl::AskListing& ask) {
        return repl::PeerSaid{answer_to(peer_.db_, ask)};
    }
    repl::CompareEvent carry_out(const repl::AskRows& ask) {
        return repl::PeerSaid{answer_to(peer_.db_, ask)};
    }
    repl::CompareEvent carry_out(const repl::PushRows& push) {
        const auto in = decode_push(push.body);
        if (!in) throw std::runtime_error(in.error().message);
        PushOut out;
        peer_.in_transaction(peer_now_, [&](Committer& committer) {
            out.accepted = committer.accept(in->delivery);
        });
        out.in = &*in;
        out.self = peer_.identity();
        return repl::PeerSaid{encode_reply(out)};
    }
    repl::CompareEvent carry_out(const repl::ReadDigests& wanted) {
        repl::OwnDigests out;
        for (const repl::KeyRange& range : wanted.ranges)
            out.digests.push_back(digest_of_range(self_.db_, range.lo, range.hi, wanted.cut));
        return out;
    }
    repl::CompareEvent carry_out(const repl::ReadListing& wanted) {
        return repl::OwnListing{
            list_range(self_.db_, wanted.range.lo, wanted.range.hi, wanted.rows_max)};
    }
    repl::CompareEvent carry_out(const repl::ReadChanges& wanted) {
        return repl::OwnChanges{some_changes_of(self_.db_, wanted.keys, wanted.bytes_max),
                                seen_of_feed(self_.db_, wanted.node)};
    }
    repl::CompareEvent carry_out(const repl::CheckHistory& check) {
        return repl::HistoryChecked{self_.contradicted_by(check.seen)};
    }
    repl::CompareEvent carry_out(const repl::KeepRows& rows) {
        self_.accept(rows.delivery, now_);
        return repl::RowsKept{};
    }
    repl::CompareEvent carry_out(const repl::ForgetRows&) {
        throw std::logic_error("nothing is ever collected here");
    }
    repl::CompareEvent carry_out(const repl::CompareDone&) {
        throw std::logic_error("done already");
    }

    CoreNode& self_;
    CoreNode& peer_;
    std::int64_t now_;
    std::int64_t peer_now_;
};

void CoreNode::compare_with(CoreNode& peer, std::int64_t now, std::int64_t peer_now) {
    Meeting(*this, peer, now, peer_now).run();
}

}  // namespace aimem::model
