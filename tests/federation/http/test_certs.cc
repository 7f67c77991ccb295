#include "tests/federation/http/test_certs.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace aimem::testing {
namespace {

template <auto Free>
struct FreeWith {
    template <typename T>
    void operator()(T* object) const {
        Free(object);
    }
};
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using File = std::unique_ptr<std::FILE, FreeWith<std::fclose>>;

constexpr long kDaySeconds = 86'400;

void need(bool ok, const char* what) {
    if (!ok) throw std::runtime_error(std::string("test_certs: ") + what);
}

Key make_key() {
    Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    need(key != nullptr, "key");
    return key;
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>> extension(
        X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    need(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

Certificate make_certificate(const std::string& name, EVP_PKEY* key, long serial) {
    Certificate certificate(X509_new());
    need(certificate != nullptr, "certificate");
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kDaySeconds);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kDaySeconds);
    X509_set_pubkey(certificate.get(), key);
    const auto* text = reinterpret_cast<const unsigned char*>(name.c_str());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC, text,
                               -1, -1, 0);
    return certificate;
}

void write_certificate(const std::filesystem::path& path, X509* certificate) {
    const File file(std::fopen(path.c_str(), "w"));
    need(file && PEM_write_X509(file.get(), certificate) == 1, "write certificate");
}

}  // namespace

struct TestCa::Impl {
    Key key = make_key();
    Certificate certificate = make_certificate("test CA", key.get(), 1);
    long next_serial = 2;
};

TestCa::TestCa() : impl_(std::make_unique<Impl>()) {
    std::string pattern = (std::filesystem::temp_directory_path() / "aimem-certs-XXXXXX").string();
    need(::mkdtemp(pattern.data()) != nullptr, "folder");
    folder_ = pattern;
    X509* self = impl_->certificate.get();
    X509_set_issuer_name(self, X509_get_subject_name(self));
    add_extension(self, self, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(self, self, NID_key_usage, "critical,keyCertSign");
    need(X509_sign(self, impl_->key.get(), EVP_sha256()) > 0, "sign");
    write_certificate(folder_ / "ca.pem", self);
}

TestCa::~TestCa() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

std::string TestCa::ca_file() const {
    return (folder_ / "ca.pem").string();
}

CertFiles TestCa::issue(const std::string& name, const std::string& subject_alt_name) {
    const Key key = make_key();
    const Certificate certificate = make_certificate(name, key.get(), impl_->next_serial++);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(impl_->certificate.get()));
    add_extension(certificate.get(), impl_->certificate.get(), NID_subject_alt_name,
                  subject_alt_name);
    need(X509_sign(certificate.get(), impl_->key.get(), EVP_sha256()) > 0, "sign");
    CertFiles files;
    files.cert = (folder_ / (name + ".pem")).string();
    files.key = (folder_ / (name + ".key")).string();
    write_certificate(files.cert, certificate.get());
    const File file(std::fopen(files.key.c_str(), "w"));
    need(file && PEM_write_PrivateKey(file.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                      nullptr) == 1,
         "write key");
    return files;
}

std::string TestCa::write(const std::string& name, const std::string& text) {
    const auto path = folder_ / name;
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
}

std::string read_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace aimem::testing
