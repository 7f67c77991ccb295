// The command lines of the node: what is accepted, and what is refused with which reason.
#include "federation/options.h"

#include <gtest/gtest.h>

#include <sstream>

namespace aimem {
namespace {

tl::expected<NodeOptions, EarlyExit> parse(const std::string& line) {
    std::istringstream words("ai-memory-node " + line);
    std::vector<std::string> all;
    for (std::string word; words >> word;) all.push_back(word);
    std::vector<const char*> argv;
    for (const auto& word : all) argv.push_back(word.c_str());
    return parse_node_options(static_cast<int>(argv.size()), argv.data());
}

TEST(NodeOptions, TheFlagsOfTheReferenceAreUnderstood) {
    const auto options = parse(
        "serve --db /tmp/x.db --host 127.0.0.1 --port 9100 --quorum-writes 2 --quorum-timeout-ms "
        "500 "
        "--quorum-peers http://10.0.0.2:9077/,https://b.example:9443 --catchup-interval-secs 7 "
        "--shutdown-grace-secs 9");
    ASSERT_TRUE(options) << options.error().text;
    EXPECT_EQ(options->port, 9100);
    EXPECT_EQ(options->policy.nodes, 3U);
    EXPECT_EQ(options->policy.needed, 2U);
    EXPECT_EQ(options->policy.timeout, std::chrono::milliseconds(500));
    EXPECT_EQ(options->peers,
              (std::vector<std::string>{"http://10.0.0.2:9077", "https://b.example:9443"}));
    EXPECT_EQ(options->catchup_interval, std::chrono::seconds(7));
    EXPECT_EQ(options->db, "/tmp/x.db");
}

TEST(NodeOptions, DefaultsAreLoopbackAndNoFederation) {
    const auto options = parse("serve --db /tmp/x.db");
    ASSERT_TRUE(options) << options.error().text;
    EXPECT_EQ(options->host, "127.0.0.1");
    EXPECT_EQ(options->port, 9077);
    EXPECT_TRUE(options->peers.empty());
    EXPECT_EQ(options->policy.needed, 1U);
}

TEST(NodeOptions, MistakesAreRefusedAndNamed) {
    const struct {
        const char* line;
        const char* names;
    } table[] = {
        {"serve --quorum-writes 2", "--quorum-peers"},
        {"serve --quorum-peers http://a:1", "--quorum-writes"},
        {"serve --quorum-writes 3 --quorum-peers http://a:1", "from 1 to 2"},
        {"serve --quorum-writes 2 --quorum-peers http://a:1 --quorum-timeout-ms 0",
         "--quorum-timeout-ms"},
        {"serve --quorum-writes 2 --quorum-peers http://a:1,http://A:1/", "duplicate peer URL"},
        {"serve --quorum-writes 2 --quorum-peers http://a:1,", "URL"},
        {"serve --quorum-writes 2 --quorum-peers ftp://a:1", "ftp"},
        {"serve --quorum-writes 2 --quorum-peers http://localhost:9077", "own address"},
        {"serve --quorum-writes x --quorum-peers http://a:1", "--quorum-writes"},
        {"serve --tls-cert c.pem", "--tls-key"},
        {"serve --tls-key k.pem", "--tls-cert"},
        {"serve --mtls-allowlist l.txt", "--tls-cert"},
        {"serve --quorum-client-cert c.pem", "key"},
        {"serve --catchup-interval-secs -1", "--catchup-interval-secs"},
        {"serve --port 99999", "--port"},
        {"serve --agent-id a,b", "--agent-id"},
        {"serve --no-such-flag", "--no-such-flag"},
        {"sync-daemon", "--peers"},
        {"sync-daemon --peers http://a:1 --interval 0", "--interval"},
        {"dance", "subcommand"},
        {"", "subcommand"},
    };
    for (const auto& [line, names] : table) {
        const auto options =
            parse(std::string(line) + (std::string(line).empty() ? "" : " --db /tmp/x.db"));
        ASSERT_FALSE(options) << line;
        EXPECT_EQ(options.error().status, 2) << line;
        EXPECT_NE(options.error().text.find(names), std::string::npos)
            << line << " -> " << options.error().text;
    }
}

TEST(NodeOptions, HelpShowsAnExample) {
    for (const char* line : {"serve --help", "sync-daemon --help"}) {
        const auto options = parse(line);
        ASSERT_FALSE(options);
        EXPECT_EQ(options.error().status, 0);
        EXPECT_NE(options.error().text.find("Example"), std::string::npos);
    }
}

}  // namespace
}  // namespace aimem
