// MixedMesh: two nodes of ours and one of 0.6.3 in one thread: real stores, the real replication
// machine and its bodies, no socket and no clock of their own. What is sent arrives at once, unless
// it is cut off. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/replication/replicator.h"
#include "tests/store/core/node.h"
#include "tests/support/old_store.h"

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace aimem::test {

struct MixedMember {
    std::optional<Node> node{};
    std::optional<repl::Replicator> machine{};
};

class MixedMesh {
public:
    static constexpr std::size_t kOurs = 2;
    static constexpr std::size_t kOld = kOurs;  // its number, for cut()

    MixedMesh();

    Node& node(std::size_t i) { return *members_[i]->node; }
    OldStore& old() { return old_; }
    std::int64_t now() const { return node_clock_; }
    void pass(std::int64_t ns);  // time goes on everywhere

    // Each settles afterwards.
    Committed commit(std::size_t i, const Op& op);
    Result<Committed> try_commit(std::size_t i, const Op& op);
    // What the old node's clients do; its push goes to both of ours, once.
    void old_does(const std::function<std::string(OldStore&, std::int64_t now)>& work);
    void deliver_old(std::size_t i, const std::string& body);
    void settle();   // until nobody has anything to send that may go
    void compare();  // ours exchange everything, as repair does in the end

    void cut(std::size_t from, std::size_t to, bool on);
    void restart(std::size_t i);  // the machine forgets what is not in the file

    std::string difference();  // between ours, and of the old one from them; empty: none
    std::size_t parked = 0;
    std::vector<std::string> told{};  // bodies that reached the old node

private:
    std::size_t peer_of(std::size_t i, std::size_t index) const;
    void step(std::size_t i, const repl::Event& event);
    void carry_out(std::size_t i, const repl::Action& action);
    std::string answer(std::size_t from, std::size_t to, const std::string& body);
    std::string difference_of_old();

    std::array<std::optional<MixedMember>, kOurs> members_{};
    OldStore old_{};
    std::int64_t node_clock_ = kNoon;
    Instant now_{};
    std::deque<std::pair<std::size_t, repl::Event>> queue_{};
    std::set<std::pair<std::size_t, std::size_t>> cut_{};
};

}  // namespace aimem::test
