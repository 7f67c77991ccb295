// Flags that cannot be meant are refused at start, with a message that names the flag, where
// guessing would cost somebody's data.
#include "tests/e2e/e2e.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aimem::test {
namespace {

struct BadStart {
    const char* name;
    std::vector<std::string> arguments;
    const char* word;  // must stand in the message
};

class BadFlags : public ::testing::TestWithParam<BadStart> {};

TEST_P(BadFlags, AreRefusedAtStartWithAClearMessage) {
    const TempDir dir;
    const PortLease lease;
    const std::string port = std::to_string(lease.port());
    Command command;
    command.argv = {programs().node.string(), "serve",  "--db",
                    (dir / "a.db").string(),  "--port", port};
    for (std::string argument : GetParam().arguments) {
        if (argument == "OWN") argument = "http://127.0.0.1:" + port;
        command.argv.push_back(argument);
    }
    command.env = clean_environment(dir.path());
    const Finished done = run(command, {}, Millis(10'000));
    EXPECT_NE(done.status, 0);
    EXPECT_NE(done.status, 124) << "it started";
    EXPECT_LT(done.status, 128) << "it crashed";
    EXPECT_NE(done.err.find(GetParam().word), std::string::npos) << done.err;
}

INSTANTIATE_TEST_SUITE_P(
    Flags, BadFlags,
    ::testing::Values(
        BadStart{
            "QuorumOverNodes",
            {"--quorum-writes", "4", "--quorum-peers", "http://127.0.0.1:1,http://127.0.0.1:2"},
            "quorum-writes"},
        BadStart{"PeersWithoutQuorum", {"--quorum-peers", "http://127.0.0.1:1"}, "quorum-writes"},
        BadStart{"QuorumWithoutPeers", {"--quorum-writes", "2"}, "quorum-peers"},
        BadStart{"OwnUrl", {"--quorum-writes", "2", "--quorum-peers", "OWN"}, "own"},
        BadStart{
            "DuplicatePeer",
            {"--quorum-writes", "2", "--quorum-peers", "http://127.0.0.1:1,http://127.0.0.1:1/"},
            "duplicate"},
        BadStart{"PeerIsNoUrl", {"--quorum-writes", "2", "--quorum-peers", "nonsense"}, "nonsense"},
        BadStart{"HalfACertificate", {"--tls-cert", "cert.pem"}, "tls-key"},
        BadStart{
            "HalfAClientCertificate", {"--quorum-client-key", "key.pem"}, "quorum-client-cert"},
        BadStart{"UnknownFlag", {"--frobnicate"}, "frobnicate"},
        BadStart{"PortIsText", {"--port", "http"}, "port"}),
    [](const auto& param_info) { return param_info.param.name; });

}  // namespace
}  // namespace aimem::test
