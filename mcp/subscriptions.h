// Who wants to hear of what: resources/subscribe of a session before 2026-07-28, and any number of
// subscriptions/listen streams since. Makes the texts of the notifications; sends nothing. Any
// thread. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mcp/rpc.h"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace aimem::mcp {

class Subscriptions {
public:
    using Send = std::function<void(std::string_view)>;

    // Opens the stream of a request and sends the acknowledgement, which comes before anything else
    // of the stream; without `send` it is returned, to be sent instead of a result. A later one of
    // the same id takes the place of the first. What this server never announces (lists of tools
    // and prompts) is left out of what is acknowledged.
    MethodResult listen(const RequestId& id, const nlohmann::json& params, const Send& send = {});
    void end(const std::string& key);  // of the request's id; unknown: nothing happens

    MethodResult subscribe(const nlohmann::json& params);
    MethodResult unsubscribe(const nlohmann::json& params);
    void forget_session();  // another handshake

    bool any() const;

    // A line for each stream that asked for one of these, and for the session.
    std::vector<std::string> announcements(const std::vector<std::string>& changed_ids) const;
    // Ends every stream: its result, then the notice that it is closed.
    std::vector<std::string> farewells(const std::string& server_info);

private:
    struct Stream {
        std::string raw_id{};
        bool list_changed = false;
        std::vector<std::string> uris{};
    };

    std::size_t wanted() const;  // resources and streams; mutex_ held

    mutable std::mutex mutex_;
    std::map<std::string, Stream> streams_;  // guarded by mutex_; by the key of the request's id
    std::vector<std::string> session_;       // guarded by mutex_: URIs
};

}  // namespace aimem::mcp
