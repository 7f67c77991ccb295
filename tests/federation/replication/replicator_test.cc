// The replication machine, told by hand what happens: no socket, no thread, no clock.
#include "store/model/json.h"
#include "tests/federation/replication/replicator_fixture.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace aimem::repl {
namespace {

TEST_F(ReplicatorTest, AWriteGoesToEveryPeerAndIsMetByTheFirstAck) {
    make(2, 2);
    write(1, 7);
    const auto pushes = take<SendPush>();
    ASSERT_EQ(pushes.size(), 2U);
    EXPECT_TRUE(take<Resolve>().empty());
    answer(pushes[1], good_answer(pushes[1]));
    const auto resolved = take<Resolve>();
    ASSERT_EQ(resolved.size(), 1U);
    EXPECT_EQ(resolved[0].ticket, 7U);
    EXPECT_EQ(resolved[0].outcome.verdict, Verdict::met);
    EXPECT_EQ(resolved[0].outcome.got, 2U);
}

TEST_F(ReplicatorTest, AStragglerIsStillServed) {
    make(2, 2);
    write(1, 7);
    auto pushes = take<SendPush>();
    answer(pushes[0], good_answer(pushes[0]));
    lose(pushes[1], PushEnd::broken);
    EXPECT_EQ(take<Resolve>().size(), 1U);
    ASSERT_TRUE(machine_->next_wakeup());
    step(Tick{}, milliseconds(10'000));
    const auto again = take<SendPush>();
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].peer, 1U);
    answer(again[0], good_answer(again[0]), milliseconds(10'000));
    EXPECT_EQ(machine_->peers()[1].lag, 0);
}

TEST_F(ReplicatorTest, RefusedConnectionsFailTheWriteAtOnceAndNotAtTheDeadline) {
    make(2, 2);
    write(1, 7);
    for (const auto& push : take<SendPush>()) lose(push, PushEnd::refused, milliseconds(1));
    const auto resolved = take<Resolve>();
    ASSERT_EQ(resolved.size(), 1U);
    EXPECT_EQ(resolved[0].outcome.verdict, Verdict::failed);
    EXPECT_EQ(resolved[0].outcome.reason, "unreachable");
    write(2, 8, milliseconds(2));  // nobody came back within a millisecond: not even tried
    EXPECT_EQ(take<Resolve>().size(), 1U);
    EXPECT_TRUE(take<SendPush>().empty());
    write(3, 9, milliseconds(500));  // later it is worth a try
    EXPECT_EQ(take<SendPush>().size(), 2U);
}

TEST_F(ReplicatorTest, SilenceIsATimeoutAtTheDeadline) {
    make(1, 2);
    write(1, 7);
    EXPECT_EQ(machine_->next_wakeup(), Instant(milliseconds(1000)));
    step(Tick{}, milliseconds(999));
    EXPECT_TRUE(take<Resolve>().empty());
    step(Tick{}, milliseconds(1000));
    EXPECT_EQ(take<Resolve>().at(0).outcome.reason, "timeout");
}

TEST_F(ReplicatorTest, APeerThatAsksForTimeIsLeftAloneWhateverIsWritten) {
    make(2, 2);
    write(1, 7);
    for (const auto& push : take<SendPush>()) {
        if (push.peer == 0) {
            answer(push, good_answer(push), milliseconds(1));
            continue;
        }
        step(PushDone{push.peer, push.id, PushEnd::answered, 503, "{}", milliseconds(3000)},
             milliseconds(1));
    }
    std::int64_t seq = 1;
    for (int at = 200; at < 3000; at += 400) {
        ++seq;
        write(seq, static_cast<Ticket>(at), milliseconds(at));
        for (const auto& push : take<SendPush>()) {
            EXPECT_EQ(push.peer, 0U) << "at " << at << " ms: it asked for three seconds";
            answer(push, good_answer(push), milliseconds(at));
        }
    }
    step(PeerHeard{""}, milliseconds(2900));  // it pushed to us, and is as busy as it said
    EXPECT_TRUE(take<SendPush>().empty());
    step(Tick{}, milliseconds(3001));
    const auto again = take<SendPush>();
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].peer, 1U);
    answer(again[0], good_answer(again[0], "other"), milliseconds(3002));
    EXPECT_EQ(machine_->peers()[1].lag, 0);
    EXPECT_EQ(machine_->peers()[1].acks, 1U);
}

TEST_F(ReplicatorTest, ADeadPeerIsTriedLessAndLessOftenAndNeverGivenUp) {
    make(1, 1);
    write(1, 7);
    milliseconds at(0);
    milliseconds pause(0);
    for (int tries = 0; tries < 12; ++tries) {
        const auto pushes = take<SendPush>();
        ASSERT_EQ(pushes.size(), 1U) << "one at a time, try " << tries;
        lose(pushes[0], PushEnd::refused, at);
        const auto next = machine_->next_wakeup();
        ASSERT_TRUE(next);
        const auto waits = std::chrono::duration_cast<milliseconds>(*next - Instant(at));
        EXPECT_GE(waits, std::max(pause, kRetryFirst)) << tries;
        EXPECT_LE(waits, kRetryMax) << tries;
        pause = waits;
        at += waits;
        step(Tick{}, at - milliseconds(1));
        EXPECT_TRUE(take<SendPush>().empty());
        step(Tick{}, at);
    }
    EXPECT_EQ(pause, kRetryMax);
    const auto pushes = take<SendPush>();
    ASSERT_EQ(pushes.size(), 1U);
    answer(pushes[0], good_answer(pushes[0]), at);
    EXPECT_TRUE(machine_->peers()[0].up);
    EXPECT_EQ(machine_->peers()[0].lag, 0);
    EXPECT_EQ(take<Report>().size(), 2U) << "down once, up once, however often it was tried";
}

TEST_F(ReplicatorTest, AnswersThatDoNotMeanStoredNeverCount) {
    const char* lies[] = {
        "garbage",
        "[]",
        R"({"applied":0,"skipped":1})",
        R"({"ids":["other"]})",
        R"({"repl":{}})",
        R"({"repl":{"node":"p","epoch":"e","done":["0","1"],"seen":"1","durable":false}})"};
    for (const char* lie : lies) {
        make(1, 2);
        write(1, 7);
        answer(take<SendPush>().at(0), lie);
        const auto resolved = take<Resolve>();
        ASSERT_EQ(resolved.size(), 1U) << lie;
        EXPECT_EQ(resolved[0].outcome.verdict, Verdict::failed) << lie;
        EXPECT_EQ(resolved[0].outcome.reason, "id_drift") << lie;
        EXPECT_GT(machine_->peers()[0].lag, 0) << lie;
        actions_.clear();
    }
}

TEST_F(ReplicatorTest, ARejectedRowFailsItsWriterOnlyAndTheCursorMovesOn) {
    make(1, 2);
    step(FeedMoved{4});
    const auto load = take<LoadPage>();
    ASSERT_EQ(load.size(), 1U);
    step(Committed{{row_at(4)}, {}, Ticket{1}});
    FeedPage page{{row_at(1), row_at(2), row_at(3)}, 0, 3, false};
    step(PageLoaded{0, 0, page});
    auto pushes = take<SendPush>();
    ASSERT_EQ(pushes.size(), 1U);
    answer(pushes[0], good_answer(pushes[0], "peer", R"([{"q":"2","why":"bad"}])"));
    EXPECT_EQ(take<Report>().size(), 1U);
    pushes = take<SendPush>();
    ASSERT_EQ(pushes.size(), 1U);
    answer(pushes[0], good_answer(pushes[0]));
    EXPECT_EQ(take<Resolve>().at(0).outcome.verdict, Verdict::met);
    EXPECT_EQ(machine_->peers()[0].lag, 0);
}

TEST_F(ReplicatorTest, AWaitedRowIsSentEvenIfTheFeedNoLongerHoldsIt) {
    make(1, 2);
    step(FeedMoved{2});  // another process wrote 1: the page must come from disk
    EXPECT_EQ(take<LoadPage>().size(), 1U);
    write(2, 7);
    // Meanwhile 2 was overwritten: the page ends at 1 or beyond 2 without it.
    FeedPage page{{row_at(1), row_at(3)}, 0, 3, false};
    step(PageLoaded{0, 0, page});
    const auto pushes = take<SendPush>();
    ASSERT_EQ(pushes.size(), 1U);
    const auto in = decode_push(pushes[0].body);
    ASSERT_TRUE(in);
    EXPECT_EQ(in->delivery.rows.size(), 3U);
}

// Neither from memory, nor from a page that was on its way, nor for whoever waits for it.
TEST_F(ReplicatorTest, WhatWasForgottenIsNotSentAnyMore) {
    make(1, 2);
    step(FeedMoved{2});
    take<LoadPage>();
    write(2, 7);
    step(RowsForgotten{});
    EXPECT_EQ(take<Resolve>().at(0).outcome.verdict, Verdict::failed);
    step(PageLoaded{0, 0, FeedPage{{row_at(1), row_at(2)}, 0, 2, false}});
    EXPECT_TRUE(take<SendPush>().empty());
    const auto load = take<LoadPage>();
    ASSERT_EQ(load.size(), 1U) << "it is read anew";
    step(PageLoaded{0, 0, FeedPage{{row_at(1)}, 0, 2, false}, {}, load[0].lettings_go});
    EXPECT_EQ(decode_push(take<SendPush>().at(0).body)->delivery.rows.size(), 1U);
}

// What expired here before the peers' tombstones came is in memory still.
TEST_F(ReplicatorTest, WhatWasReadyBeforeAnAbsenceEndedIsReadAnew) {
    make(1, 1);
    step(Committed{{row_at(1)}, {}, {}});
    answer(take<SendPush>().at(0), "no");
    step(FeedMoved{2, 7'200'000'000'000});  // ns: two hours
    step(Tick{}, milliseconds(60'000));
    EXPECT_TRUE(take<SendPush>().empty());
    EXPECT_EQ(take<LoadPage>().size(), 1U);
}

TEST_F(ReplicatorTest, WritesThatGatherShareTheNextPush) {
    make(1, 2);
    write(1, 1);
    const auto first = take<SendPush>();
    for (std::int64_t seq = 2; seq <= 20; ++seq) write(seq, static_cast<Ticket>(seq));
    EXPECT_TRUE(take<SendPush>().empty());
    answer(first.at(0), good_answer(first[0]));
    const auto second = take<SendPush>();
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(decode_push(second[0].body)->delivery.rows.size(), 19U);
    answer(second[0], good_answer(second[0]));
    EXPECT_EQ(take<Resolve>().size(), 20U);
}

TEST_F(ReplicatorTest, AReplacedPeerGetsEverythingAgain) {
    make(1, 1);
    write(1, 1);
    auto pushes = take<SendPush>();
    answer(pushes.at(0), good_answer(pushes[0], "old"));
    write(2, 2);
    pushes = take<SendPush>();
    answer(pushes.at(0), good_answer(pushes[0], "new"));
    const auto sent = take<SendPush>();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(decode_push(sent[0].body)->delivery.from, 0);
}

TEST_F(ReplicatorTest, APeerThatLostDataIsSentWhatItLost) {
    make(1, 1, 5);
    step(FeedMoved{7});
    const auto load = take<LoadPage>();
    ASSERT_EQ(load.size(), 1U);
    EXPECT_EQ(load[0].from, 5);
    step(PageLoaded{0, 5, FeedPage{{row_at(6)}, 5, 6, false}});
    const auto pushes = take<SendPush>();
    ASSERT_EQ(pushes.size(), 1U);
    answer(pushes[0],
           R"({"repl":{"node":"p","epoch":"e","done":["5","6"],"seen":"2","durable":true}})");
    const auto again = take<LoadPage>();
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].from, 2);
}

TEST_F(ReplicatorTest, TheNodeItselfAmongThePeersCountsForNothing) {
    make(1, 2);
    write(1, 1);
    const auto pushes = take<SendPush>();
    answer(pushes.at(0), good_answer(pushes[0], "me"));
    EXPECT_EQ(take<Resolve>().at(0).outcome.verdict, Verdict::failed);
    write(2, 2);
    EXPECT_TRUE(take<SendPush>().empty());
}

TEST_F(ReplicatorTest, APeerThatSpokeOurWireMustGoOnSpeakingIt) {
    make(1, 2);
    write(1, 1);
    auto pushes = take<SendPush>();
    answer(pushes.at(0), good_answer(pushes[0]));
    EXPECT_EQ(take<Resolve>().at(0).outcome.verdict, Verdict::met);
    write(2, 2);
    pushes = take<SendPush>();
    answer(pushes.at(0), R"({"applied":1,"skipped":0})");
    EXPECT_EQ(take<Resolve>().at(0).outcome.verdict, Verdict::failed);
}

TEST_F(ReplicatorTest, APeerOf063IsToldInItsOwnWordsAfterItsFirstAnswer) {
    make(1, 2);
    write(1, 1);
    auto pushes = take<SendPush>();
    EXPECT_TRUE(nlohmann::json::parse(pushes.at(0).body).contains("repl"));
    // What a deletion is for a stranger is not known: it counts when it was told in its own words.
    EXPECT_FALSE(nlohmann::json::parse(pushes[0].body).contains("deletions"));
    answer(pushes[0], R"({"deleted":0,"skipped":0})");
    EXPECT_TRUE(take<Resolve>().empty());
    const auto load = take<LoadPage>();
    ASSERT_EQ(load.size(), 1U);
    EXPECT_TRUE(load[0].notes);
    ASSERT_EQ(load[0].waited.size(), 1U);
    EXPECT_EQ(load[0].waited[0].key, "m:r1");
    step(PageLoaded{0, 0, FeedPage{{row_at(1)}, 0, 1, false}, {}});
    pushes = take<SendPush>();
    EXPECT_FALSE(nlohmann::json::parse(pushes.at(0).body).contains("repl"));
    EXPECT_EQ(nlohmann::json::parse(pushes[0].body)["deletions"].size(), 1U);
    answer(pushes[0], R"({"deleted":1,"skipped":0})");
    EXPECT_EQ(take<Resolve>().at(0).outcome.verdict, Verdict::met);
}

TEST_F(ReplicatorTest, APeerOf063HasARowWhenItsLastStepIsAcknowledged) {
    make(1, 2);
    step(FeedMoved{1});
    write(1, 1);
    answer(take<SendPush>().at(0), "{}");
    take<LoadPage>();
    const Memory memory{"r1", Tier::mid, "global", "new title", "text"};
    const Change renamed{"m:r1", State::live, {1000, 0}, memory_body(memory), {}};
    RowNote note;
    note.moved = true;
    step(PageLoaded{0, 0, FeedPage{{{1, renamed}}, 0, 1, false}, {{"m:r1", note}}});
    auto pushes = take<SendPush>();
    ASSERT_EQ(pushes.size(), 1U);
    EXPECT_EQ(nlohmann::json::parse(pushes[0].body)["deletions"].size(), 1U);
    answer(pushes[0], R"({"deleted":1,"skipped":0})");
    EXPECT_TRUE(take<Resolve>().empty()) << "the row itself is not there yet";
    EXPECT_GT(machine_->peers()[0].lag, 0);
    pushes = take<SendPush>();
    ASSERT_EQ(pushes.size(), 1U);
    EXPECT_EQ(nlohmann::json::parse(pushes[0].body)["memories"].size(), 1U);
    answer(pushes[0], R"({"applied":1,"skipped":0})");
    EXPECT_EQ(take<Resolve>().at(0).outcome.verdict, Verdict::met);
    EXPECT_EQ(machine_->peers()[0].lag, 0);
}

TEST_F(ReplicatorTest, AFailureBetweenTwoStepsBeginsAnew) {
    make(1, 1);
    write(1, 1);
    answer(take<SendPush>().at(0), "{}");
    take<LoadPage>();
    const Memory memory{"r1", Tier::mid, "global", "new title", "text"};
    const Change renamed{"m:r1", State::live, {1000, 0}, memory_body(memory), {}};
    RowNote note;
    note.moved = true;
    const PageLoaded page{0, 0, FeedPage{{{1, renamed}}, 0, 1, false}, {{"m:r1", note}}};
    step(page);
    answer(take<SendPush>().at(0), R"({"deleted":1,"skipped":0})");
    lose(take<SendPush>().at(0), PushEnd::timeout);
    step(Tick{}, milliseconds(10'000));
    ASSERT_EQ(take<LoadPage>().size(), 1U);
    step(page, milliseconds(10'000));
    EXPECT_EQ(nlohmann::json::parse(take<SendPush>().at(0).body)["deletions"].size(), 1U);
}

TEST_F(ReplicatorTest, AnOldPeerThatRefusesOneRowOfABatchGetsTheOthers) {
    make(1, 1);
    step(FeedMoved{4});
    step(PageLoaded{0, 0, FeedPage{{row_at(1), row_at(2), row_at(3)}, 0, 3, false}});
    take<LoadPage>();
    auto pushes = take<SendPush>();
    answer(pushes.at(0), R"({"deleted":2,"skipped":1})");
    milliseconds at(0);
    std::vector<std::int64_t> reached;
    for (int turn = 0; turn < 40 && machine_->peers()[0].lag > 0; ++turn) {
        at += milliseconds(6000);
        step(Tick{}, at);
        for (const auto& load : take<LoadPage>()) {
            ASSERT_EQ(load.rows_max, 1U);
            step(PageLoaded{0, load.from,
                            FeedPage{{row_at(load.from + 1)}, load.from, load.from + 1, true}},
                 at);
        }
        for (const auto& push : take<SendPush>()) {
            const bool bad = push.body.find("\"r2\"") != std::string::npos;
            if (!bad) reached.push_back(machine_->peers()[0].lag);
            answer(push, bad ? R"({"deleted":0,"skipped":1})" : R"({"deleted":1,"skipped":0})", at);
        }
    }
    EXPECT_EQ(machine_->peers()[0].lag, 0);
    EXPECT_EQ(reached.size(), 2U);
}

// One of a group's rows is refused, and the others go with it however small the pages are.
TEST_F(ReplicatorTest, AnOldPeerThatRefusesARowOfAGroupDoesNotHoldUpTheRest) {
    make(1, 1);
    step(FeedMoved{3});
    step(PageLoaded{0, 0, FeedPage{{row_at(1), row_at(2)}, 0, 2, false}});
    take<LoadPage>();
    answer(take<SendPush>().at(0), R"({"deleted":1,"skipped":1})");
    milliseconds at(0);
    for (int turn = 0; turn < 40 && machine_->peers()[0].lag > 0; ++turn) {
        at += milliseconds(6000);
        step(Tick{}, at);
        for (const auto& load : take<LoadPage>()) {
            const FeedPage group{{row_at(1), row_at(2)}, load.from, load.from + 1, true};
            step(PageLoaded{0, load.from, group}, at);
        }
        for (const auto& push : take<SendPush>()) answer(push, R"({"deleted":1,"skipped":1})", at);
    }
    EXPECT_EQ(machine_->peers()[0].lag, 0);
    const auto reports = take<Report>();
    EXPECT_EQ(std::count_if(reports.begin(), reports.end(),
                            [](const Report& one) { return one.what == Report::What::parked; }),
              2);
}

std::string answer_with(const SendPush& push, const std::string& more,
                        const std::string& epoch = "p0", const std::string& node = "peer",
                        std::int64_t seen = -1) {
    const auto in = decode_push(push.body);
    const auto& d = in->delivery;
    return R"({"repl":{"node":")" + node + R"(","epoch":")" + epoch + R"(","done":[")" +
           std::to_string(d.from) + "\",\"" + std::to_string(d.to) + R"("],"seen":")" +
           std::to_string(seen < 0 ? d.to : seen) + R"(","durable":true,"rej":[])" + more + "}}";
}

