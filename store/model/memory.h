// The values the product keeps: a memory and a typed link between two of them. Times are RFC 3339
// text as store/base/time_text.h prints them. metadata is the text of one JSON object.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aimem {

enum class Tier : std::uint8_t { short_term, mid, long_term };

std::string_view to_string(Tier tier) noexcept;  // "short", "mid", "long"
std::optional<Tier> tier_from(std::string_view text) noexcept;
std::optional<std::int64_t> default_ttl_secs(Tier tier) noexcept;  // long: none

struct Memory {
    std::string id{};
    Tier tier = Tier::mid;
    std::string ns = "global";
    std::string title{};
    std::string content{};
    std::vector<std::string> tags{};
    int priority = 5;
    double confidence = 1.0;
    std::string source = "api";
    std::int64_t access_count = 0;  // local to this node, never replicated
    std::string created_at{};
    std::string updated_at{};                       // the stamp of the register, as text
    std::optional<std::string> last_accessed_at{};  // local to this node
    std::optional<std::string> expires_at{};
    std::string metadata = "{}";

    friend bool operator==(const Memory&, const Memory&) = default;
};

struct Archived {
    Memory memory{};
    std::string archived_at{};
    std::string reason = "archive";

    friend bool operator==(const Archived&, const Archived&) = default;
};

struct Link {
    std::string source_id{};
    std::string target_id{};
    std::string relation = "related_to";
    std::string created_at{};
    // The window in which it holds. Unset: from created_at, and still.
    std::optional<std::string> valid_from{};
    std::optional<std::string> valid_until{};
    std::optional<std::string> observed_by{};  // the agent who linked them
    // Who said valid_until, and when he said it; where nobody did, or a program of 0.6.3: unset.
    std::optional<std::string> closed_by{};
    std::optional<std::string> closed_at{};

    friend bool operator==(const Link&, const Link&) = default;
};

}  // namespace aimem
