// The store with its threads: what gathers is committed together, every answer is true, a full
// queue says so, and nothing handed in is lost at the end. SPDX-License-Identifier: Apache-2.0
#include "store/writer.h"

#include "store/log/apply.h"
#include "store/model/limits.h"
#include "store/query/viewer.h"
#include "store/store.h"
#include "tests/store/core/legacy_file.h"
#include "tests/store/core/node.h"
#include "tests/support/eventually.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <set>
#include <thread>

namespace aimem {
namespace {

using test::Millis;
using test::Node;
using test::TempDir;

// Asked once by every transaction, so it counts them.
class CountingClock final : public Clock {
public:
    std::int64_t now_ns() const override {
        asked += 1;
        return system_clock().now_ns();
    }
    mutable std::atomic<int> asked{0};
};

StoreMemory store_of(const std::string& title) {
    StoreMemory op;
    op.title = title;
    op.content = "text";
    return op;
}

class WriterTest : public testing::Test {
protected:
    WriterTest() {
        options.file = dir / "memory.db";
        options.clock = &clock;
        open();
    }
    void open() {
        auto opened = Store::open(options);
        if (!opened) throw std::runtime_error(opened.error().message);
        store = std::move(*opened);
    }
    // Nobody can commit while this lives.
    struct Hold {
        explicit Hold(const std::filesystem::path& file)
            : db(file, sqlite::OpenMode::read_write),
              transaction(db) {}
        sqlite::Database db;
        sqlite::Transaction transaction;
    };

    TempDir dir;
    CountingClock clock;
    StoreOptions options;
    std::unique_ptr<Store> store;
};

TEST_F(WriterTest, WhatGathersIsCommittedTogetherAndEveryAnswerIsTrue) {
    constexpr int kThreads = 12;
    constexpr int kEach = 40;
    std::atomic<int> wrong{0};
    const int before = clock.asked;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < kThreads; ++t)
            threads.emplace_back([&, t] {
                for (int i = 0; i < kEach; ++i) {
                    const auto title = std::to_string(t) + "/" + std::to_string(i);
                    const auto done = store->commit(Op(store_of(title)));
                    const auto read =
                        done ? store->get(done->id) : Result<Memory>(fail(done.error()));
                    if (!read || read->title != title) ++wrong;
                }
            });
    }
    EXPECT_EQ(wrong, 0);
    EXPECT_LT(clock.asked - before, kThreads * kEach * 3 / 4) << "no grouping happened";
    store.reset();
    Node node(options.file, 1);
    EXPECT_EQ(node.count("SELECT count(*) FROM memories"), kThreads * kEach);
    EXPECT_EQ(node.next_seq(), kThreads * kEach + 1);
    EXPECT_EQ(test::contradiction(node.db()), "");
}

TEST_F(WriterTest, WhoWaitsCommitsItHimselfUnlessSomebodyDoesAndSeesAllOfIt) {
    store.reset();
    Writer writer(std::make_unique<sqlite::Database>(options.file, sqlite::OpenMode::read_write),
                  options);
    const ReadAs narrow(Viewer{"ai:a", "team"});
    std::thread::id ran_on;
    bool saw_all = false;
    const auto note = [&](std::promise<void>& end) {
        return Job{[&](Committer&) {
                       ran_on = std::this_thread::get_id();
                       saw_all = current_viewer().sees_all();
                   },
                   [&end](const Result<>& done) {
                       EXPECT_TRUE(done);
                       end.set_value();
                   }};
    };
    std::promise<void> first;
    writer.commit(note(first));
    EXPECT_EQ(first.get_future().wait_for(std::chrono::seconds(0)), std::future_status::ready);
    EXPECT_EQ(ran_on, std::this_thread::get_id());
    EXPECT_TRUE(saw_all) << "a verb is not narrowed by who asks";
    EXPECT_FALSE(current_viewer().sees_all());

    std::promise<void> begun;
    std::promise<void> go;
    writer.submit({[&](Committer&) {
                       begun.set_value();
                       go.get_future().wait();
                   },
                   [](const Result<>&) {
                   }});
    begun.get_future().wait();
    std::promise<void> second;
    writer.commit(note(second));  // queued: the database is in use
    go.set_value();
    second.get_future().wait();
    EXPECT_NE(ran_on, std::this_thread::get_id());
    EXPECT_TRUE(saw_all);
}

