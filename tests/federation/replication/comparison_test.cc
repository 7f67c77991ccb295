// Two stores that are compared: the machine between them, and nothing else.
#include "federation/replication/answers.h"
#include "federation/replication/wire.h"
#include "store/base/time_text.h"
#include "tests/store/core/node.h"
#include "tests/store/core/random_changes.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>

namespace aimem::repl {
namespace {

using test::a_memory;
using test::dead_change;
using test::kHour;
using test::kNoon;
using test::live_change;
using test::Node;

struct Outcome {
    CompareDone done{};
    std::size_t steps = 0;
    std::size_t longest_push = 0;
};

void upkeep(Node& node, const std::function<void(Registers&)>& work) {
    node.committer().begin();
    work(node.committer().registers());
    node.committer().commit();
}

// Carries out what the machine of `self` wants, against `peer`, as the node does.
class Meeting {
public:
    Meeting(Node& self, Node& peer) : self_(self), peer_(peer) {}

    std::int64_t owes = 0;
    std::int64_t lag = 0;
    bool behind = false;                     // the peer is
    std::function<void()> before_listing{};  // something happens meanwhile
    bool others = false;                     // there are, and they were never met

    Outcome run(Comparison::Patience patience = Comparison::Patience::patient) {
        Comparison machine("host:test", patience);
        CompareEvent event =
            CompareBegins{read_identity(self_.db()), acknowledged(self_.db()), lag};
        for (;;) {
            CompareAction action = machine.step(std::move(event), self_.clock.now_ns());
            out_.steps += 1;
            if (auto* done = std::get_if<CompareDone>(&action)) {
                out_.done = *done;
                if (done->end == CompareEnd::whole)
                    upkeep(self_, [&](Registers& registers) {
                        std::vector<std::string> peers{done->contact.node};
                        if (others) peers.emplace_back();
                        note_contact(registers, done->contact, done->horizon, peers);
                    });
                return out_;
            }
            event = std::visit([this](auto& one) { return carry_out(one); }, action);
        }
    }

private:
    CompareEvent carry_out(const AskDigest& ask) {
        const Asker asker{read_identity(self_.db()).node, owes, behind};
        return PeerSaid{answer_to(peer_.db(), ask, asker, peer_.clock.now_ns())};
    }
    CompareEvent carry_out(const AskParts& ask) { return PeerSaid{answer_to(peer_.db(), ask)}; }
    CompareEvent carry_out(const AskListing& ask) {
        if (before_listing) std::exchange(before_listing, {})();
        return PeerSaid{answer_to(peer_.db(), ask)};
    }
    CompareEvent carry_out(const AskRows& ask) { return PeerSaid{answer_to(peer_.db(), ask)}; }
    CompareEvent carry_out(const PushRows& push) {
        out_.longest_push = std::max(out_.longest_push, push.body.size());
        const auto in = decode_push(push.body);
        if (!in) throw std::runtime_error(in.error().message);
        PushOut out;
        out.accepted = peer_.accept(in->delivery);
        if (out.accepted.too_old) return CompareBroke{"HTTP 503"};
        out.in = &*in;
        out.self = read_identity(peer_.db());
        return PeerSaid{encode_reply(out)};
    }
    CompareEvent carry_out(const ReadDigests& wanted) {
        OwnDigests out;
        for (const KeyRange& range : wanted.ranges)
            out.digests.push_back(digest_of_range(self_.db(), range.lo, range.hi, wanted.cut));
        return out;
    }
    CompareEvent carry_out(const ReadListing& wanted) {
        return OwnListing{
            list_range(self_.db(), wanted.range.lo, wanted.range.hi, wanted.rows_max)};
    }
    CompareEvent carry_out(const ReadChanges& wanted) {
        return OwnChanges{some_changes_of(self_.db(), wanted.keys, wanted.bytes_max),
                          seen_of_feed(self_.db(), wanted.node)};
    }
    CompareEvent carry_out(const CheckHistory& check) {
        return HistoryChecked{contradicts_history(self_.db(), check.seen)};
    }
    CompareEvent carry_out(const KeepRows& rows) {
        const Accepted accepted = self_.accept(rows.delivery);
        if (accepted.too_old) return CompareBroke{"tombstones were collected meanwhile"};
        return RowsKept{accepted.rejected.size()};
    }
    CompareEvent carry_out(const ForgetRows& rows) {
        upkeep(self_, [&](Registers& registers) { forget(registers, rows.rows); });
        return RowsKept{};
    }
    CompareEvent carry_out(const CompareDone&) { throw std::logic_error("done already"); }

