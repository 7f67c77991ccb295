// http_load(): so many clients, each with one kept-alive connection and one request at a time, all
// driven by the calling thread over epoll, so that the generator takes as little of the machine as
// it can. Throws std::runtime_error when the server goes away. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/deadline.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace aimem::bench {

struct LoadPlan {
    std::uint16_t port = 0;
    std::size_t clients = 1;
    test::Millis warm_up{300};
    test::Millis duration{3000};
    std::function<std::string(std::size_t n)> request{};  // the bytes of the n-th request
};

struct LoadResult {
    std::vector<double> times_ms{};        // of the answers with 2xx, after the warm-up
    std::map<int, std::size_t> refused{};  // other statuses and how often
    std::string refusal{};                 // the body of the last of them
    std::size_t answered = 0;              // all, those of the warm-up included
    double seconds = 0;

    double per_second() const { return static_cast<double>(times_ms.size()) / seconds; }
};

LoadResult http_load(const LoadPlan& plan);

std::string post_bytes(const std::string& target, const std::string& body);
std::string get_bytes(const std::string& target);

}  // namespace aimem::bench
