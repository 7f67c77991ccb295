// Three real nodes that speak TLS to each other: a private CA, client certificates in an allowlist,
// an API key. Who is not listed gets nothing; who is listed speaks for itself only.
#include "federation/http/client.h"
#include "federation/http/tls.h"
#include "federation/replication/wire.h"
#include "tests/federation/http/test_certs.h"
#include "tests/support/eventually.h"
#include "tests/support/mesh.h"
#include "tests/support/run_awaitable.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <fstream>

namespace aimem::http {
namespace {

using nlohmann::json;
using test::eventually;
using test::Millis;
using testing::CertFiles;
using testing::TestCa;

constexpr std::size_t kNodes = 3;
constexpr Millis kSoon{20'000};
const std::string kKey = "open-sesame";

struct Node {
    test::PortLease lease{};
    CertFiles certs{};
    std::optional<test::Process> process{};
};

class TlsNodes : public ::testing::Test {
protected:
    void SetUp() override {
        std::filesystem::create_directories(folder_ / "config" / "ai-memory");
        std::ofstream(folder_ / "config" / "ai-memory" / "config.toml")
            << "api_key = \"" << kKey << "\"\n";
        for (std::size_t i = 0; i < kNodes; ++i)
            nodes_[i].certs = ca_.issue("node" + std::to_string(i), "IP:127.0.0.1");
        list({&nodes_[0].certs, &nodes_[1].certs, &nodes_[2].certs, &person_});
        for (std::size_t i = 0; i < kNodes; ++i) start(i);
        for (std::size_t i = 0; i < kNodes; ++i)
            ASSERT_TRUE(eventually(kSoon, [&] { return ask(i, "/api/v1/health") == 200; }))
                << log(i);
    }

    void list(const std::vector<const CertFiles*>& certs) {
        std::string text = "# who may connect\n";
        for (const CertFiles* one : certs) text += "sha256:" + fingerprint(*one) + "\n";
        allowlist_ = ca_.write("allowlist", text);
    }
    static std::string fingerprint(const CertFiles& certs) {
        return pem_fingerprint(testing::read_text(certs.cert)).value();
    }
    std::string url(std::size_t i) const {
        return "https://127.0.0.1:" + std::to_string(nodes_[i].lease.port());
    }
    std::string log(std::size_t i) const {
        return test::read_file(folder_ / ("log" + std::to_string(i)));
    }
    void start(std::size_t i) {
        std::string peers;
        for (std::size_t to = 0; to < kNodes; ++to)
            if (to != i) peers += (peers.empty() ? "" : ",") + url(to);
        test::Command command;
        command.argv = {AIMEM_NODE,
                        "serve",
                        "--host",
                        "127.0.0.1",
                        "--port",
                        std::to_string(nodes_[i].lease.port()),
                        "--db",
                        (folder_ / ("node" + std::to_string(i) + ".db")).string(),
                        "--tls-cert",
                        nodes_[i].certs.cert,
                        "--tls-key",
                        nodes_[i].certs.key,
                        "--mtls-allowlist",
                        allowlist_,
                        "--quorum-client-cert",
                        nodes_[i].certs.cert,
                        "--quorum-client-key",
                        nodes_[i].certs.key,
                        "--quorum-ca-cert",
                        ca_.ca_file(),
                        "--quorum-writes",
                        "3",
                        "--quorum-peers",
                        peers,
                        "--quorum-timeout-ms",
                        "10000",
                        "--catchup-interval-secs",
                        "1"};
        command.env = test::clean_environment(folder_.path());
        command.env["AI_MEMORY_NO_CONFIG"] = "";
        command.env["XDG_CONFIG_HOME"] = (folder_ / "config").string();
        command.stderr_file = folder_ / ("log" + std::to_string(i));
        nodes_[i].process.emplace(command);
    }

    Client connect(std::size_t i, const CertFiles* certs) {
        ClientTlsFiles files;
        files.ca = ca_.ca_file();
        if (certs != nullptr) {
            files.cert = certs->cert;
            files.key = certs->key;
        }
        return Client(io_.get_executor(), parse_url(url(i)).value(),
                      ClientTls::load(files).value());
    }
    ClientResult request(Client& client, Verb verb, const std::string& path,
                         std::string body = {}) {
        const Headers headers{{"content-type", "application/json"}, {"x-api-key", kKey}};
        return testing::run(io_,
                            client.request(verb, path, headers, std::move(body), Millis(15'000)));
    }
    // The status, 0 when there is no answer.
    int ask(std::size_t i, const std::string& path) {
        Client client = connect(i, &person_);
        const auto answer = request(client, Verb::get, path);
        return answer ? answer->status : 0;
    }
    std::string store(std::size_t i, const std::string& title) {
        Client client = connect(i, &person_);
        const json body{{"title", title}, {"content", "text"}};
        const auto answer = request(client, Verb::post, "/api/v1/memories", body.dump());
        EXPECT_TRUE(answer) << answer.error().message;
        if (!answer) return {};
        EXPECT_EQ(answer->status, 201) << answer->body << log(i);
        return answer->status == 201 ? json::parse(answer->body).at("id").get<std::string>() : "";
    }
    // A push in the name of that node with one row, under somebody's certificate.
    int push_as(const std::string& node, const CertFiles& certs) {
        Identity self;
        self.node = node;
        self.epoch = "00000000000000ab";
        const PushHead head{"host:x", self, 1, 0, 0};
        Client client = connect(0, &certs);
        const auto answer = request(client, Verb::post, "/api/v1/sync/push",
                                    encode_push(head, Tongue::ours, "", ""));
        return answer ? answer->status : 0;
    }
    std::string node_id(std::size_t i) {
        Client client = connect(i, &person_);
        return json::parse(request(client, Verb::get, "/api/v1/health")->body)
            .at("node")
            .get<std::string>();
    }
    void reload(std::size_t i) {
        const auto before = log(i).size();
        nodes_[i].process->signal(SIGHUP);
        ASSERT_TRUE(eventually(kSoon, [&] {
            return log(i).find("tls.reload", before) != std::string::npos;
        })) << log(i);
    }

    test::TempDir folder_;
    TestCa ca_;
    CertFiles person_ = ca_.issue("person", "DNS:person");
    CertFiles stranger_ = ca_.issue("stranger", "DNS:stranger");
    std::string allowlist_{};
    std::array<Node, kNodes> nodes_{};
    boost::asio::io_context io_{1};
};

TEST_F(TlsNodes, AWriteIsOnAllThreeUnderCertificatesAndKeys) {
    const std::string id = store(0, "over TLS");
    for (std::size_t i = 0; i < kNodes; ++i) EXPECT_EQ(ask(i, "/api/v1/memories/" + id), 200) << i;
    Client unlisted = connect(0, &stranger_);
    EXPECT_FALSE(request(unlisted, Verb::get, "/api/v1/health")) << "refused in the handshake";
    Client nameless = connect(0, nullptr);
    EXPECT_FALSE(request(nameless, Verb::get, "/api/v1/health"));
    Client keyless = connect(0, &person_);
    const auto answer = testing::run(
        io_, keyless.request(Verb::get, "/api/v1/memories", Headers(), {}, Millis(15'000)));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 401) << "the key is wanted beside the certificate";
}

TEST_F(TlsNodes, TheAllowlistIsReadAgainAtSighup) {
    Client before = connect(0, &person_);
    EXPECT_EQ(request(before, Verb::get, "/api/v1/health")->status, 200);
    list({&nodes_[0].certs, &nodes_[1].certs, &nodes_[2].certs, &stranger_});
    reload(0);
    Client newcomer = connect(0, &stranger_);
    const auto welcome = request(newcomer, Verb::get, "/api/v1/health");
    ASSERT_TRUE(welcome) << welcome.error().message;
    EXPECT_EQ(welcome->status, 200);
    const auto still = request(before, Verb::get, "/api/v1/health");
    EXPECT_TRUE(!still || still->status == 403) << "its connection was open, and it is not listed";
    Client again = connect(0, &person_);
    EXPECT_FALSE(request(again, Verb::get, "/api/v1/health"));
    // A list that cannot be read changes nothing.
    ca_.write("allowlist", "no fingerprint\n");
    reload(0);
    Client yet = connect(0, &stranger_);
    EXPECT_EQ(request(yet, Verb::get, "/api/v1/health")->status, 200);
}

TEST_F(TlsNodes, ANodesIdBelongsToItsCertificate) {
    store(1, "so that node 0 has heard of node 1");
    const std::string id = node_id(1);
    EXPECT_EQ(push_as(id, person_), 403) << "listed, and not that node";
    EXPECT_NE(log(0).find("peer.impostor"), std::string::npos);
    EXPECT_EQ(push_as(id, nodes_[1].certs), 200) << "the control";
    EXPECT_EQ(push_as("11111111-2222-4333-8444-555555555555", person_), 200) << "a new node";
    EXPECT_EQ(push_as("11111111-2222-4333-8444-555555555555", stranger_), 0);
    // After a restart it still knows; once the old certificate is off the list, another may come.
    EXPECT_EQ(nodes_[0].process->stop(Millis(10'000)), 0);
    start(0);
    ASSERT_TRUE(eventually(kSoon, [&] { return ask(0, "/api/v1/health") == 200; })) << log(0);
    EXPECT_EQ(push_as(id, person_), 403);
    list({&nodes_[0].certs, &nodes_[2].certs, &person_});
    reload(0);
    EXPECT_EQ(push_as(id, person_), 200);
    EXPECT_NE(log(0).find("peer.new_certificate"), std::string::npos);
}

}  // namespace
}  // namespace aimem::http
