// Mesh: N real nodes on loopback, each a process with its own database file in one temporary folder
// and, if asked, a TcpProxy on every directed edge. Ports stay the same over restarts. One thread
// at a time, the one that made it; HttpClients it hands out may be used elsewhere. Throws
// std::runtime_error with the node's stderr when a node does not come up. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include "tests/support/free_port.h"
#include "tests/support/http.h"
#include "tests/support/process.h"
#include "tests/support/tcp_proxy.h"
#include "tests/support/temp_dir.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace aimem::test {

struct Programs {
    std::filesystem::path command;  // ai-memory
    std::filesystem::path node;     // ai-memory-node
};

// Looks for both in each folder of a colon-separated list, and in "bin" below it.
Programs find_programs(const std::string& folders);

struct MeshOptions {
    std::size_t nodes = 3;
    std::size_t writes = 2;  // W
    Millis quorum_timeout{2000};
    int catchup_secs = 1;
    bool proxies = false;
    std::map<std::size_t, std::vector<std::string>>
        extra_peers{};  // node -> URLs beside the mesh's own
    std::vector<std::string> extra_flags{};
    std::map<std::string, std::string> environment{};  // beside the clean one
    std::map<std::size_t, std::map<std::string, std::string>>
        node_environment{};  // of one node only
    std::filesystem::path base = std::filesystem::temp_directory_path();
};

// What a node says about its whole replicated state.
struct Digest {
    std::string hash{};
    std::uint64_t count = 0;
    friend bool operator==(const Digest&, const Digest&) = default;
};

// The environment every program of ours gets in tests: no config file, nothing of the user's.
std::map<std::string, std::string> clean_environment(const std::filesystem::path& home);

class Mesh {
public:
    Mesh(Programs programs, MeshOptions options);
    ~Mesh();  // kills what runs; prints nothing

    void start_all();  // and waits until all are healthy
    void start(std::size_t node, Millis within = Millis(30'000));
    void kill9(std::size_t node) { process(node).kill9(); }
    std::optional<int> stop(std::size_t node, Millis within = Millis(10'000));  // SIGTERM
    bool running(std::size_t node);

    std::size_t size() const { return nodes_.size(); }
    Process& process(std::size_t node);
    std::uint16_t port(std::size_t node) const { return nodes_.at(node)->lease.port(); }
    std::string url(std::size_t node) const;
    std::filesystem::path database(std::size_t node) const;
    std::string log(std::size_t node) const;  // its stderr so far, over all its lives
    const std::filesystem::path& folder() const { return dir_.path(); }
    const Programs& programs() const { return programs_; }
    std::map<std::string, std::string> environment() const;

    HttpClient& http(std::size_t node) { return nodes_.at(node)->client; }
    HttpClient new_client(std::size_t node, Millis deadline = Millis(10'000)) const;
    Command mcp(std::size_t node) const;  // `ai-memory mcp` on the node's file

    TcpProxy& proxy(std::size_t from, std::size_t to);
    void isolate(std::size_t node, Fault fault);  // every edge from and to it
    void heal();

    bool healthy(std::size_t node) const;
    Digest digest(std::size_t node) const;
    std::vector<Digest> digests() const;
    // All running nodes, or those named, agree before the deadline. An empty mesh state also
    // agrees.
    bool await_equal_digests(Millis within, const std::vector<std::size_t>& among = {});
    std::string describe() const;  // digests and log tails, for a failure message

private:
    struct Node {
        PortLease lease{};
        HttpClient client{lease.port()};
        std::unique_ptr<Process> process{};
    };

    Command serve_command(std::size_t node) const;

    Programs programs_;
    MeshOptions options_;
    TempDir dir_;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::map<std::pair<std::size_t, std::size_t>, std::unique_ptr<TcpProxy>> proxies_;
};

}  // namespace aimem::test
