// Change: a stamped write of one register. It is all that is merged, remembered and sent to peers;
// federation never sees anything else. A register is named by its key and decided by (stamp, sig);
// the whole value wins (design: replication.md 2.2-2.4). SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aimem {

enum class State : std::uint8_t { live = 1, archived = 2, dead = 3 };  // dead: a tombstone

// The letter before the colon of a key. What is named by a pair or triple has the 32 hex digits of
// its hash behind the colon, all else its own id or namespace (store/model/records.h).
enum class Kind : char {
    memory = 'm',
    link = 'l',
    standard = 'n',
    pending = 'p',
    approval = 'v',
    ballot = 'b',
    decision = 'x',
    alias = 'e',
    subscription = 's',
};

std::optional<Kind> kind_of(std::string_view key) noexcept;  // nothing for a key that is none

std::string memory_key(std::string_view id);
std::string link_key(std::string_view source_id, std::string_view target_id,
                     std::string_view relation);
std::string record_key(Kind kind,
                       std::string_view name);  // standard, pending, decision, subscription
std::string pair_key(Kind kind, std::string_view first, std::string_view second);  // the others
std::string_view id_of_key(std::string_view key) noexcept;  // the part behind the colon

// The total order of versions of one register.
struct Version {
    std::int64_t stamp = 0;  // ns since 1970: us * 1000 + node tag; 0 = never written
    std::int64_t sig = 0;    // 63-bit hash of state and body

    friend auto operator<=>(const Version&, const Version&) = default;
};

struct GroupMember {
    std::string key{};
    std::int64_t stamp = 0;

    friend bool operator==(const GroupMember&, const GroupMember&) = default;
};

struct Change {
    std::string key{};
    State state = State::live;
    Version version{};
    std::string body{};  // canonical JSON object; for a tombstone empty, or {"into":"<id>"} of a
                         // merged memory
    std::vector<GroupMember> group{};  // when this key heads an atomic group: its other members

    friend bool operator==(const Change&, const Change&) = default;
};

std::int64_t sig_of(State state, std::string_view body) noexcept;

// Of a tombstone that leads nowhere, which is collected one day; one with a body stays.
inline const std::int64_t kPlainTombstone = sig_of(State::dead, {});

struct FeedRow {  // a Change at its place in this node's feed
    std::int64_t seq = 0;
    Change change{};
};

}  // namespace aimem
