// The versions of one memory that this file knows: the present one, and those it has overwritten
// (store/log/history.h; bounded, and of this file alone). What was deleted shows who wrote when,
// and nothing of what it said. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/log/change.h"
#include "store/sqlite/sqlite.h"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aimem::query {

struct VersionSaid {   // what a version said
    std::string id{};  // another than the memory's own: it was merged into this one
    std::string title{};
    std::string ns{};
    std::string tier{};
    std::int64_t priority = 0;
    double confidence = 1.0;
    std::vector<std::string> tags{};
    std::string created_at{};
    std::optional<std::string> expires_at{};
    std::optional<std::string> archive_reason{};
    std::optional<std::string> content{};  // its beginning, kVersionContentMax bytes at most
    std::int64_t content_bytes = 0;        // of the whole
};

struct VersionSeen {
    State state = State::live;
    std::int64_t stamp = 0;  // ns since 1970; its last three digits are the writer's node tag
    std::int64_t until = 0;  // stamp of the version that replaced it; 0: the present one
    bool from_peer = false;  // came from another node
    std::string author{};    // of the memory; empty: unknown, as below
    std::string writer{};    // of this version, by its own account
    std::vector<std::string> changed{};  // what it changed in the one before; empty: unknown
    std::optional<VersionSaid> said{};   // nothing of what is or was deleted
};

struct History {
    std::string id{};                  // of the visible memory where titles clashed
    std::vector<std::string> names{};  // every id that leads to it, its own first; live ones only
    std::vector<VersionSeen> versions{};  // newest first
};

// By an id, by one that leads on, or by the beginning of a live one; archived and deleted memories
// by their whole id. Errc::not_found.
Result<History> history(sqlite::Database& db, std::string_view id_or_prefix);

// The versions behind the newest `offset`, at most `limit`.
std::span<const VersionSeen> some_of(const History& history, std::size_t offset, std::size_t limit);

// As the doors show them.
nlohmann::json to_json(const VersionSeen& version);
nlohmann::json to_json(const History& history, std::span<const VersionSeen> shown);

}  // namespace aimem::query
