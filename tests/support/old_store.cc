// SPDX-License-Identifier: Apache-2.0
#include "tests/support/old_store.h"

#include "store/base/time_text.h"
#include "store/log/memory_rows.h"
#include "store/model/json.h"
#include "store/model/json_text.h"
#include "store/model/validate.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <stdexcept>

namespace aimem::test {
namespace {

using nlohmann::json;

constexpr const char* kTables = R"sql(
PRAGMA foreign_keys = ON;
CREATE TABLE memories(id TEXT PRIMARY KEY, tier TEXT NOT NULL, namespace TEXT NOT NULL, title TEXT NOT NULL,
  content TEXT NOT NULL, tags TEXT NOT NULL, priority INTEGER NOT NULL, confidence REAL NOT NULL, source TEXT NOT NULL,
  access_count INTEGER NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL, last_accessed_at TEXT,
  expires_at TEXT, metadata TEXT NOT NULL, UNIQUE(title, namespace));
CREATE TABLE archived_memories(id TEXT PRIMARY KEY, tier TEXT NOT NULL, namespace TEXT NOT NULL, title TEXT NOT NULL,
  content TEXT NOT NULL, tags TEXT NOT NULL, priority INTEGER NOT NULL, confidence REAL NOT NULL, source TEXT NOT NULL,
  access_count INTEGER NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL, last_accessed_at TEXT,
  expires_at TEXT, metadata TEXT NOT NULL, archived_at TEXT NOT NULL, archive_reason TEXT NOT NULL);
CREATE TABLE memory_links(source_id TEXT NOT NULL REFERENCES memories(id) ON DELETE CASCADE,
  target_id TEXT NOT NULL REFERENCES memories(id) ON DELETE CASCADE, relation TEXT NOT NULL, created_at TEXT NOT NULL,
  PRIMARY KEY(source_id, target_id, relation));
CREATE TABLE namespace_meta(namespace TEXT PRIMARY KEY, standard_id TEXT NOT NULL, updated_at TEXT NOT NULL,
  parent_namespace TEXT);
CREATE TABLE pending_actions(id TEXT PRIMARY KEY, status TEXT NOT NULL, entry TEXT NOT NULL);
)sql";

constexpr const char* kCapped[] = {
    "memories", "deletions",         "archives",       "restores",
    "pendings", "pending_decisions", "namespace_meta", "namespace_meta_clears"};
constexpr const char* kCounters[] = {"applied",
                                     "deleted",
                                     "archived",
                                     "restored",
                                     "links_applied",
                                     "pendings_applied",
                                     "noop",
                                     "skipped",
                                     "pending_decisions_applied",
                                     "namespace_meta_applied",
                                     "namespace_meta_cleared"};
constexpr std::size_t kBodyMax = std::size_t{2} << 20;
constexpr std::size_t kItemsMax = 1000;

// insert_if_newer, for a row that is there under the same title (6.2).
void merge_into(Memory& there, const Memory& in) {
    const bool newer =
        in.updated_at > there.updated_at || (in.updated_at == there.updated_at && in.id > there.id);
    const std::string author = metadata_text(there.metadata, "agent_id");
    if (newer) {
        there.content = in.content;
        there.tags = in.tags;
        there.source = in.source;
        there.metadata = in.metadata;
        if (!author.empty()) there.metadata = with_metadata_text(in.metadata, "agent_id", author);
    }
    const bool is_long = in.tier == Tier::long_term || there.tier == Tier::long_term;
    const bool is_mid = in.tier == Tier::mid;
    if (is_long)
        there.tier = Tier::long_term;
    else if (is_mid)
        there.tier = Tier::mid;
    there.priority = std::max(there.priority, in.priority);
    there.confidence = std::max(there.confidence, in.confidence);
    there.access_count = std::max(there.access_count, in.access_count);
    if (is_long)
        there.expires_at.reset();
    else if (in.expires_at)
        there.expires_at = in.expires_at;
    there.updated_at = std::max(there.updated_at, in.updated_at);
}

// What its strict decoder takes; anything else refuses the push as a whole.
const json& list_of(const json& body, const char* name) {
    static const json none = json::array();
    const auto found = body.find(name);
    if (found == body.end()) return none;
    if (!found->is_array()) throw std::invalid_argument(std::string(name) + " is no array");
    return *found;
}

void want_texts(const json& object, std::initializer_list<const char*> names) {
    for (const char* name : names)
        if (!object.is_object() || !object.contains(name) || !object[name].is_string())
            throw std::invalid_argument(fmt::format("{} must be a string", name));
}

// Throws std::invalid_argument for what it would answer with 422.
std::vector<Memory> decode(const json& body) {
    std::vector<Memory> memories;
    want_texts(body, {"sender_agent_id"});
    if (!body.contains("memories")) throw std::invalid_argument("missing field `memories`");
    for (const json& one : list_of(body, "memories")) {
        auto memory = memory_from_json(one);
        if (!memory) throw std::invalid_argument(memory.error().message);
        memories.push_back(std::move(*memory));
    }
    for (const char* name : {"deletions", "archives", "restores", "namespace_meta_clears"})
        for (const json& one : list_of(body, name)) want_texts({{"id", one}}, {"id"});
    for (const json& one : list_of(body, "links"))
        want_texts(one, {"source_id", "target_id", "relation", "created_at"});
    for (const json& one : list_of(body, "pendings"))
        want_texts(one,
                   {"id", "action_type", "namespace", "requested_by", "requested_at", "status"});
    for (const json& one : list_of(body, "namespace_meta"))
        want_texts(one, {"namespace", "standard_id"});
    for (const json& one : list_of(body, "pending_decisions")) want_texts(one, {"id", "decider"});
    return memories;
}

}  // namespace

