// Several nodes, every one of which writes, ships its own rows to the others in pages of any size
// over a net that loses, repeats, reorders and splits. After the split is healed all are equal; and
// at no moment a peer sees half of a group, or a row that died come back.
// SPDX-License-Identifier: Apache-2.0
#include "store/base/time_text.h"
#include "store/log/bodies.h"
#include "store/log/feed.h"
#include "store/model/json.h"
#include "tests/store/core/node.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>

namespace aimem {
namespace {

using test::kHour;
using test::kNoon;
using test::Node;

struct Letter {
    std::size_t to = 0;
    Delivery delivery{};
};

// What one op wrote as a group: whoever holds a member at this stamp holds the others at least at
// theirs.
struct Group {
    std::vector<GroupMember> members;
};

class Mesh {
public:
    Mesh(std::size_t nodes, std::uint64_t seed) : random_(seed) {
        for (std::size_t i = 0; i < nodes; ++i) {
            nodes_.push_back(std::make_unique<Node>(static_cast<int>(10 * i + 1)));
            skew_.push_back(static_cast<std::int64_t>(i) % 3 * kHour - kHour);
        }
        cut_.assign(nodes * nodes, false);
    }

    std::size_t size() const { return nodes_.size(); }
    Node& node(std::size_t i) { return *nodes_[i]; }
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }

    void tick() {
        now_ += static_cast<std::int64_t>(below(3)) * 500;
        for (std::size_t i = 0; i < size(); ++i) nodes_[i]->clock.now = now_ + skew_[i];
    }

    void write(std::size_t who);

    // One page from one node to another, from a cursor that may be behind.
    void send(std::size_t from, std::size_t to) {
        auto& cursor = cursors_[{from, to}];
        const std::int64_t after = below(4) == 0 ? cursor / 2 : cursor;
        const FeedPage page = own_rows_after(node(from).db(), after, 1 + below(6), 1 + below(2000));
        net_.push_back({to, Delivery{std::to_string(from), "e", page.from, page.to, page.rows}});
        cursor = page.to;
        if (below(5) == 0) net_.push_back(net_.back());
        if (cut(from, to) || below(6) == 0) net_.pop_back();
    }

    void deliver_one() {
        if (net_.empty()) return;
        const std::size_t at = below(net_.size());
        const Letter letter = net_[at];
        net_.erase(net_.begin() + static_cast<std::ptrdiff_t>(at));
        hand_over(letter);
    }

    void hand_over(const Letter& letter) {
        const auto result = node(letter.to).accept(letter.delivery);
        ASSERT_TRUE(result.rejected.empty()) << result.rejected.front().why;
        expect_no_torn_group(letter.to);
    }

    void split() {
        for (std::size_t i = 0; i < cut_.size(); ++i) cut_[i] = below(2) == 0;
    }

    // Everything everybody wrote, from the beginning, to everybody.
    void heal() {
        net_.clear();
        for (std::size_t from = 0; from < size(); ++from)
            for (std::size_t to = 0; to < size(); ++to) {
                if (from == to) continue;
                for (std::int64_t at = 0;;) {
                    const auto page = own_rows_after(node(from).db(), at, 7, 3000);
                    hand_over(
                        {to, Delivery{std::to_string(from), "e", page.from, page.to, page.rows}});
                    at = page.to;
                    if (!page.more) break;
                }
            }
    }

    std::vector<std::pair<std::string, std::int64_t>> dead;  // deleted by somebody, at this stamp

private:
    bool cut(std::size_t from, std::size_t to) const { return cut_[from * size() + to]; }

    void expect_no_torn_group(std::size_t who) {
        for (const Group& group : groups_) {
            const auto holds = [&](const GroupMember& m) {
                return node(who).stamp_of(m.key) >= m.stamp;
            };
            const auto exactly = [&](const GroupMember& m) {
                return node(who).stamp_of(m.key) == m.stamp;
            };
            if (std::any_of(group.members.begin(), group.members.end(), exactly)) {
                for (const GroupMember& member : group.members)
                    ASSERT_TRUE(holds(member))
                        << "node " << who << " has half of a group: no " << member.key;
            }
        }
    }

