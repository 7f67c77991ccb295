// TextMaker: memories that look like text. Words of a made-up vocabulary appear as often as words
// do (Zipf: the k-th most frequent one about 1/k as often as the first), so an index meets long and
// short postings as with real notes. The same seed gives the same texts. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace aimem::bench {

struct Text {
    std::string title{};
    std::string content{};
    std::vector<std::string> tags{};
};

class TextMaker {
public:
    explicit TextMaker(std::uint64_t seed);

    Text next();  // titles are never the same twice
    // A question such as an assistant asks: a few words of a text made before, and a frequent one.
    std::string question();

private:
    const std::string& word();
    std::string words(std::size_t count);

    std::mt19937_64 rng_;
    std::vector<std::string> vocabulary_;
    std::vector<double> cumulative_;
    std::vector<std::string> asked_about_;  // some of the contents made so far
    std::size_t made_ = 0;
};

}  // namespace aimem::bench
