// HttpMessage and its incremental parser, for both directions: what the little client reads and
// what the mock peer reads. Knows Content-Length, chunked bodies and bodies that end with the
// connection; nothing else. Throws std::runtime_error on bytes that are no HTTP/1.1.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace aimem::test {

struct HttpMessage {
    std::string first_line{};                      // request line or status line
    std::map<std::string, std::string> headers{};  // names in lower case; the last of equals wins
    std::string body{};

    std::string header(const std::string& lower_name) const;
    int status() const;  // of a reply; 0 if its first line has none
};

class HttpParser {
public:
    enum class Kind { request, reply };

    explicit HttpParser(Kind kind) : kind_(kind) {}

    void feed(std::string_view bytes) { buffer_.append(bytes); }
    void end_of_stream() { ended_ = true; }
    void expect_no_body() { no_body_ = true; }  // the answer to a HEAD
    bool started() const { return !buffer_.empty(); }

    // True when one whole message has arrived; it is moved into `out` and what follows is kept.
    bool take(HttpMessage& out);

private:
    void parse_head(std::size_t end, HttpMessage& out) const;
    bool take_chunked(std::size_t at, HttpMessage& out);

    Kind kind_;
    bool ended_ = false;
    bool no_body_ = false;
    std::string buffer_;
};

}  // namespace aimem::test
