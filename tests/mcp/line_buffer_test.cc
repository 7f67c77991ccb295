// SPDX-License-Identifier: Apache-2.0
#include "mcp/limits.h"
#include "mcp/stdio.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace aimem::mcp::test {
namespace {

// All lines of a stream that arrives in pieces; "<too long>" where one was.
std::vector<std::string> lines_of(const std::vector<std::string>& pieces) {
    LineBuffer buffer;
    std::vector<std::string> lines;
    std::string line;
    const auto note = [&](LineEvent event) {
        if (event == LineEvent::line) lines.push_back(line);
        if (event == LineEvent::too_long) lines.emplace_back("<too long>");
        return event != LineEvent::none;
    };
    for (const auto& piece : pieces) {
        buffer.feed(piece);
        while (note(buffer.pop(line))) {
        }
    }
    note(buffer.finish(line));
    return lines;
}

using Lines = std::vector<std::string>;

TEST(LineBuffer, CutsAtNewlinesWhereverThePiecesEnd) {
    EXPECT_EQ(lines_of({"a\nb", "c\n", "\n", "d\r\ne"}), (Lines{"a", "bc", "", "d", "e"}));
    EXPECT_EQ(lines_of({}), Lines{});
    EXPECT_EQ(lines_of({"\n"}), Lines{""});
}

TEST(LineBuffer, DropsAByteOrderMarkAtTheStartOnly) {
    EXPECT_EQ(lines_of({"\xEF\xBB",
                        "\xBF"
                        "a\n\xEF\xBB\xBF"
                        "b\n"}),
              (Lines{"a",
                     "\xEF\xBB\xBF"
                     "b"}));
}

TEST(LineBuffer, ALineOfTheLimitPassesAndOneByteMoreDoesNot) {
    const std::string full(kLineBytesMax, 'x');
    EXPECT_EQ(lines_of({full + "\nb\n"}), (Lines{full, "b"}));
    EXPECT_EQ(lines_of({full + "x\nb\n"}), (Lines{"<too long>", "b"}));
    EXPECT_EQ(lines_of({full, "x", "y", "\nb"}), (Lines{"<too long>", "b"}));
    EXPECT_EQ(lines_of({full, "x"}), Lines{"<too long>"}) << "also without a newline at the end";
}

TEST(LineBuffer, AnyCutGivesTheSameLines) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    std::string stream;
    Lines expected;
    for (int i = 0; i < 2000; ++i) {
        expected.emplace_back(random() % 90, static_cast<char>('a' + i % 26));
        stream += expected.back() + (random() % 2 == 0 ? "\n" : "\r\n");
    }
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < stream.size();) {
        const std::size_t size = 1 + random() % 700;
        pieces.push_back(stream.substr(at, size));
        at += size;
    }
    EXPECT_EQ(lines_of(pieces), expected);
}

}  // namespace
}  // namespace aimem::mcp::test
