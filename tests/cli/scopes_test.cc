// Who may see what, by every command there is: one without a row here fails.
// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/cli.h"
#include "tests/support/scoped_world.h"

#include <nlohmann/json.hpp>

#include <map>
#include <set>
#include <sstream>

namespace aimem::test {
namespace {

struct Asked {
    Words words{};
    bool shown = true;    // exit code 0
    std::string shows{};  // "": nothing but the frame
};

class CliScopes : public Cli {
protected:
    void SetUp() override {
        Cli::SetUp();
        StoreOptions options;
        options.file = database();
        auto store = Store::open(options);
        ASSERT_TRUE(store) << store.error().message;
        world_ = make_scoped_world(**store);
    }

    std::map<std::string, Asked> rows() const {
        const std::string& hush = world_.hush.front();
        return {
            {"recall", {{"recall", "kestrel", "--limit", "50"}, true, "seen5"}},
            {"search", {{"search", "kestrel"}, true, "seen4"}},
            {"list", {{"list", "--limit", "100"}, true, "seen3"}},
            {"get", {{"get", hush}, false, ""}},
            {"history", {{"history", world_.seen.front()}, true, "seen1"}},
            {"update", {{"update", hush, "--priority", "3"}, false, ""}},
            {"delete", {{"delete", hush}, false, ""}},
            {"promote", {{"promote", hush}, false, ""}},
            {"link", {{"link", world_.seen.front(), hush}, false, ""}},
            {"unlink", {{"unlink", hush, world_.seen.front()}, false, ""}},
            {"invalidate", {{"invalidate", hush, world_.seen.back(), "supersedes"}, false, ""}},
            {"archive", {{"archive", hush}, false, ""}},
            {"archive put", {{"archive", "put", hush}, false, ""}},
            {"archive list", {{"archive", "list"}, true, "seen6"}},
            {"archive restore", {{"archive", "restore", world_.hush_archived}, false, ""}},
            {"archive purge", {{"archive", "purge", "--yes"}, false, ""}},
            {"forget", {{"forget", "-n", "hush"}, false, ""}},
            {"consolidate",
             {{"consolidate", hush + "," + world_.seen.front(), "-T", "t", "-s", "s"}, false, ""}},
            {"entity find", {{"entity", "find", "alias of it"}, false, ""}},
            {"pending list", {{"pending", "list"}, true, ""}},
            {"standard show", {{"standard", "show", "elsewhere"}, true, ""}},
            {"standard set", {{"standard", "set", "n", hush}, false, ""}},
            {"namespaces", {{"namespaces"}, true, "acme/seen"}},
            {"stats", {{"stats"}, true, "acme/seen"}},
            {"export", {{"export"}, true, "seen4"}},
            {"inbox", {{"inbox"}, true, "seen8"}},
            {"subscriptions", {{"subscriptions"}, true, ""}}};
    }

    ScopedWorld world_;
};

TEST_F(CliScopes, EveryCommandHasItsRow) {
    const std::set<std::string> blind{"store",           "gc",
                                      "entity register", "agents list",
                                      "agents",          "agents register",
                                      "pending approve", "pending reject",
                                      "standard clear",  "notify",
                                      "subscribe",       "unsubscribe",
                                      "import",          "sync",
                                      "sync status",     "sync retry",
                                      "digest",          "mcp",
                                      "serve",           "sync-daemon"};
    std::istringstream help(text({"--help"}));
    const auto known = rows();
    std::size_t met = 0;
    bool commands = false;
    for (std::string line; std::getline(help, line);) {
        if (line == "Commands:") commands = true;
        if (line.starts_with("Options")) break;
        if (!commands || !line.starts_with("  ")) continue;
        std::string name = line.substr(2, 18);
        name.erase(name.find_last_not_of(' ') + 1);
        met += 1;
        EXPECT_TRUE(known.contains(name) || blind.contains(name))
            << "'" << name << "' has no row: may it show what its caller must not see?";
    }
    EXPECT_GE(met, 30U);
}

TEST_F(CliScopes, NoCommandShowsWhatItsCallerMayNotSee) {
    env_["AI_MEMORY_AGENT_ID"] = "ai:me";
    env_["AI_MEMORY_AS_AGENT"] = kPosition;
    for (const auto& [name, asked] : rows())
        for (const bool as_json : {true, false}) {
            Words words = asked.words;
            if (as_json) words.emplace_back("--json");
            const Finished done = run(words);
            const std::string all = done.out + done.err;
            EXPECT_EQ(done.status == 0, asked.shown) << name << all;
            std::string said;
            for (const auto& word : words) said += word + ' ';
            EXPECT_EQ(leaked(world_, said, all), "") << name;
            if (as_json) {
                EXPECT_NE(all.find(asked.shows), std::string::npos) << name << all;
            }
        }
}

TEST_F(CliScopes, TheOptionIsAsGoodAndWithoutItEverythingIsSeen) {
    const std::string scoped = text({"list", "--limit", "100", "--as-agent", kPosition});
    EXPECT_EQ(scoped.find("hush"), std::string::npos);
    EXPECT_NE(scoped.find("seen2"), std::string::npos);
    EXPECT_NE(text({"list", "--limit", "100"}).find("hush5"), std::string::npos);
    refuses({"list", "--as-agent", "a b"}, 2, "as_agent");
}

}  // namespace
}  // namespace aimem::test
