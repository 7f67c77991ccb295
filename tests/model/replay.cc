#include "tests/model/replay.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <vector>

namespace aimem::model {
namespace {

using nlohmann::json;

std::vector<std::string> keys_in(const json& names) {
    std::vector<std::string> out;
    for (const json& name : names) out.push_back("m:" + name.get<std::string>());
    return out;
}

std::set<std::string> set_of(const std::vector<std::string>& keys) {
    return {keys.begin(), keys.end()};
}

void claim(bool good, const std::string& why) {
    if (!good) throw std::runtime_error(why);
}

class Replay {
public:
    Replay(Cores& cores, const json& run) : cores_(cores), run_(run) {
        for (const json& skew : run.at("skew")) skew_.push_back(skew.get<std::int64_t>());
        for (std::size_t i = 0; i < skew_.size(); ++i)
            cores[i]->begin_anew(fmt::format("node {}", i), fmt::format("{:016x}", i),
                                 static_cast<int>(i));
        restored_.resize(skew_.size());
    }

    std::size_t own_again = 0;

    void run() {
        for (const json& one : run_.at("steps")) {
            try {
                step(one);
            } catch (const std::exception& e) {
                throw std::runtime_error(fmt::format("step {} {}: {}", messages_.size(),
                                                     one.dump().substr(0, 90), e.what()));
            }
        }
        compare_views("before");
        for (int round = 0; round < 2; ++round)
            for (std::size_t a = 0; a < skew_.size(); ++a)
                for (std::size_t b = 0; b < skew_.size(); ++b)
                    if (a != b)
                        cores_[a]->compare_with(*cores_[b], end_ + skew_[a], end_ + skew_[b]);
        compare_views("after");
        for (std::size_t i = 0; i < skew_.size(); ++i)
            claim(cores_[i]->contradiction().empty(), "feed and tables differ");
    }

private:
    static std::size_t index(const json& step, std::size_t at) {
        return step.at(at).get<std::size_t>();
    }
    std::int64_t time(const json& step, std::size_t at, std::size_t node) {
        end_ = step.at(at).get<std::int64_t>();
        return end_ + skew_.at(node);
    }

    void step(const json& one) {
        Delivery message;
        switch (one.at(0).get<std::string>().at(0)) {
            case 'w': write(one); break;
            case 't': cores_[index(one, 1)]->tick(time(one, 2, index(one, 1))); break;
            case 's': push(one); break;
            case 'b': message = page(one); break;
            case 'r': receive(one); break;
            case 'c': exchange(one); break;
            case 'z': cores_[index(one, 1)]->back_up(); break;
            case 'y':
                cores_[index(one, 1)]->restore();
                cores_[index(one, 1)]->set_tag(one.at(2).get<int>());
                restored_[index(one, 1)] = true;
                break;
            default: throw std::runtime_error("unknown step");
        }
        messages_.push_back(std::move(message));
    }

    void write(const json& one) {
        std::vector<Wish> wishes;
        for (const json& row : one.at(3))
            wishes.push_back(
                {"m:" + row.at(0).get<std::string>(), static_cast<State>(row.at(2).get<int>())});
        const std::size_t node = index(one, 1);
        const auto changes = cores_[node]->write(wishes, time(one, 2, node));
        for (std::size_t i = 0; i < changes.size(); ++i) {
            const auto expected = one.at(3).at(i).at(1).get<std::int64_t>();
            claim(changes[i].version.stamp == expected,
                  fmt::format("stamp is {}, the model's {}", changes[i].version.stamp, expected));
        }
    }

    // Outside any feed's order, and from nobody in particular: nothing is remembered of it.
    void accept(std::size_t node, Delivery rows, std::int64_t now) {
        rows.sender = "the model";
        rows.epoch = "1";
        rows.from = rows.to = rows.base = 0;
        cores_[node]->accept(rows, now);
    }

    Delivery shipment(std::size_t node, const json& asked, const json& expected) {
        Delivery out = cores_[node]->rows_of(keys_in(asked));
        claim(keys_of(out) == set_of(keys_in(expected)), "groups bring other rows along");
        return out;
    }

    void push(const json& one) {
        const std::size_t to = index(one, 2);
        accept(to, shipment(index(one, 1), one.at(4), one.at(5)), time(one, 3, to));
    }

    Delivery page(const json& one) {
        const std::size_t node = index(one, 1);
        const auto expected = keys_in(one.at(5));
        Delivery out = cores_[node]->page(one.at(3).get<std::int64_t>(), index(one, 4));
        if (keys_of(out) == set_of(expected)) return out;
        // Own rows that a restored node got back from peers are own again for the model.
        claim(restored_[node], "the page has other rows");
        ++own_again;
        return cores_[node]->rows_of(expected);
    }

    void receive(const json& one) {
        const std::size_t sent = index(one, 1);
        const std::size_t to = index(run_.at("steps").at(sent), 2);
        accept(to, messages_.at(sent), time(one, 2, to));
    }

    void exchange(const json& one) {
        const std::size_t a = index(one, 1);
        const std::size_t b = index(one, 2);
        const Delivery ours = shipment(a, one.at(4), one.at(5));
        const Delivery theirs = shipment(b, one.at(6), one.at(7));
        accept(b, ours, time(one, 3, b));
        accept(a, theirs, time(one, 3, a));
    }

    void compare_views(const char* when) {
        for (std::size_t i = 0; i < skew_.size(); ++i) {
            std::map<std::string, std::pair<std::int64_t, int>> expected;
            for (const json& row : run_.at(when).at(i))
                expected["m:" + row.at(0).get<std::string>()] = {row.at(1).get<std::int64_t>(),
                                                                 row.at(2).get<int>()};
            std::map<std::string, std::pair<std::int64_t, int>> found;
            for (const auto& [key, row] : cores_[i]->view())
                found[key] = {row.first.stamp, static_cast<int>(row.second)};
            claim(found == expected, fmt::format("registers of {} differ {} healing", i, when));
        }
    }

    Cores& cores_;
    const json& run_;
    std::vector<std::int64_t> skew_;
    std::vector<bool> restored_;
    std::vector<Delivery> messages_;  // one a step, mostly empty
    std::int64_t end_ = 0;
};

}  // namespace

Replayed replay(Cores& cores, std::string_view line) {
    const json run = json::parse(line);
    Replayed out;
    Replay one(cores, run);
    try {
        one.run();
    } catch (const std::exception& e) {
        out.why = fmt::format("seed {}: {}", run.at("seed").get<std::uint64_t>(), e.what());
    }
    out.own_again = one.own_again;
    return out;
}

}  // namespace aimem::model
