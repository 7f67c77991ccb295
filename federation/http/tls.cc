#include "federation/http/tls.h"

#include "federation/http/tls_context.h"
#include "store/base/log.h"

#include <boost/asio/ip/address.hpp>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

namespace aimem::http {
namespace {

constexpr std::size_t kPemFileMax = 1u << 20;
constexpr std::size_t kFingerprintDigits = 64;
constexpr std::size_t kShownDigits = 12;  // enough to find a certificate, too few to list it
constexpr std::chrono::seconds kRefusalLogInterval{1};
constexpr std::array<unsigned char, 9> kHttp11{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};  // ALPN

template <auto Free>
struct FreeWith {
    template <typename T>
    void operator()(T* object) const {
        Free(object);
    }
};
using Bio = std::unique_ptr<BIO, FreeWith<BIO_free>>;
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;

std::string openssl_reason() {
    const auto code = ERR_peek_last_error();
    const char* text = code != 0 ? ERR_reason_error_string(code) : nullptr;
    ERR_clear_error();
    return text != nullptr ? text : "unknown reason";
}

Result<std::string> read_file(const std::string& what, const std::string& path) {
    const auto trouble = [&](const std::string& why) {
        return fail(Errc::invalid_argument,
                    "failed to read " + what + " from " + path + ": " + why);
    };
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) return trouble(std::system_category().message(errno));
    std::string text(kPemFileMax + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad()) return trouble(std::system_category().message(errno));
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > kPemFileMax) return trouble("larger than 1 MiB");
    return text;
}

Bio bio_of(std::string_view text) {
    return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// All certificates of a PEM text, in order. `what` begins the sentence of a failure.
Result<std::vector<Certificate>> parse_certificates(const std::string& what, std::string_view pem) {
    ERR_clear_error();
    const Bio bio = bio_of(pem);
    std::vector<Certificate> chain;
    while (auto* next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr))
        chain.emplace_back(next);
    const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (!at_end)
        return fail(Errc::invalid_argument,
                    "failed to parse " + what + " PEM: " + openssl_reason());
    ERR_clear_error();
    if (chain.empty()) return fail(Errc::invalid_argument, what + " PEM contained no certificates");
    return chain;
}

// Never asks on the terminal for the password of an encrypted key.
int no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*user*/) {
    return 0;
}

Result<void> use_identity(SSL_CTX* context, const std::string& owner, const std::string& cert_path,
                          const std::string& key_path) {
    const auto cert_pem = read_file(owner + " cert", cert_path);
    if (!cert_pem) return fail(cert_pem.error());
    const auto key_pem = read_file(owner + " key", key_path);
    if (!key_pem) return fail(key_pem.error());
    const auto chain = parse_certificates(owner + " cert", *cert_pem);
    if (!chain) return fail(chain.error().code, chain.error().message + " (" + cert_path + ")");

    const auto trouble = [&](const std::string& what) {
        return fail(Errc::invalid_argument, "failed to parse " + owner + " " + what + ": " +
                                                openssl_reason() + " (" + cert_path + ", " +
                                                key_path + ")");
    };
    if (SSL_CTX_use_certificate(context, chain->front().get()) != 1) return trouble("cert/key");
    for (std::size_t i = 1; i < chain->size(); ++i)
        if (SSL_CTX_add1_chain_cert(context, (*chain)[i].get()) != 1) return trouble("cert/key");
    const Bio bio = bio_of(*key_pem);
    const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
    if (!key) return trouble("key PEM");
    if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1)
        return trouble("cert/key");
    return {};
}

std::string hex(const unsigned char* bytes, std::size_t count) {
    static constexpr std::string_view kHex = "0123456789abcdef";
    std::string out;
    out.reserve(count * 2);
    for (std::size_t i = 0; i < count; ++i) {
        out += kHex[bytes[i] >> 4];
        out += kHex[bytes[i] & 15];
    }
    return out;
}

