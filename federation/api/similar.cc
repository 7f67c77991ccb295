// POST /api/v1/check_duplicate, GET /api/v1/contradictions. Both compare by words; there is no
// model here, which the answer says ("method"). SPDX-License-Identifier: Apache-2.0
#include "federation/api/api.h"
#include "federation/api/arguments.h"
#include "store/base/clock.h"
#include "store/model/json.h"
#include "store/model/limits.h"
#include "store/model/validate.h"
#include "store/query/contradictions.h"
#include "store/query/words.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace aimem::api {
namespace {

namespace net = boost::asio;
using nlohmann::json;

constexpr double kThreshold = 0.85;
constexpr double kThresholdLeast = 0.5;  // what is asked for below it counts as it, as in 0.6.3

struct Compared {
    std::string title{};
    std::string content{};
    std::optional<std::string> ns{};
    double threshold = kThreshold;
};

Result<Compared> compared_from(const json& body) {
    BodyArguments arguments(body);
    Compared out;
    out.title = arguments.required_text("title");
    out.content = arguments.required_text("content");
    out.ns = arguments.text("namespace");
    const auto given = body.is_object() ? body.find("threshold") : body.end();
    if (given != body.end() && !given->is_null()) {
        if (given->is_number())
            out.threshold = std::max(kThresholdLeast, given->get<double>());
        else
            arguments.refuse("threshold must be a number");
    }
    if (arguments.error()) return fail(*arguments.error());
    if (auto ok = check_title("title", out.title); !ok) return fail(ok.error());
    if (auto ok = check_content("content", out.content); !ok) return fail(ok.error());
    if (out.ns)
        if (auto ok = check_namespace("namespace", *out.ns); !ok) return fail(ok.error());
    return out;
}

json verdict_on(const Compared& asked, const query::Nearest& found) {
    const bool duplicate = found.memory && found.likeness >= asked.threshold;
    json body{
        {"is_duplicate", duplicate},  {"threshold", asked.threshold},        {"nearest", nullptr},
        {"suggested_merge", nullptr}, {"candidates_scanned", found.scanned}, {"method", "keyword"}};
    if (!found.memory) return body;
    body["nearest"] = {{"id", found.memory->id},
                       {"title", found.memory->title},
                       {"namespace", found.memory->ns},
                       {"similarity", std::round(found.likeness * 1000.0) / 1000.0}};
    if (duplicate) body["suggested_merge"] = found.memory->id;
    return body;
}

net::awaitable<http::Response> check_duplicate(Services& services, http::Request request) {
    const auto body = json_body(request);
    if (!body) co_return body.error();
    const auto viewer = viewer_of(request, *body);
    if (!viewer) co_return reply_error(viewer.error());
    const auto asked = compared_from(*body);
    if (!asked) co_return reply_error(asked.error());
    auto ask = [wanted = *asked](Store& store) {
        return store.ask([&](sqlite::Database& db) {
            return query::nearest(db, wanted.title, wanted.content, wanted.ns,
                                  system_clock().now_ns());
        });
    };
    const auto found = co_await services.store.read(*viewer, std::move(ask));
    if (!found) co_return reply_error(found.error());
    co_return reply(200, verdict_on(*asked, *found));
}

net::awaitable<http::Response> contradictions(Services& services, http::Request request) {
    const auto viewer = viewer_of(request);
    if (!viewer) co_return reply_error(viewer.error());
    QueryArguments arguments(request.query);
    query::ContradictionQuery wanted;
    wanted.topic = arguments.text("topic");
    wanted.ns = arguments.text("namespace");
    read_limit(arguments, wanted.limit, limits::list_rows);
    if (wanted.ns) arguments.refuse(check_namespace("namespace", *wanted.ns));
    if (arguments.error()) co_return reply_error(*arguments.error());
    if (!wanted.topic && !wanted.ns)
        co_return reply_error(Error(Errc::invalid_argument, "topic or namespace is required"));
    auto ask = [wanted](Store& store) {
        return store.ask([&](sqlite::Database& db) {
            return query::contradictions(db, wanted, system_clock().now_ns());
        });
    };
    const auto found = co_await services.store.read(*viewer, std::move(ask));
    if (!found) co_return reply_error(found.error());
    json memories = json::array();
    for (const Memory& memory : found->memories) memories.push_back(to_json(memory));
    json links = json::array();
    for (const query::Contradiction& one : found->links)
        links.push_back({{"source_id", one.source_id},
                         {"target_id", one.target_id},
                         {"relation", one.relation},
                         {"synthesized", one.synthesized}});
    co_return reply(200, {{"memories", std::move(memories)}, {"links", std::move(links)}});
}

}  // namespace

void add_similar_routes(http::Router& router, Services& services) {
    using http::Verb;
    router.add(Verb::post, "/api/v1/check_duplicate", with(services, check_duplicate));
    router.add(Verb::get, "/api/v1/contradictions", with(services, contradictions));
}

}  // namespace aimem::api
