#include "tests/store/core/node.h"

#include "store/base/time_text.h"
#include "store/log/bodies.h"
#include "store/log/feed.h"
#include "store/log/memory_rows.h"
#include "store/model/json.h"
#include "store/sqlite/schema.h"
#include "tests/store/core/another_program.h"

#include <sqlite3.h>

#include <cstdlib>
#include <stdexcept>

namespace aimem::test {
namespace {

std::unique_ptr<sqlite::Database> opened(const std::filesystem::path& file, Rng& rng, int tag) {
    auto db = std::make_unique<sqlite::Database>(file, sqlite::OpenMode::read_write);
    sqlite::migrate(*db, file, system_clock(), rng);
    sqlite::configure(*db, 2048);
    db->exec("UPDATE repl_meta SET tag = " + std::to_string(tag) + " WHERE id = 1");
    return db;
}

Change signed_change(std::string key, State state, std::int64_t stamp, std::string body) {
    Change change{std::move(key), state, {stamp, 0}, std::move(body), {}};
    change.version.sig = sig_of(change.state, change.body);
    return change;
}

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

}  // namespace

Node::Node(int tag) : Node(":memory:", tag) {}

Node::Node(const std::filesystem::path& file, int tag)
    : rng_(static_cast<std::uint64_t>(tag) + 1),
      db_(opened(file, rng_, tag)),
      committer_(*db_, clock, rng_) {}

std::vector<Result<Committed>> Node::execute_all(const std::vector<Op>& ops) {
    std::vector<Result<Committed>> out;
    committer_.begin();
    for (const Op& op : ops) out.push_back(committer_.execute(op));
    committer_.commit();
    return out;
}

Result<Committed> Node::execute(const Op& op) {
    return execute_all({op}).front();
}

Committed Node::must(const Op& op) {
    auto done = execute(op);
    if (!done) throw std::runtime_error("refused: " + done.error().message);
    return std::move(*done);
}

std::string Node::store(const std::string& title, const std::string& content) {
    StoreMemory op;
    op.title = title;
    op.content = content;
    return must(op).id;
}

Accepted Node::accept(const Delivery& delivery) {
    committer_.begin();
    auto out = committer_.accept(delivery);
    committer_.commit();
    return out;
}

Accepted Node::accept(std::vector<Change> changes) {
    Delivery delivery{"some-peer", "1", 0, 0, {}};
    for (Change& change : changes) {
        const auto seq = static_cast<std::int64_t>(delivery.rows.size()) + 1;
        delivery.rows.push_back({seq, std::move(change)});
    }
    return accept(delivery);
}

LegacyApplied Node::accept(const LegacyPush& push) {
    committer_.begin();
    auto out = committer_.accept(push);
    committer_.commit();
    return out;
}

void Node::another_program(const std::string& writes) {
    as_another_program(*db_, [&] { db_->exec(writes); });
}

bool Node::idle_commit() {
    committer_.begin();
    return committer_.commit();
}

Digest Node::digest() {
    return digest_of_range(*db_, "", "");
}

std::int64_t Node::next_seq() {
    return count("SELECT next_seq FROM repl_meta");
}

std::int64_t Node::hlc() {
    return count("SELECT hlc FROM repl_meta");
}

std::int64_t Node::stamp_of(const std::string& key) {
    const auto found = find_register(*db_, key);
    return found ? found->version.stamp : 0;
}

Change Node::change(const std::string& key) {
    const auto found = find_register(*db_, key);
    if (!found) throw std::runtime_error("no register " + key);
    return change_of(*db_, key, *found);
}

std::vector<Change> Node::changes() {
    std::vector<Change> out;
    for (const Change& version : versions_in(*db_, "", "")) out.push_back(change(version.key));
    return out;
}

Memory Node::memory(const std::string& id) {
    auto found = live_row(*db_, id);
    if (!found) throw std::runtime_error("no live memory " + id);
    return std::move(*found);
}

bool Node::live(const std::string& id) {
    return is_live(*db_, id);
}

std::int64_t Node::count(const std::string& sql) {
    sqlite::Statement statement(db_->handle(), sql);
    auto row = statement.bind();
    return row.step() ? row.int64(0) : 0;
}

std::string Node::text(const std::string& sql) {
    std::string out;
    const auto add_row = [](void* to, int columns, char** values, char**) {
        auto& lines = *static_cast<std::string*>(to);
        for (int i = 0; i < columns; ++i)
            (lines += i == 0 ? "" : "|") += values[i] == nullptr ? "NULL" : values[i];
        lines += '\n';
        return 0;
    };
    if (sqlite3_exec(db_->handle(), sql.c_str(), add_row, &out, nullptr) != SQLITE_OK)
        throw std::runtime_error(sql + ": " + sqlite3_errmsg(db_->handle()));
    return out;
}

std::string Node::tables() {
    const std::string columns =
        "id, tier, namespace, title, content, tags, priority, confidence, source, created_at, "
        "updated_at, expires_at, metadata";
    return text("SELECT 'live', " + columns + " FROM memories ORDER BY id") +
           text("SELECT 'archived', " + columns +
                ", archived_at, archive_reason FROM archived_memories ORDER BY id") +
           text(
               "SELECT 'link', source_id, target_id, relation, created_at, valid_from, "
               "coalesce(valid_until, ''), coalesce(observed_by, '') FROM "
               "memory_links ORDER BY source_id, target_id, relation") +
           text("SELECT 'standard', * FROM namespace_meta ORDER BY namespace") +
           text("SELECT 'pending', * FROM pending_actions ORDER BY id") +
           text("SELECT 'alias', * FROM entity_aliases ORDER BY entity_id, alias") +
           text(
               "SELECT 'subscription', id, url, events, coalesce(created_by, '') FROM "
               "subscriptions ORDER BY id");
}

Memory a_memory(const std::string& title, const std::string& content) {
    Memory memory;
    memory.title = title;
    memory.content = content;
    memory.created_at = time_text(kNoon - kHour);
    return memory;
}

Change live_change(const std::string& id, const Memory& memory, std::int64_t stamp) {
    return signed_change(memory_key(id), State::live, stamp, memory_body(memory));
}

Change archived_change(const std::string& id, const Memory& memory, std::int64_t stamp) {
    return signed_change(memory_key(id), State::archived, stamp,
                         archived_body({memory, time_text(stamp), "test"}));
}

Change dead_change(const std::string& id, std::int64_t stamp) {
    return signed_change(memory_key(id), State::dead, stamp, "");
}

Change merged_change(const std::string& id, const std::string& into, std::int64_t stamp) {
    return signed_change(memory_key(id), State::dead, stamp, merged_into_body(into));
}

Change link_change(const std::string& source, const std::string& target, std::int64_t stamp,
                   const std::string& relation) {
    return signed_change(link_key(source, target, relation), State::live, stamp,
                         link_body({source, target, relation, time_text(stamp)}));
}

Change unlink_change(const std::string& source, const std::string& target, std::int64_t stamp,
                     const std::string& relation) {
    return signed_change(link_key(source, target, relation), State::dead, stamp, "");
}

Change with_group(Change head, std::vector<GroupMember> others) {
    head.group = std::move(others);
    return head;
}

std::uint64_t test_seed() {
    return number_from("AIMEM_TEST_SEED", 20260921);
}

int test_rounds(int usual) {
    return static_cast<int>(number_from("AIMEM_TEST_ROUNDS", static_cast<std::uint64_t>(usual)));
}

}  // namespace aimem::test