std::string fingerprint(const X509* certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
    return hex(digest.data(), size);
}

// Stands in for OpenSSL's whole verification of a client's chain.
int verify_listed(X509_STORE_CTX* store, void* user) {
    auto& tls = *static_cast<TlsContext*>(user);
    const X509* certificate = X509_STORE_CTX_get0_cert(store);
    const std::string digits = certificate != nullptr ? fingerprint(certificate) : std::string();
    if (tls.allowlist.contains(digits)) {
        X509_STORE_CTX_set_error(store, X509_V_OK);
        return 1;
    }
    const auto now = std::chrono::steady_clock::now();
    if (now >= tls.next_refusal_log) {
        tls.next_refusal_log = now + kRefusalLogInterval;
        log::warn("tls.client_refused", "fingerprint={}… why=\"not in the mTLS allowlist\"",
                  digits.substr(0, kShownDigits));
    }
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return 0;
}

// NOLINTNEXTLINE(readability-function-size): OpenSSL's signature
int choose_http11(SSL* /*connection*/, const unsigned char** out, unsigned char* out_size,
                  const unsigned char* offered, unsigned offered_size, void* /*user*/) {
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, out_size, kHttp11.data(), kHttp11.size(), offered,
                              offered_size) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

Result<std::shared_ptr<TlsContext>> make_server_context(const ServerTlsFiles& files) {
    auto tls = std::make_shared<TlsContext>(boost::asio::ssl::context::tls_server);
    SSL_CTX* context = tls->context.native_handle();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    // No resumption: it would skip the look into the allowlist, and our connections are kept alive.
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(context, choose_http11, nullptr);
    if (auto done = use_identity(context, "TLS", files.cert, files.key); !done)
        return fail(done.error());
    if (files.allowlist.empty()) return tls;

    const auto text = read_file("mTLS allowlist", files.allowlist);
    if (!text) return fail(text.error());
    auto listed = parse_allowlist(*text);
    if (!listed) return fail(listed.error());
    if (listed->empty())
        return fail(Errc::invalid_argument, "mTLS allowlist " + files.allowlist +
                                                " is empty: refuse to start, as no client could "
                                                "connect");
    tls->allowlist = std::move(*listed);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_cert_verify_callback(context, verify_listed, tls.get());
    return tls;
}

Result<void> trust(SSL_CTX* context, const std::string& path) {
    const auto pem = read_file("CA cert", path);
    if (!pem) return fail(pem.error());
    const auto roots = parse_certificates("CA cert", *pem);
    if (!roots) return fail(roots.error().code, roots.error().message + " (" + path + ")");
    X509_STORE* store = SSL_CTX_get_cert_store(context);
    for (const Certificate& root : *roots) {
        if (X509_STORE_add_cert(store, root.get()) != 1)
            return fail(Errc::invalid_argument,
                        "failed to parse CA cert PEM: " + openssl_reason() + " (" + path + ")");
    }
    return {};
}

