// MockPeer: an HTTP server that pretends to be a peer and answers as it is told, on a thread of its
// own. It applies nothing, so no acknowledgement it causes may count, unless the answer honours the
// old wire's contract (a plain 2xx). Records the pushes it received. All calls are safe from any
// thread. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/http_message.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace aimem::test {

struct MockAnswer {
    enum class Manner {
        complete,
        hang,         // read the request, never answer
        close_early,  // close without a byte
        cut_midway,   // half of the answer, then close
    };
    int status = 200;
    std::string body = "{}";
    Manner manner = Manner::complete;
    std::string content_type = "application/json";
};

namespace answers {
MockAnswer empty_object();  // what an old peer's 2xx amounts to: this one does count
MockAnswer garbage();       // 200, a body that is no JSON
MockAnswer json_array();    // 200, JSON but no object
MockAnswer skipped();       // 200 {"applied":0,"skipped":1}
MockAnswer other_ids();     // 200 {"ids":["somebody-elses"]}
MockAnswer hang();
MockAnswer close_early();
MockAnswer cut_midway();
MockAnswer refusal(int status);  // 401, 413, 429, 500 ... with an error body
}  // namespace answers

class MockPeer {
public:
    using Script = std::function<MockAnswer(const HttpMessage& request)>;

    MockPeer();
    explicit MockPeer(const MockAnswer& always);
    ~MockPeer();
    MockPeer(const MockPeer&) = delete;
    MockPeer& operator=(const MockPeer&) = delete;

    std::uint16_t port() const;
    std::string url() const;
    void on_push(const MockAnswer& answer);  // for POST /api/v1/sync/push; anything else gets 404
    void script(Script script);              // decides everything itself; runs on the mock's thread

    std::size_t pushes() const;
    std::vector<std::string> push_bodies() const;  // the last 1000

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace aimem::test
