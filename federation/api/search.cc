// GET and POST /api/v1/recall, GET /api/v1/search. SPDX-License-Identifier: Apache-2.0
#include "federation/api/api.h"
#include "federation/api/arguments.h"
#include "store/base/text.h"
#include "store/model/json.h"
#include "store/model/limits.h"
#include "store/ops/intake.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace aimem::api {
namespace {

namespace net = boost::asio;
using nlohmann::json;

constexpr double kScoreDigits = 1000.0;  // three decimals, as 0.6.3 shows them

tl::unexpected<Error> blank(const char* name) {
    return fail(Errc::invalid_argument, std::string(name) + " cannot be empty");
}

Result<RecallQuery> recall_query(Arguments& arguments, std::string context) {
    RecallQuery query;
    query.context = std::move(context);
    read_place_and_time(arguments, query.filter);
    arguments.refuse(check_filter(query.filter));
    read_limit(arguments, query.limit, limits::recall_rows);
    query.budget_tokens = arguments.count("budget_tokens");
    if (arguments.error()) return fail(*arguments.error());
    if (trim(query.context).empty()) return blank("context");
    if (query.budget_tokens == std::size_t{0})
        return fail(Errc::invalid_argument, "budget_tokens must be at least 1");
    return query;
}

json recalled(const RecallQuery& query, const RecallAnswer& answer) {
    json memories = json::array();
    for (const Hit& hit : answer.hits) {
        json memory = to_json(hit.memory);
        memory["score"] = std::round(hit.score * kScoreDigits) / kScoreDigits;
        memories.push_back(std::move(memory));
    }
    json body{
        {"count", memories.size()}, {"tokens_used", answer.tokens_used}, {"mode", answer.mode}};
    body["memories"] = std::move(memories);
    if (query.budget_tokens) body["budget_tokens"] = *query.budget_tokens;
    return body;
}

net::awaitable<http::Response> recall(Services& services, Result<Viewer> viewer,
                                      Result<RecallQuery> query) {
    if (!viewer) co_return reply_error(viewer.error());
    if (!query) co_return reply_error(query.error());
    auto ask = [wanted = *query](Store& store) {
        return store.recall(wanted);
    };
    const auto answer = co_await services.store.read(*viewer, std::move(ask));
    if (!answer) co_return reply_error(answer.error());
    co_return reply(200, recalled(*query, *answer));
}

net::awaitable<http::Response> recall_by_query(Services& services, http::Request request) {
    QueryArguments arguments(request.query);
    std::string context = arguments.text("context").value_or(std::string{});
    auto query = recall_query(arguments, std::move(context));
    auto viewer = viewer_of(request);
    co_return co_await recall(services, std::move(viewer), std::move(query));
}

net::awaitable<http::Response> recall_by_body(Services& services, http::Request request) {
    const auto body = json_body(request);
    if (!body) co_return body.error();
    BodyArguments arguments(*body);
    std::string context = arguments.required_text("context");
    auto query = recall_query(arguments, std::move(context));
    auto viewer = viewer_of(request, *body);
    co_return co_await recall(services, std::move(viewer), std::move(query));
}

Result<SearchQuery> search_query(const http::Request& request) {
    QueryArguments arguments(request.query);
    SearchQuery query;
    query.query = arguments.required_text("q");
    read_place_and_time(arguments, query.filter);
    read_selection(arguments, query.filter);
    arguments.refuse(check_filter(query.filter));
    read_limit(arguments, query.limit, limits::list_rows);
    if (arguments.error()) return fail(*arguments.error());
    if (trim(query.query).empty()) return blank("q");
    return query;
}

// `results` for one client, `memories` for the other (facts/http.md 4.4).
net::awaitable<http::Response> search(Services& services, http::Request request) {
    const auto viewer = viewer_of(request);
    if (!viewer) co_return reply_error(viewer.error());
    const auto query = search_query(request);
    if (!query) co_return reply_error(query.error());
    auto ask = [wanted = *query](Store& store) {
        return store.search(wanted);
    };
    const auto found = co_await services.store.read(*viewer, std::move(ask));
    if (!found) co_return reply_error(found.error());
    json results = json::array();
    for (const Memory& memory : *found) results.push_back(to_json(memory));
    json body{{"count", results.size()}, {"query", query->query}};
    body["memories"] = results;
    body["results"] = std::move(results);
    co_return reply(200, body);
}

}  // namespace

void add_search_routes(http::Router& router, Services& services) {
    using http::Verb;
    router.add(Verb::get, "/api/v1/recall", with(services, recall_by_query));
    router.add(Verb::post, "/api/v1/recall", with(services, recall_by_body));
    router.add(Verb::get, "/api/v1/search", with(services, search));
}

}  // namespace aimem::api
