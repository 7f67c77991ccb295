// POST /api/v1/sync/push: changes of a peer, ours or 0.6.3's. Answered with success only after the
// commit; what could not be stored for a reason of this node is a 503 or 507, so that the peer
// sends it again (facts/federation.md 3). SPDX-License-Identifier: Apache-2.0
#include "federation/api/api.h"
#include "federation/api/certificates.h"
#include "federation/replication/wire.h"
#include "store/log/apply.h"
#include "store/model/validate.h"

#include <nlohmann/json.hpp>

namespace aimem::api {
namespace {

namespace net = boost::asio;
using nlohmann::json;

struct Push {
    PushIn in{};
    std::string certificate{};  // of the sender, under mTLS
    std::string caller{};       // X-Agent-Id: 0.6.3 calls it the receiver's identity
};

Error why_refused(const Error& error, const http::Request& request) {
    // Only now: parsing twice what is good would cost every push.
    if (error.code == Errc::invalid_argument && !json::accept(request.body))
        return Error(error.code, "Failed to parse the request body as JSON: it is malformed");
    if (error.code == Errc::invalid_argument && error.message.starts_with("sender_agent_id"))
        return Error(error.code, "invalid sender_agent_id: " + error.message);
    return error;
}

Result<Push> read_push(const http::Request& request) {
    auto in = decode_push(request.body);
    if (!in) return fail(why_refused(in.error(), request));
    auto caller = agent_of(request);
    if (!caller)
        return fail(Errc::invalid_argument, "invalid x-agent-id: " + caller.error().message);
    Push out;
    out.in = std::move(*in);
    out.caller = std::move(*caller);
    out.certificate = request.client_fingerprint;
    return out;
}

template <typename Row, typename Check>
void count_valid(const std::vector<Row>& rows, LegacyApplied& counters, Check check) {
    for (const Row& row : rows) (check(row) ? counters.noop : counters.skipped) += 1;
}

// dry_run tells only what is acceptable, as in 0.6.3.
LegacyApplied rehearse(const PushIn& in) {
    LegacyApplied out;
    const auto id = [](const std::string& one) {
        return check_id("id", one).has_value();
    };
    count_valid(in.delivery.rows, out,
                [](const FeedRow& row) { return check_change(row.change).has_value(); });
    count_valid(in.legacy.memories, out,
                [](const Memory& one) { return check_memory(one).has_value(); });
    count_valid(in.legacy.deletions, out, id);
    count_valid(in.legacy.archives, out, id);
    count_valid(in.legacy.restores, out, id);
    count_valid(in.legacy.links, out, [](const Link& one) {
        return check_link(one.source_id, one.target_id, one.relation).has_value();
    });
    out.skipped += in.malformed.size() + in.legacy_malformed;
    return out;
}

PushOut answer_to(const Services& services, const Push& push) {
    PushOut out;
    out.dry_run = push.in.dry_run;
    out.receiver_agent_id = push.caller;
    out.in = push.in.ours ? &push.in : nullptr;
    out.self = services.replication.self();
    out.place = services.replication.place();
    out.now_ns = system_clock().now_ns();
    return out;
}

http::Response reply_to(const PushOut& out) {
    return http::Response(200, encode_reply(out));
}

constexpr std::size_t kClocksMax = 256;

void note_clock(Services& services, const std::string& sender, std::int64_t sender_now_ns) {
    if (sender_now_ns == 0) return;
    if (services.clock_offsets.size() >= kClocksMax) services.clock_offsets.clear();
    services.clock_offsets[sender] =
        static_cast<double>(sender_now_ns - system_clock().now_ns()) / 1e9;
}

net::awaitable<http::Response> take_ours(Services& services, Push push) {
    Delivery delivery = std::move(push.in.delivery);
    push.in.delivery.from = delivery.from;  // the answer names the range
    push.in.delivery.to = delivery.to;
    delivery.unreadable = push.in.malformed;
    const std::string sender = delivery.sender;
    const std::string epoch = delivery.epoch;
    if (!co_await may_speak_for(services, sender, push.certificate))
        co_return reply_error(Error(Errc::denied, "node " + sender + " has another certificate"));
    services.replication.heard_of_own_feed(std::move(push.in.you));
    auto accepted = co_await services.store.accept(std::move(delivery));
    if (!accepted) co_return reply_error(accepted.error());
    if (accepted->too_old)
        co_return reply_error(
            Error(Errc::busy, "the sender was away for too long: it must compare before it sends"));
    services.replication.foreign_applied(accepted->span, sender, {epoch, accepted->seen, {}, 0});
    services.replication.peer_heard(sender);
    note_clock(services, sender, push.in.sender_now_ns);
    PushOut out = answer_to(services, push);
    out.counters.applied = accepted->applied;
    out.counters.noop = accepted->noop;
    out.counters.skipped = accepted->rejected.size() + push.in.malformed.size();
    out.accepted = std::move(*accepted);
    co_return reply_to(out);
}

net::awaitable<http::Response> take_legacy(Services& services, Push push) {
    LegacyPush lists = std::move(push.in.legacy);
    lists.sender = push.in.agent_id;
    auto applied = co_await services.store.accept(std::move(lists));
    if (!applied) co_return reply_error(applied.error());
    services.replication.foreign_applied(applied->span);
    PushOut out = answer_to(services, push);
    out.counters = std::move(*applied);
    out.counters.skipped += push.in.legacy_malformed;
    co_return reply_to(out);
}

net::awaitable<http::Response> push(Services& services, http::Request request) {
    if (auto refusal = refuse_body(request)) co_return std::move(*refusal);
    auto push = read_push(request);
    if (!push) co_return reply_error(push.error());
    // This node itself, by a URL that leads back: our id in the answer tells it so.
    const bool self = push->in.ours && push->in.delivery.sender == services.replication.self().node;
    if (push->in.dry_run || self) {
        PushOut out = answer_to(services, *push);
        if (push->in.dry_run) out.counters = rehearse(push->in);
        co_return reply_to(out);
    }
    Push taken = std::move(*push);
    if (taken.in.ours) co_return co_await take_ours(services, std::move(taken));
    co_return co_await take_legacy(services, std::move(taken));
}

}  // namespace

void add_push_routes(http::Router& router, Services& services) {
    router.add(http::Verb::post, "/api/v1/sync/push", with(services, push));
}

}  // namespace aimem::api
