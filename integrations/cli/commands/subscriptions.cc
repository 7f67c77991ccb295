// SPDX-License-Identifier: Apache-2.0
#include "store/base/webhook_keys.h"
#include "store/ops/intake.h"
#include "store/query/records.h"
#include "store/store.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "integrations/cli/args.h"
#include "integrations/cli/commands/rows.h"
#include "integrations/cli/content.h"
#include "integrations/cli/session.h"
#include "integrations/cli/writing.h"
#include <array>

namespace aimem::cli {
namespace {

using nlohmann::json;

constexpr std::array kSubscribeArgs{
    Arg{"--url", Kind::text, Need::required, "URL", "Where the event is posted"},
    Arg{"--events", Kind::text, Need::optional, "A,B", "Which; default * for all"},
    Arg{"-n,--namespace-filter", Kind::text, Need::optional, "NS", "Only of this namespace"},
    Arg{"--secret", Kind::text, Need::optional, "TEXT",
        "What the posts are signed with; - reads it from stdin, where no list of processes shows "
        "it"},
    Arg{"--agent-filter", Kind::text, Need::optional, "ID", "Only what this agent did"},
};

constexpr std::array kUnsubscribeArgs{
    Arg{"id", Kind::text, Need::required, "ID", "As subscriptions shows it"},
};

json or_null(const std::optional<std::string>& text) {
    return text ? json(*text) : json(nullptr);
}

json subscription_json(const Subscription& one) {
    return {{"id", one.id},
            {"url", one.url},
            {"events", one.events},
            {"namespace_filter", or_null(one.namespace_filter)},
            {"agent_filter", or_null(one.agent_filter)},
            {"created_by", or_null(one.created_by)},
            {"created_at", one.created_at}};
}

Result<> run_subscribe(Session& session, const Args& args) {
    const auto caller = session.caller();
    if (!caller) return fail(caller.error());
    auto op = subscribe_from_json(args.fields(), *caller);
    if (!op) return fail(op.error());
    if (const auto given = args.text("secret")) {
        const auto secret = secret_from(*given);
        if (!secret) return fail(secret.error());
        const auto store = session.or_new();
        if (!store) return fail(store.error());
        auto sealed = sealed_secret((*store)->file(), *secret);
        if (!sealed) return fail(sealed.error());
        op->subscription.secret_hash = std::move(*sealed);
    }
    const auto done = commit(session, std::move(*op));
    if (!done) return fail(done.error());
    if (!*done) return {};
    const Subscription& made = (*done)->subscription.value();
    session.answer(subscription_json(made), fmt::format("subscribed: {}", made.id));
    return {};
}

Result<> run_unsubscribe(Session& session, const Args& args) {
    const auto caller = session.caller();
    if (!caller) return fail(caller.error());
    UnsubscribeEvents op;
    op.id = args.text("id").value_or("");
    op.agent_id = caller->agent_id;
    if (auto ok = check_op(op); !ok) return ok;
    const std::string id = op.id;
    const auto done = commit(session, std::move(op));
    if (!done) return fail(done.error());
    if (!*done) return {};
    if ((*done)->affected == 0) return fail(Errc::not_found, "no such subscription: " + id);
    session.answer({{"id", id}, {"removed", true}}, "unsubscribed: " + id);
    return {};
}

Result<> run_subscriptions(Session& session, const Args&) {
    auto store = session.existing();
    if (!store) return fail(store.error());
    const auto found =
        (*store)->ask([](sqlite::Database& db) { return query::subscriptions(db, std::nullopt); });
    if (!found) return fail(found.error());
    json rows = json::array();
    for (const Subscription& one : *found) {
        rows.push_back(subscription_json(one));
        if (!session.json())
            session.line(fmt::format("{} {} ({}, by {})", one.id, one.url, one.events,
                                     one.created_by.value_or("nobody")));
    }
    if (session.json())
        session.print({{"count", found->size()}, {"subscriptions", std::move(rows)}});
    else if (found->empty())
        Session::notice("no subscriptions");
    return {};
}

}  // namespace

const Command kSubscribe{
    .name = "subscribe",
    .summary = "Have events posted to a web address",
    .details = "The agent must be registered: ai-memory agents register.",
    .examples = R"(  ai-memory subscribe --url https://example.com/hook --agent-id ai:alice
)",
    .args = kSubscribeArgs,
    .run = run_subscribe,
};

const Command kUnsubscribe{
    .name = "unsubscribe",
    .summary = "End a subscription of your own",
    .examples = R"(  ai-memory unsubscribe 1a2b3c4d-5e6f-4a1b-8c2d-3e4f5a6b7c8d --agent-id ai:alice
)",
    .args = kUnsubscribeArgs,
    .run = run_unsubscribe,
};

const Command kSubscriptions{
    .name = "subscriptions",
    .summary = "List who is told of what",
    .examples = R"(  ai-memory subscriptions --json
)",
    .run = run_subscriptions,
};

}  // namespace aimem::cli
