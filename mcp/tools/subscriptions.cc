// Webhooks: kept here, sent by the node. SPDX-License-Identifier: Apache-2.0
#include "mcp/tools/call_help.h"
#include "mcp/tools/paging.h"
#include "mcp/tools/schema_parts.h"
#include "mcp/tools/tables.h"
#include "store/base/webhook_keys.h"
#include "store/query/records.h"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace aimem::mcp {
namespace {

using nlohmann::json;

constexpr std::size_t kSubscriptionRows = 100;  // of a page

constexpr std::string_view kSubscribeIn = AIMEM_IN(
    R"("url":{"type":"string","minLength":1,"maxLength":2048},)"
    R"("events":{"type":"string","minLength":1,"maxLength":1024,"default":"*","description":"Comma list"},)"
    R"("secret":{"type":"string","minLength":1,"maxLength":1024},)"
    R"("namespace_filter":)" AIMEM_NAMESPACE
    R"(,"agent_filter":)" AIMEM_ID) R"("required":["url"],)" AIMEM_CLOSED;
constexpr std::string_view kSubscribeOut = AIMEM_OUT(
    R"("id":{"type":"string"},"url":{"type":"string"},"events":{"type":"string"},"created_at":{"type":"string"})");
constexpr std::string_view kUnsubscribeIn =
    AIMEM_IN(R"("id":)" AIMEM_ID) R"("required":["id"],)" AIMEM_CLOSED;
constexpr std::string_view kUnsubscribeOut =
    AIMEM_OUT(R"("id":{"type":"string"},"removed":{"type":"boolean"})");
constexpr std::string_view kSubscriptionsIn = AIMEM_IN(AIMEM_PAGE("100", "1000")) AIMEM_CLOSED;
constexpr std::string_view kSubscriptionsOut =
    AIMEM_OUT(R"("subscriptions":)" AIMEM_OBJECTS "," AIMEM_PAGE_OUT);

// Never with its secret, nor the hash of it.
json subscription_json(const Subscription& one) {
    const auto given = [](const std::optional<std::string>& text) {
        return text ? json(*text) : json();
    };
    return {{"id", one.id},
            {"url", one.url},
            {"events", one.events},
            {"namespace_filter", given(one.namespace_filter)},
            {"agent_filter", given(one.agent_filter)},
            {"created_by", given(one.created_by)},
            {"created_at", one.created_at}};
}

Result<ToolAnswer> memory_subscribe(const ToolCall& call) {
    auto op = subscribe_from_json(call.arguments, asker_of(call));
    if (!op) return fail(op.error());
    if (const auto secret = text_if(call, "secret")) {
        const auto store = call.host.store();
        if (!store) return fail(store.error());
        auto sealed = sealed_secret((*store)->file(), *secret);
        if (!sealed) return fail(sealed.error());
        op->subscription.secret_hash = std::move(*sealed);
    }
    const auto done = commit(call, *std::move(op));
    if (!done) return fail(done.error());
    return answered(subscription_json(*done->subscription));
}

Result<ToolAnswer> memory_unsubscribe(const ToolCall& call) {
    const auto done = commit(
        call, UnsubscribeEvents{.id = text_of(call, "id"), .agent_id = asker_of(call).agent_id});
    if (!done) return fail(done.error());
    return answered({{"id", done->id}, {"removed", done->affected > 0}});
}

Result<ToolAnswer> memory_list_subscriptions(const ToolCall& call) {
    const auto page = page_of(call, kSubscriptionRows);
    if (!page) return fail(page.error());
    const auto found =
        ask(call, [](sqlite::Database& db) { return query::subscriptions(db, std::nullopt); });
    if (!found) return fail(found.error());
    json rows = json::array();
    for (const Subscription& one : *found) {
        json row = subscription_json(one);
        row["dispatch_count"] = one.dispatch_count;
        row["failure_count"] = one.failure_count;
        rows.push_back(std::move(row));
    }
    json out = json::object();
    put_page(out, "subscriptions", std::move(rows), 0, *page);
    return answered(out);
}

constexpr std::array<Tool, 3> kSubscriptionTable{{
    {"memory_subscribe", "Add a webhook",
     "Have events sent to a URL by the node of this file, signed with the secret. You must be "
     "registered.",
     Effect::adds, kSubscribeIn, kSubscribeOut, &memory_subscribe, kAdmin},
    {"memory_unsubscribe", "Remove a webhook", "Remove a webhook of yours.", Effect::destroys,
     kUnsubscribeIn, kUnsubscribeOut, &memory_unsubscribe, kAdmin},
    {"memory_list_subscriptions", "List webhooks", "Show the webhooks, newest first.",
     Effect::reads, kSubscriptionsIn, kSubscriptionsOut, &memory_list_subscriptions, kAdmin},
}};

}  // namespace

std::span<const Tool> subscription_table() {
    return kSubscriptionTable;
}

}  // namespace aimem::mcp
