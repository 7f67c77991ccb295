// What is known of the versions of one memory. The store keeps the newest version of each register
// and nothing older (store/log/registers.h), so there is one. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/log/change.h"
#include "store/sqlite/sqlite.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aimem::query {

struct VersionSeen {
    std::string id{};  // of the visible memory where titles clashed
    State state = State::live;
    std::int64_t stamp = 0;  // ns since 1970; its last three digits are the writer's node tag
    bool from_peer = false;  // came from another node
    std::string title{};     // empty for a tombstone, as are the three below
    std::string ns{};
    std::string author{};
    std::string created_at{};
    std::vector<std::string> names{};  // every id that leads to it, its own first; live ones only
};

// By an id, by one that leads on, or by the beginning of a live one; archived and deleted memories
// by their whole id. Errc::not_found.
Result<VersionSeen> newest_version(sqlite::Database& db, std::string_view id_or_prefix);

}  // namespace aimem::query
