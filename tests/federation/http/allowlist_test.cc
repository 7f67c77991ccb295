#include "federation/http/tls.h"

#include <gtest/gtest.h>

namespace aimem::http {
namespace {

const std::string kA(64, 'a');
const std::string kB(64, 'b');

std::string with_colons(const std::string& digits) {
    std::string out;
    for (std::size_t i = 0; i < digits.size(); i += 2)
        out += (out.empty() ? "" : ":") + digits.substr(i, 2);
    return out;
}

TEST(Allowlist, ReadsEveryAllowedForm) {
    const auto listed = parse_allowlist(
        "# peers\n\n" + kA + "  # node-1\r\n\t sha256:" + with_colons(std::string(64, 'B')) +
        "\t\n   \n#" + kA + "\n" + kA);
    ASSERT_TRUE(listed) << listed.error().message;
    EXPECT_EQ(*listed, (Allowlist{kA, kB}));
}

TEST(Allowlist, AnEmptyTextListsNobody) {
    for (const char* text : {"", "\n\n", "# only words", "  #x\n"}) {
        const auto listed = parse_allowlist(text);
        ASSERT_TRUE(listed) << text;
        EXPECT_TRUE(listed->empty());
    }
}

struct BadList {
    std::string text;
    std::string complaint;
};

TEST(Allowlist, NamesTheLineAndTheTrouble) {
    const BadList cases[] = {
        {kA + "\n" + kA.substr(1),
         "mTLS allowlist line 2: expected 64 hex chars (SHA-256), got 63"},
        {kA + "a", "mTLS allowlist line 1: expected 64 hex chars (SHA-256), got 65"},
        {"\n#\n" + kA.substr(1) + "g", "mTLS allowlist line 3: unexpected character 'g'"},
        {kA.substr(2) + " aa", "mTLS allowlist line 1: unexpected character 0x20"},
        {"SHA256:" + kA, "mTLS allowlist line 1: unexpected character 'S'"},
        {"sha256:", "mTLS allowlist line 1: expected 64 hex chars (SHA-256), got 0"},
        {":::", "mTLS allowlist line 1: expected 64 hex chars (SHA-256), got 0"},
        {kA + " " + kB, "mTLS allowlist line 1: unexpected character 0x20"},
        {"\xC3\xA9" + kA, "mTLS allowlist line 1: unexpected character 0xc3"},
    };
    for (const auto& [text, complaint] : cases) {
        const auto listed = parse_allowlist(text);
        ASSERT_FALSE(listed) << text;
        EXPECT_EQ(listed.error().code, Errc::invalid_argument);
        EXPECT_EQ(listed.error().message, complaint);
    }
}

}  // namespace
}  // namespace aimem::http
