// The text index: what its record says, when it may be merged, and that tending it changes nothing
// that a search finds. SPDX-License-Identifier: Apache-2.0
#include "store/log/index_care.h"

#include "tests/store/core/node.h"
#include "tests/support/eventually.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace aimem {
namespace {

using test::Node;

std::string record_of(Node& node) {
    auto row = node.db().sql("SELECT block FROM memories_fts_data WHERE id = 10").bind();
    return row.step() ? row.string(0) : "";
}

std::uint64_t segments_of(const std::optional<IndexShape>& shape) {
    std::uint64_t out = 0;
    if (shape)
        for (const IndexShape::Level& level : shape->levels) out += level.segments;
    return out;
}

void write_some(Node& node, int count) {
    for (int i = 0; i < count; ++i)
        node.store("note " + std::to_string(i), "the harbour of number " + std::to_string(i * i));
}

std::vector<std::string> found(Node& node) {
    std::vector<std::string> out;
    auto rows = node.db()
                    .sql(
                        "SELECT rowid, bm25(memories_fts) FROM memories_fts WHERE memories_fts "
                        "MATCH 'harbour' ORDER BY rowid")
                    .bind();
    while (rows.step()) out.push_back(rows.string(0) + " " + rows.string(1));
    return out;
}

TEST(IndexShape, ReadsHowManySegmentsThereAre) {
    Node node;
    EXPECT_EQ(segments_of(index_shape(node.db())), 0U);
    for (int i = 1; i < 40; ++i) {
        write_some(node, i % 3 + 1);
        const auto shape = index_shape(node.db());
        ASSERT_TRUE(shape);
        EXPECT_EQ(segments_of(shape), static_cast<std::uint64_t>(node.count(
                                          "SELECT count(DISTINCT segid) FROM memories_fts_idx")));
    }
}

TEST(IndexShape, ReadsLevelsAndSegments) {
    // cookie; 2 levels, 3 segments, 300 pages written; level 0: none merging, 1 segment; level 1:
    // 2 merging, 2 segments.
    const std::string record("\0\0\0\1\2\3\x82\x2c\0\1\7\1\1\2\2\5\1\x81\0\6\3\4", 22);
    const auto shape = read_index_shape(record);
    ASSERT_TRUE(shape);
    ASSERT_EQ(shape->levels.size(), 2U);
    EXPECT_EQ(shape->levels[0].merging, 0U);
    EXPECT_EQ(shape->levels[0].segments, 1U);
    EXPECT_EQ(shape->levels[1].merging, 2U);
    EXPECT_EQ(shape->levels[1].segments, 2U);
    for (std::size_t size = 0; size < record.size(); ++size)
        EXPECT_FALSE(read_index_shape(record.substr(0, size))) << size << " bytes of it";
    std::string ends_before_it_begins = record;
    ends_before_it_begins.back() = '\2';
    EXPECT_FALSE(read_index_shape(ends_before_it_begins));
}

TEST(IndexShape, IsNotReadFromNonsense) {
    Node node;
    write_some(node, 30);
    const std::string record = record_of(node);
    const std::uint64_t seed = test::test_seed();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    for (int i = 0; i < 20'000; ++i) {
        std::string broken = record;
        for (std::uint64_t n = random() % 4 + 1; n > 0; --n)
            broken[random() % broken.size()] = static_cast<char>(random());
        const auto shape = read_index_shape(broken);
        EXPECT_LE(segments_of(shape), 2000U);
    }
}

TEST(IndexShape, MayBeMergedWhereALevelHasTwoSegments) {
    const auto may = [](std::vector<IndexShape::Level> levels) {
        return may_be_merged({std::move(levels)});
    };
    EXPECT_FALSE(may({}));
    EXPECT_FALSE(may({{0, 0}, {1, 0}}));
    EXPECT_FALSE(may({{1, 0}, {1, 0}, {1, 0}}));
    EXPECT_TRUE(may({{1, 0}, {2, 0}}));
    EXPECT_TRUE(may({{1, 0}, {1, 1}, {1, 0}})) << "one is under way";
}

TEST(IndexCare, MergesInStepsAndASearchFindsTheSame) {
    Node node;
    write_some(node, 300);
    for (int i = 0; i < 300; i += 7)
        node.must(DeleteMemory{node.store("note " + std::to_string(i))});
    const auto before = found(node);
    ASSERT_GT(before.size(), 200U);
    ASSERT_TRUE(may_be_merged(*index_shape(node.db())));
    int steps = 0;
    do {
        ASSERT_LT(++steps, 1000);
        EXPECT_EQ(found(node), before);
    } while (tend_text_index(node.db()));
    EXPECT_FALSE(may_be_merged(*index_shape(node.db())));
    EXPECT_EQ(test::contradiction(node.db()), "");
}

// A merge of all, which FTS5 has too, adds levels until it takes its own index for broken.
TEST(IndexCare, HoweverOftenItIsTendedTheIndexStaysFlat) {
    Node node;
    write_some(node, 60);
    std::uint64_t segments = 0;
    for (int i = 0; i < 600; ++i) {
        std::string content = "the harbour";  // several pages of the index in all
        for (int word = 0; word < 60; ++word)
            content += ' ' + std::to_string(i * 7919 + word * 104729);
        node.store("note " + std::to_string(i % 60), content);
        while (tend_text_index(node.db())) {
        }
        segments = std::max(segments, segments_of(index_shape(node.db())));
    }
    EXPECT_LT(index_shape(node.db())->levels.size(), 16U);
    EXPECT_LE(segments, 8U);
    EXPECT_EQ(found(node).size(), 60U);
    EXPECT_EQ(test::contradiction(node.db()), "");
}

TEST(IndexCare, AMergeThatWasBegunIsFinishedThoughMoreIsWritten) {
    Node node;
    const std::string text(3000, 'x');
    for (int i = 0; i < 1500; ++i)
        node.store("note " + std::to_string(i), std::to_string(i * 7919) + " " + text);
    do {
        node.store("one more", std::to_string(node.next_seq()));
    } while (tend_text_index(node.db()));
    while (tend_text_index(node.db())) {
    }
    EXPECT_FALSE(may_be_merged(*index_shape(node.db())));
}

class TendingWriter : public testing::Test {
protected:
    std::unique_ptr<Store> open() {
        StoreOptions options;
        options.file = file;
        auto store = Store::open(options);
        EXPECT_TRUE(store);
        return std::move(*store);
    }
    static void write(Store& store, int from, int to) {
        for (int i = from; i < to; ++i) {
            StoreMemory op;
            op.title = "note " + std::to_string(i);
            op.content = "the harbour";
            EXPECT_TRUE(store.commit(Op(op)));
        }
    }
    // Merged, and for as long that its writer has seen that nothing is left.
    void expect_rest() {
        sqlite::Database reader(file, sqlite::OpenMode::read_only);
        int seen = 0;
        EXPECT_TRUE(test::eventually(test::Millis(20'000), [&] {
            seen = may_be_merged(*index_shape(reader)) ? 0 : seen + 1;
            return seen == 60;
        }));
    }

    const test::TempDir dir;
    const std::filesystem::path file = dir / "memory.db";
};

TEST_F(TendingWriter, TendsWhenNobodyWantsAnything) {
    auto store = open();
    write(*store, 0, 30);
    expect_rest();
    write(*store, 30, 34);
    expect_rest();
    store.reset();
    Node node(file, 1);
    EXPECT_EQ(test::contradiction(node.db()), "");
}

TEST_F(TendingWriter, TendsWhatItFindsAndWhatTwoHaveWrittenInTurns) {
    auto one = open();
    auto other = open();
    for (int i = 0; i < 15; ++i) write(i % 2 == 0 ? *one : *other, i, i + 1);
    expect_rest();
    one.reset();
    other.reset();
    {
        Node node(file, 1);  // a program that ends at once
        write_some(node, 5);
        ASSERT_TRUE(may_be_merged(*index_shape(node.db())));
    }
    one = open();
    expect_rest();
}

}  // namespace
}  // namespace aimem
