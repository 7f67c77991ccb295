// The small documents beside memories and links, each one register: namespace standards, pending
// actions with their approvals, ballots and decision, aliases of entities, webhook subscriptions.
// Shapes are those of 0.6.3 (facts/federation.md 5.3-5.5, facts/mcp-tools.md 10). Bodies are
// canonical JSON. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aimem {

struct Standard {  // n:<namespace>
    std::string ns{};
    std::string standard_id{};  // the memory that holds text and policy
    std::optional<std::string> parent{};
    std::string updated_at{};
    friend bool operator==(const Standard&, const Standard&) = default;
};

// p:<id>. Written once, when it is asked for; what became of it stands in registers of its own, so
// that a late copy of it can never open it again.
struct PendingAction {
    std::string id{};
    std::string action_type{};  // store, delete, promote
    std::optional<std::string> memory_id{};
    std::string ns{};
    std::string payload = "{}";  // text of a JSON object
    std::string requested_by{};
    std::string requested_at{};
    friend bool operator==(const PendingAction&, const PendingAction&) = default;
};

struct Approval {  // v:<hash of pending id and agent>: one voice of a consensus
    std::string pending_id{};
    std::string agent_id{};
    std::string approved_at{};
    friend bool operator==(const Approval&, const Approval&) = default;
};

struct Ballot {  // b:<hash of pending id and node>: what a node holds to be decided
    std::string pending_id{};
    std::string node{};
    bool approved = false;
    std::string decider{};       // agent
    std::string decider_node{};  // the node that seals and carries out
    friend bool operator==(const Ballot&, const Ballot&) = default;
};

struct Decision {  // x:<pending id>: sealed
    std::string pending_id{};
    bool approved = false;
    std::string decided_by{};
    std::string decided_at{};
    std::optional<std::string> memory_id{};  // what carrying it out made or touched
    std::optional<PendingAction> action{};   // what was decided: an old peer is told all at once
    friend bool operator==(const Decision&, const Decision&) = default;
};

struct Alias {  // e:<hash of entity id and alias>
    std::string entity_id{};
    std::string alias{};
    std::string created_at{};
    friend bool operator==(const Alias&, const Alias&) = default;
};

struct Subscription {  // s:<id>
    std::string id{};
    std::string url{};
    std::string events = "*";  // or a comma list
    // SHA-256(secret), the key of the signature: sealed (base/webhook_keys.h), or in hex where
    // 0.6.3 wrote it.
    std::optional<std::string> secret_hash{};
    std::optional<std::string> namespace_filter{};
    std::optional<std::string> agent_filter{};
    std::optional<std::string> created_by{};
    std::string created_at{};
    std::int64_t dispatch_count = 0, failure_count = 0;  // local, never replicated
    friend bool operator==(const Subscription&, const Subscription&) = default;
};

// A pending action with all that became of it, as people and old peers see it.
struct PendingState {
    PendingAction action{};
    std::string status = "pending";  // approved, rejected
    std::optional<std::string> decided_by{};
    std::optional<std::string> decided_at{};
    std::optional<std::string>
        memory_id{};  // of the decision: what carrying it out made or touched
    std::vector<Approval> approvals{};
    friend bool operator==(const PendingState&, const PendingState&) = default;
};

std::string body_of(const Standard& standard);
std::string body_of(const PendingAction& action);
std::string body_of(const Approval& approval);
std::string body_of(const Ballot& ballot);
std::string body_of(const Decision& decision);
std::string body_of(const Alias& alias);
std::string body_of(const Subscription& subscription);  // without the local counters

// Errc::wrong_type or invalid_argument names the field.
Result<Standard> standard_from_body(std::string_view body);
Result<PendingAction> pending_from_body(std::string_view body);
Result<Approval> approval_from_body(std::string_view body);
Result<Ballot> ballot_from_body(std::string_view body);
Result<Decision> decision_from_body(std::string_view body);
Result<Alias> alias_from_body(std::string_view body);
Result<Subscription> subscription_from_body(std::string_view body);

// The PendingAction and NamespaceMetaEntry of the old wire (facts/federation.md 5.3, 5.5);
// `payload` parsed, absent members left out.
nlohmann::json to_json(const PendingState& state);
nlohmann::json to_json(const Standard& standard);
Result<PendingState> pending_state_from_json(const nlohmann::json& value);
Result<Standard> standard_from_json(const nlohmann::json& value);

}  // namespace aimem
