#include "tests/sim/network.h"

#include "tests/sim/dice.h"

namespace aimem::sim {
namespace {

constexpr std::chrono::microseconds kDelayMin{100};

}  // namespace

std::vector<Instant> Network::send(MemberId from, MemberId to, Lane lane) {
    Dice dice(mix(seed_, from, to, sent_[{from, to}]++));
    if (!open(from, to, lane) || dice.chance(loss_percent_)) return {};
    const auto delay = [&] {
        const auto most = dice.chance(5) ? delay_max_ * 20 : delay_max_;
        return kDelayMin + Instant(dice.between(0, most.count()));
    };
    std::vector<Instant> out{delay()};
    if (dice.chance(repeat_percent_)) out.push_back(delay());
    return out;
}

bool Network::open(MemberId from, MemberId to, Lane lane) const {
    return !cut_.contains({from, to}) && (lane == Lane::request || !deaf_.contains({from, to}));
}

void Network::set_weather(unsigned loss_percent, std::uint64_t seed) {
    Dice dice(seed);
    loss_percent_ = loss_percent;
    repeat_percent_ = dice.chance(50) ? static_cast<unsigned>(dice.below(30)) : 0;
    delay_max_ = std::chrono::microseconds(dice.chance(30) ? dice.between(20'000, 150'000)
                                                           : dice.between(500, 10'000));
}

void Network::cut(MemberId from, MemberId to) {
    cut_.insert({from, to});
}

void Network::make_half_open(MemberId from, MemberId to) {
    deaf_.insert({to, from});
}

void Network::heal() {
    cut_.clear();
    deaf_.clear();
}

void Network::calm() {
    heal();
    loss_percent_ = 0;
    repeat_percent_ = 0;
    delay_max_ = std::chrono::milliseconds(4);
}

}  // namespace aimem::sim
