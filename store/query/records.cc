#include "store/query/records.h"

#include "store/base/text.h"
#include "store/base/time_text.h"
#include "store/log/memory_rows.h"
#include "store/log/names.h"
#include "store/log/records.h"
#include "store/model/json.h"
#include "store/model/json_text.h"
#include "store/model/limits.h"
#include "store/model/validate.h"
#include "store/query/viewer.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace aimem::query {
namespace {

std::int64_t rows(std::size_t limit) {
    return static_cast<std::int64_t>(std::min(limit, limits::list_rows));
}

Entity entity_of(sqlite::Database& db, const Memory& memory) {
    Entity out{memory.id, memory.title, memory.ns, {}};
    for (Alias& one : aliases_of(db, memory.id)) out.aliases.push_back(std::move(one.alias));
    return out;
}

Agent agent_of(const Memory& memory) {
    const nlohmann::json metadata = parse_json(memory.metadata);
    Agent out;
    out.agent_id = metadata_text(memory.metadata, "agent_id");
    out.agent_type = metadata_text(memory.metadata, "agent_type");
    out.registered_at = metadata_text(memory.metadata, "registered_at");
    out.last_seen_at = metadata_text(memory.metadata, "last_seen_at");
    if (metadata.contains("capabilities"))
        out.capabilities = tags_from_text(json_text(metadata["capabilities"]));
    return out;
}

}  // namespace

Result<std::vector<PendingState>> pendings(sqlite::Database& db, const PendingQuery& query) {
    if (query.status && *query.status != "pending" && *query.status != "approved" &&
        *query.status != "rejected")
        return fail(Errc::invalid_argument, "status must be one of pending, approved, rejected");
    const sqlite::ReadTransaction view(db);
    std::vector<std::string> ids;
    for (auto row = db.sql("SELECT id FROM pending_actions WHERE (?1 IS NULL OR status = ?1) AND "
                           "(?2 IS NULL OR namespace = ?2) ORDER BY requested_at DESC, id LIMIT ?3")
                        .bind(query.status, query.ns, rows(query.limit));
         row.step();)
        ids.push_back(row.string(0));
    std::vector<PendingState> out;
    for (const std::string& id : ids)
        if (auto state = pending_state(db, id)) out.push_back(std::move(*state));
    return out;
}

Result<PendingState> pending(sqlite::Database& db, std::string_view id) {
    const sqlite::ReadTransaction view(db);
    const bool seen = current_viewer().sees_all() ||
                      db.sql("SELECT 1 FROM pending_actions WHERE id = ?1").bind(id).step();
    auto state = seen ? pending_state(db, id) : std::nullopt;
    if (state) return std::move(*state);
    return fail(Errc::not_found, "pending action not found");
}

Result<std::vector<Agent>> agents(sqlite::Database& db) {
    std::vector<Agent> out;
    for (auto row =
             db.sql("SELECT " AIMEM_MEMORY_COLUMNS
                    " FROM memories INDEXED BY idx_memories_ns_rank WHERE namespace = '_agents'")
                 .bind();
         row.step();) {
        const Memory memory = row_to_memory(row);
        if (memory.title.substr(0, 6) == "agent:") out.push_back(agent_of(memory));
    }
    std::sort(out.begin(), out.end(), [](const Agent& x, const Agent& y) {
        return std::tie(x.registered_at, x.agent_id) < std::tie(y.registered_at, y.agent_id);
    });
    return out;
}

Result<std::optional<Entity>> entity_by_alias(sqlite::Database& db, std::string_view alias,
                                              const std::optional<std::string>& ns) {
    if (ns)
        if (auto ok = check_namespace("namespace", *ns); !ok) return fail(ok.error());
    const auto name = trim(alias);
    if (auto ok = check_title("alias", name); !ok) return fail(ok.error());
    const sqlite::ReadTransaction view(db);
    std::optional<Memory> best;
    const auto consider = [&](std::string_view id) {
        const auto visible = visible_id(db, id);
        auto memory = visible ? live_row(db, *visible) : std::nullopt;
        if (!memory || metadata_text(memory->metadata, "kind") != "entity") return;
        if (ns && memory->ns != *ns) return;
        if (!best || memory->created_at > best->created_at) best = std::move(memory);
    };
    std::vector<std::string> ids;
    for (auto row =
             db.sql("SELECT entity_id FROM entity_aliases WHERE alias = ?1 LIMIT 1000").bind(name);
         row.step();)
        ids.push_back(row.string(0));
    for (auto row = db.sql("SELECT id FROM memories WHERE title = ?1 LIMIT 1000").bind(name);
         row.step();)
        ids.push_back(row.string(0));
    for (const std::string& id : ids) consider(id);
    if (!best) return std::optional<Entity>{};
    return std::optional<Entity>(entity_of(db, *best));
}

