#include "federation/options.h"

#include "federation/http/url.h"
#include "store/base/config.h"
#include "store/base/paths.h"
#include "store/model/validate.h"

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <set>

namespace aimem {
namespace {

constexpr const char* kServeExamples =
    "Example: a mesh of three, each write on two disks:\n"
    "  ai-memory serve --port 9077 --quorum-writes 2 \\\n"
    "      --quorum-peers http://10.0.0.2:9077,http://10.0.0.3:9077";
constexpr const char* kSyncExamples =
    "Example: carry what assistants write on this machine to two nodes:\n"
    "  ai-memory sync-daemon --peers http://10.0.0.2:9077,http://10.0.0.3:9077";

// What the parser fills before the values are judged.
struct Raw {
    std::string db;
    std::string agent_id;
    std::size_t quorum_writes = 0;
    std::int64_t quorum_timeout_ms = 2000;
    std::int64_t catchup_secs = 30;
    std::int64_t grace_secs = 4;
    std::string peers;
};

std::string host_agent() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "host:unknown";
    std::string out = "host:";
    // A hostname with other characters would be refused by every peer of 0.6.3.
    for (const char c : std::string(name.data()))
        out +=
            (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_')
                ? c
                : '-';
    return out;
}

std::vector<std::string> split_list(const std::string& text) {
    std::vector<std::string> out;
    std::size_t at = 0;
    while (at <= text.size() && !text.empty()) {
        const auto end = std::min(text.find(',', at), text.size());
        out.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

void add_common(CLI::App& app, Raw& raw) {
    app.add_option("--db", raw.db,
                   "Database file (default: $AI_MEMORY_DB, else the XDG data folder)");
    app.add_option("--agent-id", raw.agent_id, "Who this node is toward its peers")
        ->envname("AI_MEMORY_AGENT_ID");
}

void add_serve(CLI::App& app, NodeOptions& out, Raw& raw) {
    add_common(app, raw);
    app.add_option("--host", out.host, "Address to listen on")->capture_default_str();
    app.add_option("--port", out.port, "Port to listen on")->capture_default_str();
    app.add_option("--tls-cert", out.server_tls.cert,
                   "PEM certificate of this node; needs --tls-key");
    app.add_option("--tls-key", out.server_tls.key, "PEM key of this node; needs --tls-cert");
    app.add_option(
        "--mtls-allowlist", out.server_tls.allowlist,
        "SHA-256 fingerprints of the client certificates that may connect; needs --tls-cert");
    app.add_option("--shutdown-grace-secs", raw.grace_secs,
                   "Time for requests under way at SIGTERM")
        ->capture_default_str();
    app.add_option("--quorum-writes", raw.quorum_writes,
                   "W: copies on disk, own included, before a write is answered");
    app.add_option("--quorum-peers", raw.peers, "Base URLs of the peers, separated by commas");
    app.add_option("--quorum-timeout-ms", raw.quorum_timeout_ms,
                   "How long a write waits for W copies")
        ->capture_default_str();
    app.add_option("--quorum-client-cert", out.client_tls.cert, "PEM certificate shown to peers");
    app.add_option("--quorum-client-key", out.client_tls.key, "PEM key of that certificate");
    app.add_option("--quorum-ca-cert", out.client_tls.ca,
                   "PEM root that signed the peers' certificates");
    app.add_option("--catchup-interval-secs", raw.catchup_secs,
                   "Bounds the time between full comparisons; 0: none")
        ->capture_default_str();
    app.footer(kServeExamples);
}

void add_sync_daemon(CLI::App& app, NodeOptions& out, Raw& raw) {
    add_common(app, raw);
    app.add_option("--peers", raw.peers, "Base URLs of the nodes, separated by commas")->required();
    app.add_option("--interval", raw.catchup_secs, "Seconds between looks at what the peers have")
        ->default_val(2)
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{86'400}));
    app.add_option("--api-key", out.api_key, "API key of the peers");
    app.add_option("--batch-size", "Accepted for the sake of 0.6.3; batches are bounded by size")
        ->expected(1);
    app.add_option("--client-cert", out.client_tls.cert, "PEM certificate shown to peers");
    app.add_option("--client-key", out.client_tls.key, "PEM key of that certificate");
    app.add_option("--ca-cert", out.client_tls.ca, "PEM root that signed the peers' certificates");
    app.add_flag("--insecure-skip-server-verify", out.client_tls.insecure,
                 "Accept any server certificate");
    app.footer(kSyncExamples);
}

Result<> judge(NodeOptions& out, const Raw& raw) {
    const auto config = load_config();
    if (!config) return fail(config.error());
    const auto db =
        database_path(raw.db.empty() ? std::nullopt : std::optional<std::string>(raw.db), *config);
    if (!db) return fail(db.error());
    out.db = *db;
    if (out.api_key.empty()) out.api_key = config->api_key.value_or("");
    out.agent_id = raw.agent_id.empty() ? host_agent() : raw.agent_id;
    if (auto ok = check_agent_id("--agent-id", out.agent_id); !ok) return ok;
    out.peers = split_list(raw.peers);
    if (raw.catchup_secs < 0)
        return fail(Errc::invalid_argument, "--catchup-interval-secs cannot be negative");
    if (raw.grace_secs < 0)
        return fail(Errc::invalid_argument, "--shutdown-grace-secs cannot be negative");
    out.catchup_interval = std::chrono::seconds(raw.catchup_secs);
    out.shutdown_grace = std::chrono::seconds(raw.grace_secs);
    if (out.command == NodeCommand::sync_daemon) {
        out.policy = {out.peers.size() + 1, 1, std::chrono::milliseconds(30'000)};
        return {};
    }
    if (out.peers.empty() && raw.quorum_writes == 0) return {};
    if (out.peers.empty())
        return fail(Errc::invalid_argument,
                    "--quorum-writes needs --quorum-peers: there is nobody to hold the copies");
    if (raw.quorum_writes == 0)
        return fail(Errc::invalid_argument,
                    fmt::format("--quorum-peers needs --quorum-writes W, from 1 to {}",
                                out.peers.size() + 1));
    auto policy = QuorumPolicy::make(out.peers.size() + 1, raw.quorum_writes,
                                     std::chrono::milliseconds(raw.quorum_timeout_ms));
    if (!policy) return fail(policy.error());
    out.policy = *policy;
    return {};
}

}  // namespace

tl::expected<NodeOptions, EarlyExit> parse_node_options(int argc, const char* const* argv) {
    NodeOptions out;
    Raw raw;
    CLI::App app("The node of ai-memory: an HTTP door, and a peer among nodes", "ai-memory-node");
    app.set_version_flag("--version", "ai-memory-node " AIMEM_VERSION);
    app.require_subcommand(1);
    CLI::App* serve = app.add_subcommand("serve", "Serve the store over HTTP and replicate it");
    CLI::App* daemon =
        app.add_subcommand("sync-daemon", "Carry what MCP and the command line write to nodes");
    add_serve(*serve, out, raw);
    add_sync_daemon(*daemon, out, raw);
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success&) {
        CLI::App* asked = serve->parsed() ? serve : daemon->parsed() ? daemon : &app;
        const bool version = app.get_option("--version")->count() > 0;
        return tl::unexpected(EarlyExit{0, version ? app.version() + "\n" : asked->help()});
    } catch (const CLI::ParseError& e) {
        return tl::unexpected(EarlyExit{2, fmt::format("error: {}\n", e.what())});
    }
    out.command = daemon->parsed() ? NodeCommand::sync_daemon : NodeCommand::serve;
    auto ok = judge(out, raw);
    if (ok) ok = check_node_options(out);
    if (!ok) return tl::unexpected(EarlyExit{2, fmt::format("error: {}\n", ok.error().message)});
    return out;
}

Result<> check_node_options(NodeOptions& options) {
    const auto bad = [](std::string why) {
        return fail(Errc::invalid_argument, std::move(why));
    };
    if (options.server_tls.cert.empty() != options.server_tls.key.empty())
        return bad("--tls-cert and --tls-key go together: one of them is missing");
    if (!options.server_tls.allowlist.empty() && options.server_tls.cert.empty())
        return bad("--mtls-allowlist needs --tls-cert and --tls-key");
    if (options.client_tls.cert.empty() != options.client_tls.key.empty())
        return bad(
            options.command == NodeCommand::serve
                ? "--quorum-client-cert and --quorum-client-key go together: one of them is missing"
                : "--client-cert and --client-key go together: one of them is missing");
    http::Url own;
    own.tls = !options.server_tls.cert.empty();
    own.host = options.host;
    own.port = options.port;
    std::set<std::string> seen;
    for (std::string& peer : options.peers) {
        auto url = http::parse_url(peer);
        if (!url) return fail(url.error());
        if (options.command == NodeCommand::serve && url->base.empty() &&
            url->canonical() == own.canonical())
            return bad(
                fmt::format("{} is this node's own address; a node is no peer of itself", peer));
        if (!seen.insert(url->canonical()).second)
            return bad(fmt::format("duplicate peer URL in --quorum-peers: {}", peer));
        peer = url->text();
    }
    return {};
}

}  // namespace aimem
