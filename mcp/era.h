// Which rules a message lives under. The era is decided for each message, never for the process: a
// message that carries the modern protocol version in params._meta (or can only be modern) follows
// 2026-07-28, everything else the handshake revision of the session. Pure. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include "mcp/rpc.h"

#include <nlohmann/json_fwd.hpp>
#include <tl/expected.hpp>

#include <string>
#include <string_view>

namespace aimem::mcp {

enum class Revision { v2024_11_05, v2025_03_26, v2025_06_18, v2025_11_25, v2026_07_28 };

inline constexpr Revision kLatestHandshake = Revision::v2025_11_25;

std::string_view name_of(Revision revision) noexcept;

// What may be sent to, or accepted from, a client of a revision.
constexpr bool has_batches(Revision r) noexcept {
    return r <= Revision::v2025_03_26;
}
constexpr bool has_annotations(Revision r) noexcept {
    return r >= Revision::v2025_03_26;
}
constexpr bool has_structured_results(Revision r) noexcept {
    return r >= Revision::v2025_06_18;
}
constexpr bool is_modern(Revision r) noexcept {
    return r == Revision::v2026_07_28;
}

// In params._meta, an object: what the client can be asked for.
inline constexpr const char* kClientCapabilities = "io.modelcontextprotocol/clientCapabilities";

bool belongs_to_modern(std::string_view method, const nlohmann::json& params);

// A modern request brings all of its context along; nothing is taken from earlier messages.
struct ModernContext {
    std::string client_name{};  // clientInfo.name: a label, never proof of anything
};
tl::expected<ModernContext, RpcError> read_modern_context(const nlohmann::json& params);

// The revision that answers `initialize`: the one asked for if we speak it, else our latest
// handshake revision, never a modern one.
tl::expected<Revision, RpcError> negotiate(const nlohmann::json& initialize_params);

}  // namespace aimem::mcp