    Node& self_;
    Node& peer_;
    Outcome out_{};
};

Outcome compare(Node& self, Node& peer) {
    return Meeting(self, peer).run();
}

std::vector<Change> many(std::size_t count, const std::string& name, std::size_t bytes = 10) {
    std::vector<Change> out;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string id = name + std::to_string(i);
        out.push_back(live_change(id, a_memory("title of " + id, std::string(bytes, 'x')),
                                  kNoon + static_cast<std::int64_t>(i) * 1000));
    }
    return out;
}

class Comparing : public testing::Test {
protected:
    Node a{1};
    Node b{2};

    void expect_equal() {
        EXPECT_EQ(a.digest().sum, b.digest().sum);
        EXPECT_EQ(a.digest().count, b.digest().count);
        EXPECT_EQ(a.tables(), b.tables());
        EXPECT_EQ(test::contradiction(a.db()), "");
        EXPECT_EQ(test::contradiction(b.db()), "");
    }
    // As if the node had collected all tombstones up to then.
    void collected(Node& node, std::int64_t horizon, std::int64_t fresh) {
        const std::string then = std::to_string(horizon);
        node.db().exec("DELETE FROM repl_row WHERE state = 3 AND stamp <= " + then +
                       " AND key NOT IN (SELECT key FROM repl_body)");
        node.db().exec("UPDATE repl_meta SET recovering = 0, horizon = " + then +
                       ", fresh = " + std::to_string(fresh));
    }
};

TEST_F(Comparing, TwoEqualNodesSaySoInOneRequest) {
    a.accept(many(1000, "m"));
    b.accept(many(1000, "m"));
    const Outcome out = compare(a, b);
    EXPECT_EQ(out.done.end, CompareEnd::whole);
    EXPECT_EQ(out.steps, 3U);
    EXPECT_EQ(out.done.sent + out.done.received, 0U);
}

TEST_F(Comparing, BothHaveEverythingAfterwards) {
    a.accept(many(700, "common"));
    b.accept(many(700, "common"));
    a.accept(many(40, "ofA"));
    b.accept(many(300, "ofB"));
    const std::string edited = a.store("both", "the older text");
    b.accept(a.changes());
    b.clock.now += kHour;
    UpdateMemory edit;
    edit.id = edited;
    edit.content = "the newer text";
    b.must(edit);
    a.must(DeleteMemory{"common5"});
    b.must(ArchiveMemory{"common6", "test"});
    b.must(LinkMemories{"common7", "common8", "related_to"});
    const Outcome out = compare(a, b);
    EXPECT_EQ(out.done.end, CompareEnd::whole);
    EXPECT_GE(out.done.sent, 1U);
    EXPECT_GE(out.done.received, 300U);
    expect_equal();
    EXPECT_EQ(a.memory(edited).content, "the newer text");
    EXPECT_FALSE(b.live("common5"));
}

TEST_F(Comparing, AnEmptyNodeIsFilledFromEitherSideInPagesNotSquares) {
    constexpr std::size_t kRows = 3000;
    a.accept(many(kRows, "m"));
    const Outcome giving = compare(a, b);
    EXPECT_EQ(giving.done.end, CompareEnd::whole);
    EXPECT_EQ(giving.done.sent, kRows);
    expect_equal();
    // A page is 256 rows, and takes two steps or three; the digests come on top.
    EXPECT_LE(giving.steps, 4 * kRows / 256 + 20);
    Node c{3};
    const Outcome taking = compare(c, a);
    EXPECT_EQ(taking.done.end, CompareEnd::whole);
    EXPECT_EQ(taking.done.received, kRows);
    EXPECT_EQ(c.digest().sum, a.digest().sum);
    EXPECT_LE(taking.steps, 2 * 64 + 2 * kRows / 256 + 20);
}

TEST_F(Comparing, LongRowsGoInPushesThatAPeerTakes) {
    a.accept(many(200, "m", 40'000));
    const Outcome out = compare(a, b);
    EXPECT_EQ(out.done.end, CompareEnd::whole);
    EXPECT_LE(out.longest_push, (2U << 20));
    expect_equal();
    Node c{3};
    EXPECT_EQ(compare(c, a).done.end, CompareEnd::whole);
    EXPECT_EQ(c.digest().sum, a.digest().sum);
}

TEST_F(Comparing, WhatWasWrittenMeanwhileDoesNoHarm) {
    a.accept(many(100, "m"));
    b.accept(many(50, "n"));
    Meeting meeting(a, b);
    meeting.before_listing = [&] {
        b.must(DeleteMemory{"n7"});
        b.store("written while the two compared");
        a.store("and so was this");
    };
    EXPECT_EQ(meeting.run().done.end, CompareEnd::whole);
    EXPECT_EQ(compare(a, b).done.end, CompareEnd::whole);
    expect_equal();
}

TEST_F(Comparing, NodesWithWhateverHistoryEndEqual) {
    const std::uint64_t seed = test::test_seed();
    SCOPED_TRACE("AIMEM_TEST_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    for (int round = 0; round < test::test_rounds(5); ++round) {
        Node x{11};
        Node y{12};
        for (const Change& change : test::random_changes(random, 400)) {
            if (random() % 3 != 0) x.accept({change});
            if (random() % 3 != 0) y.accept({change});
        }
        EXPECT_EQ(compare(x, y).done.end, CompareEnd::whole);
        ASSERT_EQ(x.digest().sum, y.digest().sum);
        ASSERT_EQ(x.tables(), y.tables());
    }
}

TEST_F(Comparing, ANodeThatMeetsItselfOrItsCopyDoesNothing) {
    a.store("one");
    EXPECT_EQ(compare(a, a).done.end, CompareEnd::failed);
}

TEST_F(Comparing, WaitsWhileThePeersFeedIsOnItsWayButNotForEver) {
    b.accept(many(10, "m"));
    Meeting meeting(a, b);
    meeting.owes = kOwedMax + 1;
    EXPECT_EQ(meeting.run().done.end, CompareEnd::owed);
    EXPECT_EQ(a.digest().count, 0);
    Meeting again(a, b);
    again.owes = kOwedMax + 1;
    EXPECT_EQ(again.run(Comparison::Patience::impatient).done.end, CompareEnd::whole);
    expect_equal();
}

// Else what a feed brings is sent a second time, by each node that compares meanwhile.
TEST_F(Comparing, SendsNothingWhileFeedsAreOnTheirWayToThePeer) {
    a.accept(many(10, "m"));
    for (const bool ours : {true, false}) {
        Meeting meeting(a, b);
        meeting.lag = ours ? kOwedMax + 1 : 0;
        meeting.behind = !ours;
        EXPECT_EQ(meeting.run().done.end, CompareEnd::later);
        EXPECT_EQ(b.digest().count, 0);
    }
    Meeting few(a, b);
    few.lag = kOwedMax;
    EXPECT_EQ(few.run().done.end, CompareEnd::whole);
    expect_equal();
}

TEST_F(Comparing, APeerThatKnowsMoreOfUsThanWeDoTellsARewind) {
    a.store("one");
    const Identity self = read_identity(a.db());
    const Outcome good = compare(a, b);
    EXPECT_EQ(good.done.end, CompareEnd::whole);
    b.accept(Delivery{self.node, self.epoch, 0, 90, {}, 0});
    const Outcome out = compare(a, b);
    EXPECT_EQ(out.done.end, CompareEnd::rewound);
    EXPECT_EQ(out.done.evidence.seen, 90);
}

TEST_F(Comparing, APeerThatSpeaksOtherwiseIsAFailureNotACrash) {
    for (const char* body : {"", "{}", "[]", R"({"error":"not found"})",
                             R"({"digest":"00","count":0,"node":"n","epoch":"e"})"}) {
        Comparison machine("host:test");
        machine.step(CompareBegins{read_identity(a.db()), 0}, 0);
        const auto action = machine.step(PeerSaid{body}, 0);
        ASSERT_TRUE(std::holds_alternative<CompareDone>(action)) << body;
        EXPECT_EQ(std::get<CompareDone>(action).end, CompareEnd::failed) << body;
    }
    Comparison machine("host:test");
    machine.step(CompareBegins{read_identity(a.db()), 0}, 0);
    const auto action = machine.step(CompareBroke{"reset"}, 0);
    EXPECT_EQ(std::get<CompareDone>(action).why, "reset");
}

TEST_F(Comparing, TombstonesThatOneSideHasCollectedMakeNoDifference) {
    a.accept(many(20, "m"));
    a.accept({dead_change("m3", kNoon + kHour), dead_change("m4", kNoon + 3 * kHour)});
    b.accept(a.changes());
    a.clock.now = b.clock.now = kNoon + 24 * kHour;
    EXPECT_EQ(compare(a, b).done.end, CompareEnd::whole);
    EXPECT_EQ(compare(b, a).done.end, CompareEnd::whole);
    collected(a, kNoon + 2 * kHour, kNoon + 12 * kHour);
    EXPECT_NE(a.digest().count, b.digest().count);
    for (auto [x, y] : {std::pair(&a, &b), std::pair(&b, &a)}) {
        const Outcome out = compare(*x, *y);
        EXPECT_EQ(out.done.end, CompareEnd::whole) << out.done.why;
        EXPECT_EQ(out.done.sent + out.done.received + out.done.forgotten, 0U);
    }
    EXPECT_EQ(read_identity(b.db()).horizon, kNoon + 2 * kHour)
        << "what a peer did not send may be missing here";
    EXPECT_EQ(a.count("SELECT count(*) FROM repl_row WHERE state = 3"), 1);
    EXPECT_EQ(b.count("SELECT count(*) FROM repl_row WHERE state = 3"), 2);
}

// A node comes back with a backup from before a deletion whose tombstone is gone everywhere.
TEST_F(Comparing, ANodeThatWasAwayForTooLongDoesNotBringTheDeadBack) {
    a.accept(many(20, "m"));
    const std::string old_and_shared = b.store("its own, and known to others");
    const auto row = b.change(memory_key(old_and_shared));
    a.accept({row});
    b.accept(many(20, "m"));
    write_cursor(b.db(), {"http://a", "a", "e", 1});
    write_cursor(b.db(), {"http://a", "another", "e", 0});  // an empty disk, meanwhile
    const std::string never_seen = b.store("its own, and known to nobody");
    a.accept({dead_change("m3", kNoon + kHour), dead_change(old_and_shared, kNoon + kHour)});
    collected(a, kNoon + 2 * kHour, kNoon + 12 * kHour);
    a.clock.now = b.clock.now = kNoon + 24 * kHour;

    const Outcome seen_from_a = compare(a, b);
    EXPECT_EQ(seen_from_a.done.end, CompareEnd::later) << "the old one must do it";
    EXPECT_EQ(a.digest().count, 19);

    const Outcome out = compare(b, a);
    EXPECT_EQ(out.done.end, CompareEnd::whole) << out.done.why;
    EXPECT_EQ(out.done.forgotten, 2U);
    EXPECT_FALSE(b.live("m3"));
    EXPECT_FALSE(b.live(old_and_shared));
    EXPECT_TRUE(a.live(never_seen));
    expect_equal();
    upkeep(b, [&](Registers& registers) { end_recovery(registers, read_identity(b.db()).epoch); });
    EXPECT_EQ(compare(a, b).done.end, CompareEnd::whole) << "and from now on it is one of them";
}

// Who is equal to an empty node, or to one that was away itself, was away as before.
TEST_F(Comparing, AnEmptyNodeMakesNobodyFresh) {
    a.accept(many(20, "m"));
    b.accept(many(20, "m"));
    a.accept({dead_change("m3", kNoon + kHour)});
    collected(a, kNoon + 2 * kHour, kNoon + 12 * kHour);
    Node empty{3};
    a.clock.now = b.clock.now = empty.clock.now = kNoon + 24 * kHour;
    for (auto [x, y] : {std::pair(&b, &empty), std::pair(&empty, &b)}) {
        Meeting meeting(*x, *y);
        meeting.others = true;
        EXPECT_EQ(meeting.run().done.end, CompareEnd::whole);
    }
    EXPECT_TRUE(empty.live("m3"));
    for (Node* stale : {&b, &empty}) {
        EXPECT_EQ(compare(a, *stale).done.end, CompareEnd::later);
        EXPECT_EQ(compare(*stale, a).done.forgotten, 1U);
        EXPECT_EQ(compare(a, *stale).done.end, CompareEnd::whole);
        EXPECT_EQ(stale->digest().sum, a.digest().sum);
    }
    EXPECT_FALSE(a.live("m3"));
}

TEST_F(Comparing, WhatIsCollectedMeanwhileDoesNotComeBack) {
    for (const bool sent : {true, false}) {
        Node keeper{4};
        Node late{5};
        keeper.accept(many(20, "m"));
        late.accept(many(20, "m"));
        keeper.accept({dead_change("m3", kNoon + kHour)});
        Meeting meeting(sent ? late : keeper, sent ? keeper : late);
        meeting.before_listing = [&] {
            collected(keeper, kNoon + 2 * kHour, kNoon + 12 * kHour);
        };
        EXPECT_EQ(meeting.run().done.end, CompareEnd::failed) << "once more, it must be";
        EXPECT_FALSE(keeper.live("m3"));
        EXPECT_EQ(compare(late, keeper).done.forgotten, 1U);
        EXPECT_EQ(late.digest().sum, keeper.digest().sum);
    }
}

// The other id of a merged memory resolves on nodes too that begin when tombstones are long gone.
TEST_F(Comparing, ATombstoneThatLeadsOnReachesANodeThatBeginsLater) {
    a.accept(many(5, "m"));
    Change merged = dead_change("m3", kNoon + kHour);
    merged.body = R"({"into":"m1"})";
    merged.version.sig = sig_of(merged.state, merged.body);
    a.accept({merged, dead_change("m4", kNoon + kHour)});
    collected(a, kNoon + 2 * kHour, kNoon + 12 * kHour);
    const Outcome out = compare(b, a);
    EXPECT_EQ(out.done.end, CompareEnd::whole);
    EXPECT_EQ(out.done.received, 4U);
    EXPECT_EQ(b.change("m:m3").body, merged.body);
}

// Every node that has it lets it expire; the row is its own then, and still no news.
TEST_F(Comparing, WhatExpiredOnANodeThatWasAwayIsForgottenToo) {
    Memory memory = a_memory("with an end");
    memory.expires_at = time_text(kNoon + kHour);
    a.accept({live_change("m1", memory, kNoon)});
    b.accept({live_change("m1", memory, kNoon)});
    a.accept({dead_change("m1", kNoon + kHour / 2)});
    collected(a, kNoon + 2 * kHour, kNoon + 12 * kHour);
    b.clock.now = kNoon + 3 * kHour;
    b.must(ExpireMemories{});
    ASSERT_EQ(b.change("m:m1").state, State::archived);
    EXPECT_EQ(compare(b, a).done.forgotten, 1U);
    EXPECT_EQ(a.digest().count, 0);
    EXPECT_EQ(b.digest().count, 0);
}

TEST_F(Comparing, NobodyIsBelievedWhoIsNotWholeItself) {
    a.accept(many(3, "m"));
    b.accept(many(20, "m"));
    collected(a, kNoon + 2 * kHour, kNoon + 12 * kHour);
    a.db().exec("UPDATE repl_meta SET recovering = 1");
    EXPECT_EQ(compare(b, a).done.end, CompareEnd::later);
    EXPECT_EQ(b.digest().count, 20) << "nothing is forgotten for its sake";
}

TEST_F(Comparing, TwoThatHaveBothCollectedSinceTheyMetLeaveItToAPerson) {
    a.accept(many(3, "m"));
    b.accept(many(20, "m"));
    collected(a, kNoon + 2 * kHour, kNoon);
    collected(b, kNoon + 3 * kHour, kNoon);
    const Outcome out = compare(b, a);
    EXPECT_EQ(out.done.end, CompareEnd::later);
    EXPECT_NE(out.done.why.find("empty file"), std::string::npos);
    EXPECT_EQ(b.digest().count, 20);
    EXPECT_EQ(a.digest().count, 3);
}

}  // namespace
}  // namespace aimem::repl
