// Maps a verb and a path to a handler by a tree of segments: no allocation but for captures. Built
// once before serving, then only read, on the I/O thread. Must outlive the Server that uses it. A
// static segment wins over a {capture}, with no way back: below a registered "/memories/bulk" no
// segment is ever an id. Handlers stay in the tree: a coroutine lambda with captures is safe as
// one. Bad or double patterns throw std::logic_error. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/http/message.h"

#include <memory>
#include <optional>
#include <string_view>

namespace aimem::http {

inline constexpr std::size_t kCapturesMax = 4;

class Router {
public:
    // Looks at a request before any route does; a Response ends it there.
    using Guard = std::function<std::optional<Response>(const Request&)>;

    Router();
    ~Router();
    Router(Router&&) noexcept;
    Router& operator=(Router&&) noexcept;

    // "/api/v1/memories/{id}/promote". A GET route answers HEAD too.
    void add(Verb verb, std::string_view pattern, Handler handler);
    void set_guard(Guard guard);

    // OPTIONS: 200. Then the guard. Unknown path 404, wrong verb 405, bad capture 400.
    // Throws what a handler throws before its first suspension.
    boost::asio::awaitable<Response> dispatch(Request request) const;

private:
    struct Node;

    std::unique_ptr<Node> root_;
    Guard guard_;
};

}  // namespace aimem::http