constexpr const char* kNothingNew = R"(,"before":{"epoch":"e0","seen":"1","k":"m:x","ts":"5"})";

TEST_F(ReplicatorTest, WhatAPeerKnowsOfOurFeedIsCheckedOnceAndWheneverItIsMoreThanThereIs) {
    make(1, 1);
    const auto push_with = [this](std::int64_t seq, const std::string& more) {
        write(seq, static_cast<Ticket>(seq));
        const auto pushes = take<SendPush>();
        answer(pushes.at(0), answer_with(pushes.at(0), more));
        return take<CheckHistory>();
    };
    const auto first = push_with(1, kNothingNew);
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(first[0].seen.key, "m:x");
    EXPECT_EQ(first[0].seen.stamp, 5);
    EXPECT_TRUE(push_with(2, kNothingNew).empty());
    EXPECT_TRUE(push_with(3, "").empty());
    EXPECT_EQ(push_with(4, R"(,"before":{"epoch":"e0","seen":"9"})").size(), 1U);
    EXPECT_EQ(push_with(5, R"(,"before":{"epoch":"e7","seen":"1"})").size(), 1U);
}

TEST_F(ReplicatorTest, ANewIdentityTravelsAtOnceAndOldAnswersSayNothing) {
    make(1, 2);
    write(1, 7);
    const auto old = take<SendPush>().at(0);
    step(IdentityChanged{{"me", "e1", 5, 2, 1, true, 0, 0}});
    const auto again = take<SendPush>();
    ASSERT_EQ(again.size(), 1U) << "the row somebody waits for goes again";
    const auto in = decode_push(again[0].body);
    EXPECT_EQ(in->delivery.epoch, "e1");
    EXPECT_EQ(in->tag, 5);
    EXPECT_EQ(in->delivery.base, 1);
    answer(old, good_answer(old));
    EXPECT_TRUE(take<Resolve>().empty());
    answer(again[0], answer_with(again[0], kNothingNew));
    EXPECT_EQ(take<Resolve>().size(), 1U);
    EXPECT_EQ(take<CheckHistory>().size(), 1U) << "the store knows that e0 is past";
}

