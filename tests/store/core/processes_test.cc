// Several processes on one file at once, and processes that are killed while they write.
// SPDX-License-Identifier: Apache-2.0
#include "store/log/doorbell.h"
#include "tests/store/core/legacy_file.h"
#include "tests/store/core/node.h"
#include "tests/support/eventually.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>

#include <set>

namespace aimem {
namespace {

using test::Command;
using test::Millis;
using test::Node;
using test::Process;
using test::TempDir;

Process writer(const std::filesystem::path& file, const std::string& prefix, int count) {
    Command command;
    command.argv = {STORE_CORE_WRITER, file.string(), prefix, std::to_string(count)};
    return Process(command);
}

// Lets all of them begin at once and waits for their ends.
void run_together(std::vector<Process>& writers) {
    for (auto& one : writers) ASSERT_TRUE(one.write("go\n"));
    for (auto& one : writers) {
        const auto out = one.read_to_end(Millis(120'000));
        EXPECT_EQ(out.find("error"), std::string::npos) << out.substr(out.find("error"));
        EXPECT_EQ(one.wait(Millis(20'000)), 0);
    }
}

TEST(Processes, ManyOnOneFileLoseNothingAndAreNeverBusy) {
    const TempDir dir;
    const auto file = dir / "memory.db";
    std::vector<Process> writers;
    for (int i = 0; i < 4; ++i) writers.push_back(writer(file, "P" + std::to_string(i), 60));
    run_together(writers);
    Node node(file, 1);
    EXPECT_EQ(node.count("SELECT count(*) FROM memories"), 240);
    EXPECT_EQ(node.count("SELECT count(DISTINCT stamp) FROM repl_row"), 240);
    EXPECT_EQ(node.next_seq(), 241) << "one feed without holes";
    EXPECT_EQ(test::contradiction(node.db()), "");
}

TEST(Processes, WhoMergeIntoOneTitleLeaveOneMemory) {
    const TempDir dir;
    const auto file = dir / "memory.db";
    std::vector<Process> writers;
    for (int i = 0; i < 3; ++i) writers.push_back(writer(file, "Same", 20));
    run_together(writers);
    Node node(file, 1);
    EXPECT_EQ(node.count("SELECT count(*) FROM memories"), 20);
    EXPECT_EQ(node.count("SELECT count(*) FROM repl_row"), 20);
    EXPECT_EQ(node.next_seq(), 61);
    EXPECT_EQ(test::contradiction(node.db()), "");
}

TEST(Processes, TheFirstOpenOfAnOldFileMayBeRaced) {
    for (int round = 0; round < 5; ++round) {
        const TempDir dir;
        const auto file = dir / "memory.db";
        test::make_legacy_file(file);
        std::vector<Process> writers;
        for (int i = 0; i < 4; ++i) writers.push_back(writer(file, "P" + std::to_string(i), 1));
        run_together(writers);
        Node node(file, 1);
        EXPECT_EQ(node.count("SELECT count(*) FROM memories"), 6);
        EXPECT_EQ(test::contradiction(node.db()), "");
        sqlite::Database copy(dir / "memory.db.before-v1", sqlite::OpenMode::read_only);
        auto row = copy.sql("SELECT count(*) FROM sqlite_master WHERE name = 'repl_row'").bind();
        ASSERT_TRUE(row.step());
        EXPECT_EQ(row.int64(0), 0) << "the copy is of the file as it was";
        int copies = 0;
        for (const auto& entry : std::filesystem::directory_iterator(dir.path()))
            copies += entry.path().string().find(".before-") != std::string::npos ? 1 : 0;
        EXPECT_EQ(copies, 1);
    }
}

TEST(Processes, WhatWasAcknowledgedSurvivesAKillInFullFlight) {
    const TempDir dir;
    const auto file = dir / "memory.db";
    std::mt19937_64 random(test::test_seed());
    std::set<std::string> acknowledged;
    for (int cycle = 0; cycle < test::test_rounds(12); ++cycle) {
        auto victim = writer(file, "Cycle " + std::to_string(cycle), 1'000'000);
        ASSERT_TRUE(victim.write("go\n"));
        ASSERT_EQ(victim.read_line(Millis(30'000)), "open");
        for (auto left = 1 + random() % 40; left > 0; --left) {
            const auto line = victim.read_line(Millis(30'000));
            ASSERT_TRUE(line && line->find("error") == std::string::npos) << line.value_or("end");
            acknowledged.insert(*line);
        }
        ASSERT_TRUE(victim.running()) << "it must be hit while it writes";
        victim.kill9();
        Node node(file, 1);
        node.idle_commit();
        ASSERT_EQ(test::contradiction(node.db()), "") << "cycle " << cycle;
        for (const auto& title : acknowledged)
            ASSERT_EQ(node.count("SELECT count(*) FROM memories WHERE title = '" + title + "'"), 1)
                << title;
    }
}

TEST(Processes, TheBellRingsAcrossProcesses) {
    const TempDir dir;
    const auto file = dir / "memory.db";
    { const Node node(file, 1); }
    DoorbellListener bell(file, "node");
    auto one = writer(file, "P", 1);
    EXPECT_FALSE(bell.drain());
    ASSERT_TRUE(one.write("go\n"));
    EXPECT_TRUE(test::eventually(Millis(20'000), [&] { return bell.drain(); }));
    EXPECT_EQ(one.wait(Millis(20'000)), 0);
}

}  // namespace
}  // namespace aimem
