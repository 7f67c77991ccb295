#include "mcp/protocol.h"

#include "mcp/limits.h"
#include "store/base/log.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <array>
#include <exception>
#include <utility>

namespace aimem::mcp {

enum class Lane {
    reader,  // answered by the reader at once, past everything that waits
    strand,  // one after the other in the order of arrival, so that a client reads its own writes
};

enum class Reply {
    result,
    none,  // the method says what to send instead; the request stays open
};

// One row of the table of methods. What is not declared as a capability has no row (D2).
struct Method {
    using Serve = MethodResult (Protocol::*)(const Request&, const std::atomic<bool>&);

    std::string_view name{};
    bool in_handshake_era = false;
    bool in_modern_era = false;
    Lane lane = Lane::reader;
    std::string_view caching{};  // what a modern result says about keeping it
    Serve serve = nullptr;
    Reply reply = Reply::result;
};

namespace {

using nlohmann::json;

constexpr std::string_view kFixedForTheProcess = R"(,"ttlMs":3600000,"cacheScope":"public")";
constexpr std::string_view kChangesAnyTime = R"(,"ttlMs":0,"cacheScope":"private")";
constexpr std::string_view kNeverCached{};

std::string info_text(const ProtocolOptions& options) {
    return to_text(json{{"name", options.server_name}, {"version", options.server_version}});
}

// Puts members in front of an object's closing brace.
std::string with_members(std::string object, std::string_view members) {
    object.pop_back();
    if (object.size() == 1) members.remove_prefix(1);  // "{" alone needs no comma
    object += members;
    return object + "}";
}

std::string joined_batch(const std::vector<std::string>& replies) {
    if (replies.empty()) return {};
    std::string text = "[";
    for (const std::string& reply : replies) {
        if (text.size() > 1) text += ',';
        text += reply;
    }
    return text + "]";
}

}  // namespace

Protocol::Protocol(ProtocolOptions options, const ToolHost& host)
    : options_(std::move(options)),
      host_(host),
      server_info_(info_text(options_)) {}

const Method* Protocol::find_method(std::string_view name) {
    static constexpr std::array<Method, 15> methods{{
        {"initialize", true, false, Lane::reader, kNeverCached, &Protocol::initialize},
        {"ping", true, false, Lane::reader, kNeverCached, &Protocol::ping},
        {"server/discover", false, true, Lane::reader, kFixedForTheProcess, &Protocol::discover},
        {"tools/list", true, true, Lane::reader, kFixedForTheProcess, &Protocol::list_tools},
        {"tools/call", true, true, Lane::strand, kNeverCached, &Protocol::call_tool},
        {"prompts/list", true, true, Lane::reader, kFixedForTheProcess, &Protocol::list_prompts},
        {"prompts/get", true, true, Lane::reader, kNeverCached, &Protocol::get_prompt},
        {"resources/list", true, true, Lane::strand, kChangesAnyTime, &Protocol::list_resources},
        {"resources/templates/list", true, true, Lane::reader, kFixedForTheProcess,
         &Protocol::list_templates},
        {"resources/read", true, true, Lane::strand, kChangesAnyTime, &Protocol::read_resource},
        {"resources/subscribe", true, false, Lane::strand, kNeverCached, &Protocol::subscribe},
        {"resources/unsubscribe", true, false, Lane::strand, kNeverCached, &Protocol::unsubscribe},
        {"subscriptions/listen", false, true, Lane::strand, kNeverCached, &Protocol::listen,
         Reply::none},
        {"completion/complete", true, true, Lane::strand, kNeverCached, &Protocol::complete},
        {"logging/setLevel", true, false, Lane::reader, kNeverCached, &Protocol::set_log_level},
    }};
    for (const Method& method : methods) {
        if (method.name == name) return &method;
    }
    return nullptr;
}

Taken Protocol::take(std::string line) {
    const bool batches = session_.handshaken && has_batches(session_.revision);
    const std::size_t bytes = line.size();
    Decoded decoded = decode_line(std::move(line), batches ? Batches::served : Batches::refused);
    Taken taken;
    Job job;
    job.is_batch = decoded.is_batch;
    bool waits = false;
    for (const Message& message : decoded.messages) {
        Outcome outcome = take_message(message, bytes / decoded.messages.size());
        if (auto* reply = std::get_if<std::string>(&outcome)) {
            job.slots.emplace_back(std::move(*reply));
        } else if (auto* call = std::get_if<Call>(&outcome)) {
            job.slots.emplace_back(std::move(*call));
            waits = true;
        }
    }
    if (waits) {
        taken.job = std::move(job);
    } else {
        taken.reply = run(std::move(job));
    }
    return taken;
}

std::string Protocol::run(Job job) {
    std::vector<std::string> replies;
    for (auto& slot : job.slots) {
        if (auto* reply = std::get_if<std::string>(&slot)) {
            replies.push_back(std::move(*reply));
            continue;
        }
        const Call& call = std::get<Call>(slot);
        std::string reply;
        if (!call.ticket->cancelled) {
            reply = serve(call.request, *call.method, call.ticket->cancelled);
        }
        if (in_flight_.finish(call.ticket)) {
            replies.push_back(std::move(reply));
        } else {
            subscriptions_.end(call.request.id.key);
            log::info("mcp.cancelled", "id={}", excerpt(call.request.id.raw));
        }
    }
    if (job.is_batch) return joined_batch(replies);
    return replies.empty() ? std::string() : std::move(replies.front());
}

std::string Protocol::handle(std::string line) {
    Taken taken = take(std::move(line));
    return taken.job ? run(std::move(*taken.job)) : taken.reply;
}

std::string Protocol::line_too_long() {
    return error_reply(std::nullopt,
                       {.code = code::invalid_request,
                        .message = fmt::format("Invalid request: a line may have at most {} bytes",
                                               kLineBytesMax)});
}

Protocol::Outcome Protocol::take_message(const Message& message, std::size_t bytes) {
    switch (message.kind) {
        case MessageKind::request: return take_request(message, bytes);
        case MessageKind::notification: take_notification(message); return {};
        case MessageKind::response: log::debug("mcp.stray_response", "ignored"); return {};
        case MessageKind::invalid: break;
    }
    log::info("mcp.invalid", "code={}", message.error.code);
    return error_reply(message.id, message.error);
}

void Protocol::take_notification(const Message& message) {
    if (message.method != "notifications/cancelled") return;
    const auto id = message.params->find("requestId");
    if (id == message.params->end()) return;
    if (const auto key = id_key(*id)) {
        in_flight_.cancel(*key);
        subscriptions_.end(*key);
    }
}

tl::expected<Request, RpcError> Protocol::request_from(const Message& message) const {
    Request request{.id = *message.id, .params = message.params};
    if (!belongs_to_modern(message.method, *message.params)) {
        request.revision = session_.revision;
        request.client_name = session_.client_name;
        return request;
    }
    auto context = read_modern_context(*message.params);
    if (!context) return tl::unexpected<RpcError>(context.error());
    request.revision = Revision::v2026_07_28;
    request.client_name = std::move(context->client_name);
    return request;
}

Protocol::Outcome Protocol::take_request(const Message& message, std::size_t bytes) {
    auto request = request_from(message);
    if (!request) return error_reply(message.id, request.error());
    const Method* method = find_method(message.method);
    const bool known =
        method != nullptr &&
        (is_modern(request->revision) ? method->in_modern_era : method->in_handshake_era);
    if (!known) {
        return error_reply(message.id, {.code = code::method_not_found,
                                        .message = "Method not found: " + excerpt(message.method)});
    }
    if (method->lane == Lane::reader) {
        static const Cancelled never{false};
        return serve(*request, *method, never);
    }
    auto ticket = in_flight_.admit(*message.id, bytes);
    if (ticket == nullptr) {
        return error_reply(message.id, {.code = code::internal_error,
                                        .message = "Too many requests in flight; try again"});
    }
    return Call{std::move(*request), method, std::move(ticket)};
}

MethodResult Protocol::answer(const Request& request, const Method& method,
                              const Cancelled& cancelled) {
    if (options_.extras.answer) {
        if (auto own = options_.extras.answer(method.name, *request.params)) return *std::move(own);
    }
    return (this->*method.serve)(request, cancelled);
}

std::string Protocol::serve(const Request& request, const Method& method,
                            const Cancelled& cancelled) {
    try {
        const ReadAs reader({options_.agent.configured, options_.position});
        MethodResult result = answer(request, method, cancelled);
        if (!result) return error_reply(request.id, result.error());
        if (method.reply == Reply::none) return *result;
        if (!is_modern(request.revision)) return result_reply(request.id, *result);
        const bool complete = !result->starts_with(R"({"resultType":)");
        const std::string members =
            fmt::format(R"({}{},"_meta":{{"io.modelcontextprotocol/serverInfo":{}}})",
                        complete ? R"(,"resultType":"complete")" : "",
                        complete ? method.caching : "", server_info_);
        return result_reply(request.id, with_members(std::move(*result), members));
    } catch (const std::exception& error) {
        log::error("mcp.internal", "method={} what={}", method.name, error.what());
        return error_reply(request.id, {.code = code::internal_error, .message = "Internal error"});
    }
}

}  // namespace aimem::mcp
