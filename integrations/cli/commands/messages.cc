// SPDX-License-Identifier: Apache-2.0
#include "store/base/clock.h"
#include "store/model/limits.h"
#include "store/model/message_json.h"
#include "store/ops/intake.h"
#include "store/query/records.h"
#include "store/store.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "integrations/cli/args.h"
#include "integrations/cli/commands/rows.h"
#include "integrations/cli/content.h"
#include "integrations/cli/render.h"
#include "integrations/cli/session.h"
#include <array>

namespace aimem::cli {
namespace {

using nlohmann::json;

constexpr std::size_t kInboxRows = 500;

constexpr std::array kNotifyArgs{
    Arg{"target-agent-id", Kind::text, Need::required, "AGENT", "Who is to read it"},
    Arg{"-T,--title", Kind::text, Need::required, "TITLE", "What it is about"},
    Arg{"-c,--content", Kind::text, Need::required, "TEXT", "The message; - reads it from stdin"},
    Arg{"-p,--priority", Kind::integer, Need::optional, "1-10", "Default 5"},
    Arg{"-t,--tier", Kind::text, Need::optional, "TIER", "How long it lives; default mid"},
};

constexpr std::array kInboxArgs{
    Arg{"--unread-only", Kind::flag, Need::optional, {}, "Leave out what was read"},
    Arg{"--limit", Kind::integer, Need::optional, "N", "At most N; default 50, at most 500"},
};

Result<> run_notify(Session& session, const Args& args) {
    const auto caller = session.caller();
    if (!caller) return fail(caller.error());
    json fields = args.fields();
    if (auto ok = replace_by_stdin(fields); !ok) return ok;
    fields["payload"] = fields["content"];
    auto op = notify_from_json(fields, *caller);
    if (!op) return fail(op.error());
    const std::string to = op->to;
    auto store = session.or_new();
    if (!store) return fail(store.error());
    const auto done = (*store)->commit(std::move(*op));
    if (!done) return fail(done.error());
    const Memory& memory = *done->memory;
    session.answer({{"id", memory.id},
                    {"from", caller->agent_id},
                    {"to", to},
                    {"namespace", memory.ns},
                    {"tier", to_string(memory.tier)},
                    {"delivered_at", memory.created_at}},
                   fmt::format("sent to {}: {}", to, memory.id));
    return {};
}

Result<> run_inbox(Session& session, const Args& args) {
    const auto caller = session.caller();
    if (!caller) return fail(caller.error());
    query::InboxQuery wanted;
    wanted.agent_id = caller->agent_id;
    wanted.unread_only = args.has("unread-only");
    const auto limit = limit_of(args, wanted.limit, kInboxRows);
    if (!limit) return fail(limit.error());
    wanted.limit = *limit;
    auto store = session.existing();
    if (!store) return fail(store.error());
    const auto found = (*store)->ask(
        [&](sqlite::Database& db) { return query::inbox(db, wanted, system_clock().now_ns()); });
    if (!found) return fail(found.error());
    json rows = json::array();
    for (const Memory& memory : *found) {
        rows.push_back(message_to_json(memory));
        if (!session.json()) session.line(card(memory, 0, system_clock().now_ns()));
    }
    if (session.json())
        session.print({{"agent_id", wanted.agent_id},
                       {"namespace", "_messages/" + wanted.agent_id},
                       {"count", found->size()},
                       {"unread_only", wanted.unread_only},
                       {"messages", std::move(rows)}});
    else if (found->empty())
        Session::notice("no messages");
    return {};
}

}  // namespace

const Command kNotify{
    .name = "notify",
    .summary = "Send a message to another agent",
    .examples = R"(  ai-memory notify ai:bob -T "Deploy" -c "Please review."
  git diff | ai-memory notify ai:bob -T "Diff" -c -
)",
    .args = kNotifyArgs,
    .run = run_notify,
};

const Command kInbox{
    .name = "inbox",
    .summary = "Read the messages to an agent",
    .examples = R"(  ai-memory inbox --agent-id ai:bob
  ai-memory inbox --unread-only --json
)",
    .args = kInboxArgs,
    .run = run_inbox,
};

}  // namespace aimem::cli
