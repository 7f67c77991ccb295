#include "tests/model/lockstep.h"

#include "tests/sim/dice.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

namespace aimem::model {
namespace {

constexpr std::size_t kKeys = 4;
constexpr std::uint64_t kSmallSkewNs = 5'000'000;

class Disagreement final : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

void require(bool good, const std::string& why) {
    if (!good) throw Disagreement(why);
}

std::string text_of(const View& view) {
    std::string out;
    for (const auto& [key, row] : view)
        out += fmt::format(" {}={}@{}", key, static_cast<int>(row.second), row.first.stamp);
    return out;
}

struct Both {
    Reference reference;
    CoreNode& core;
    std::optional<Reference> backup{};
    std::int64_t skew = 0;
};

struct Message {  // the same rows as the one and as the other made them
    std::size_t from = 0;
    std::size_t to = 0;
    Delivery reference{};
    Delivery core{};
};

class Lockstep {
public:
    Lockstep(Cores& cores, std::uint64_t seed, Mutant mutant) : dice_(sim::mix(seed, 1)) {
        const std::size_t nodes = std::array<std::size_t, 5>{3, 3, 3, 4, 5}[dice_.below(5)];
        needed_ = nodes / 2 + 1;
        for (std::size_t i = 0; i < nodes; ++i) {
            const std::string node = fmt::format("node {}", i);
            const std::string epoch = fmt::format("{:016x}", dice_.next());
            const int tag = static_cast<int>(i * 100 + dice_.below(100));
            cores[i]->begin_anew(node, epoch, tag);
            nodes_.push_back({Reference(node, epoch, tag, mutant), *cores[i], {}, some_skew()});
        }
    }

    Verdict run() {
        Verdict out;
        try {
            const std::uint64_t steps = 60 + dice_.below(101);
            for (; out.steps < steps; ++out.steps) step();
            heal();
            check_end();
        } catch (const std::exception& e) {
            out.why = fmt::format("step {} ({}): {}", out.steps, doing_, e.what());
        }
        out.answered = answered_.size();
        return out;
    }

private:
    using Link = std::pair<std::size_t, std::size_t>;

    std::int64_t some_skew() {
        constexpr auto small = static_cast<std::int64_t>(kSmallSkewNs);
        switch (dice_.below(6)) {
            case 3: return dice_.between(-small, small);
            case 4: return test::kHour;
            case 5: return -test::kHour;
            default: return 0;
        }
    }
    std::size_t someone() { return static_cast<std::size_t>(dice_.below(nodes_.size())); }
    std::int64_t clock_of(std::size_t node) const { return now_ + nodes_[node].skew; }
    static Link link(std::size_t a, std::size_t b) { return std::minmax(a, b); }
    bool open(std::size_t a, std::size_t b) const { return !cut_.contains(link(a, b)); }

    // The odds are those of the design's model; where it votes, this writes.
    void step() {
        now_ += dice_.between(1, 3'000'000);
        const std::uint64_t kind = dice_.below(100);
        const std::size_t node = someone();
        if (kind < 34) return write(node);
        if (kind < 66) return send(node);
        if (kind < 88) return receive();
        if (kind < 91) return change_links();
        if (kind < 94) return back_up(node);
        if (kind < 96) return restore(node);
        compare(node, someone());
    }

    // Now and then what heads a group, so that its next version may come before it.
    std::string some_key() {
        if (made_ > 0 && dice_.chance(15)) return fmt::format("m:c{}", made_ - dice_.below(made_));
        return fmt::format("m:k{}", dice_.below(kKeys));
    }

