// The text index: what its record says, which step is next, and that tending it changes nothing
// that a search finds. SPDX-License-Identifier: Apache-2.0
#include "store/log/index_care.h"

#include "tests/store/core/node.h"
#include "tests/support/eventually.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>

#include <random>

namespace aimem {
namespace {

using test::Node;

using Pages = std::vector<std::uint64_t>;

std::string record_of(Node& node) {
    auto row = node.db().sql("SELECT block FROM memories_fts_data WHERE id = 10").bind();
    return row.step() ? row.string(0) : "";
}

std::size_t segments_of(const std::optional<IndexShape>& shape) {
    std::size_t out = 0;
    if (shape)
        for (const IndexShape::Level& level : shape->levels) out += level.segments.size();
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
        EXPECT_EQ(segments_of(shape), static_cast<std::size_t>(node.count(
                                          "SELECT count(DISTINCT segid) FROM memories_fts_idx")));
    }
}

TEST(IndexShape, ReadsLevelsAndPages) {
    // cookie; 2 levels, 3 segments, 300 pages written; level 0: none merging, 1 segment; level 1:
    // 2 merging, 2 segments.
    const std::string record("\0\0\0\1\2\3\x82\x2c\0\1\7\1\1\2\2\5\1\x81\0\6\3\4", 22);
    const auto shape = read_index_shape(record);
    ASSERT_TRUE(shape);
    ASSERT_EQ(shape->levels.size(), 2U);
    EXPECT_EQ(shape->levels[0].merging, 0U);
    EXPECT_EQ(shape->levels[0].segments, (Pages{1}));
    EXPECT_EQ(shape->levels[1].merging, 2U);
    EXPECT_EQ(shape->levels[1].segments, (Pages{128, 2}));
    for (std::size_t size = 0; size < record.size(); ++size)
        EXPECT_FALSE(read_index_shape(record.substr(0, size))) << size << " bytes of it";
}

TEST(IndexShape, IsNotReadFromNonsense) {
    Node node;
    write_some(node, 30);
    const std::string record = record_of(node);
    const auto seed = std::random_device{}();
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

TEST(IndexStep, MergesAllWhenThatAddsAQuarterToTheLargest) {
    const auto step = [](std::vector<IndexShape::Level> levels) {
        return next_index_step({std::move(levels)});
    };
    EXPECT_EQ(step({}), IndexStep::none);
    EXPECT_EQ(step({{0, {}}, {0, {500}}}), IndexStep::none);
    EXPECT_EQ(step({{0, {1}}, {0, {1}}}), IndexStep::merge_all);
    EXPECT_EQ(step({{0, {24}}, {0, {100}}}), IndexStep::none);
    EXPECT_EQ(step({{0, {25}}, {0, {100}}}), IndexStep::merge_all);
    EXPECT_EQ(step({{0, {5, 20}}, {0, {100}}}), IndexStep::merge_all);
    EXPECT_EQ(step({{0, {1, 1, 1}}, {0, {100}}}), IndexStep::none);
    EXPECT_EQ(step({{0, {1, 1, 1, 1}}, {0, {100}}}), IndexStep::go_on);
    EXPECT_EQ(step({{0, {1}}, {2, {50, 50}}, {0, {10}}}), IndexStep::go_on) << "one is under way";
}

TEST(IndexCare, MakesOneSegmentInStepsAndASearchFindsTheSame) {
    Node node;
    write_some(node, 300);
    for (int i = 0; i < 300; i += 7)
        node.must(DeleteMemory{node.store("note " + std::to_string(i))});
    const auto before = found(node);
    ASSERT_GT(before.size(), 200U);
    ASSERT_GT(segments_of(index_shape(node.db())), 1U);
    int steps = 0;
    while (tend_text_index(node.db())) {
        ASSERT_LT(++steps, 1000);
        EXPECT_EQ(found(node), before);
    }
    EXPECT_GT(steps, 0);
    EXPECT_EQ(segments_of(index_shape(node.db())), 1U);
    EXPECT_EQ(test::contradiction(node.db()), "");
    EXPECT_FALSE(tend_text_index(node.db())) << "nothing is left";
}

TEST(IndexCare, ALittleThatIsNewDoesNotWriteTheWholeAnew) {
    Node node;
    write_some(node, 2000);
    while (tend_text_index(node.db())) {
    }
    node.store("one more");
    EXPECT_FALSE(tend_text_index(node.db()));
    EXPECT_EQ(segments_of(index_shape(node.db())), 2U);
}

TEST(IndexCare, TheWriterTendsWhenNobodyWantsAnything) {
    const test::TempDir dir;
    StoreOptions options;
    options.file = dir / "memory.db";
    auto store = Store::open(options);
    ASSERT_TRUE(store);
    for (int i = 0; i < 30; ++i) {
        StoreMemory op;
        op.title = "note " + std::to_string(i);
        op.content = "the harbour";
        ASSERT_TRUE((*store)->commit(Op(op)));
    }
    sqlite::Database reader(options.file, sqlite::OpenMode::read_only);
    int seen = 0;
    EXPECT_TRUE(test::eventually(test::Millis(20'000), [&] {
        seen = segments_of(index_shape(reader)) == 1 ? seen + 1 : 0;
        return seen == 60;  // and nothing is left to do: it has come to rest
    }));
    for (int i = 30; i < 33; ++i) {
        StoreMemory op;
        op.title = "note " + std::to_string(i);
        op.content = "the harbour";
        ASSERT_TRUE((*store)->commit(Op(op)));
    }
    EXPECT_TRUE(test::eventually(test::Millis(20'000),
                                 [&] { return segments_of(index_shape(reader)) == 1; }));
    store->reset();
    Node node(options.file, 1);
    EXPECT_EQ(test::contradiction(node.db()), "");
}

}  // namespace
}  // namespace aimem
