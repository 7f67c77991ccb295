// parse_config and the path rules, without a process.
#include "store/base/config.h"

#include "store/base/paths.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>

namespace aimem {
namespace {

TEST(Config, KnownKeysAreRead) {
    const auto config = parse_config("db = \"/srv/m.db\"\napi_key = 'k'  # comment\n", "f");
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->db, "/srv/m.db");
    EXPECT_EQ(config->api_key, "k");
}

TEST(Config, AnEmptyFileMeansTheDefaults) {
    const auto config = parse_config("", "f");
    ASSERT_TRUE(config);
    EXPECT_FALSE(config->db);
    EXPECT_FALSE(config->api_key);
}

TEST(Config, TheFirstOfSeveralMistakesIsNamed) {
    const auto config = parse_config("zz = 1\ndb = 2\naa = 3\n", "f");
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().code, Errc::invalid_argument);
    EXPECT_EQ(config.error().message, "f:1: 'zz' is not a known key; known are api_key, db");
}

TEST(Config, WhatIsNotTomlIsRefusedWithoutQuotingAValue) {
    for (const char* text : {"api_key = hush", "api_key = \"hush", "api_key = 'a' hush", "= hush",
                             "[hush", "api_key = 'a'\napi_key = 'hush'",
                             "api_key = 99999999999999999999hush", "\xff\xfe = hush"}) {
        const auto config = parse_config(text, "f");
        ASSERT_FALSE(config) << text;
        EXPECT_EQ(config.error().code, Errc::invalid_argument);
        EXPECT_EQ(config.error().message.rfind("f:", 0), 0U) << config.error().message;
        EXPECT_EQ(config.error().message.find("hush"), std::string::npos) << config.error().message;
    }
}

TEST(Config, ATableNobodyKnowsIsRefused) {
    const auto config = parse_config("[server]\nport = 1\n", "f");
    ASSERT_FALSE(config);
    EXPECT_NE(config.error().message.find("'server'"), std::string::npos);
}

TEST(Paths, FoldersAreMadeOnceAndForTheUserOnly) {
    const test::TempDir dir;
    const auto file = dir / "a" / "b" / "memory.db";
    ASSERT_TRUE(make_private_folders(file));
    ASSERT_TRUE(make_private_folders(file));
    EXPECT_TRUE(std::filesystem::is_directory(dir / "a" / "b"));
    EXPECT_FALSE(std::filesystem::exists(file));
    EXPECT_EQ(std::filesystem::status(dir / "a").permissions(), std::filesystem::perms::owner_all);
}

TEST(Paths, AFolderThatCannotBeMadeIsNamed) {
    const auto made = make_private_folders("/proc/nowhere/memory.db");
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Errc::storage);
    EXPECT_NE(made.error().message.find("/proc/nowhere"), std::string::npos);
}

}  // namespace
}  // namespace aimem
