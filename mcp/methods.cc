// The methods of the protocol, one function each. SPDX-License-Identifier: Apache-2.0
#include "mcp/completion.h"
#include "mcp/limits.h"
#include "mcp/prompts.h"
#include "mcp/protocol.h"
#include "mcp/resources.h"
#include "mcp/schema_check.h"
#include "mcp/spread.h"
#include "mcp/tool_result.h"
#include "store/base/log.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace aimem::mcp {
namespace {

using nlohmann::json;

tl::unexpected<RpcError> refuse(int error_code, std::string text) {
    return tl::unexpected<RpcError>(RpcError{.code = error_code, .message = std::move(text)});
}

// What to say of a tool that this server has and does not offer.
Error elsewhere(const Tool& tool, Profile profile) {
    std::string having;
    for (const Profile one : {Profile::graph, Profile::admin, Profile::full}) {
        if (is_in(tool.profiles, one))
            having += (having.empty() ? "" : ", ") + std::string(name_of(one));
    }
    return {Errc::invalid_argument,
            fmt::format("{} is not in profile {}; start the server with --profile and one of {}",
                        tool.name, name_of(profile), having)};
}

// Of the list of resources only who listens is told.
constexpr std::string_view kHandshakeCapabilities =
    R"("tools":{},"prompts":{},"resources":{"subscribe":true},"completions":{})";
constexpr std::string_view kModernCapabilities =
    R"("capabilities":{"tools":{},"prompts":{},"resources":{"subscribe":true,"listChanged":true},"completions":{}})";

// Tells the client how far a call is, where it gave a token for that; not too often, and never with
// the last word, which the reply has.
std::function<void(std::int64_t)> progress_for(
    const json& params, const std::function<void(std::string_view)>& notify) {
    const auto meta = params.find("_meta");
    if (!notify || meta == params.end() || !meta->is_object()) return {};
    const auto token = meta->find("progressToken");
    if (token == meta->end() || !(token->is_string() || token->is_number_integer())) return {};
    return [&notify, token = to_text(*token), last = std::chrono::steady_clock::time_point(),
            most = std::int64_t{0}](std::int64_t done) mutable {
        const auto now = std::chrono::steady_clock::now();
        if (done <= most || now - last < kProgressPause) return;
        last = now;
        most = done;
        notify(fmt::format(
            R"({{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{},"progress":{}}}}})",
            token, done));
    };
}

// A tool must not rely on what the client did not declare.
tl::expected<void, RpcError> check_capabilities(const Tool& tool, const Request& request) {
    if (tool.needs.empty()) return {};
    const json needs = json::parse(tool.needs);
    json has = json::object();  // of a handshake nothing is kept: nobody can be asked there
    if (is_modern(request.revision)) has = request.params->at("_meta").at(kClientCapabilities);
    for (const auto& need : needs.items()) {
        if (has.contains(need.key())) continue;
        return tl::unexpected<RpcError>(RpcError{
            .code = is_modern(request.revision) ? code::missing_capability : code::invalid_params,
            .message = fmt::format("{} needs a client capable of {}", tool.name, need.key()),
            .data = to_text({{"requiredCapabilities", needs}})});
    }
    return {};
}

// One page holds them all, so that no cursor but the empty one was ever given out.
bool asks_first_page(const json& params) {
    const auto cursor = params.find("cursor");
    return cursor == params.end() ||
           (cursor->is_string() && cursor->get_ref<const std::string&>().empty());
}

tl::unexpected<RpcError> unknown_cursor() {
    return refuse(code::invalid_params, "Invalid params: unknown cursor");
}

}  // namespace

// The server's own place is not left by saying so in a call.
Result<Viewer> Protocol::viewer_of(const json& arguments) const {
    Viewer viewer{options_.agent.configured, options_.position};
    const auto asked = arguments.find("as_agent");
    if (asked == arguments.end() || !asked->is_string()) return viewer;
    const auto& position = asked->get_ref<const std::string&>();
    if (viewer.position && *viewer.position != position)
        return fail(Errc::denied, fmt::format("as_agent: this server reads as {}; leave it out",
                                              *viewer.position));
    viewer.position = position;
    if (auto ok = check_viewer(viewer); !ok) return fail(ok.error());
    return viewer;
}

MethodResult Protocol::initialize(const Request& request, const Cancelled& /*cancelled*/) {
    const auto revision = negotiate(*request.params);
    if (!revision) return tl::unexpected<RpcError>(revision.error());
    subscriptions_.forget_session();
    session_ = Session{.revision = *revision, .handshaken = true};
    const auto info = request.params->find("clientInfo");
    if (info != request.params->end() && info->is_object()) {
        const auto name = info->find("name");
        if (name != info->end() && name->is_string())
            session_.client_name = name->get<std::string>();
    }
    return fmt::format(
        R"({{"protocolVersion":"{}","capabilities":{{{}{}}},"serverInfo":{},"instructions":{}}})",
        name_of(*revision), options_.extras.handshake_capabilities, kHandshakeCapabilities,
        server_info_, json_string(options_.instructions));
}

MethodResult Protocol::ping(const Request& /*request*/, const Cancelled& /*cancelled*/) {
    return "{}";
}

