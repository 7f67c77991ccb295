#include "federation/api/certificates.h"

#include "store/base/log.h"
#include "store/log/upkeep.h"

namespace aimem::api {
namespace {

namespace net = boost::asio;

constexpr std::size_t kCertificatesMax = 1024;  // kept in memory; the file has them all

net::awaitable<std::string> noted_certificate(Services& services, std::string node) {
    auto ask = [node = std::move(node)](Store& store) {
        std::string out;
        (void)store.look([&](sqlite::Database& db) { out = certificate_of(db, node); });
        return out;
    };
    co_return co_await services.store.read(std::move(ask));
}

}  // namespace

net::awaitable<bool> may_speak_for(Services& services, std::string node, std::string fingerprint) {
    if (fingerprint.empty()) co_return true;
    const auto known = services.certificates.find(node);
    if (known != services.certificates.end() && known->second == fingerprint) co_return true;
    const std::string owner = co_await noted_certificate(services, node);
    if (!owner.empty() && owner != fingerprint) {
        if (services.lists && services.lists(owner)) {
            if (services.impostors.insert(node + fingerprint).second)
                log::error("peer.impostor",
                           "node={} certificate={} this id belongs to certificate {}, which is "
                           "still listed",
                           node, fingerprint, owner);
            co_return false;
        }
        log::warn("peer.new_certificate", "node={} certificate={} was={}", node, fingerprint,
                  owner);
    }
    if (owner != fingerprint) {
        auto work = [node, fingerprint](Registers& registers) {
            note_certificate(registers, node, fingerprint);
        };
        const auto done = co_await services.store.upkeep(std::move(work));
        if (!done) co_return false;
    }
    if (services.certificates.size() >= kCertificatesMax) services.certificates.clear();
    services.certificates[node] = fingerprint;
    co_return true;
}

}  // namespace aimem::api
