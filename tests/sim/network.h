// The links between members: what is cut, and what becomes of each message. The fate of the n-th
// message of a link follows from the seed, the link and n alone. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include "tests/sim/schedule.h"

#include <map>
#include <set>
#include <utility>
#include <vector>

namespace aimem::sim {

using MemberId = std::uint32_t;  // a member's number for life; also its address

class Network {
public:
    explicit Network(std::uint64_t seed) : seed_(seed) {}

    enum class Lane { request, answer };
    // When the copies of the next message arrive, counted from now; none: it is lost.
    std::vector<Instant> send(MemberId from, MemberId to, Lane lane);
    bool open(MemberId from, MemberId to, Lane lane) const;

    void set_weather(unsigned loss_percent, std::uint64_t seed);
    void cut(MemberId from, MemberId to);
    void make_half_open(MemberId from, MemberId to);  // answers from `to` back to `from`
    void heal();                                      // cuts only
    void calm();                                      // all trouble

private:
    std::uint64_t seed_;
    unsigned loss_percent_ = 0;
    unsigned repeat_percent_ = 0;
    Instant delay_max_ = std::chrono::milliseconds(4);
    std::set<std::pair<MemberId, MemberId>> cut_;
    std::set<std::pair<MemberId, MemberId>> deaf_;
    std::map<std::pair<MemberId, MemberId>, std::uint64_t> sent_;
};

}  // namespace aimem::sim