    void write(std::size_t node) {
        doing_ = fmt::format("write at {}", node);
        std::vector<Wish> wishes{{some_key(), State::live}};
        if (dice_.chance(12)) {  // one new memory in place of two
            const std::uint64_t other = 1 + dice_.below(kKeys - 1);
            const std::uint64_t first = dice_.below(kKeys);
            wishes = {{fmt::format("m:c{}", ++made_), State::live},
                      {fmt::format("m:k{}", first), State::dead},
                      {fmt::format("m:k{}", (first + other) % kKeys), State::dead}};
        } else if (dice_.chance(33)) {
            wishes.front().state = dice_.chance(60) ? State::dead : State::archived;
        }
        Both& at = nodes_[node];
        const View before = at.core.view();
        const auto changes = at.core.write(wishes, clock_of(node));
        auto& bearers = bearers_[at.reference.tag()];
        bearers.insert(at.reference.epoch());
        std::vector<std::int64_t> sigs;
        std::vector<std::int64_t> stamps;
        for (const Change& change : changes) {
            sigs.push_back(change.version.sig);
            stamps.push_back(change.version.stamp);
            const auto old = before.find(change.key);
            require(old == before.end() || old->second.first.stamp < change.version.stamp,
                    "a stamp that does not dominate: " + change.key);
            // Two identities may have drawn one tag; then the signature decides.
            require(issued_.insert({change.key, change.version.stamp}).second || bearers.size() > 1,
                    "one stamp for two values of " + change.key);
        }
        require(at.reference.write(wishes, sigs, clock_of(node)) == stamps, "stamps differ");
        if (changes.size() > 1) groups_.push_back(changes);
        check(node);
        if (changes.size() == 1 && dice_.chance(50)) answer(node, changes.front());
    }

    // Pushed to all at once; what came back counts.
    void answer(std::size_t node, const Change& change) {
        std::size_t copies = 1;
        for (std::size_t to = 0; to < nodes_.size(); ++to) {
            if (to == node || !open(node, to) || !dice_.chance(80)) continue;
            Message push{node, to, nodes_[node].reference.rows_of({change.key}),
                         nodes_[node].core.rows_of({change.key})};
            same_rows(push);
            arrive(push);
            if (dice_.chance(90)) ++copies;
        }
        if (copies >= needed_) answered_.emplace_back(change.key, change.version);
    }

    void same_rows(const Message& message) {
        require(message.reference.from == message.core.from &&
                    message.reference.to == message.core.to &&
                    message.reference.epoch == message.core.epoch &&
                    message.reference.base == message.core.base,
                "messages span other places");
        require(keys_of(message.reference) == keys_of(message.core), "messages carry other rows");
    }

    void send(std::size_t node) {
        const std::size_t to = someone();
        if (to == node) return;
        doing_ = fmt::format("page of {} for {}", node, to);
        Both& from = nodes_[node];
        const std::string peer = nodes_[to].reference.node();
        const std::int64_t cursor = from.core.cursor(peer);
        require(cursor == from.reference.cursor(peer), "cursors differ");
        const std::size_t rows = std::array<std::size_t, 4>{1, 2, 4, 50}[dice_.below(4)];
        Message page{node, to, from.reference.page(cursor, rows), from.core.page(cursor, rows)};
        same_rows(page);
        if (page.core.to > page.core.from) under_way_.push_back(std::move(page));
    }

    void receive() {
        if (under_way_.empty()) return;
        const auto at =
            under_way_.begin() + static_cast<std::ptrdiff_t>(dice_.below(under_way_.size()));
        const Message message = *at;
        if (!dice_.chance(15)) under_way_.erase(at);  // or it comes once more
        if (!open(message.from, message.to) || dice_.chance(15)) return;
        doing_ = fmt::format("page of {} at {}", message.from, message.to);
        arrive(message);
        if (dice_.chance(15)) return;  // the answer is lost
        const std::string peer = nodes_[message.to].reference.node();
        nodes_[message.from].reference.acknowledged(peer, message.reference);
        nodes_[message.from].core.acknowledged(peer, message.core);
        check(message.from);
    }

    void arrive(const Message& message) {
        Both& to = nodes_[message.to];
        const std::int64_t now = clock_of(message.to);
        require(to.reference.accept(message.reference, now) == to.core.accept(message.core, now),
                "what is seen of a feed differs");
        check(message.to);
    }

    void change_links() {
        const Link one = link(someone(), someone());
        if (!cut_.erase(one)) cut_.insert(one);
    }

    void back_up(std::size_t node) {
        nodes_[node].backup = nodes_[node].reference;
        nodes_[node].core.back_up();
    }

    // Once in a run, as in the design's model: what only two nodes hold may else be lost.
    void restore(std::size_t node) {
        Both& at = nodes_[node];
        if (restored_ || !at.backup) return;
        restored_ = true;
        doing_ = fmt::format("restore of {}", node);
        at.reference = *at.backup;
        at.core.restore();
        for (const Both& peer : nodes_)
            require(at.reference.contradicted_by(peer.reference.seen(at.reference.node())) ==
                        at.core.contradicted_by(peer.core.seen(at.reference.node())),
                    "only one of them notices the restore");
        const std::uint64_t draw = dice_.next();
        at.core.renew(draw);
        at.reference.renew(at.core.identity().epoch, draw);
        check(node);
    }

