// The oracle on planted states: each rule must be broken by what breaks it, and an honest history
// by none.
#include "tests/chaos/oracle.h"

#include <gtest/gtest.h>

namespace aimem::chaos {
namespace {

using nlohmann::json;

class ChaosOracle : public ::testing::Test {
protected:
    std::size_t did(Verb verb, const std::string& subject, int http_status) {
        const std::size_t op = ledger_.begin(verb, subject, 0);
        test::Reply reply;
        reply.status = http_status;
        ledger_.end(op, reply);
        return op;
    }
    void show(std::size_t node, const std::string& id, const std::string& subject, std::size_t op) {
        nodes_[node].live[id] = {{"id", id}, {"content", content_of(subject, op)}};
    }
    void show_everywhere(const std::string& id, const std::string& subject, std::size_t op) {
        for (std::size_t i = 0; i < nodes_.size(); ++i) show(i, id, subject, op);
    }
    Verdict judged() const { return judge(ledger_.ops(), {}, nodes_); }

    Ledger ledger_{};
    std::string s_ = ledger_.new_subject();
    std::vector<Snapshot> nodes_{Snapshot{}, Snapshot{}};
};

TEST_F(ChaosOracle, AnHonestHistoryPasses) {
    show_everywhere("a", s_, did(Verb::store, s_, 201));
    const std::string gone = ledger_.new_subject();
    did(Verb::store, gone, 201);
    did(Verb::remove, gone, 200);
    const std::string nowhere = ledger_.new_subject();
    did(Verb::store, nowhere, 0);
    EXPECT_TRUE(judged().ok()) << judged().text();
}

TEST_F(ChaosOracle, D1AConfirmedRowThatIsLost) {
    did(Verb::store, s_, 201);
    EXPECT_TRUE(judged().broke("D1"));
}

TEST_F(ChaosOracle, D1AConfirmedEditThatIsLost) {
    const std::size_t stored = did(Verb::store, s_, 201);
    did(Verb::update, s_, 200);
    show_everywhere("a", s_, stored);
    EXPECT_TRUE(judged().broke("D1"));
}

TEST_F(ChaosOracle, D1ADeletedRowThatIsBack) {
    show_everywhere("a", s_, did(Verb::store, s_, 201));
    did(Verb::remove, s_, 200);
    EXPECT_TRUE(judged().broke("D1"));
}

TEST_F(ChaosOracle, AnUnansweredDeletionMayOrMayNotHaveHappened) {
    const std::size_t stored = did(Verb::store, s_, 201);
    did(Verb::remove, s_, 0);
    EXPECT_TRUE(judged().ok()) << judged().text();
    show_everywhere("a", s_, stored);
    EXPECT_TRUE(judged().ok()) << judged().text();
}

TEST_F(ChaosOracle, D2AnUnknownRowOnOneNodeOnly) {
    show(1, "a", s_, did(Verb::store, s_, 503));
    EXPECT_TRUE(judged().broke("D2"));
}

TEST_F(ChaosOracle, D3ARejectedRowThatIsThere) {
    show_everywhere("a", s_, did(Verb::store, s_, 400));
    EXPECT_TRUE(judged().broke("D3"));
}

TEST_F(ChaosOracle, D4RowsThatDiffer) {
    show_everywhere("a", s_, did(Verb::store, s_, 201));
    nodes_[1].live["a"]["priority"] = 9;
    EXPECT_TRUE(judged().broke("D4"));
}

TEST_F(ChaosOracle, D4DigestsThatDiffer) {
    nodes_[1].digest.hash = "other";
    EXPECT_TRUE(judged().broke("D4"));
}

TEST_F(ChaosOracle, D5TheSameTwiceAndForeignRows) {
    const std::size_t op = did(Verb::store, s_, 201);
    show_everywhere("a", s_, op);
    show_everywhere("b", s_, op);
    EXPECT_TRUE(judged().broke("D5"));
    nodes_[0].live.erase("b");
    nodes_[1].live.erase("b");
    EXPECT_TRUE(judged().ok()) << judged().text();
    nodes_[0].live["c"] = {{"id", "c"}, {"content", "nobody wrote this"}};
    EXPECT_TRUE(judged().broke("D5"));
}

}  // namespace
}  // namespace aimem::chaos
