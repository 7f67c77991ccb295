// Op: what a door asks for, whichever door it is. A new verb is one struct here, one function that
// writes registers (apply_op.cc and its files), one row in tests/store/verb_table.h, one tool, one
// route. Fields that are not given stay as they are; ids may be unique prefixes or aliases of a
// merged memory. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/model/memory.h"
#include "store/model/records.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace aimem {

// What marks a request that may come again (store/ops/requests.h).
struct RequestId {
    std::string key{};   // who asked, where, under which Idempotency-Key; and the step of it
    std::string body{};  // a hash of what was asked
};

// What storing a title that is taken means: merge it, keep both ("T (2)"), or refuse.
enum class OnConflict : std::uint8_t { merge, version, error };

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
    std::string agent_id{};               // who asks; stamped into metadata.agent_id
    bool find_similar = false;            // look for others with a title like this
    std::optional<std::string> new_id{};  // of a new memory; absent: a random one
    OnConflict on_conflict = OnConflict::merge;
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
    std::string agent_id{};                   // who asks, here and below; empty: the program itself
    std::vector<std::string> add_tags{};      // beside those that are there
};

// Long tier, no expiry; or a copy of it in a namespace above its own, linked derived_from it.
struct PromoteMemory {
    static constexpr std::string_view verb = "promote";
    std::string id{};
    std::optional<std::string> to_namespace{};
    std::string agent_id{};
};

struct DeleteMemory {
    static constexpr std::string_view verb = "delete";
    std::string id{};
    std::string agent_id{};
};

struct ArchiveMemory {
    static constexpr std::string_view verb = "archive";
    std::string id{};
    std::string reason = "archive";
    std::string agent_id{};
};

struct RestoreMemory {
    static constexpr std::string_view verb = "restore";
    std::string id{};
    std::string agent_id{};
};

// Archived memories that were archived before (now - older_than_days); without it all of them.
struct PurgeArchive {
    static constexpr std::string_view verb = "purge";
    std::optional<std::int64_t> older_than_days{};
    std::optional<std::string> ns{};
    std::string agent_id{};
};

// Archives what fits all that is given; one of them must be. At most limits::sweep_rows at once.
struct ForgetMemories {
    static constexpr std::string_view verb = "forget";
    std::optional<std::string> ns{};
    std::optional<std::string> pattern{};  // any of its words
    std::optional<Tier> tier{};
    std::string agent_id{};
};

// Archives what has expired. Every node comes to the same versions by itself.
struct ExpireMemories {
    static constexpr std::string_view verb = "expire";
};

// One long memory in place of 2..100, which are archived, in one group.
struct ConsolidateMemories {
    static constexpr std::string_view verb = "consolidate";
    std::vector<std::string> ids{};
    std::string title{};
    std::string summary{};
    std::optional<std::string> ns{};  // absent: the one that all sources share, else "global"
    std::string agent_id{};
};

// A memory as an export has it: its id, times and author stay. The newer of two versions wins.
struct ImportMemory {
    static constexpr std::string_view verb = "import";
    Memory memory{};
    std::string agent_id{};
};

struct LinkMemories {
    static constexpr std::string_view verb = "link";
    std::string source_id{};
    std::string target_id{};
    std::string relation = "related_to";
    std::optional<std::string> valid_from{};  // RFC 3339; a closed link that is made again is open
    std::optional<std::string> valid_until{};
    std::string agent_id{};
    // Of an export: who closed it, and when. Absent: whoever says valid_until, now.
    std::optional<std::string> closed_by{};
    std::optional<std::string> closed_at{};
};

struct UnlinkMemories {
    static constexpr std::string_view verb = "unlink";
    std::string source_id{};
    std::string target_id{};
    std::optional<std::string> relation{};  // absent: every relation of the pair
    std::string agent_id{};
};

struct InvalidateLink {  // closes its window of validity; the link stays
    static constexpr std::string_view verb = "invalidate";
    std::string source_id{};
    std::string target_id{};
    std::string relation{};
    std::optional<std::string> valid_until{};  // absent: now
    std::string agent_id{};
};

// A memory that stands for a thing, and the names it goes by. Again: names are added.
struct RegisterEntity {
    static constexpr std::string_view verb = "entity";
    std::string canonical_name{};
    std::string ns{};
    std::vector<std::string> aliases{};
    std::optional<std::string> metadata{};
    std::string agent_id{};
};

// A memory in the namespace _agents. Again: type and capabilities are replaced.
struct RegisterAgent {
    static constexpr std::string_view verb = "agent";
    std::string agent_id{};
    std::string agent_type{};
    std::vector<std::string> capabilities{};
};

// Queues what a policy wants to be approved; the gate makes it (policy.h), doors do not.
struct RequestAction {
    static constexpr std::string_view verb = "pending";
    PendingAction action{};
};

// A voice for or against a pending action. When it decides, the action is carried out.
struct DecideAction {
    static constexpr std::string_view verb = "decide";
    std::string id{};
    bool approve = true;
    std::string agent_id{};
};

// Binds a memory as the rule text of a namespace; `governance` goes into its metadata.
struct SetStandard {
    static constexpr std::string_view verb = "standard";
    std::string ns{};
    std::string id{};
    std::optional<std::string> parent{};
    std::optional<std::string> governance{};  // text of a JSON object
    std::string agent_id{};
};

struct ClearStandard {
    static constexpr std::string_view verb = "clear_standard";
    std::string ns{};
    std::string agent_id{};
};

// A message: a memory in _messages/<to>. Never overwrites another.
struct NotifyAgent {
    static constexpr std::string_view verb = "notify";
    std::string from{};
    std::string to{};
    std::string title{};
    std::string payload{};
    int priority = 5;
    Tier tier = Tier::mid;
};

struct SubscribeEvents {
    static constexpr std::string_view verb = "subscribe";
    Subscription subscription{};  // its id and created_at are made here
};

struct UnsubscribeEvents {
    static constexpr std::string_view verb = "unsubscribe";
    std::string id{};
    std::string agent_id{};
};

using Op =
    std::variant<StoreMemory, UpdateMemory, PromoteMemory, DeleteMemory, ArchiveMemory,
                 RestoreMemory, PurgeArchive, ForgetMemories, ExpireMemories, ConsolidateMemories,
                 ImportMemory, LinkMemories, UnlinkMemories, InvalidateLink, RegisterEntity,
                 RegisterAgent, RequestAction, DecideAction, SetStandard, ClearStandard,
                 NotifyAgent, SubscribeEvents, UnsubscribeEvents>;

std::string_view verb_of(const Op& op) noexcept;

}  // namespace aimem
