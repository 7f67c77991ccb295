#include "mcp/era.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace aimem::mcp {
namespace {

using nlohmann::json;

constexpr const char* kVersionKey = "io.modelcontextprotocol/protocolVersion";
constexpr const char* kClientInfoKey = "io.modelcontextprotocol/clientInfo";
constexpr const char* kLogLevelKey = "io.modelcontextprotocol/logLevel";

constexpr std::array<std::string_view, 8> kLogLevels{"debug", "info",     "notice", "warning",
                                                     "error", "critical", "alert",  "emergency"};
constexpr std::array<Revision, 4> kHandshake{Revision::v2025_11_25, Revision::v2025_06_18,
                                             Revision::v2025_03_26, Revision::v2024_11_05};

tl::unexpected<RpcError> bad_params(std::string text) {
    return tl::unexpected<RpcError>(
        RpcError{.code = code::invalid_params, .message = "Invalid params: " + std::move(text)});
}

const json* member(const json& object, const char* key) {
    const auto found = object.find(key);
    return found == object.end() ? nullptr : &*found;
}

bool is_string(const json* value) {
    return value != nullptr && value->is_string();
}

}  // namespace

std::string_view name_of(Revision revision) noexcept {
    switch (revision) {
        case Revision::v2024_11_05: return "2024-11-05";
        case Revision::v2025_03_26: return "2025-03-26";
        case Revision::v2025_06_18: return "2025-06-18";
        case Revision::v2025_11_25: return "2025-11-25";
        case Revision::v2026_07_28: return "2026-07-28";
    }
    return "";
}

bool belongs_to_modern(std::string_view method, const json& params) {
    if (method == "server/discover" || method == "subscriptions/listen") return true;
    const json* meta = member(params, "_meta");
    return meta != nullptr && meta->is_object() && meta->contains(kVersionKey);
}

tl::expected<ModernContext, RpcError> read_modern_context(const json& params) {
    const json* meta = member(params, "_meta");
    if (meta == nullptr || !meta->is_object()) return bad_params("_meta must be an object");
    const json* version = member(*meta, kVersionKey);
    if (!is_string(version)) {
        return bad_params(std::string("_meta must carry ") + kVersionKey + ", a string");
    }
    if (*version != name_of(Revision::v2026_07_28)) {
        const json data{{"supported", {name_of(Revision::v2026_07_28)}},
                        {"requested", excerpt(version->get_ref<const std::string&>())}};
        return tl::unexpected<RpcError>(RpcError{.code = code::unsupported_version,
                                                 .message = "Unsupported protocol version",
                                                 .data = to_text(data)});
    }
    const json* capabilities = member(*meta, kClientCapabilities);
    if (capabilities == nullptr || !capabilities->is_object()) {
        return bad_params(std::string("_meta must carry ") + kClientCapabilities + ", an object");
    }
    ModernContext context;
    if (const json* info = member(*meta, kClientInfoKey)) {
        if (!info->is_object() || !is_string(member(*info, "name")) ||
            !is_string(member(*info, "version"))) {
            return bad_params(std::string(kClientInfoKey) +
                              " needs name and version, both strings");
        }
        context.client_name = info->at("name").get<std::string>();
    }
    if (const json* level = member(*meta, kLogLevelKey)) {
        const bool known = level->is_string() &&
                           std::find(kLogLevels.begin(), kLogLevels.end(),
                                     level->get_ref<const std::string&>()) != kLogLevels.end();
        if (!known) return bad_params(std::string(kLogLevelKey) + " is not a log level");
    }
    return context;
}

tl::expected<Revision, RpcError> negotiate(const json& initialize_params) {
    const json* asked = member(initialize_params, "protocolVersion");
    if (asked == nullptr) return kLatestHandshake;
    if (!asked->is_string()) return bad_params("protocolVersion must be a string");
    for (const Revision revision : kHandshake) {
        if (*asked == name_of(revision)) return revision;
    }
    return kLatestHandshake;
}

}  // namespace aimem::mcp
