// Op: what a door asks for, whichever door it is. A new verb is one struct here, one function that
// writes registers (apply_op.cc and its files), one row in tests/store/verb_table.h, one tool, one
// route. Fields that are not given stay as they are; ids may be unique prefixes or aliases of a
// merged memory. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/model/memory.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace aimem {

// Merges by (title, namespace): given fields replace, the tier only rises, the life is renewed, the
// author stays.
struct StoreMemory {
    static constexpr std::string_view verb = "store";
    std::string title{};
    std::string content{};
    std::string ns = "global";
    std::optional<Tier> tier{};
    std::optional<std::vector<std::string>> tags{};
    std::optional<int> priority{};
    std::optional<double> confidence{};
    std::optional<std::string> source{};
    std::optional<std::string> expires_at{};
    std::optional<std::int64_t> ttl_secs{};
    std::optional<std::string> metadata{};  // text of a JSON object
    std::optional<std::string> scope{};
    std::string agent_id{};     // who asks; stamped into metadata.agent_id
    bool find_similar = false;  // look for others with a title like this
};

// Exact: lowered priority, confidence and tier, a cleared expiry and a changed title or namespace
// are all kept.
struct UpdateMemory {
    static constexpr std::string_view verb = "update";
    std::string id{};
    std::optional<std::string> title{};
    std::optional<std::string> content{};
    std::optional<std::string> ns{};
    std::optional<Tier> tier{};
    std::optional<std::vector<std::string>> tags{};
    std::optional<int> priority{};
    std::optional<double> confidence{};
    std::optional<std::string> expires_at{};  // "" clears it
    std::optional<std::string> metadata{};    // replaces the object; agent_id stays
};

struct PromoteMemory {  // long tier, no expiry
    static constexpr std::string_view verb = "promote";
    std::string id{};
};

struct DeleteMemory {
    static constexpr std::string_view verb = "delete";
    std::string id{};
};

struct ArchiveMemory {
    static constexpr std::string_view verb = "archive";
    std::string id{};
    std::string reason = "archive";
};

struct RestoreMemory {
    static constexpr std::string_view verb = "restore";
    std::string id{};
};

struct LinkMemories {
    static constexpr std::string_view verb = "link";
    std::string source_id{};
    std::string target_id{};
    std::string relation = "related_to";
};

struct UnlinkMemories {
    static constexpr std::string_view verb = "unlink";
    std::string source_id{};
    std::string target_id{};
    std::optional<std::string> relation{};  // absent: every relation of the pair
};

using Op = std::variant<StoreMemory, UpdateMemory, PromoteMemory, DeleteMemory, ArchiveMemory,
                        RestoreMemory, LinkMemories, UnlinkMemories>;

std::string_view verb_of(const Op& op) noexcept;

}  // namespace aimem
