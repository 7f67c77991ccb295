// Looks for a contradiction between the registers and the tables, the slow and plain way.
// SPDX-License-Identifier: Apache-2.0
#include "store/log/apply.h"
#include "store/log/bodies.h"
#include "store/log/digest.h"
#include "store/log/memory_rows.h"
#include "store/log/records.h"
#include "store/model/json.h"
#include "tests/store/core/node.h"

#include <map>
#include <set>

namespace aimem::test {
namespace {

using Title = std::pair<std::string, std::string>;

struct Registered {
    std::map<std::string, Title> live;          // memory id -> (namespace, title)
    std::map<std::string, std::string> merged;  // id -> where its tombstone leads
    std::set<std::string> archived;
    std::vector<Link> links;
};

std::string single(sqlite::Database& db, const std::string& sql) {
    sqlite::Statement statement(db.handle(), sql);
    auto row = statement.bind();
    return row.step() ? row.string(0) : std::string{};
}

bool there(sqlite::Database& db, const std::string& sql, std::string_view a, std::string_view b) {
    sqlite::Statement statement(db.handle(), sql);
    return statement.bind(a, b).step();
}

// A small document: its row is there when it is live, as its body says, and not otherwise.
std::string check_record_row(sqlite::Database& db, const Change& change) {
    const std::string id(id_of_key(change.key));
    const bool live = change.state == State::live;
    bool shown = live;
    if (change.key.starts_with("n:")) {
        const auto one = live ? *standard_from_body(change.body) : Standard{};
        shown = there(
            db,
            "SELECT 1 FROM namespace_meta WHERE namespace = ?1 AND (?2 = '' OR standard_id = ?2)",
            id, one.standard_id);
    } else if (change.key.starts_with("p:")) {
        shown = there(db, "SELECT 1 FROM pending_actions WHERE id = ?1 AND ?2 = ''", id, "");
    } else if (change.key.starts_with("x:")) {
        const auto one = *decision_from_body(change.body);
        if (find_register(db, record_key(Kind::pending, id)))
            shown = there(db, "SELECT 1 FROM pending_actions WHERE id = ?1 AND status = ?2", id,
                          one.approved ? "approved" : "rejected");
    } else if (change.key.starts_with("s:")) {
        shown = there(db, "SELECT 1 FROM subscriptions WHERE id = ?1 AND ?2 = ''", id, "");
    } else if (change.key.starts_with("e:") && live) {
        const auto one = *alias_from_body(change.body);
        shown = there(db, "SELECT 1 FROM entity_aliases WHERE entity_id = ?1 AND alias = ?2",
                      one.entity_id, one.alias);
    }
    return shown == live ? "" : "the row of " + change.key + " is not what its register says";
}

// What the registers say; a contradiction when one could not be shipped.
std::string read_registers(sqlite::Database& db, Registered& out) {
    for (const Change& version : versions_in(db, "", "")) {
        const auto found = find_register(db, version.key);
        const Change change = change_of(db, version.key, *found);
        if (const auto ok = check_change(change); !ok)
            return version.key + " cannot be shipped: " + ok.error().message;
        const std::string id(id_of_key(change.key));
        const auto kind = kind_of(change.key);
        if (kind != Kind::memory && kind != Kind::link) {
            if (auto wrong = check_record_row(db, change); !wrong.empty()) return wrong;
        } else if (change.key.starts_with("l:")) {
            if (change.state == State::live) out.links.push_back(*link_from_body(change.body));
        } else if (change.state == State::live) {
            const auto memory = memory_from_body(id, change.body);
            out.live[id] = {memory->ns, memory->title};
        } else if (change.state == State::archived) {
            out.archived.insert(id);
        } else if (const auto into = merged_into(change.body); !into.empty()) {
            out.merged[id] = into;
        }
    }
    return {};
}

std::string shown_as(const Registered& all, const std::map<Title, std::string>& rows,
                     std::string id) {
    for (int hop = 0; hop <= 8; ++hop) {
        if (const auto live = all.live.find(id); live != all.live.end()) {
            const auto row = rows.find(live->second);
            return row == rows.end() ? "" : row->second;
        }
        const auto merged = all.merged.find(id);
        if (merged == all.merged.end()) return {};
        id = merged->second;
    }
    return {};
}

std::string check_rows(sqlite::Database& db, const Registered& all,
                       std::map<Title, std::string>& rows) {
    for (auto row = db.sql("SELECT id, namespace, title FROM memories").bind(); row.step();) {
        const auto live = all.live.find(row.string(0));
        if (live == all.live.end()) return "row without a live register: " + row.string(0);
        if (live->second != Title{row.string(1), row.string(2)})
            return "row under a title that is not its own: " + row.string(0);
        rows[live->second] = row.string(0);
    }
    for (const auto& [id, title] : all.live)
        if (!rows.contains(title)) return "a live register that nothing shows: " + id;
    std::set<std::string> archived;
    for (auto row = db.sql("SELECT id FROM archived_memories").bind(); row.step();)
        archived.insert(row.string(0));
    return archived == all.archived ? "" : "archived rows are not the archived registers";
}

std::string check_links(sqlite::Database& db, const Registered& all,
                        const std::map<Title, std::string>& rows) {
    std::set<std::string> expected;
    for (const Link& link : all.links) {
        const auto source = shown_as(all, rows, link.source_id);
        const auto target = shown_as(all, rows, link.target_id);
        if (!source.empty() && !target.empty() && source != target)
            expected.insert(source + " " + link.relation + " " + target);
    }
    std::set<std::string> found;
    for (auto row = db.sql("SELECT source_id, relation, target_id FROM memory_links").bind();
         row.step();)
        found.insert(row.string(0) + " " + row.string(1) + " " + row.string(2));
    for (const auto& link : expected)
        if (!found.contains(link)) return "a link that is not shown: " + link;
    for (const auto& link : found)
        if (!expected.contains(link)) return "a link that no register knows: " + link;
    return {};
}

}  // namespace

std::string contradiction(sqlite::Database& db) {
    Registered all;
    std::map<Title, std::string> rows;
    if (auto found = read_registers(db, all); !found.empty()) return found;
    if (auto found = check_rows(db, all, rows); !found.empty()) return found;
    if (auto found = check_links(db, all, rows); !found.empty()) return found;
    if (single(db, "SELECT guard FROM repl_meta") != "0") return "the guard is still down";
    if (single(db, "SELECT count(*) FROM repl_dirty") != "0") return "foreign writes are waiting";
    if (single(db, "SELECT count(*) FROM repl_row, repl_meta WHERE seq >= next_seq") != "0")
        return "a place in the feed behind its end";
    if (single(db,
               "SELECT count(*) FROM repl_body LEFT JOIN repl_row USING(key) WHERE "
               "repl_row.key IS NULL") != "0")
        return "a body without a register";
    if (const auto sick = single(db, "PRAGMA integrity_check"); sick != "ok") return sick;
    if (const auto sick = single(db, "PRAGMA foreign_key_check"); !sick.empty()) return sick;
    // Throws when the index of the texts and the rows differ.
    db.exec("INSERT INTO memories_fts(memories_fts, rank) VALUES ('integrity-check', 1)");
    return {};
}

}  // namespace aimem::test
