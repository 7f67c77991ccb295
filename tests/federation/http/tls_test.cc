#include "federation/http/tls.h"

#include "tests/federation/http/http_fixture.h"
#include "tests/federation/http/test_certs.h"

#include <openssl/evp.h>

namespace aimem::http {
namespace {

using Kind = ClientError::Kind;
using testing::CertFiles;
using testing::TestCa;

class TlsTest : public HttpFixture {
protected:
    ServerTlsFiles server_files(const std::string& allowlist = {}) const {
        ServerTlsFiles files;
        files.cert = node_.cert;
        files.key = node_.key;
        files.allowlist = allowlist;
        return files;
    }
    std::shared_ptr<ServerTls> server_tls(const std::string& allowlist = {}) {
        return ServerTls::load(server_files(allowlist)).value();
    }
    std::string allowlist_of(const CertFiles& peer) {
        return ca_.write("allowlist", "# peers\n" + fingerprint(peer) + " # one\n");
    }
    std::string fingerprint(const CertFiles& peer) {
        return pem_fingerprint(testing::read_text(peer.cert)).value();
    }
    Client secure(const ClientTlsFiles& files, const std::string& host = "127.0.0.1") {
        return Client(io_.get_executor(), parse_url(base("https", host)).value(),
                      ClientTls::load(files).value());
    }
    ClientTlsFiles trusting() {
        ClientTlsFiles files;
        files.ca = ca_.ca_file();
        return files;
    }
    ClientTlsFiles trusting_with(const CertFiles& own) {
        ClientTlsFiles files = trusting();
        files.cert = own.cert;
        files.key = own.key;
        return files;
    }

    TestCa ca_;
    CertFiles node_ = ca_.issue("node", "DNS:localhost,IP:127.0.0.1");
    CertFiles peer_ = ca_.issue("peer", "DNS:peer");
    CertFiles stranger_ = ca_.issue("stranger", "DNS:stranger");
};

TEST_F(TlsTest, SpeaksToAServerItTrusts) {
    start({}, server_tls());
    for (const char* host : {"127.0.0.1", "localhost"}) {
        auto c = secure(trusting(), host);
        for (int i = 0; i < 3; ++i) {
            const auto answer = ask(c, Verb::get, "/hello");
            ASSERT_TRUE(answer) << answer.error().message;
            EXPECT_EQ(answer->body, R"({"hello":"world"})");
        }
        EXPECT_EQ(server_->connections(), 1u);
        const auto big = ask(c, Verb::post, "/echo", std::string(1'000'000, 'x'));
        ASSERT_TRUE(big) << big.error().message;
        EXPECT_EQ(big->body.size(), 1'000'000u);
        EXPECT_EQ(big->header("x-fingerprint"), "");
        c.close();
        EXPECT_TRUE(testing::run_until(io_, [&] { return server_->connections() == 0; }));
    }
}

TEST_F(TlsTest, RefusesAServerSignedByAnother) {
    start({}, server_tls());
    const TestCa other;
    ClientTlsFiles files;
    files.ca = other.ca_file();
    auto c = secure(files);
    const auto answer = ask(c, Verb::get, "/hello");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, Kind::tls) << answer.error().message;
    EXPECT_NE(answer.error().message.find("certificate"), std::string::npos)
        << answer.error().message;
    files.insecure = true;
    auto careless = secure(files);
    EXPECT_TRUE(ask(careless, Verb::get, "/hello"));
}

TEST_F(TlsTest, RefusesAServerOfAnotherName) {
    node_ = ca_.issue("elsewhere", "DNS:elsewhere,IP:10.1.1.1");
    start({}, server_tls());
    for (const char* host : {"127.0.0.1", "localhost"}) {
        auto c = secure(trusting(), host);
        const auto answer = ask(c, Verb::get, "/hello");
        ASSERT_FALSE(answer) << host;
        EXPECT_EQ(answer.error().kind, Kind::tls) << answer.error().message;
    }
}

TEST_F(TlsTest, PlainAndTlsDoNotMix) {
    start({}, server_tls());
    auto plain = client();
    EXPECT_FALSE(ask(plain, Verb::get, "/hello"));
    server_.reset();
    start();
    auto tls = secure(trusting());
    const auto answer = ask(tls, Verb::get, "/hello");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, Kind::tls) << answer.error().message;
}

TEST_F(TlsTest, AnUrlWithHttpsNeedsTlsSettings) {
    start({}, server_tls());
    Client c(io_.get_executor(), parse_url(base("https")).value());
    const auto answer = ask(c, Verb::get, "/hello");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, Kind::tls);
}

TEST_F(TlsTest, AListedClientIsServedAndKnown) {
    start({}, server_tls(allowlist_of(peer_)));
    auto c = secure(trusting_with(peer_));
    const auto answer = ask(c, Verb::post, "/echo", "x");
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->header("x-fingerprint"), fingerprint(peer_));
}