MethodResult Protocol::discover(const Request& /*request*/, const Cancelled& /*cancelled*/) {
    return fmt::format(R"({{"supportedVersions":["{}"],{},"instructions":{}}})",
                       name_of(Revision::v2026_07_28), kModernCapabilities,
                       json_string(options_.instructions));
}

// NOLINTNEXTLINE(readability-make-member-function-const): in one table with those that are not
MethodResult Protocol::list_tools(const Request& request, const Cancelled& /*cancelled*/) {
    if (!asks_first_page(*request.params)) return unknown_cursor();
    return host_.registry->list_text(request.revision);
}

MethodResult Protocol::call_tool(const Request& request, const Cancelled& cancelled) {
    const json& params = *request.params;
    const auto name = params.find("name");
    if (name == params.end() || !name->is_string()) {
        return refuse(code::invalid_params,
                      "Invalid params: name must be a string, the tool's name");
    }
    const auto given = params.find("arguments");
    json arguments = given == params.end() || given->is_null() ? json::object() : *given;
    if (!arguments.is_object()) {
        return refuse(code::invalid_params, "Invalid params: arguments must be an object");
    }
    const auto& tool_name = name->get_ref<const std::string&>();
    const RegisteredTool* tool = host_.registry->find(tool_name);
    if (tool == nullptr) {
        if (const Tool* other = host_.registry->find_other(tool_name)) {
            return error_result(elsewhere(*other, host_.registry->profile()));
        }
        return refuse(code::invalid_params, "Unknown tool: " + excerpt(tool_name));
    }
    if (auto checked = check_arguments(*tool->input_schema, arguments); !checked) {
        return error_result(checked.error());
    }
    if (auto able = check_capabilities(tool->tool, request); !able)
        return tl::unexpected<RpcError>(able.error());
    auto viewer = viewer_of(arguments);
    if (!viewer) return error_result(viewer.error());
    const ReadAs reader(*std::move(viewer));
    const std::string agent_id = agent_label(options_.agent, request.client_name);
    const auto progress = progress_for(params, options_.notify);
    if (host_.spread != nullptr) host_.spread->begin();
    auto answer =
        tool->tool.run({arguments, host_, agent_id, cancelled, progress, params, options_.notify});
    if (!answer) {
        log::debug("mcp.tool_failed", "tool={} code={}", tool->tool.name,
                   to_string(answer.error().code));
        return error_result(answer.error());
    }
    Store* const store = host_.spread != nullptr ? host_.opened() : nullptr;
    if (store != nullptr) *answer = host_.spread->reported(std::move(*answer), *store, cancelled);
    if (!answer->result.empty()) return answer->result;
    return answer_result(*answer, request.revision);
}

MethodResult Protocol::list_prompts(const Request& request, const Cancelled& /*cancelled*/) {
    if (!asks_first_page(*request.params)) return unknown_cursor();
    return prompts_text();
}

MethodResult Protocol::get_prompt(const Request& request, const Cancelled& /*cancelled*/) {
    return prompt_text(*request.params);
}

MethodResult Protocol::list_resources(const Request& request, const Cancelled& /*cancelled*/) {
    return resource_page(host_, *request.params);
}

MethodResult Protocol::list_templates(const Request& request, const Cancelled& /*cancelled*/) {
    if (!asks_first_page(*request.params)) return unknown_cursor();
    return resource_templates_text();
}

MethodResult Protocol::read_resource(const Request& request, const Cancelled& /*cancelled*/) {
    return resource_contents(host_, *request.params, request.revision);
}

MethodResult Protocol::complete(const Request& request, const Cancelled& /*cancelled*/) {
    return completion_text(host_, *request.params);
}

// Deprecated in 2026-07-28 and not declared: this server's log is stderr.
MethodResult Protocol::set_log_level(const Request& /*request*/, const Cancelled& /*cancelled*/) {
    return refuse(code::method_not_found, "Method not found: logging/setLevel");
}

Result<> Protocol::begin_watch() {
    if (!options_.watch) return {};
    const auto store = host_.store();
    if (!store) return fail(store.error());
    return options_.watch(**store);
}

// The second look is for a watcher that found nobody between the two.
MethodResult Protocol::watched(const std::function<MethodResult()>& subscribe) {
    if (auto ok = begin_watch(); !ok) return tl::unexpected<RpcError>(rpc_error(ok.error()));
    auto result = subscribe();
    if (auto ok = begin_watch(); !ok) return tl::unexpected<RpcError>(rpc_error(ok.error()));
    return result;
}

MethodResult Protocol::subscribe(const Request& request, const Cancelled& /*cancelled*/) {
    return watched([&] { return subscriptions_.subscribe(*request.params); });
}

MethodResult Protocol::unsubscribe(const Request& request, const Cancelled& /*cancelled*/) {
    return subscriptions_.unsubscribe(*request.params);
}

MethodResult Protocol::listen(const Request& request, const Cancelled& /*cancelled*/) {
    return watched(
        [&] { return subscriptions_.listen(request.id, *request.params, options_.notify); });
}

}  // namespace aimem::mcp
