#include "tests/demo/notes.h"

#include <gtest/gtest.h>

#include <set>

namespace aimem::demo {
namespace {

TEST(Notes, TitleTagsAndContentAreToldApart) {
    const auto notes = parse_notes("# a comment\n== One\ntags: a, b ,\nfirst\n\nsecond\n== Two\n");
    ASSERT_EQ(notes.size(), 2U);
    EXPECT_EQ(notes[0].title, "One");
    EXPECT_EQ(notes[0].tags, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(notes[0].content, "first\n\nsecond");
    EXPECT_EQ(notes[1].content, "");
}

TEST(Notes, TagsCountOnlyDirectlyUnderTheTitle) {
    const auto notes = parse_notes("== One\ntext\ntags: not these\n");
    EXPECT_TRUE(notes.at(0).tags.empty());
    EXPECT_EQ(notes.at(0).content, "text\ntags: not these");
}

TEST(Notes, AFileWithoutNotesIsRefusedByName) {
    EXPECT_THROW(read_notes("/dev/null"), std::runtime_error);
    EXPECT_THROW(read_notes("/no/such/file"), std::runtime_error);
}

TEST(Notes, TheOnesInTheRepositoryAreCompleteAndDistinct) {
    std::set<std::string> titles;
    for (const Note& note : read_notes(AIMEM_DEMO_NOTES)) {
        EXPECT_TRUE(titles.insert(note.title).second) << note.title;
        EXPECT_FALSE(note.tags.empty()) << note.title;
        EXPECT_GE(note.content.size(), 80U) << note.title;
    }
    EXPECT_GE(titles.size(), 40U);
}

}  // namespace
}  // namespace aimem::demo
