// Under mTLS a node is its own id and the certificate it comes with: who is merely listed cannot
// speak for another. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/api/api.h"

#include <string>

namespace aimem::api {

// Whether the holder of this certificate may push as that node. A node's id belongs to the
// certificate it first came with, for as long as that one is in the allowlist; it is noted in the
// file. Without a certificate: true.
boost::asio::awaitable<bool> may_speak_for(Services& services, std::string node,
                                           std::string fingerprint);

}  // namespace aimem::api