Result<std::shared_ptr<TlsContext>> make_client_context(const ClientTlsFiles& files) {
    if (files.cert.empty() != files.key.empty())
        return fail(Errc::invalid_argument,
                    "client cert and client key must be given together: only the " +
                        std::string(files.cert.empty() ? "key" : "cert") + " is there");
    auto tls = std::make_shared<TlsContext>(boost::asio::ssl::context::tls_client);
    SSL_CTX* context = tls->context.native_handle();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_alpn_protos(context, kHttp11.data(), kHttp11.size());
    tls->verifies_names = !files.insecure;
    SSL_CTX_set_verify(context, files.insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
    // A machine without system roots may still have a CA.
    if (files.roots) SSL_CTX_set_default_verify_paths(context);
    if (!files.ca.empty()) {
        if (auto done = trust(context, files.ca); !done) return fail(done.error());
    }
    if (!files.cert.empty()) {
        if (auto done = use_identity(context, "client", files.cert, files.key); !done)
            return fail(done.error());
    }
    return tls;
}

// "" or what is wrong; appends the digits in lower case.
std::string collect_digits(std::string_view text, std::string& digits) {
    for (const char c : text) {
        if (c == ':') continue;
        const bool upper = c >= 'A' && c <= 'F';
        if (!upper && !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
            const auto byte = static_cast<unsigned char>(c);
            const bool printable = byte > 0x20 && byte < 0x7F;
            std::string wrong("unexpected character ");  // += : "x" + string upsets g++ 12 at -O3
            wrong += printable ? std::string{'\'', c, '\''} : "0x" + hex(&byte, 1);
            return wrong;
        }
        digits += upper ? static_cast<char>(c - 'A' + 'a') : c;
    }
    if (digits.size() != kFingerprintDigits)
        return "expected 64 hex chars (SHA-256), got " + std::to_string(digits.size());
    return {};
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

}  // namespace

Result<Allowlist> parse_allowlist(std::string_view text) {
    static constexpr std::string_view kPrefix = "sha256:";
    Allowlist listed;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        line = trim(line.substr(0, line.find('#')));
        if (line.empty()) continue;
        if (line.starts_with(kPrefix)) line.remove_prefix(kPrefix.size());
        std::string digits;
        if (const auto wrong = collect_digits(line, digits); !wrong.empty())
            return fail(Errc::invalid_argument,
                        "mTLS allowlist line " + std::to_string(number) + ": " + wrong);
        listed.insert(std::move(digits));
    }
    return listed;
}

Result<std::string> pem_fingerprint(std::string_view pem) {
    const auto chain = parse_certificates("TLS cert", pem);
    if (!chain) return fail(chain.error());
    return fingerprint(chain->front().get());
}

ServerTls::ServerTls(ServerTlsFiles files, std::shared_ptr<TlsContext> context)
    : files_(std::move(files)),
      current_(std::move(context)) {}

Result<std::shared_ptr<ServerTls>> ServerTls::load(ServerTlsFiles files) {
    auto context = make_server_context(files);
    if (!context) return fail(context.error());
    return std::shared_ptr<ServerTls>(new ServerTls(std::move(files), std::move(*context)));
}

Result<void> ServerTls::reload() {
    auto context = make_server_context(files_);
    if (!context) return fail(context.error());
    current_ = std::move(*context);
    return {};
}

std::size_t ServerTls::listed() const noexcept {
    return current_->allowlist.size();
}

bool ServerTls::lists(std::string_view fingerprint) const noexcept {
    return current_->allowlist.contains(fingerprint);
}

ClientTls::ClientTls(ClientTlsFiles files, std::shared_ptr<TlsContext> context)
    : files_(std::move(files)),
      current_(std::move(context)) {}

Result<std::shared_ptr<ClientTls>> ClientTls::load(ClientTlsFiles files) {
    auto context = make_client_context(files);
    if (!context) return fail(context.error());
    return std::shared_ptr<ClientTls>(new ClientTls(std::move(files), std::move(*context)));
}

Result<void> ClientTls::reload() {
    auto context = make_client_context(files_);
    if (!context) return fail(context.error());
    current_ = std::move(*context);
    return {};
}

bool expect_server(SSL* connection, const TlsContext& tls, const std::string& host) {
    boost::system::error_code not_literal;
    boost::asio::ip::make_address(host, not_literal);
    const bool is_name = not_literal.failed();
    std::string name = host;  // the macro SSL_set_tlsext_host_name, without its C cast
    if (is_name && SSL_ctrl(connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                            name.data()) != 1)
        return false;
    if (!tls.verifies_names) return true;
    if (is_name) return SSL_set1_host(connection, host.c_str()) == 1;
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), host.c_str()) == 1;
}

std::string client_fingerprint(const SSL* connection) {
    const Certificate certificate(SSL_get1_peer_certificate(connection));
    return certificate ? fingerprint(certificate.get()) : std::string();
}

}  // namespace aimem::http
