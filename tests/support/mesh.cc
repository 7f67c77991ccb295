#include "tests/support/mesh.h"

#include "tests/support/eventually.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace aimem::test {
namespace {

std::string loopback_url(std::uint16_t port) {
    return "http://127.0.0.1:" + std::to_string(port);
}

std::string tail(const std::string& text, std::size_t bytes) {
    return text.size() <= bytes ? text : "..." + text.substr(text.size() - bytes);
}

std::filesystem::path find_program(const std::string& folders, const std::string& name) {
    std::istringstream list(folders);
    for (std::string folder; std::getline(list, folder, ':');) {
        for (const auto& candidate :
             {std::filesystem::path(folder) / name, std::filesystem::path(folder) / "bin" / name}) {
            std::error_code none;
            if (std::filesystem::is_regular_file(candidate, none))
                return std::filesystem::absolute(candidate);
        }
    }
    throw std::runtime_error("no program " + name + " in " + folders);
}

}  // namespace

Programs find_programs(const std::string& folders) {
    return Programs{find_program(folders, "ai-memory"), find_program(folders, "ai-memory-node")};
}

std::map<std::string, std::string> clean_environment(const std::filesystem::path& home) {
    return {{"HOME", home.string()},
            {"XDG_DATA_HOME", (home / "data").string()},
            {"XDG_CONFIG_HOME", (home / "config").string()},
            {"AI_MEMORY_NO_CONFIG", "1"},
            {"AI_MEMORY_DB", ""},
            {"AI_MEMORY_AGENT_ID", ""},
            {"AI_MEMORY_LOG", "info"}};
}

Mesh::Mesh(Programs programs, MeshOptions options)
    : programs_(std::move(programs)),
      options_(std::move(options)),
      dir_(options_.base) {
    for (std::size_t i = 0; i < options_.nodes; ++i) nodes_.push_back(std::make_unique<Node>());
    if (!options_.proxies) return;
    for (std::size_t from = 0; from < size(); ++from) {
        for (std::size_t to = 0; to < size(); ++to) {
            if (from != to) proxies_[{from, to}] = std::make_unique<TcpProxy>(port(to));
        }
    }
}

Mesh::~Mesh() = default;

Command Mesh::serve_command(std::size_t node) const {
    std::string peers;
    const auto add = [&peers](const std::string& url) {
        peers += (peers.empty() ? "" : ",") + url;
    };
    for (std::size_t to = 0; to < size(); ++to) {
        if (to == node) continue;
        add(options_.proxies ? loopback_url(proxies_.at({node, to})->port()) : url(to));
    }
    const auto extra = options_.extra_peers.find(node);
    if (extra != options_.extra_peers.end()) {
        for (const std::string& url : extra->second) add(url);
    }
    Command command;
    command.argv = {programs_.node.string(),
                    "serve",
                    "--db",
                    database(node).string(),
                    "--host",
                    "127.0.0.1",
                    "--port",
                    std::to_string(port(node))};
    if (!peers.empty()) {
        const std::vector<std::string> quorum = {
            "--quorum-writes",         std::to_string(options_.writes),
            "--quorum-peers",          peers,
            "--quorum-timeout-ms",     std::to_string(options_.quorum_timeout.count()),
            "--catchup-interval-secs", std::to_string(options_.catchup_secs)};
        command.argv.insert(command.argv.end(), quorum.begin(), quorum.end());
    }
    command.argv.insert(command.argv.end(), options_.extra_flags.begin(),
                        options_.extra_flags.end());
    command.env = environment();
    const auto own = options_.node_environment.find(node);
    if (own != options_.node_environment.end()) {
        for (const auto& [name, value] : own->second) command.env[name] = value;
    }
    command.dir = dir_.path();
    command.stderr_file = dir_.path() / ("node" + std::to_string(node) + ".log");
    return command;
}