OldStore::OldStore() : db_(":memory:", sqlite::OpenMode::read_write) {
    db_.exec(kTables);
}

void OldStore::insert(const Memory& m) {
    db_.sql("INSERT INTO memories(" AIMEM_MEMORY_COLUMNS
            ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)")
        .bind(m.id, to_string(m.tier), m.ns, m.title, m.content, tags_text(m.tags), m.priority,
              m.confidence, m.source, m.access_count, m.created_at, m.updated_at,
              m.last_accessed_at, m.expires_at, m.metadata)
        .run();
}

void OldStore::write(const Memory& m) {
    db_.sql(
           "UPDATE memories SET tier = ?2, namespace = ?3, title = ?4, content = ?5, tags = ?6, "
           "priority = ?7, confidence = ?8, source = ?9, access_count = ?10, updated_at = ?11, "
           "expires_at = ?12, metadata = ?13 WHERE id = ?1")
        .bind(m.id, to_string(m.tier), m.ns, m.title, m.content, tags_text(m.tags), m.priority,
              m.confidence, m.source, m.access_count, m.updated_at, m.expires_at, m.metadata)
        .run();
}

std::string OldStore::fresh_id() {
    return fmt::format("0ddc0de0-0000-4000-8000-{:012x}", ++made_);
}

OldStore::Done OldStore::merge(const Memory& in) {
    if (!check_memory(in)) return Done::skipped;
    if (auto there = by_title(in.ns, in.title)) {
        merge_into(*there, in);
        write(*there);
        return Done::changed;
    }
    // The conflict target is the title alone: a known id fails on the primary key.
    if (live(in.id)) return Done::skipped;
    insert(in);
    return Done::changed;
}

OldStore::Done OldStore::erase(const std::string& id) {
    if (!check_id("id", id)) return Done::skipped;
    db_.sql("DELETE FROM namespace_meta WHERE standard_id = ?1").bind(id).run();
    db_.sql("DELETE FROM memories WHERE id = ?1").bind(id).run();
    return db_.changes() > 0 ? Done::changed : Done::nothing;
}

OldStore::Done OldStore::put_away(const std::string& id, std::int64_t now_ns) {
    if (!check_id("id", id)) return Done::skipped;
    if (!live(id)) return Done::nothing;
    db_.sql("INSERT OR REPLACE INTO archived_memories SELECT " AIMEM_MEMORY_COLUMNS
            ", ?2, 'sync_push' FROM memories WHERE id = ?1")
        .bind(id, time_text(now_ns))
        .run();
    erase(id);
    return Done::changed;
}

OldStore::Done OldStore::bring_back(const std::string& id, std::int64_t now_ns) {
    auto back = archived(id);
    if (!check_id("id", id)) return Done::skipped;
    if (!back) return Done::nothing;
    if (live(id) || by_title(back->ns, back->title)) return Done::skipped;
    back->tier = Tier::long_term;
    back->expires_at.reset();
    back->updated_at = time_text(now_ns);
    insert(*back);
    db_.sql("DELETE FROM archived_memories WHERE id = ?1").bind(id).run();
    return Done::changed;
}

OldStore::Done OldStore::join(const json& link, std::int64_t now_ns) {
    const std::string source = link["source_id"];
    const std::string target = link["target_id"];
    const std::string relation = link["relation"];
    if (!check_link(source, target, relation) || !live(source) || !live(target))
        return Done::skipped;
    db_.sql("INSERT OR IGNORE INTO memory_links VALUES (?1, ?2, ?3, ?4)")
        .bind(source, target, relation, time_text(now_ns))
        .run();
    return Done::changed;
}