TEST_F(WriterTest, AGroupIsBoundedAndKeepsItsOrder) {
    std::vector<std::int64_t> order;
    std::promise<void> last;
    const int count = static_cast<int>(limits::commit_batch_jobs) + 10;
    const int before = clock.asked;
    {
        const Hold hold(options.file);
        for (int i = 0; i < count; ++i)
            store->commit(store_of(std::to_string(i)), [&, i](Result<Committed> done) {
                order.push_back(done ? done->rows.front().seq : -1);
                if (i == count - 1) last.set_value();
            });
    }
    last.get_future().wait();
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
    EXPECT_GT(order.front(), 0);
    EXPECT_GE(clock.asked - before, 2);
    EXPECT_LE(clock.asked - before, 4) << "one that waited, then full groups";
}

TEST_F(WriterTest, AFullQueueAnswersBusyAtOnceAndTheOthersAreDone) {
    const int count = static_cast<int>(limits::write_queue_jobs + limits::commit_batch_jobs) + 100;
    std::atomic<int> done{0};
    std::atomic<int> busy{0};
    std::atomic<int> other{0};
    {
        const Hold hold(options.file);
        for (int i = 0; i < count; ++i)
            store->commit(DeleteMemory{"none"}, [&](const Result<Committed>& result) {
                if (!result && result.error().code == Errc::not_found)
                    ++done;
                else if (!result && result.error().code == Errc::busy)
                    ++busy;
                else
                    ++other;
            });
        EXPECT_GE(busy, 100) << "told before anything was committed";
        EXPECT_EQ(done, 0);
    }
    EXPECT_TRUE(test::eventually(Millis(60'000), [&] { return done + busy + other == count; }));
    EXPECT_EQ(other, 0);
    EXPECT_GE(done, static_cast<int>(limits::write_queue_jobs));
}

TEST_F(WriterTest, TheEndCommitsWhatIsQueued) {
    std::atomic<int> acknowledged{0};
    auto hold = std::make_unique<Hold>(options.file);
    for (int i = 0; i < 600; ++i)
        store->commit(store_of(std::to_string(i)), [&](const Result<Committed>& done) {
            if (done) ++acknowledged;
        });
    EXPECT_EQ(acknowledged, 0);
    hold.reset();
    store.reset();
    EXPECT_EQ(acknowledged, 600) << "every caller was told before the store was gone";
    Node node(options.file, 1);
    EXPECT_EQ(node.count("SELECT count(*) FROM memories"), 600);
}

TEST_F(WriterTest, ALockThatIsNeverGivenBackIsBusyNotAHang) {
    const Hold hold(options.file);
    const auto start = std::chrono::steady_clock::now();
    const auto done = store->commit(Op(store_of("T")));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::busy);
    EXPECT_LT(test::ms_since(start), 30'000);
    EXPECT_TRUE(store->stats()) << "readers do not wait for it";
}

TEST_F(WriterTest, ABatchOfOpsAnswersEachInItsPlace) {
    std::promise<std::vector<Result<Committed>>> answer;
    store->commit_all(
        {store_of("One"), DeleteMemory{"none"}, store_of(""), store_of("Two")},
        [&](std::vector<Result<Committed>> all) { answer.set_value(std::move(all)); });
    const auto all = answer.get_future().get();
    ASSERT_EQ(all.size(), 4u);
    EXPECT_TRUE(all[0]);
    EXPECT_EQ(all[1].error().code, Errc::not_found);
    EXPECT_EQ(all[2].error().code, Errc::invalid_argument);
    EXPECT_TRUE(all[3]);
    EXPECT_EQ(store->digest()->count, 2);
}

TEST_F(WriterTest, ReadersSeeAnAcknowledgedWriteAndAreNotBlockedByOne) {
    const auto id = store->commit(Op(store_of("T")))->id;
    const Hold hold(options.file);
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(store->get(id));
    EXPECT_EQ(store->identity()->next_seq, 2);
}

TEST_F(WriterTest, ManyReadersShareFewConnectionsBesideAWriter) {
    const auto id = store->commit(Op(store_of("T")))->id;
    std::atomic<bool> stop{false};
    std::atomic<int> wrong{0};
    std::atomic<int> reads{0};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 6; ++t)
            threads.emplace_back([&] {
                while (!stop) {
                    const auto row = store->get(id);
                    if (!row || row->title != "T") ++wrong;
                    store->touch({id});
                    ++reads;
                }
            });
        for (int i = 0; i < 60; ++i)
            if (!store->commit(Op(store_of("N" + std::to_string(i))))) ++wrong;
        stop = true;
    }
    EXPECT_EQ(wrong, 0);
    EXPECT_GT(reads, 0);
    store->flush();
    EXPECT_EQ(store->get(id)->access_count, reads);
}

TEST_F(WriterTest, DataVersionMovesWithForeignCommitsOnly) {
    const auto before = store->data_version();
    EXPECT_EQ(store->data_version(), before);
    Node node(options.file, 1);
    const auto opened = store->data_version();
    node.store("T");
    EXPECT_NE(store->data_version(), opened);
}

TEST_F(WriterTest, CursorsAreThereAfterAReopen) {
    store->save_cursor({"http://peer", "n", "e", 5});
    store.reset();
    open();
    const auto cursors = store->cursors();
    ASSERT_TRUE(cursors);
    ASSERT_EQ(cursors->size(), 1u);
    EXPECT_EQ(cursors->front().acked, 5);
}

TEST_F(WriterTest, DeliveriesAndLegacyPushesGoTheSameWay) {
    std::promise<Result<Accepted>> accepted;
    Delivery delivery{
        "peer", "e", 0, 1, {{1, test::live_change("x", test::a_memory("X"), test::kNoon)}}};
    store->accept(delivery, [&](Result<Accepted> r) { accepted.set_value(std::move(r)); });
    const auto result = accepted.get_future().get();
    ASSERT_TRUE(result);
    EXPECT_EQ(result->applied, 1u);
    EXPECT_EQ(result->seen, 1);
    std::promise<Result<LegacyApplied>> pushed;
    LegacyPush push;
    push.deletions = {"x"};
    store->accept(push, [&](Result<LegacyApplied> r) { pushed.set_value(std::move(r)); });
    EXPECT_EQ(pushed.get_future().get()->deleted, 1u);
    EXPECT_FALSE(store->get("x"));
}

// 0.6.3 on the same file: until its row has a stamp it fits no register, and no peer would take it.
TEST_F(WriterTest, WhatAnotherProgramWroteIsStampedBeforePeersAreTold) {
    const auto id = store->commit(Op(store_of("A")))->rows.front().change.key.substr(2);
    test::run_sql(options.file, "UPDATE memories SET content = 'foreign' WHERE id = '" + id + "'");
    const auto page = store->feed_after(0, 10, 1 << 20);
    ASSERT_TRUE(page);
    ASSERT_EQ(page->rows.size(), 1U);
    EXPECT_NE(page->rows.front().change.body.find("foreign"), std::string::npos);
    EXPECT_TRUE(check_change(page->rows.front().change));
    test::run_sql(options.file, "UPDATE memories SET content = 'again' WHERE id = '" + id + "'");
    EXPECT_EQ(store->identity()->next_seq, page->to + 2) << "looking at the feed is enough";
}

TEST(OpenStore, FailuresAreValuesThatNameTheFile) {
    const TempDir dir;
    StoreOptions options;
    options.file = dir / "no/folder/memory.db";
    const auto opened = Store::open(options);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::storage);
    EXPECT_NE(opened.error().message.find("memory.db"), std::string::npos);
}

TEST(OpenStore, ThreadsMayRaceTheFirstOpen) {
    for (int round = 0; round < 8; ++round) {
        const TempDir dir;
        StoreOptions options;
        options.file = dir / "memory.db";
        std::latch start(4);
        std::vector<std::future<std::string>> answers;
        for (int i = 0; i < 4; ++i)
            answers.push_back(
                std::async(std::launch::async, [&options, &start, i]() -> std::string {
                    start.arrive_and_wait();
                    auto opened = Store::open(options);
                    if (!opened) return opened.error().message;
                    const auto done = (*opened)->commit(Op(store_of(std::to_string(i))));
                    return done ? "" : done.error().message;
                }));
        for (auto& answer : answers) EXPECT_EQ(answer.get(), "");
        EXPECT_FALSE(std::filesystem::exists(dir / "memory.db.before-v1")) << "it was empty";
        Node node(options.file, 1);
        EXPECT_EQ(node.count("SELECT count(*) FROM memories"), 4);
        EXPECT_EQ(test::contradiction(node.db()), "");
    }
}

}  // namespace
}  // namespace aimem
