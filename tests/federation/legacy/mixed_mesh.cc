// SPDX-License-Identifier: Apache-2.0
#include "tests/federation/legacy/mixed_mesh.h"

#include "federation/replication/wire.h"
#include "store/log/feed.h"
#include "store/log/memory_rows.h"
#include "store/log/records.h"

#include <fmt/core.h>

#include <stdexcept>

namespace aimem::test {
namespace {

using std::chrono::milliseconds;

constexpr int kTags = 7;
constexpr int kTurnsMax = 100'000;
constexpr milliseconds kPatience{60'000};

std::vector<std::string> column(sqlite::Database& db, const char* sql) {
    std::vector<std::string> out;
    sqlite::Statement statement(db.handle(), sql);
    for (auto row = statement.bind(); row.step();) out.push_back(row.string(0));
    return out;
}

// All that 0.6.3 can hold of a memory as we have it.
std::string shown(const Memory& m) {
    std::string tags;
    for (const std::string& tag : m.tags) tags += tag + ",";
    return fmt::format("{} {}/{} '{}' [{}] {} p{} c{} {} expires {} updated {} {}", m.id, m.ns,
                       m.title, m.content, tags, to_string(m.tier), m.priority, m.confidence,
                       m.source, m.expires_at.value_or("never"), m.updated_at, m.metadata);
}

}  // namespace

MixedMesh::MixedMesh() {
    for (std::size_t i = 0; i < kOurs; ++i) {
        members_[i].emplace();
        members_[i]->node.emplace(kTags + static_cast<int>(i));
        restart(i);
    }
}

void MixedMesh::restart(std::size_t i) {
    repl::ReplicatorOptions options;
    options.policy = {kOurs + 1, 2, milliseconds(1000)};
    options.self = read_identity(node(i).db());
    options.agent_id = "host:node";
    for (std::size_t j = 0; j <= kOurs; ++j) {
        if (j == i) continue;
        PeerCursor cursor{fmt::format("http://n{}", j), {}, {}, 0};
        for (const PeerCursor& known : read_cursors(node(i).db()))
            if (known.url == cursor.url) cursor = known;
        options.peers.push_back(cursor);
    }
    members_[i]->machine.emplace(std::move(options));
}

std::size_t MixedMesh::peer_of(std::size_t i, std::size_t index) const {
    return index < i ? index : index + 1;
}

void MixedMesh::pass(std::int64_t ns) {
    node_clock_ += ns;
    for (std::size_t i = 0; i < kOurs; ++i) node(i).clock.now = node_clock_;
}

Result<Committed> MixedMesh::try_commit(std::size_t i, const Op& op) {
    pass(kSecond / 1000);
    auto done = node(i).execute(op);
    if (done && !done->rows.empty())
        queue_.emplace_back(i, repl::Committed{done->rows, done->companions, std::nullopt});
    settle();
    return done;
}

Committed MixedMesh::commit(std::size_t i, const Op& op) {
    auto done = try_commit(i, op);
    if (!done) throw std::runtime_error(done.error().message);
    return std::move(*done);
}

void MixedMesh::deliver_old(std::size_t i, const std::string& body) {
    const auto in = decode_push(body);
    if (!in || in->ours || in->legacy_malformed > 0)
        throw std::runtime_error("no push of 0.6.3: " + body);
    const auto applied = node(i).accept(in->legacy);
    const SeqSpan& span = applied.span;
    queue_.emplace_back(i, repl::ForeignApplied{{span.from, span.to}, {}, {}});
}

void MixedMesh::old_does(const std::function<std::string(OldStore&, std::int64_t)>& work) {
    pass(kSecond / 1000);
    const std::string body = work(old_, node_clock_);
    pass(kSecond / 1000);
    for (std::size_t i = 0; i < kOurs && !body.empty(); ++i)
        if (!cut_.contains({kOld, i})) deliver_old(i, body);
    settle();
}

void MixedMesh::compare() {
    for (int turn = 0; turn < 2; ++turn)
        for (std::size_t i = 0; i < kOurs; ++i) {
            const auto got = node(i).accept(node(1 - i).changes());
            queue_.emplace_back(i, repl::ForeignApplied{{got.span.from, got.span.to}, {}, {}});
        }
    settle();
}

void MixedMesh::settle() {
    for (std::size_t i = 0; i < kOurs; ++i) queue_.emplace_back(i, repl::Tick{});
    const Instant end = now_ + kPatience;
    for (int turn = 0; turn < kTurnsMax; ++turn) {
        if (!queue_.empty()) {
            auto [i, event] = std::move(queue_.front());
            queue_.pop_front();
            step(i, event);
            continue;
        }
        std::optional<Instant> next;
        for (const auto& member : members_)
            if (const auto at = member->machine->next_wakeup(); at && (!next || *at < *next))
                next = at;
        if (!next || *next > end) return;
        now_ = std::max(now_, *next);
        for (std::size_t i = 0; i < kOurs; ++i) queue_.emplace_back(i, repl::Tick{});
    }
    throw std::runtime_error("it never comes to rest");
}

void MixedMesh::step(std::size_t i, const repl::Event& event) {
    for (const repl::Action& action : members_[i]->machine->step(event, now_, node_clock_))
        carry_out(i, action);
}

void MixedMesh::carry_out(std::size_t i, const repl::Action& action) {
    if (const auto* push = std::get_if<repl::SendPush>(&action)) {
        const std::size_t to = peer_of(i, push->peer);
        repl::PushDone done{push->peer, push->id, repl::PushEnd::broken, 0, "cut", std::nullopt};
        if (!cut_.contains({i, to})) {
            done.body = answer(i, to, push->body);
            done.end = repl::PushEnd::answered;
            done.status = 200;
            if (cut_.contains({to, i})) done.end = repl::PushEnd::broken;  // the answer is lost
        }
        queue_.emplace_back(i, std::move(done));
    } else if (const auto* wanted = std::get_if<repl::LoadPage>(&action)) {
        repl::PageLoaded loaded{wanted->peer, wanted->from, std::nullopt, {}, wanted->lettings_go};
        auto& db = node(i).db();
        if (wanted->notes) {
            auto told_rows =
                rows_to_tell(db, wanted->from, wanted->rows_max, wanted->bytes_max, wanted->waited);
            loaded.page = std::move(told_rows.page);
            loaded.notes = std::move(told_rows.notes);
        } else {
            loaded.page = own_rows_after(db, wanted->from, wanted->rows_max, wanted->bytes_max);
        }
        queue_.emplace_back(i, std::move(loaded));
    } else if (const auto* save = std::get_if<repl::SaveCursor>(&action)) {
        auto& committer = node(i).committer();
        committer.begin();
        committer.save_cursor(save->cursor);
        committer.commit();
    } else if (const auto* report = std::get_if<repl::Report>(&action)) {
        if (report->what == repl::Report::What::parked) ++parked;
    }
}

std::string MixedMesh::answer(std::size_t from, std::size_t to, const std::string& body) {
    if (to == kOld) {
        told.push_back(body);
        auto [status, reply] = old_.push(body, node_clock_);
        if (status != 200) throw std::runtime_error("0.6.3 refuses all of it: " + reply);
        return reply;
    }
    const auto in = decode_push(body);
    if (!in || !in->ours) throw std::runtime_error("not in our words: " + body);
    PushOut out;
    out.accepted = node(to).accept(in->delivery);
    out.in = &*in;
    out.self = read_identity(node(to).db());
    const SeqSpan& span = out.accepted.span;
    queue_.emplace_back(to, repl::ForeignApplied{{span.from, span.to},
                                                 in->delivery.sender,
                                                 {in->delivery.epoch, out.accepted.seen, {}, 0}});
    static_cast<void>(from);
    return encode_reply(out);
}

void MixedMesh::cut(std::size_t from, std::size_t to, bool on) {
    if (on)
        cut_.insert({from, to});
    else
        cut_.erase({from, to});
}

std::string MixedMesh::difference() {
    if (node(0).tables() != node(1).tables())
        return "ours differ:\n" + node(0).tables() + "---\n" + node(1).tables();
    for (std::size_t i = 0; i < kOurs; ++i)
        if (const auto wrong = contradiction(node(i).db()); !wrong.empty()) return wrong;
    return difference_of_old();
}

std::string MixedMesh::difference_of_old() {
    auto& db = node(0).db();
    std::string out;
    for (const std::string& id : column(db, "SELECT id FROM memories ORDER BY id")) {
        const auto there = old_.live(id);
        const auto here = live_row(db, id);
        if (!there || shown(*there) != shown(*here))
            out += fmt::format("memory\n  {}\n  {}\n", shown(*here),
                               there ? shown(*there) : std::string("is not there"));
    }
    for (const std::string& id : old_.ids("SELECT id FROM memories"))
        if (!is_live(db, id)) out += "memory " + id + " is still there\n";
    for (const std::string& id : column(db, "SELECT id FROM archived_memories"))
        if (!old_.archived(id)) out += "archived " + id + " is not archived there\n";
    for (auto row = db.sql("SELECT source_id, target_id FROM memory_links").bind(); row.step();)
        if (!old_.linked(row.string(0), row.string(1)))
            out += "link " + row.string(0) + " is not there\n";
    for (const std::string& id : column(db, "SELECT id FROM pending_actions"))
        if (old_.status_of(id) != pending_state(db, id)->status)
            out += fmt::format("pending {} is '{}' there\n", id, old_.status_of(id));
    for (const std::string& ns : column(db, "SELECT namespace FROM namespace_meta"))
        if (old_.standard_of(ns) != standard_of(db, ns)->standard_id)
            out += fmt::format("standard of {} is '{}' there\n", ns, old_.standard_of(ns));
    for (const std::string& ns : old_.ids("SELECT namespace FROM namespace_meta"))
        if (!standard_of(db, ns)) out += "standard of " + ns + " is still there\n";
    return out;
}

}  // namespace aimem::test
