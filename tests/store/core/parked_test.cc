// Rows that a peer would not take, and rows refused here: kept until they are delivered after all.
#include "store/log/parked.h"

#include "store/log/feed.h"
#include "store/model/records.h"
#include "tests/store/core/node.h"

#include <gtest/gtest.h>

namespace aimem::test {
namespace {

const std::string kUrl = "http://peer:1";

class ParkedRows : public testing::Test {
protected:
    template <typename Work>
    void write(Work work) {
        node_.committer().begin();
        work(node_.committer().registers());
        node_.committer().commit();
    }
    void refuse(std::int64_t seq, const std::string& why = "no") {
        write([&](Registers& registers) { park_own(registers, kUrl, {seq}, why); });
    }
    void acknowledge(std::int64_t seq) {
        write([&](Registers& registers) {
            registers.begin_writing();
            write_cursor(registers.db(), {kUrl, "peer", "epoch", seq});
        });
    }
    std::vector<Parked> parked() { return parked_rows(node_.db(), node_.clock.now, 100); }
    ParkedCounts counts() { return count_parked(node_.db(), node_.clock.now); }
    std::int64_t release() {
        write([](Registers& registers) { release_parked(registers); });
        return node_.count("SELECT count(*) FROM repl_parked");
    }
    std::int64_t seq_of(const std::string& id) {
        return node_.count("SELECT seq FROM repl_row WHERE key = 'm:" + id + "'");
    }

    Node node_{};
};

TEST_F(ParkedRows, AreKeptWithReasonAndTries) {
    const auto id = node_.store("refused");
    acknowledge(seq_of(id));
    refuse(seq_of(id), "first");
    refuse(seq_of(id), "second");
    ASSERT_EQ(parked().size(), 1U);
    const Parked row = parked()[0];
    EXPECT_TRUE(row.ours);
    EXPECT_EQ(row.peer, kUrl);
    EXPECT_EQ(row.key, "m:" + id);
    EXPECT_EQ(row.why, "second");
    EXPECT_EQ(row.tries, 2);
    EXPECT_EQ(release(), 1) << "that the cursor has passed it says nothing";
    EXPECT_EQ(counts().ours, 1);
    EXPECT_EQ(contradiction(node_.db()), "");
}

TEST_F(ParkedRows, GoWhenTheyChangeAndAreTaken) {
    const auto id = node_.store("refused");
    refuse(seq_of(id));
    UpdateMemory op;
    op.id = id;
    op.content = "better";
    node_.must(op);
    EXPECT_EQ(parked().size(), 1U) << "sent, perhaps, and not answered";
    acknowledge(seq_of(id));
    EXPECT_EQ(parked().size(), 0U);
    EXPECT_EQ(release(), 0);
}

TEST_F(ParkedRows, StayWhenTheyAreRefusedOnceMore) {
    const auto id = node_.store("refused");
    refuse(seq_of(id));
    std::size_t retried = 0;
    write([&](Registers& registers) { retried = retry_parked(registers, "", ""); });
    EXPECT_EQ(retried, 1U);
    const std::int64_t seq = seq_of(id);
    EXPECT_GT(seq, 1);
    acknowledge(seq);
    refuse(seq);
    ASSERT_EQ(parked().size(), 1U);
    EXPECT_EQ(parked()[0].tries, 2);
    write([&](Registers& registers) { retried = retry_parked(registers, "http://else", ""); });
    EXPECT_EQ(retried, 0U);
    write([&](Registers& registers) { retried = retry_parked(registers, kUrl, "m:" + id); });
    EXPECT_EQ(retried, 1U);
}

TEST_F(ParkedRows, OfAnotherNodeAreKnownUntilABetterVersionCame) {
    Node other(3);
    const auto id = other.store("theirs");
    Change change = other.change("m:" + id);
    Change broken = change;
    broken.body = "{}";
    Delivery delivery{"other", "e", 0, 2, {{1, broken}}, 0};
    delivery.unreadable.push_back({2, "not a row"});
    const Accepted accepted = node_.accept(delivery);
    ASSERT_EQ(accepted.rejected.size(), 1U);
    EXPECT_EQ(counts().foreign, 2);
    EXPECT_EQ(parked().size(), 2U);
    node_.accept({change});
    ASSERT_EQ(parked().size(), 1U);
    EXPECT_EQ(parked()[0].key, "#2");
    node_.clock.now += 31 * 24 * kHour;
    EXPECT_EQ(release(), 0) << "after a month nobody looks for it";
}

TEST_F(ParkedRows, OfAPeerOfTheOldKindAreNamed) {
    LegacyPush push;
    push.sender = "host:old";
    push.memories = {a_memory("good"), a_memory("bad")};
    push.memories[0].id = "good";
    push.memories[1].id = "bad";
    push.memories[1].priority = 99;
    for (Memory& memory : push.memories) memory.updated_at = memory.created_at;
    const LegacyApplied applied = node_.accept(push);
    EXPECT_EQ(applied.applied, 1U);
    EXPECT_EQ(applied.skipped, 1U);
    ASSERT_EQ(parked().size(), 1U);
    EXPECT_EQ(parked()[0].peer, "host:old");
    EXPECT_EQ(parked()[0].key, "m:bad");
    EXPECT_NE(parked()[0].why.find("priority"), std::string::npos) << parked()[0].why;
}

TEST_F(ParkedRows, AreBounded) {
    write([&](Registers& registers) {
        for (std::size_t i = 0; i < kParkedMax + 50; ++i)
            park_foreign(registers, "liar", "#" + std::to_string(i), 0, "x");
    });
    EXPECT_EQ(node_.count("SELECT count(*) FROM repl_parked"),
              static_cast<std::int64_t>(kParkedMax));
}

}  // namespace
}  // namespace aimem::test
