// What subscribers are told, and who is told what. Bodies and signatures are those of 0.6.3
// (facts/mcp-tools.md 9). Pure. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/sha256.h"
#include "store/base/webhook_keys.h"
#include "store/log/change.h"
#include "store/model/records.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aimem::webhooks {

struct Event {
    std::string name{};  // memory_store, memory_archive, memory_delete, memory_link_created, ...
    std::string memory_id{};
    std::string ns{};
    std::string agent_id{};
};

// Nothing for changes nobody can subscribe to, and for those in namespaces that begin with '_'.
std::optional<Event> event_of(const Change& change);

bool wants(const Subscription& subscription, const Event& event);

std::string body_of(const Event& event, std::string_view delivered_at);

// "sha256=<hex>": HMAC-SHA256 of "<timestamp>.<body>"; the key is the SHA-256 of the secret.
std::string signature(const Sha256& secret, std::int64_t timestamp_secs, std::string_view body);

// A subscription with what it takes to sign for it.
struct Subscriber {
    Subscription subscription{};
    std::optional<Sha256> secret{};
    std::string key_missing{};  // that its secret is sealed with: its name
};
Subscriber subscriber_of(Subscription subscription, const WebhookKeys& keys);

}  // namespace aimem::webhooks
