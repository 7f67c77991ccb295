// TLS for both ends, from PEM files. Everything is read and checked when loaded, with a sentence
// that names the file and the trouble; nothing is read afterwards but by reload(). TLS 1.2 or
// newer, ALPN "http/1.1". With an allowlist the server demands a client certificate and accepts
// exactly those whose SHA-256 over the DER is listed: chain, dates and names play no part
// (facts/federation.md 1.6). I/O thread only. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace aimem::http {

struct TlsContext;  // tls_context.h; only server.cc, client.cc and tls.cc look inside

using Allowlist = std::set<std::string, std::less<>>;  // 64 lower-case hex digits each

// One fingerprint a line: optional "sha256:", hex digits of any case, ':' anywhere between them,
// blank lines and '#' comments. Fails with the number of the first bad line; an empty list is the
// caller's matter.
Result<Allowlist> parse_allowlist(std::string_view text);

// Hex SHA-256 of the DER of the first certificate in a PEM text.
Result<std::string> pem_fingerprint(std::string_view pem);

struct ServerTlsFiles {
    std::string cert{};
    std::string key{};
    std::string allowlist{};  // empty: any client may connect
};

struct ClientTlsFiles {
    std::string ca{};    // empty: the system's roots only
    std::string cert{};  // cert and key: both or neither
    std::string key{};
    bool insecure = false;  // accept any server certificate
    bool roots = true;      // read the system's: a tenth of a second, which plain http can spare
};

class ServerTls {
public:
    static Result<std::shared_ptr<ServerTls>> load(ServerTlsFiles files);

    // Reads the files again, for connections accepted from now on. On failure the old ones stay.
    Result<void> reload();

    bool mutual() const noexcept { return !files_.allowlist.empty(); }
    std::size_t listed() const noexcept;  // clients in the allowlist
    bool lists(std::string_view fingerprint) const noexcept;
    const std::shared_ptr<TlsContext>& current() const noexcept { return current_; }

private:
    ServerTls(ServerTlsFiles files, std::shared_ptr<TlsContext> context);

    ServerTlsFiles files_;
    std::shared_ptr<TlsContext> current_;  // shared: a connection keeps the one it began with
};

class ClientTls {
public:
    static Result<std::shared_ptr<ClientTls>> load(ClientTlsFiles files);

    // Reads the files again, for connections made from now on. On failure the old ones stay.
    Result<void> reload();

    const std::shared_ptr<TlsContext>& current() const noexcept { return current_; }

private:
    ClientTls(ClientTlsFiles files, std::shared_ptr<TlsContext> context);

    ClientTlsFiles files_;
    std::shared_ptr<TlsContext> current_;
};

}  // namespace aimem::http