TEST_F(ReplicatorTest, APeerLearnsWhatWeHaveOfItsFeed) {
    make(1, 1);
    step(ForeignApplied{{0, 3}, "peer", {"p0", 44, {}, 0}});
    write(4, 1);
    auto push = take<SendPush>().at(0);
    EXPECT_EQ(decode_push(push.body)->you.epoch, "") << "who it is, is not known yet";
    answer(push, good_answer(push));
    write(5, 2);
    push = take<SendPush>().at(0);
    const auto in = decode_push(push.body);
    EXPECT_EQ(in->you.epoch, "p0");
    EXPECT_EQ(in->you.seen, 44);
}

TEST_F(ReplicatorTest, APeerWithANewEpochIsSentWhatItSaysItLacksAnotherDiskEverything) {
    make(1, 1);
    for (std::int64_t seq = 1; seq <= 6; ++seq) {
        write(seq, static_cast<Ticket>(seq));
        const auto push = take<SendPush>().at(0);
        answer(push, seq < 6 ? good_answer(push) : answer_with(push, "", "p1", "peer", 3));
    }
    auto loads = take<LoadPage>();
    const auto sent = take<SendPush>();
    const std::int64_t from =
        sent.empty() ? loads.at(0).from : decode_push(sent[0].body)->delivery.from;
    EXPECT_EQ(from, 3);
}