    void compare(std::size_t a, std::size_t b) {
        if (a == b || !open(a, b)) return;
        doing_ = fmt::format("comparison of {} with {}", a, b);
        Both& self = nodes_[a];
        Both& peer = nodes_[b];
        self.core.compare_with(peer.core, clock_of(a), clock_of(b));
        const View ours = self.reference.view();
        const View theirs = peer.reference.view();
        if (const auto keys = lacking(theirs, ours); !keys.empty())
            self.reference.accept(peer.reference.rows_of(keys), clock_of(a));
        if (const auto keys = lacking(ours, theirs); !keys.empty())
            peer.reference.accept(self.reference.rows_of(keys), clock_of(b));
        check(a);
        check(b);
        require(self.core.view() == peer.core.view(), "a comparison left a difference");
    }

    // Both say the same of this node, and no group is torn.
    void check(std::size_t node) {
        Both& at = nodes_[node];
        const View view = at.core.view();
        if (view != at.reference.view())
            throw Disagreement(fmt::format("registers differ at {}: core{} | reference{}", node,
                                           text_of(view), text_of(at.reference.view())));
        const Identity self = at.core.identity();
        require(self.next_seq == at.reference.next_seq(), "places in the feed differ");
        require(self.tag == at.reference.tag(), "tags differ");
        require(at.core.clock() == at.reference.clock(), "stamp clocks differ");
        // Where two identities drew one tag, a member's stamp may be another's write alone.
        for (const auto& group : groups_) {
            const auto tag = static_cast<int>(group.front().version.stamp % 1000);
            if (bearers_[tag].size() == 1) check_group(view, group);
        }
    }

    static void check_group(const View& view, const std::vector<Change>& group) {
        const auto there = [&view](const Change& change) {
            const auto row = view.find(change.key);
            return row == view.end() ? std::int64_t{0} : row->second.first.stamp;
        };
        // Whoever wrote the head again need not have had the others.
        const std::int64_t head = there(group.front());
        const bool shown = head == group.front().version.stamp;
        const bool passed = head >= group.front().version.stamp;
        for (const Change& member : group) {
            const std::int64_t stamp = there(member);
            require(!shown || stamp >= member.version.stamp, "a group without " + member.key);
            require(passed || stamp != member.version.stamp,
                    "a group of which only this came: " + member.key);
        }
    }

    void heal() {
        cut_.clear();
        // The second time finds what the first has brought to others.
        for (int round = 0; round < 2; ++round)
            for (std::size_t a = 0; a < nodes_.size(); ++a)
                for (std::size_t b = 0; b < nodes_.size(); ++b) compare(a, b);
    }

    void check_end() {
        doing_ = "end";
        const View last = nodes_.front().core.view();
        for (const Both& node : nodes_) {
            require(node.core.view() == last, "nodes differ in the end");
            if (const auto why = node.core.contradiction(); !why.empty()) throw Disagreement(why);
        }
        for (const auto& [key, version] : answered_) {
            const auto row = last.find(key);
            require(row != last.end() && row->second.first >= version,
                    "an answered write is lost: " + key);
        }
        for (const auto& [key, row] : last)
            require(issued_.contains({key, row.first.stamp}), "a value nobody wrote: " + key);
    }

    sim::Dice dice_;
    std::vector<Both> nodes_;
    std::size_t needed_ = 2;
    std::int64_t now_ = 1'000'000'000'000'000'000;  // ns
    std::set<Link> cut_;
    std::vector<Message> under_way_;
    bool restored_ = false;
    std::uint64_t made_ = 0;
    std::set<std::pair<std::string, std::int64_t>> issued_;
    std::map<int, std::set<std::string>> bearers_;  // of each tag, by epoch
    std::vector<std::pair<std::string, Version>> answered_;
    std::vector<std::vector<Change>> groups_;
    std::string doing_;
};

}  // namespace

Cores make_cores() {
    Cores out;
    for (std::size_t i = 0; i < kNodesMax; ++i) out.push_back(std::make_unique<CoreNode>());
    return out;
}

Verdict run_seed(Cores& cores, std::uint64_t seed, Mutant mutant) {
    return Lockstep(cores, seed, mutant).run();
}

}  // namespace aimem::model
