// The registers of small documents (store/model/records.h): which bodies they may have, and the
// tables of 0.6.3 that show them (namespace_meta, pending_actions, entity_aliases, subscriptions).
// Bodies stay in repl_body; the tables follow from them. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/log/registers.h"
#include "store/model/records.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aimem {

// What makes a change of one of these kinds acceptable, its stamp and signature apart.
Result<> check_record(const Change& change);

// After its register was written: the tables show it.
void materialise_record(Registers& registers, const Change& change);

std::optional<Standard> standard_of(sqlite::Database& db, std::string_view ns);
// Where rules for a namespace come from, general first: "*", the parents its root was given, the
// namespaces above it, itself; only those with a standard (facts/mcp-tools.md 5.8).
std::vector<Standard> standards_of(sqlite::Database& db, std::string_view ns);

std::vector<std::string> namespaces_of_standard(sqlite::Database& db, std::string_view memory_id);
std::optional<PendingState> pending_state(sqlite::Database& db, std::string_view id);
std::vector<Ballot> ballots_of(sqlite::Database& db, std::string_view pending_id);
std::vector<Alias> aliases_of(sqlite::Database& db, std::string_view entity_id);  // oldest first
std::optional<Subscription> subscription_of(sqlite::Database& db, std::string_view id);

// The registers that say what this row of one of the tables says; for rows that another program
// wrote. A row that is gone yields tombstones.
std::vector<Change> record_changes(sqlite::Database& db, Kind kind, std::string_view a,
                                   std::string_view b);

// The time a live body gives for itself; "" when it gives none.
std::string time_said_in(const Change& change);

}  // namespace aimem
