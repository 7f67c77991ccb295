// What the clients of a node of 0.6.3 do, and what can be read of it.
// SPDX-License-Identifier: Apache-2.0
#include "store/base/time_text.h"
#include "store/log/memory_rows.h"
#include "store/model/json.h"
#include "store/model/json_text.h"
#include "tests/support/old_store.h"

#include <nlohmann/json.hpp>

#include <stdexcept>

namespace aimem::test {
namespace {

using nlohmann::json;

constexpr int kRecallsToLong = 5;

std::string push_of(const json& lists) {
    json out{{"sender_agent_id", "host:old"}, {"memories", json::array()}, {"dry_run", false}};
    out.update(lists);
    return json_text(out);
}

std::string push_of_row(const Memory& memory) {
    return push_of({{"memories", json::array({to_json(memory)})}});
}

}  // namespace

// `insert`: who stores under a known title wins, and the id that is there stays.
std::string OldStore::store(Memory memory, std::int64_t now_ns) {
    memory.id = fresh_id();
    memory.created_at = time_text(now_ns);
    memory.updated_at = memory.created_at;
    if (const auto there = by_title(memory.ns, memory.title)) {
        memory.id = there->id;
        memory.created_at = there->created_at;
        write(memory);
    } else {
        insert(memory);
    }
    return push_of_row(memory);
}

std::string OldStore::update(const std::string& id, const json& fields, std::int64_t now_ns) {
    auto memory = live(id);
    if (!memory) return {};
    json whole = to_json(*memory);
    whole.update(fields);
    auto changed = memory_from_json(whole);
    if (!changed) throw std::runtime_error(changed.error().message);
    if (changed->tier == Tier::long_term) changed->expires_at.reset();
    changed->updated_at = time_text(now_ns);
    write(*changed);
    return push_of_row(*changed);
}

std::string OldStore::remove(const std::string& id) {
    return erase(id) == Done::changed ? push_of({{"deletions", json::array({id})}}) : std::string{};
}

std::string OldStore::archive(const std::string& id, std::int64_t now_ns) {
    return put_away(id, now_ns) == Done::changed ? push_of({{"archives", json::array({id})}})
                                                 : std::string{};
}

std::string OldStore::restore(const std::string& id, std::int64_t now_ns) {
    return bring_back(id, now_ns) == Done::changed ? push_of({{"restores", json::array({id})}})
                                                   : std::string{};
}

std::string OldStore::link(const std::string& source, const std::string& target,
                           const std::string& relation, std::int64_t now_ns) {
    const json link{{"source_id", source},
                    {"target_id", target},
                    {"relation", relation},
                    {"created_at", time_text(now_ns)}};
    return join(link, now_ns) == Done::changed ? push_of({{"links", json::array({link})}})
                                               : std::string{};
}

std::string OldStore::consolidate(const std::vector<std::string>& ids, Memory made,
                                  std::int64_t now_ns) {
    for (const std::string& id : ids) erase(id);
    json push = json::parse(store(std::move(made), now_ns));
    push["deletions"] = ids;
    return json_text(push);
}

std::string OldStore::ask(const json& pending) {
    take_pending(pending);
    return push_of({{"pendings", json::array({pending})}});
}

std::string OldStore::decide(const std::string& pending, bool approve, const std::string& decider,
                             std::int64_t now_ns) {
    const json decision{{"id", pending}, {"approved", approve}, {"decider", decider}};
    return take_decision(decision, now_ns) == Done::changed
               ? push_of({{"pending_decisions", json::array({decision})}})
               : std::string{};
}

std::string OldStore::set_standard(const std::string& ns, const std::string& id,
                                   std::int64_t now_ns) {
    const json entry{{"namespace", ns}, {"standard_id", id}, {"updated_at", time_text(now_ns)}};
    return take_standard(entry, now_ns) == Done::changed
               ? push_of({{"namespace_meta", json::array({entry})}})
               : std::string{};
}

std::string OldStore::clear_standard(const std::string& ns) {
    drop_standard(ns);
    return push_of({{"namespace_meta_clears", json::array({ns})}});
}

// The fifth makes a mid row long and moves updated_at, of which no peer is told (6.8).
void OldStore::recall(const std::string& id, std::int64_t now_ns) {
    auto memory = live(id);
    if (!memory) return;
    memory->access_count += 1;
    if (memory->access_count % 10 == 0 && memory->priority < 10) memory->priority += 1;
    if (memory->tier == Tier::mid && memory->access_count >= kRecallsToLong) {
        memory->tier = Tier::long_term;
        memory->expires_at.reset();
        memory->updated_at = time_text(now_ns);
    }
    write(*memory);
}

std::string OldStore::everything() {
    return push_of({{"memories", json::parse(since("", 1000))["memories"]}});
}

std::string OldStore::since(const std::string& since, std::size_t limit) {
    json memories = json::array();
    for (auto row = db_.sql("SELECT " AIMEM_MEMORY_COLUMNS " FROM memories WHERE updated_at > ?1 "
                            "ORDER BY updated_at LIMIT ?2")
                        .bind(since, static_cast<std::int64_t>(limit));
         row.step();)
        memories.push_back(to_json(row_to_memory(row)));
    return json_text({{"count", memories.size()},
                      {"limit", limit},
                      {"updated_since", since.empty() ? json() : json(since)},
                      {"memories", memories}});
}

std::string OldStore::exported() {
    json memories = json::array();
    for (auto row =
             db_.sql("SELECT " AIMEM_MEMORY_COLUMNS " FROM memories ORDER BY created_at").bind();
         row.step();)
        memories.push_back(to_json(row_to_memory(row)));
    json links = json::array();
    for (auto row =
             db_.sql("SELECT source_id, target_id, relation, created_at FROM memory_links").bind();
         row.step();)
        links.push_back({{"source_id", row.string(0)},
                         {"target_id", row.string(1)},
                         {"relation", row.string(2)},
                         {"created_at", row.string(3)}});
    return json_text({{"count", memories.size()}, {"memories", memories}, {"links", links}});
}

std::optional<Memory> OldStore::live(const std::string& id) {
    return live_row(db_, id);
}

std::optional<Memory> OldStore::by_title(const std::string& ns, const std::string& title) {
    const auto id = live_id(db_, ns, title);
    return id ? live_row(db_, *id) : std::nullopt;
}

std::optional<Memory> OldStore::archived(const std::string& id) {
    const auto found = archived_row(db_, id);
    return found ? std::optional<Memory>(found->memory) : std::nullopt;
}

bool OldStore::linked(const std::string& source, const std::string& target) {
    return db_.sql("SELECT 1 FROM memory_links WHERE source_id = ?1 AND target_id = ?2")
        .bind(source, target)
        .step();
}

std::string OldStore::status_of(const std::string& pending) {
    auto row = db_.sql("SELECT status FROM pending_actions WHERE id = ?1").bind(pending);
    return row.step() ? row.string(0) : std::string{};
}

std::vector<std::string> OldStore::ids(const char* sql) {
    std::vector<std::string> out;
    sqlite::Statement statement(db_.handle(), sql);
    for (auto row = statement.bind(); row.step();) out.push_back(row.string(0));
    return out;
}

std::string OldStore::standard_of(const std::string& ns) {
    auto row = db_.sql("SELECT standard_id FROM namespace_meta WHERE namespace = ?1").bind(ns);
    return row.step() ? row.string(0) : std::string{};
}

}  // namespace aimem::test