TEST_F(TlsTest, AnUnlistedOrAbsentClientCertificateIsRefused) {
    start({}, server_tls(allowlist_of(peer_)));
    for (const auto& files : {trusting_with(stranger_), trusting()}) {
        auto c = secure(files);
        const auto answer = ask(c, Verb::get, "/hello");
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().kind, Kind::tls) << answer.error().message;
    }
    auto good = secure(trusting_with(peer_));
    EXPECT_TRUE(ask(good, Verb::get, "/hello"));
}

TEST_F(TlsTest, TheChainOfAListedClientDoesNotMatter) {
    TestCa unknown;
    const CertFiles foreign = unknown.issue("foreign", "DNS:foreign");
    start({}, server_tls(allowlist_of(foreign)));
    auto c = secure(trusting_with(foreign));
    EXPECT_TRUE(ask(c, Verb::get, "/hello"));
}

TEST_F(TlsTest, ReloadChangesWhoMayComeIn) {
    auto tls = server_tls(allowlist_of(peer_));
    start({}, tls);
    auto old_peer = secure(trusting_with(peer_));
    auto newcomer = secure(trusting_with(stranger_));
    ASSERT_TRUE(ask(old_peer, Verb::get, "/hello"));
    ASSERT_FALSE(ask(newcomer, Verb::get, "/hello"));
    allowlist_of(stranger_);
    ASSERT_TRUE(tls->reload());
    EXPECT_TRUE(ask(newcomer, Verb::get, "/hello"));
    EXPECT_TRUE(ask(old_peer, Verb::get, "/hello")) << "an open connection stays";
    old_peer.close();
    EXPECT_FALSE(ask(old_peer, Verb::get, "/hello"));

    ca_.write("allowlist", "nonsense\n");
    const auto bad = tls->reload();
    ASSERT_FALSE(bad);
    EXPECT_NE(bad.error().message.find("line 1"), std::string::npos);
    newcomer.close();
    EXPECT_TRUE(ask(newcomer, Verb::get, "/hello")) << "a failed reload keeps the old list";
}

TEST_F(TlsTest, ASlowHandshakeIsCutOff) {
    ServerOptions options;
    options.request_timeout = milliseconds(60);
    start(options, server_tls());
    EXPECT_EQ(raw({"\x16"}), "");
    EXPECT_TRUE(testing::run_until(io_, [&] { return server_->connections() == 0; }));
}

TEST_F(TlsTest, StopDrainsTlsToo) {
    start({}, server_tls());
    auto c = secure(trusting());
    ASSERT_TRUE(ask(c, Verb::get, "/hello"));
    testing::run(io_, server_->stop(kPlenty));
    EXPECT_EQ(server_->connections(), 0u);
}

void expect_refusal(const Error& error, const std::string& text) {
    EXPECT_EQ(error.code, Errc::invalid_argument);
    EXPECT_NE(error.message.find(text), std::string::npos) << error.message;
}

TEST_F(TlsTest, SaysWhatIsWrongWithTheServersFiles) {
    ServerTlsFiles files = server_files();
    files.cert = "/no/such/file";
    expect_refusal(ServerTls::load(files).error(), "failed to read TLS cert from /no/such/file");
    files = server_files();
    files.key = "/no/such/file";
    expect_refusal(ServerTls::load(files).error(), "failed to read TLS key from /no/such/file");
    files = server_files();
    files.cert = ca_.write("empty", "");
    expect_refusal(ServerTls::load(files).error(), "TLS cert PEM contained no certificates");
    files.cert = ca_.write("bad", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    expect_refusal(ServerTls::load(files).error(), "failed to parse TLS cert PEM");
    files = server_files();
    files.key = ca_.write("empty", "");
    expect_refusal(ServerTls::load(files).error(), "failed to parse TLS key PEM");
    files.key = peer_.key;
    expect_refusal(ServerTls::load(files).error(), "failed to parse TLS cert/key");
    files = server_files("/no/such/file");
    expect_refusal(ServerTls::load(files).error(),
                   "failed to read mTLS allowlist from /no/such/file");
    files.allowlist = ca_.write("nobody", "# nobody\n");
    expect_refusal(ServerTls::load(files).error(), "is empty");
    expect_refusal(ServerTls::load(files).error(), "refuse to start");
    files.allowlist = ca_.write("typo", "\nxyz\n");
    expect_refusal(ServerTls::load(files).error(), "mTLS allowlist line 2: unexpected character");
    files.cert = "/";
    EXPECT_FALSE(ServerTls::load(files));
}

TEST_F(TlsTest, SaysWhatIsWrongWithTheClientsFiles) {
    ClientTlsFiles files;
    files.ca = "/no/such/file";
    expect_refusal(ClientTls::load(files).error(), "failed to read CA cert from /no/such/file");
    files.ca = ca_.write("empty", "");
    expect_refusal(ClientTls::load(files).error(), "CA cert PEM contained no certificates");
    files = ClientTlsFiles();
    files.cert = peer_.cert;
    expect_refusal(ClientTls::load(files).error(), "must be given together");
    files.key = stranger_.key;
    expect_refusal(ClientTls::load(files).error(), "failed to parse client cert/key");
    EXPECT_TRUE(ClientTls::load(ClientTlsFiles()));
}

}  // namespace
}  // namespace aimem::http
