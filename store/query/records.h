// Reading small documents and the memories that stand for agents, entities and messages
// (facts/mcp-tools.md 2.3-2.7). Each call reads one consistent view and writes nothing.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/model/memory.h"
#include "store/model/records.h"
#include "store/sqlite/sqlite.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aimem::query {

struct PendingQuery {
    std::optional<std::string> status{};  // pending, approved, rejected
    std::optional<std::string> ns{};
    std::size_t limit = 100;  // rows, at most limits::list_rows
};
Result<std::vector<PendingState>> pendings(sqlite::Database& db, const PendingQuery& query);
Result<PendingState> pending(sqlite::Database& db, std::string_view id);  // Errc::not_found

struct Agent {
    std::string agent_id{};
    std::string agent_type{};
    std::vector<std::string> capabilities{};
    std::string registered_at{};
    std::string last_seen_at{};
};
Result<std::vector<Agent>> agents(sqlite::Database& db);  // in the order of registration

struct Entity {
    std::string id{};
    std::string canonical_name{};
    std::string ns{};
    std::vector<std::string> aliases{};
};
// The newest entity that goes by this name; its own name is one of them.
Result<std::optional<Entity>> entity_by_alias(sqlite::Database& db, std::string_view alias,
                                              const std::optional<std::string>& ns);

// Newest first; `created_by`: only those of one agent.
Result<std::vector<Subscription>> subscriptions(sqlite::Database& db,
                                                const std::optional<std::string>& created_by);

struct StandardView {
    Standard standard{};
    std::optional<Memory> memory{};  // nothing: it dangles
};
// The chain that holds in a namespace, general first; without `inherit` its own alone.
Result<std::vector<StandardView>> standards(sqlite::Database& db, std::string_view ns,
                                            bool inherit);

struct InboxQuery {
    std::string agent_id{};
    bool unread_only = false;
    std::size_t limit = 50;  // rows, at most limits::list_rows
};
// Important first, then newest; expired messages are gone.
Result<std::vector<Memory>> inbox(sqlite::Database& db, const InboxQuery& query,
                                  std::int64_t now_ns);

struct NamespaceCount {
    std::string ns{};
    std::int64_t count = 0;
};
// Live rows of a namespace and of those below it; "" for all. Densest first, at most `rows_max`.
Result<std::vector<NamespaceCount>> namespaces(sqlite::Database& db, std::string_view prefix,
                                               std::size_t rows_max, std::int64_t now_ns);

}  // namespace aimem::query