    void note(const Committed& done) {
        Group group;
        for (const FeedRow& row : done.rows) {
            group.members.push_back({row.change.key, row.change.version.stamp});
            if (row.change.state == State::dead)
                dead.emplace_back(row.change.key, row.change.version.stamp);
        }
        // To unlink all relations of two memories is as many changes, each for itself.
        const bool unlinked =
            std::all_of(done.rows.begin(), done.rows.end(), [](const FeedRow& row) {
                return row.change.state == State::dead && row.change.key.starts_with("l:");
            });
        if (group.members.size() > 1 && !unlinked) groups_.push_back(std::move(group));
    }

    Op random_op(Node& node);
    std::string any_id(Node& node) {
        const auto ids = node.text("SELECT id FROM memories ORDER BY id");
        const auto count = static_cast<std::size_t>(std::count(ids.begin(), ids.end(), '\n'));
        return count == 0 ? "none" : ids.substr(below(count) * 37, 36);
    }

    std::mt19937_64 random_;
    std::int64_t now_ = kNoon;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::vector<std::int64_t> skew_;
    std::vector<bool> cut_;
    std::vector<Letter> net_;
    std::map<std::pair<std::size_t, std::size_t>, std::int64_t> cursors_;
    std::vector<Group> groups_;
};

Op Mesh::random_op(Node& node) {
    const std::string title = "Title " + std::to_string(below(5));
    switch (below(12)) {
        case 0: return DeleteMemory{any_id(node)};
        case 1: return ArchiveMemory{any_id(node), "archive"};
        case 2: {
            const auto archived = node.text("SELECT id FROM archived_memories ORDER BY id LIMIT 1");
            return RestoreMemory{archived.empty() ? "none" : archived.substr(0, 36)};
        }
        case 3:
        case 4:
            return LinkMemories{any_id(node), any_id(node),
                                below(2) == 0 ? "related_to" : "supersedes"};
        case 5: return UnlinkMemories{any_id(node), any_id(node), {}};
        case 6: return PromoteMemory{any_id(node)};
        case 7:
        case 8: {
            UpdateMemory op;
            op.id = any_id(node);
            op.priority = static_cast<int>(1 + below(10));
            if (below(2) == 0) op.title = title;
            if (below(3) == 0) op.expires_at = "";
            return op;
        }
        default: {
            StoreMemory op;
            op.title = title;
            op.content = "content " + std::to_string(below(1000));
            op.agent_id = "agent-" + std::to_string(below(3));
            return op;
        }
    }
}

void Mesh::write(std::size_t who) {
    std::vector<Op> ops;
    for (std::size_t i = 0; i < 1 + below(3); ++i) ops.push_back(random_op(node(who)));
    for (const auto& done : node(who).execute_all(ops))
        if (done) note(*done);
}

void run_one(std::uint64_t seed) {
    SCOPED_TRACE("AIMEM_TEST_SEED=" + std::to_string(seed) + " AIMEM_TEST_ROUNDS=1");
    Mesh mesh(2 + seed % 3, seed);
    for (int step = 0; step < 250; ++step) {
        mesh.tick();
        const auto who = mesh.below(mesh.size());
        switch (mesh.below(5)) {
            case 0: mesh.write(who); break;
            case 1:
            case 2: {
                const auto to = mesh.below(mesh.size());
                if (to != who) mesh.send(who, to);
                break;
            }
            default: ASSERT_NO_FATAL_FAILURE(mesh.deliver_one()); break;
        }
        if (mesh.below(40) == 0) mesh.split();
    }
    ASSERT_NO_FATAL_FAILURE(mesh.heal());
    for (std::size_t i = 0; i < mesh.size(); ++i) {
        ASSERT_EQ(test::contradiction(mesh.node(i).db()), "") << "node " << i;
        ASSERT_EQ(mesh.node(i).tables(), mesh.node(0).tables()) << "node " << i;
        ASSERT_EQ(mesh.node(i).digest().sum, mesh.node(0).digest().sum) << "node " << i;
        ASSERT_EQ(mesh.node(i).digest().count, mesh.node(0).digest().count);
        for (const auto& [key, stamp] : mesh.dead) {
            ASSERT_GE(mesh.node(i).stamp_of(key), stamp);
            if (mesh.node(i).stamp_of(key) == stamp) {
                ASSERT_EQ(mesh.node(i).change(key).state, State::dead) << key;
            }
        }
    }
}

TEST(Nodes, WhateverTheNetDoesAllEndEqualAndNoGroupIsTorn) {
    for (int round = 0; round < test::test_rounds(30); ++round)
        ASSERT_NO_FATAL_FAILURE(run_one(test::test_seed() + static_cast<std::uint64_t>(round)));
}

TEST(Nodes, TheSameTitleOnBothSidesOfASplitBecomesOneMemoryEverywhere) {
    Node left(1);
    Node right(2);
    right.clock.now += 5000;
    StoreMemory op;
    op.title = "Same";
    op.content = "left";
    op.agent_id = "lea";
    const auto old = left.must(op).id;
    op.content = "right";
    op.agent_id = "rob";
    const auto fresh = right.must(op).id;
    const auto exchange = [&] {
        right.accept(left.changes());
        left.accept(right.changes());
    };
    exchange();
    EXPECT_EQ(left.tables(), right.tables());
    EXPECT_EQ(left.memory(old).content, "right");
    EXPECT_EQ(metadata_text(left.memory(old).metadata, "agent_id"), "lea");
    const auto third = right.store("Third");
    left.accept(right.changes());
    EXPECT_FALSE(left.execute(LinkMemories{fresh, old, "related_to"})) << "they are one";
    left.must(LinkMemories{fresh, third, "related_to"});
    exchange();
    EXPECT_EQ(right.count("SELECT count(*) FROM memory_links"), 1);
    right.must(DeleteMemory{fresh});
    exchange();
    EXPECT_FALSE(left.live(old)) << "a delete by either id works from any node";
    EXPECT_FALSE(left.live(fresh));
    EXPECT_EQ(left.tables(), right.tables());
}

TEST(Nodes, ADeleteDuringASplitBeatsTheEditItSawAndLosesToALaterOne) {
    Node left(1);
    Node right(2);
    const auto one = left.store("One");
    const auto two = left.store("Two");
    right.accept(left.changes());
    UpdateMemory edit;
    edit.content = "edited";
    edit.id = one;
    right.clock.now += 1000 * 1000;
    right.must(edit);
    left.clock.now += 2000 * 1000;
    left.must(DeleteMemory{one});
    left.must(DeleteMemory{two});
    right.clock.now += 3000 * 1000;
    edit.id = two;
    right.must(edit);
    right.accept(left.changes());
    left.accept(right.changes());
    EXPECT_EQ(left.tables(), right.tables());
    EXPECT_FALSE(left.live(one));
    EXPECT_EQ(left.memory(two).content, "edited");
}

// Edits alternate between nodes an hour apart, each reading before it writes: the last one stands.
TEST(Nodes, TheCausallyLastEditWinsUnderSkew) {
    Node nodes[3]{Node(1), Node(2), Node(3)};
    nodes[1].clock.now += kHour;
    nodes[2].clock.now -= kHour;
    const auto id = nodes[0].store("T");
    for (int i = 1; i <= 60; ++i) {
        for (auto& node : nodes) node.clock.now += 1000 * 1000;
        Node& reader = nodes[i % 3];
        for (auto& node : nodes) reader.accept(node.changes());
        UpdateMemory edit;
        edit.id = id;
        edit.content = std::to_string(i);
        reader.must(edit);
    }
    for (auto& to : nodes)
        for (auto& from : nodes) to.accept(from.changes());
    for (auto& node : nodes) EXPECT_EQ(node.memory(id).content, "60");
}

}  // namespace
}  // namespace aimem