TEST_F(ReplicatorTest, ACopyOfOurOwnFileIsToldFromOurselves) {
    for (const auto& [more, what] :
         {std::pair(std::string(), Report::What::self_in_peers),
          std::pair(std::string(R"(,"place":"here")"), Report::What::self_in_peers),
          std::pair(std::string(R"(,"place":"there")"), Report::What::twin)}) {
        ReplicatorOptions options;
        options.policy = {2, 2, milliseconds(1000)};
        options.self = {"me", "e0", 1, 1};
        options.place = "here";
        options.peers.push_back({"http://p", "", "", 0});
        machine_.emplace(options);
        write(1, 1);
        const auto push = take<SendPush>().at(0);
        answer(push, answer_with(push, more, "e0", "me"));
        const auto reports = take<Report>();
        ASSERT_EQ(reports.size(), 1U);
        EXPECT_EQ(reports[0].what, what) << more;
        EXPECT_TRUE(machine_->peers()[0].self);
        take<Resolve>();
    }
}

// The copy is thrown away and its address has another file: it is asked again now and then.
TEST_F(ReplicatorTest, ACopyThatBeganAnewIsAPeerAgain) {
    make(1, 1);
    write(1, 1);
    const auto push = take<SendPush>().at(0);
    answer(push, good_answer(push, "me"));
    EXPECT_TRUE(machine_->peers()[0].self);
    step(Tick{}, milliseconds(59'000));
    EXPECT_TRUE(take<SendPush>().empty());
    EXPECT_EQ(machine_->next_wakeup(), Instant(std::chrono::seconds(60)));
    step(Tick{}, milliseconds(60'000));
    const auto again = take<SendPush>().at(0);
    answer(again, good_answer(again), milliseconds(60'000));
    EXPECT_FALSE(machine_->peers()[0].self);
    EXPECT_EQ(machine_->peers()[0].lag, 0);
}

// A row that a peer has overwritten may be older than the tombstones that are collected.
TEST_F(ReplicatorTest, WhatWasWrittenLongAgoIsReadFromDisk) {
    make(1, 1);
    write(1, 1);
    lose(take<SendPush>().at(0), PushEnd::broken);
    for (Action& action : machine_->step(Tick{}, milliseconds(10'000), kTailAge + 1))
        actions_.push_back(std::move(action));
    EXPECT_TRUE(take<SendPush>().empty());
    EXPECT_EQ(take<LoadPage>().size(), 1U);
}

// A decision that came with a peer's push makes this node write: a ballot, a seal. It goes out at
// once, and nobody is taken to have it before it went.
TEST_F(ReplicatorTest, WhatADeliveryMadeUsWriteIsLookedUpAndSent) {
    make(1, 1);
    write(1, 1);
    auto push = take<SendPush>().at(0);
    answer(push, good_answer(push));
    take<LoadPage>();
    step(ForeignApplied{{3, 3}, "peer", {"p0", 44, {}, 0}});  // 2 was the peer's, 3 is ours
    EXPECT_EQ(machine_->peers().at(0).settled, 1);
    EXPECT_EQ(take<LoadPage>().size(), 1U);
}

}  // namespace
}  // namespace aimem::repl