Result<std::vector<Subscription>> subscriptions(sqlite::Database& db,
                                                const std::optional<std::string>& created_by) {
    std::vector<Subscription> out;
    for (auto row = db.sql("SELECT id, url, events, secret_hash, namespace_filter, agent_filter, "
                           "created_by, "
                           "created_at, dispatch_count, failure_count FROM subscriptions WHERE "
                           "(?1 IS NULL OR created_by = ?1) ORDER BY created_at DESC, id LIMIT ?2")
                        .bind(created_by, rows(limits::list_rows));
         row.step();)
        out.push_back({row.string(0), row.string(1), row.string(2), row.maybe_text(3),
                       row.maybe_text(4), row.maybe_text(5), row.maybe_text(6), row.string(7),
                       row.int64(8), row.int64(9)});
    return out;
}

Result<std::vector<StandardView>> standards(sqlite::Database& db, std::string_view ns,
                                            bool inherit) {
    if (ns != "*")
        if (auto ok = check_namespace("namespace", ns); !ok) return fail(ok.error());
    const sqlite::ReadTransaction view(db);
    std::vector<Standard> chain;
    if (inherit)
        chain = standards_of(db, ns);
    else if (auto own = standard_of(db, ns))
        chain.push_back(std::move(*own));
    std::vector<StandardView> out;
    for (Standard& one : chain) {
        const auto id = visible_id(db, one.standard_id);
        if (!id && !current_viewer().sees_all()) continue;  // not to be seen, or gone
        out.push_back({std::move(one), id ? live_row(db, *id) : std::nullopt});
    }
    return out;
}

Result<std::vector<Memory>> inbox(sqlite::Database& db, const InboxQuery& query,
                                  std::int64_t now_ns) {
    if (auto ok = check_agent_id("agent_id", query.agent_id); !ok) return fail(ok.error());
    const std::string& reader = current_viewer().agent_id;
    if (!reader.empty() && reader != query.agent_id)
        return fail(Errc::denied, fmt::format("the messages to {} are read by {} alone; you are {}",
                                              query.agent_id, query.agent_id, reader));
    std::vector<Memory> out;
    for (auto row =
             db.sql("SELECT " AIMEM_MEMORY_COLUMNS
                    " FROM memories INDEXED BY idx_memories_ns_rank WHERE namespace = ?1 AND "
                    "(expires_at IS NULL OR expires_at > ?2) AND (?3 = 0 OR access_count = 0) "
                    "ORDER BY priority DESC, updated_at DESC LIMIT ?4")
                 .bind("_messages/" + query.agent_id, time_text(now_ns),
                       static_cast<std::int64_t>(query.unread_only ? 1 : 0), rows(query.limit));
         row.step();)
        out.push_back(row_to_memory(row));
    return out;
}

Result<std::vector<NamespaceCount>> namespaces(sqlite::Database& db, std::string_view prefix,
                                               std::size_t rows_max, std::int64_t now_ns) {
    // Everything below lies in [prefix/, prefix0): '0' comes after '/'.
    const std::string below = std::string(prefix) + "/";
    const std::string behind = std::string(prefix) + "0";
    std::vector<NamespaceCount> out;
    for (auto row =
             db.sql("SELECT namespace, count(*) AS n FROM memories INDEXED BY idx_memories_ns_rank "
                    "WHERE (expires_at IS NULL OR expires_at > ?4) AND (?1 = '' OR namespace = ?1 "
                    "OR "
                    "(namespace >= ?2 AND namespace < ?3)) "
                    "GROUP BY namespace ORDER BY n DESC, namespace LIMIT ?5")
                 .bind(prefix, below, behind, time_text(now_ns),
                       static_cast<std::int64_t>(rows_max));
         row.step();)
        out.push_back({row.string(0), row.int64(1)});
    return out;
}

}  // namespace aimem::query
