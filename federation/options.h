// The command lines of `serve` and `sync-daemon`: the flags of 0.6.3 (facts/federation.md 1 and
// 10), checked at the start and refused with a reason where that one was silent. Nothing is
// clamped. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/http/tls.h"
#include "federation/quorum/quorum.h"
#include "store/base/result.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace aimem {

enum class NodeCommand : std::uint8_t { serve, sync_daemon };

struct NodeOptions {
    NodeCommand command = NodeCommand::serve;
    std::filesystem::path db{};
    std::string agent_id{};  // "host:<hostname>" unless named
    std::string host = "127.0.0.1";
    std::uint16_t port = 9077;
    http::ServerTlsFiles server_tls{};  // cert empty: plain HTTP
    http::ClientTlsFiles client_tls{};
    std::chrono::seconds shutdown_grace{4};
    QuorumPolicy policy{};
    std::vector<std::string> peers{};
    std::chrono::seconds catchup_interval{30};  // 0: no full comparison
    std::chrono::seconds expiry_interval{60};   // between two looks for expired memories
    std::string api_key{};                      // of our own door, shown to peers too
};

// What a command line asks for besides running: --help, --version, or a mistake in it.
struct EarlyExit {
    int status = 0;  // 0: text goes to stdout; 2: to stderr
    std::string text{};
};

tl::expected<NodeOptions, EarlyExit> parse_node_options(int argc, const char* const* argv);

// The checks that need more than one flag: peers against W, each other and our own address, half a
// certificate pair, an open door beyond loopback. Errc::invalid_argument.
Result<> check_node_options(NodeOptions& options);

}  // namespace aimem
