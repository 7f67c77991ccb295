#include "tests/bench/text_maker.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>
#include <string_view>
#include <unordered_set>

namespace aimem::bench {
namespace {

constexpr std::size_t kVocabulary = 30'000;
constexpr double kExponent = 1.05;
constexpr std::size_t kAskedAboutMax = 2'000;

std::string pronounceable(std::mt19937_64& rng) {
    static constexpr std::array<std::string_view, 18> heads = {"b", "br", "c",  "d", "f",  "gr",
                                                               "h", "k",  "l",  "m", "n",  "p",
                                                               "r", "s",  "st", "t", "tr", "v"};
    static constexpr std::array<std::string_view, 8> hearts = {"a", "e",  "i",  "o",
                                                               "u", "ai", "ea", "ou"};
    static constexpr std::array<std::string_view, 8> tails = {"",  "",  "n",  "r",
                                                              "s", "l", "nd", "ck"};
    std::string word;
    const std::size_t syllables = 1 + rng() % 3;
    for (std::size_t i = 0; i < syllables; ++i) {
        word += heads[rng() % heads.size()];
        word += hearts[rng() % hearts.size()];
    }
    word += tails[rng() % tails.size()];
    return word;
}

}  // namespace

TextMaker::TextMaker(std::uint64_t seed) : rng_(seed) {
    std::unordered_set<std::string> seen;
    double sum = 0;
    while (vocabulary_.size() < kVocabulary) {
        std::string word = pronounceable(rng_);
        if (!seen.insert(word).second) word += std::to_string(vocabulary_.size());
        vocabulary_.push_back(std::move(word));
        sum += 1.0 / std::pow(static_cast<double>(vocabulary_.size()), kExponent);
        cumulative_.push_back(sum);
    }
}

const std::string& TextMaker::word() {
    const double at = std::uniform_real_distribution<double>(0, cumulative_.back())(rng_);
    const auto found = std::lower_bound(cumulative_.begin(), cumulative_.end(), at);
    return vocabulary_[static_cast<std::size_t>(found - cumulative_.begin())];
}

std::string TextMaker::words(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) text += ' ';
        text += word();
    }
    return text;
}

Text TextMaker::next() {
    Text text;
    text.title = words(3 + rng_() % 5) + " " + std::to_string(made_);
    text.content = words(40 + rng_() % 80);
    for (std::size_t i = rng_() % 4; i > 0; --i) text.tags.push_back(vocabulary_[rng_() % 50]);
    if (asked_about_.size() < kAskedAboutMax)
        asked_about_.push_back(text.content);
    else if (rng_() % 16 == 0)
        asked_about_[rng_() % kAskedAboutMax] = text.content;
    ++made_;
    return text;
}

std::string TextMaker::question() {
    std::string question = word();
    std::istringstream source(asked_about_.empty() ? words(20)
                                                   : asked_about_[rng_() % asked_about_.size()]);
    const std::size_t skip = rng_() % 30;
    std::string part;
    for (std::size_t i = 0; i < skip + 5 && source >> part; ++i) {
        if (i >= skip) question += " " + part;
    }
    return question;
}

}  // namespace aimem::bench
