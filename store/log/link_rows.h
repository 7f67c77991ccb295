// memory_links is a view of the live link registers whose both ends are live; their bodies stay in
// repl_body, so that a link survives while an end is archived, merged or not here yet.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/log/registers.h"
#include "store/model/memory.h"

#include <string_view>

namespace aimem {

// The columns of a link in the order row_to_link expects; use as "SELECT " AIMEM_LINK_COLUMNS "
// FROM memory_links ...".
#define AIMEM_LINK_COLUMNS                                                  \
    "source_id, target_id, relation, created_at, valid_from, valid_until, " \
    "observed_by, closed_by, closed_at"

Link row_to_link(const sqlite::Statement::Cursor& row);

// Shows or hides the link between the two memories that these ids lead to.
void refresh_link(Registers& registers, std::string_view source_id, std::string_view target_id,
                  std::string_view relation);

// Does so for every link register that names one of the ids of this visible row, and for what is
// shown of it.
void refresh_links_of(Registers& registers, std::string_view visible);

}  // namespace aimem
