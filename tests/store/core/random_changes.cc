#include "tests/store/core/random_changes.h"

#include "store/base/time_text.h"
#include "store/model/json.h"
#include "tests/store/core/node.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <string>

namespace aimem::test {
namespace {

constexpr std::size_t kIds = 6;
constexpr std::size_t kTitles = 3;

class Dice {
public:
    explicit Dice(std::mt19937_64& random) : random_(random) {}
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
    bool one_in(std::size_t n) { return below(n) == 0; }
    std::string id() { return "id-" + std::string(1, static_cast<char>('a' + below(kIds))); }
    // Few instants, a tag or none: equal stamps for different contents happen all the time.
    std::int64_t stamp() {
        return kNoon + static_cast<std::int64_t>(below(12)) * 1000 + (one_in(3) ? 1 : 0);
    }

private:
    std::mt19937_64& random_;
};

Memory random_memory(Dice& dice) {
    Memory m = a_memory("Title " + std::to_string(dice.below(kTitles)),
                        "content " + std::to_string(dice.below(20)));
    m.ns = dice.one_in(5) ? "other" : "global";
    m.created_at = time_text(kNoon - static_cast<std::int64_t>(dice.below(4)) * kSecond);
    m.priority = static_cast<int>(1 + dice.below(10));
    m.tier = dice.one_in(2) ? Tier::long_term : Tier::short_term;
    if (dice.one_in(2)) m.expires_at = time_text(kNoon + kHour);
    if (dice.one_in(2))
        m.metadata = R"({"agent_id":"agent-)" + std::to_string(dice.below(3)) + "\"}";
    return m;
}

Change random_memory_change(Dice& dice) {
    const std::string id = dice.id();
    switch (dice.below(8)) {
        case 0: return dead_change(id, dice.stamp());
        case 1: return merged_change(id, dice.id(), dice.stamp());
        case 2: return archived_change(id, random_memory(dice), dice.stamp());
        default: break;
    }
    Change change = live_change(id, random_memory(dice), dice.stamp());
    if (dice.one_in(6)) {
        auto body = nlohmann::json::parse(change.body);
        body["of_a_newer_node"] = dice.below(3);
        change.body = body.dump();
        change.version.sig = sig_of(change.state, change.body);
    }
    return change;
}

Change random_link_change(Dice& dice) {
    const std::string source = dice.id();
    std::string target = dice.id();
    while (target == source) target = dice.id();
    const std::string relation = dice.one_in(4) ? "supersedes" : "related_to";
    return dice.one_in(4) ? unlink_change(source, target, dice.stamp(), relation)
                          : link_change(source, target, dice.stamp(), relation);
}

}  // namespace

std::vector<Change> random_changes(std::mt19937_64& random, std::size_t count) {
    Dice dice(random);
    std::vector<Change> out;
    while (out.size() < count) {
        Change change = dice.one_in(3) ? random_link_change(dice) : random_memory_change(dice);
        if (!out.empty() && dice.one_in(5)) {
            const Change& other = out[dice.below(out.size())];
            if (other.key != change.key) change.group = {{other.key, other.version.stamp}};
        }
        out.push_back(std::move(change));
    }
    return out;
}

std::vector<Change> shuffled_with_repeats(const std::vector<Change>& changes,
                                          std::mt19937_64& random) {
    std::vector<Change> out = changes;
    for (const Change& change : changes)
        if (random() % 4 == 0) out.push_back(change);
    std::shuffle(out.begin(), out.end(), random);
    return out;
}

std::vector<Change> winners(const std::vector<Change>& changes) {
    std::map<std::string, Change> newest;
    for (const Change& change : changes) {
        const auto [at, inserted] = newest.try_emplace(change.key, change);
        if (!inserted && at->second.version < change.version) at->second = change;
    }
    std::vector<Change> out;
    for (auto& [key, change] : newest) out.push_back(std::move(change));
    return out;
}

}  // namespace aimem::test
