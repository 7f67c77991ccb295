// The shell around OldPull: asks a peer of 0.6.3 for its rows, stores them, and writes down how far
// it came. I/O thread only; JSON is read on the store's reader threads. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include "federation/legacy/pull.h"
#include "federation/replication/comparer.h"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace aimem {

struct OldPeerState {  // see OldPull::peer_is
    bool answers = false;
    bool settled = false;
    std::size_t returns = 0;  // how often it has come back
};

struct OldPullTask {
    std::size_t peer = 0;
    std::string url{};
    OldPullOptions options{};
    std::function<OldPeerState()> look{};
};

// Goes on until it is cancelled. `context` must outlive it.
boost::asio::awaitable<void> pull_old_peer(const ComparerContext& context, OldPullTask task);

struct OldRows {
    OldPage page{};
    std::vector<LegacyPush> pushes{};  // the rows in portions, as if the peer had sent them
    std::size_t malformed = 0;
};
// The answer to a page of `limit` rows, or an export. Errc::peer when it is neither.
Result<OldRows> decode_old_rows(std::string_view body, std::size_t limit, const std::string& url);

}  // namespace aimem