OldStore::Done OldStore::take_pending(const json& pending) {
    db_.sql("INSERT OR REPLACE INTO pending_actions VALUES (?1, ?2, ?3)")
        .bind(pending["id"].get<std::string>(), pending["status"].get<std::string>(),
              json_text(pending))
        .run();
    return Done::changed;
}

OldStore::Done OldStore::take_decision(const json& decision, std::int64_t now_ns) {
    const std::string id = decision["id"];
    const bool approved = decision["approved"];
    if (status_of(id) != "pending") return Done::nothing;
    db_.sql("UPDATE pending_actions SET status = ?2 WHERE id = ?1")
        .bind(id, approved ? "approved" : "rejected")
        .run();
    if (approved) carry_out(id, now_ns);
    return Done::changed;
}

// Every node mints an id of its own (W11).
void OldStore::carry_out(const std::string& pending, std::int64_t now_ns) {
    json entry;
    {
        auto row = db_.sql("SELECT entry FROM pending_actions WHERE id = ?1").bind(pending);
        if (!row.step()) return;
        entry = json::parse(row.string(0));
    }
    const std::string type = entry["action_type"];
    const std::string id = entry.value("memory_id", json()).is_string() ? entry["memory_id"] : "";
    if (type == "delete") erase(id);
    if (type == "store") {
        auto memory = memory_from_json(entry["payload"]);
        if (memory) store(*memory, now_ns);
    }
    if (type == "promote") update(id, {{"tier", "long"}}, now_ns);
}

OldStore::Done OldStore::take_standard(const json& entry, std::int64_t now_ns) {
    const std::string ns = entry["namespace"];
    const std::string id = entry["standard_id"];
    std::optional<std::string> parent;
    if (entry.contains("parent_namespace") && entry["parent_namespace"].is_string())
        parent = entry["parent_namespace"];
    if (!check_id("id", id) || !live(id) || parent == ns) return Done::skipped;
    db_.sql("INSERT OR REPLACE INTO namespace_meta VALUES (?1, ?2, ?3, ?4)")
        .bind(ns, id, time_text(now_ns), parent)
        .run();
    return Done::changed;
}

OldStore::Done OldStore::drop_standard(const std::string& ns) {
    db_.sql("DELETE FROM namespace_meta WHERE namespace = ?1").bind(ns).run();
    return db_.changes() > 0 ? Done::changed : Done::nothing;
}

std::pair<int, std::string> OldStore::push(const std::string& text, std::int64_t now_ns) {
    if (text.size() > kBodyMax) return {413, "length limit exceeded"};
    const json body = json::parse(text, nullptr, false);
    if (!body.is_object()) return {400, "Failed to parse the request body as JSON"};
    std::vector<Memory> memories;
    try {
        memories = decode(body);
    } catch (const std::invalid_argument& bad) {
        return {422, bad.what()};
    }
    for (const char* name : kCapped)
        if (list_of(body, name).size() > kItemsMax)
            return {400,
                    fmt::format(R"({{"error":"sync_push limited to 1000 {} per request"}})", name)};
    std::map<std::string, int> counters;
    const auto count = [&](const char* name, Done done) {
        ++counters[done == Done::changed ? name : done == Done::nothing ? "noop" : "skipped"];
    };
    for (const Memory& one : memories) count("applied", merge(one));
    for (const json& id : list_of(body, "deletions")) count("deleted", erase(id));
    for (const json& id : list_of(body, "archives")) count("archived", put_away(id, now_ns));
    for (const json& id : list_of(body, "restores")) count("restored", bring_back(id, now_ns));
    for (const json& one : list_of(body, "links")) count("links_applied", join(one, now_ns));
    for (const json& one : list_of(body, "pendings")) count("pendings_applied", take_pending(one));
    for (const json& one : list_of(body, "pending_decisions"))
        count("pending_decisions_applied", take_decision(one, now_ns));
    for (const json& one : list_of(body, "namespace_meta"))
        count("namespace_meta_applied", take_standard(one, now_ns));
    for (const json& ns : list_of(body, "namespace_meta_clears"))
        count("namespace_meta_cleared", drop_standard(ns));
    json out{{"dry_run", false},
             {"receiver_agent_id", "anonymous:req-1a2b3c4d"},
             {"receiver_clock", {{"entries", json::object()}}}};
    for (const char* name : kCounters) out[name] = counters[name];
    return {200, json_text(out)};
}

}  // namespace aimem::test
