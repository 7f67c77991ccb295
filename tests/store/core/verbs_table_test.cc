// Every verb of the table: what it writes here is, sent to other nodes in any order and twice, the
// same state there. SPDX-License-Identifier: Apache-2.0
#include "tests/store/core/node.h"
#include "tests/store/verb_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace aimem {
namespace {

using test::kSecond;
using test::Node;
using test::Stage;

std::string id_of(const Committed& done) {
    if (done.subscription) return done.subscription->id;
    if (done.id.empty() && done.pending) return done.pending->action.id;
    return done.id;
}

class EveryVerb : public testing::TestWithParam<test::VerbRow> {
protected:
    // Each change alone, shuffled, each of them twice.
    static void deliver(Node& from, Node& to) {
        auto changes = from.changes();
        const auto once = changes.size();
        for (std::size_t i = 0; i < once; ++i) changes.push_back(changes[i]);
        std::mt19937_64 dice(test::test_seed());
        std::shuffle(changes.begin(), changes.end(), dice);
        for (auto& change : changes) to.accept({std::move(change)});
    }
};

TEST_P(EveryVerb, EndsInOneStateOnEveryNode) {
    SCOPED_TRACE(testing::Message() << "AIMEM_TEST_SEED=" << test::test_seed());
    Node here(7);
    const Stage stage = test::prepare([&](const Op& op) { return id_of(here.must(op)); });
    Node before(8);
    deliver(here, before);  // it knows the stage already when the verb comes
    here.clock.now += kSecond;
    const auto digest = here.digest();
    const Committed done = here.must(GetParam().op(stage));
    if (GetParam().name != "expire") {
        EXPECT_FALSE(done.rows.empty());
        EXPECT_NE(here.digest().sum, digest.sum) << "the verb wrote nothing";
    }
    Node late(9);  // hears of all at once
    deliver(here, before);
    deliver(here, late);
    for (Node* there : {&before, &late}) {
        EXPECT_EQ(there->digest().sum, here.digest().sum);
        EXPECT_EQ(there->tables(), here.tables());
        EXPECT_EQ(test::contradiction(there->db()), "");
    }
    EXPECT_EQ(test::contradiction(here.db()), "");
}

INSTANTIATE_TEST_SUITE_P(Verbs, EveryVerb, testing::ValuesIn(test::verb_table()),
                         [](const auto& row) {
                             std::string name(row.param.name);
                             std::replace(name.begin(), name.end(), ' ', '_');
                             return name;
                         });

TEST(VerbTable, HasARowForEveryVerb) {
    Node node;
    const Stage stage = test::prepare([&](const Op& op) { return id_of(node.must(op)); });
    std::set<std::size_t> kinds;
    for (const auto& row : test::verb_table()) kinds.insert(row.op(stage).index());
    // RequestAction is made by the gate: the row "pending" stands for it.
    EXPECT_EQ(kinds.size() + 1, std::variant_size_v<Op>);
}

}  // namespace
}  // namespace aimem
