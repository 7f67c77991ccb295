#include "federation/webhooks/event.h"

#include "store/model/json.h"
#include "store/model/json_text.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <utility>

namespace aimem::webhooks {
namespace {

bool listed(std::string_view events, std::string_view name) {
    while (!events.empty()) {
        const auto comma = events.find(',');
        auto one = events.substr(0, comma);
        while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
        while (!one.empty() && one.back() == ' ') one.remove_suffix(1);
        if (one == "*" || one == name) return true;
        if (comma == std::string_view::npos) break;
        events.remove_prefix(comma + 1);
    }
    return false;
}

std::optional<Event> memory_event(const Change& change) {
    Event out;
    out.memory_id = id_of_key(change.key);
    if (change.state == State::dead) {
        if (!change.body.empty()) return std::nullopt;  // it lives on under another id
        out.name = "memory_delete";
        return out;
    }
    const auto memory = memory_from_body(out.memory_id, change.body);
    if (!memory) return std::nullopt;
    out.name = change.state == State::live ? "memory_store" : "memory_archive";
    out.ns = memory->ns;
    out.agent_id = metadata_text(memory->metadata, "agent_id");
    if (out.ns.starts_with('_')) return std::nullopt;
    return out;
}

}  // namespace

std::optional<Event> event_of(const Change& change) {
    switch (kind_of(change.key).value_or(Kind::ballot)) {
        case Kind::memory: return memory_event(change);
        case Kind::link: {
            const auto link = link_from_body(change.body);
            if (change.state != State::live || !link) return std::nullopt;
            return Event{link->valid_until ? "memory_link_invalidated" : "memory_link_created",
                         link->source_id,
                         {},
                         link->observed_by.value_or("")};
        }
        case Kind::pending: {
            const auto action = pending_from_body(change.body);
            if (!action) return std::nullopt;
            return Event{"approval_requested", action->id, action->ns, action->requested_by};
        }
        default: return std::nullopt;
    }
}

bool wants(const Subscription& subscription, const Event& event) {
    const auto passes = [](const std::optional<std::string>& filter, const std::string& value) {
        return !filter || filter->empty() || *filter == value;
    };
    return listed(subscription.events, event.name) &&
           passes(subscription.namespace_filter, event.ns) &&
           passes(subscription.agent_filter, event.agent_id);
}

std::string body_of(const Event& event, std::string_view delivered_at) {
    // In the order of 0.6.3; each value escaped by the library.
    const auto text = [](std::string_view value) {
        return json_text(nlohmann::json(value));
    };
    return fmt::format(
        R"({{"event":{},"memory_id":{},"namespace":{},"agent_id":{},"delivered_at":{}}})",
        text(event.name), text(event.memory_id), text(event.ns), text(event.agent_id),
        text(delivered_at));
}

std::string signature(const Sha256& secret, std::int64_t timestamp_secs, std::string_view body) {
    const std::string message = fmt::format("{}.{}", timestamp_secs, body);
    return "sha256=" + to_hex(hmac_sha256(as_bytes(secret), message));
}

Subscriber subscriber_of(Subscription subscription, const WebhookKeys& keys) {
    Subscriber out;
    if (const auto& kept = subscription.secret_hash) {
        const auto key = key_that_sealed(*kept);
        out.secret = key ? keys.open(*kept) : sha256_from_hex(*kept);
        if (!out.secret) out.key_missing = key.value_or("unknown");
    }
    out.subscription = std::move(subscription);
    return out;
}

}  // namespace aimem::webhooks
