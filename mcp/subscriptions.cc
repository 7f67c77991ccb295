#include "mcp/subscriptions.h"

#include "mcp/limits.h"
#include "mcp/resources.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace aimem::mcp {
namespace {

using nlohmann::json;

constexpr std::string_view kSubscriptionId = "io.modelcontextprotocol/subscriptionId";

tl::unexpected<RpcError> refused(int error_code, std::string text) {
    return tl::unexpected<RpcError>(RpcError{.code = error_code, .message = std::move(text)});
}

tl::unexpected<RpcError> wrong(std::string text) {
    return refused(code::invalid_params, "Invalid params: " + std::move(text));
}

std::string notice(std::string_view method, const std::string& members) {
    return fmt::format(R"({{"jsonrpc":"2.0","method":"{}","params":{{{}}}}})", method, members);
}

std::string meta_of(const std::string& raw_id) {
    return fmt::format(R"("_meta":{{"{}":{}}})", kSubscriptionId, raw_id);
}

// Which of these URIs name a changed memory.
using Changed = std::unordered_set<std::string>;
bool is_about(const std::string& uri, const Changed& changed) {
    const auto name = name_in(uri);
    return name && changed.contains(name->id);
}

bool flag_in(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && *found == true;
}

tl::expected<std::string, RpcError> uri_in(const json& params) {
    const auto uri = params.find("uri");
    if (uri == params.end() || !uri->is_string()) return wrong("uri must be a string");
    auto text = uri->get<std::string>();
    if (!name_in(text)) return wrong("uri must be memory://NAMESPACE/ID");
    return text;
}

}  // namespace

MethodResult Subscriptions::listen(const RequestId& id, const json& params, const Send& send) {
    const auto wants = params.find("notifications");
    if (wants == params.end() || !wants->is_object())
        return wrong("notifications must be an object");
    for (const char* name : {"toolsListChanged", "promptsListChanged", "resourcesListChanged"})
        if (wants->contains(name) && !wants->at(name).is_boolean())
            return wrong(fmt::format("notifications.{} must be true or false", name));
    Stream stream{id.raw, flag_in(*wants, "resourcesListChanged"), {}};
    json honoured = json::object();
    if (stream.list_changed) honoured["resourcesListChanged"] = true;
    const auto uris = wants->find("resourceSubscriptions");
    if (uris != wants->end()) {
        if (!uris->is_array()) return wrong("notifications.resourceSubscriptions must be an array");
        for (const json& uri : *uris) {
            if (!uri.is_string())
                return wrong("notifications.resourceSubscriptions must hold strings");
            if (name_in(uri.get_ref<const std::string&>()))
                stream.uris.push_back(uri.get<std::string>());
        }
        honoured["resourceSubscriptions"] = stream.uris;
    }
    const std::string answer =
        notice("notifications/subscriptions/acknowledged",
               fmt::format(R"("notifications":{},{})", to_text(honoured), meta_of(id.raw)));
    const std::lock_guard lock(mutex_);
    if (wanted() + stream.uris.size() + 1 > kSubscriptionsMax)
        return refused(code::internal_error, "Too many subscriptions");
    if (send) send(answer);
    streams_.insert_or_assign(id.key, std::move(stream));
    return send ? std::string() : answer;
}

void Subscriptions::end(const std::string& key) {
    const std::lock_guard lock(mutex_);
    streams_.erase(key);
}

MethodResult Subscriptions::subscribe(const json& params) {
    auto uri = uri_in(params);
    if (!uri) return tl::unexpected<RpcError>(uri.error());
    const std::lock_guard lock(mutex_);
    if (std::find(session_.begin(), session_.end(), *uri) != session_.end()) return "{}";
    if (wanted() + 1 > kSubscriptionsMax)
        return refused(code::internal_error, "Too many subscriptions");
    session_.push_back(*std::move(uri));
    return "{}";
}

MethodResult Subscriptions::unsubscribe(const json& params) {
    const auto uri = uri_in(params);
    if (!uri) return tl::unexpected<RpcError>(uri.error());
    const std::lock_guard lock(mutex_);
    std::erase(session_, *uri);
    return "{}";
}

void Subscriptions::forget_session() {
    const std::lock_guard lock(mutex_);
    session_.clear();
}

bool Subscriptions::any() const {
    const std::lock_guard lock(mutex_);
    return wanted() > 0;
}

std::size_t Subscriptions::wanted() const {
    std::size_t all = session_.size() + streams_.size();
    for (const auto& [key, stream] : streams_) all += stream.uris.size();
    return all;
}

std::vector<std::string> Subscriptions::announcements(
    const std::vector<std::string>& changed_ids) const {
    std::vector<std::string> lines;
    if (changed_ids.empty()) return lines;
    const Changed changed(changed_ids.begin(), changed_ids.end());
    const auto updated = [&](const std::string& uri, const std::string& more) {
        if (is_about(uri, changed))
            lines.push_back(notice("notifications/resources/updated",
                                   fmt::format(R"("uri":{}{})", json_string(uri), more)));
    };
    const std::lock_guard lock(mutex_);
    for (const std::string& uri : session_) updated(uri, "");
    for (const auto& [key, stream] : streams_) {
        const std::string meta = meta_of(stream.raw_id);
        for (const std::string& uri : stream.uris) updated(uri, "," + meta);
        if (stream.list_changed)
            lines.push_back(notice("notifications/resources/list_changed", meta));
    }
    return lines;
}

std::vector<std::string> Subscriptions::farewells(const std::string& server_info) {
    std::vector<std::string> lines;
    const std::lock_guard lock(mutex_);
    for (const auto& [key, stream] : streams_) {
        lines.push_back(fmt::format(
            R"({{"jsonrpc":"2.0","id":{0},"result":{{"resultType":"complete","_meta":{{"{1}":{0},"io.modelcontextprotocol/serverInfo":{2}}}}}}})",
            stream.raw_id, kSubscriptionId, server_info));
        lines.push_back(
            notice("notifications/cancelled", fmt::format(R"("requestId":{})", stream.raw_id)));
    }
    streams_.clear();
    return lines;
}

}  // namespace aimem::mcp
