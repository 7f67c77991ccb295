#include "tests/bench/text_maker.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

namespace aimem::bench {
namespace {

TEST(TextMaker, TheSameSeedGivesTheSameTextsAndTitlesNeverRepeat) {
    TextMaker a(3);
    TextMaker b(3);
    TextMaker other(4);
    std::set<std::string> titles;
    for (int i = 0; i < 200; ++i) {
        const Text text = a.next();
        EXPECT_EQ(text.content, b.next().content);
        EXPECT_NE(text.content, other.next().content);
        EXPECT_TRUE(titles.insert(text.title).second);
    }
    EXPECT_EQ(a.question(), b.question());
}

TEST(TextMaker, WordsAreAsUnevenAsInRealText) {
    TextMaker maker(1);
    std::map<std::string, int> counts;
    int total = 0;
    for (int i = 0; i < 500; ++i) {
        std::istringstream words(maker.next().content);
        for (std::string word; words >> word; ++total) ++counts[word];
    }
    int most = 0;
    int once = 0;
    for (const auto& [word, count] : counts) {
        most = std::max(most, count);
        once += count == 1 ? 1 : 0;
    }
    EXPECT_GT(most * 100, total * 5) << "the first word should make up more than 5 %";
    EXPECT_GT(once * 3, static_cast<int>(counts.size())) << "many words should appear once";
}

}  // namespace
}  // namespace aimem::bench