void Mesh::start_all() {
    for (std::size_t i = 0; i < size(); ++i) {
        nodes_[i]->client.close();
        nodes_[i]->process = std::make_unique<Process>(serve_command(i));
    }
    for (std::size_t i = 0; i < size(); ++i) {
        const bool up = eventually(Millis(30'000), [&] { return healthy(i) || !running(i); });
        if (!up || !running(i))
            throw std::runtime_error("node " + std::to_string(i) + " did not come up\n" + log(i));
    }
}

void Mesh::start(std::size_t node, Millis within) {
    Node& n = *nodes_.at(node);
    n.client.close();
    n.process = std::make_unique<Process>(serve_command(node));
    const bool up = eventually(within, [&] { return healthy(node) || !running(node); });
    if (!up || !running(node))
        throw std::runtime_error("node " + std::to_string(node) + " did not come up\n" + log(node));
}

std::optional<int> Mesh::stop(std::size_t node, Millis within) {
    nodes_.at(node)->client.close();
    return process(node).stop(within);
}

bool Mesh::running(std::size_t node) {
    const auto& process = nodes_.at(node)->process;
    return process && process->running();
}

Process& Mesh::process(std::size_t node) {
    if (!nodes_.at(node)->process) throw std::runtime_error("this node was never started");
    return *nodes_.at(node)->process;
}

std::string Mesh::url(std::size_t node) const {
    return loopback_url(port(node));
}

std::filesystem::path Mesh::database(std::size_t node) const {
    return dir_.path() / ("node" + std::to_string(node) + ".db");
}

std::string Mesh::log(std::size_t node) const {
    return read_file(dir_.path() / ("node" + std::to_string(node) + ".log"));
}

HttpClient Mesh::new_client(std::size_t node, Millis deadline) const {
    return HttpClient(port(node), deadline);
}

std::map<std::string, std::string> Mesh::environment() const {
    auto result = clean_environment(dir_.path());
    for (const auto& [name, value] : options_.environment) result[name] = value;
    return result;
}

Command Mesh::mcp(std::size_t node) const {
    Command command;
    command.argv = {programs_.command.string(), "mcp", "--profile", "full", "--db",
                    database(node).string()};
    command.env = environment();
    command.dir = dir_.path();
    command.stderr_file = dir_.path() / ("mcp" + std::to_string(node) + ".log");
    return command;
}

TcpProxy& Mesh::proxy(std::size_t from, std::size_t to) {
    const auto found = proxies_.find({from, to});
    if (found == proxies_.end()) throw std::runtime_error("a mesh without proxies");
    return *found->second;
}

void Mesh::isolate(std::size_t node, Fault fault) {
    for (std::size_t other = 0; other < size(); ++other) {
        if (other == node) continue;
        proxy(node, other).set(fault);
        proxy(other, node).set(fault);
    }
}

void Mesh::heal() {
    for (const auto& [edge, proxy] : proxies_) proxy->heal();
}

bool Mesh::healthy(std::size_t node) const {
    HttpClient probe(port(node), Millis(2000));
    return probe.get("/api/v1/health").status == 200;
}

Digest Mesh::digest(std::size_t node) const {
    HttpClient client(port(node), Millis(5000));
    const Reply reply = client.get("/api/v1/sync/digest");
    if (!reply.ok()) throw std::runtime_error("digest: " + reply.text());
    const nlohmann::json body = reply.json();
    return Digest{body.at("digest").get<std::string>(), body.at("count").get<std::uint64_t>()};
}

std::vector<Digest> Mesh::digests() const {
    std::vector<Digest> result;
    for (std::size_t i = 0; i < size(); ++i) result.push_back(digest(i));
    return result;
}

bool Mesh::await_equal_digests(Millis within, const std::vector<std::size_t>& among) {
    std::vector<std::size_t> nodes = among;
    for (std::size_t i = 0; among.empty() && i < size(); ++i) {
        if (running(i)) nodes.push_back(i);
    }
    if (nodes.empty()) return false;
    const auto equal = [&] {
        const Digest first = digest(nodes.front());
        return std::all_of(nodes.begin(), nodes.end(),
                           [&](std::size_t i) { return digest(i) == first; });
    };
    return eventually(within, equal, Millis(20));
}

std::string Mesh::describe() const {
    std::ostringstream text;
    for (std::size_t i = 0; i < size(); ++i) {
        text << "node " << i << ": ";
        try {
            const Digest d = digest(i);
            text << d.hash << " of " << d.count;
        } catch (const std::runtime_error& e) {
            text << e.what();
        }
        text << "\n" << tail(log(i), 2000) << "\n";
    }
    return std::move(text).str();
}

}  // namespace aimem::test
