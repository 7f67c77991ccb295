// Which file is used, who is written down as the author, and what the configuration file may say.
#include "tests/cli/cli.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <tuple>

namespace aimem::test {
namespace {

namespace fs = std::filesystem;

fs::perms mode(const fs::path& path) {
    return fs::status(path).permissions() & fs::perms::mask;
}

TEST_F(Cli, TheDatabaseIsInTheDataFolderOfTheHome) {
    env_["AI_MEMORY_DB"] = "";
    store("a", "1");
    const fs::path folder = path(".local") / "share" / "ai-memory";
    EXPECT_TRUE(fs::exists(folder / "memory.db"));
    for (const fs::path& made : {path(".local"), path(".local") / "share", folder})
        EXPECT_EQ(mode(made), fs::perms::owner_all) << made;
}

TEST_F(Cli, ANewDatabaseIsForItsOwnerAloneAndOneThatIsThereStaysAsItIs) {
    constexpr auto kOwners = fs::perms::owner_read | fs::perms::owner_write;
    store("a", "1");
    for (const auto& entry : fs::directory_iterator(database().parent_path()))
        if (entry.path().filename().string().starts_with("memory.db")) {
            EXPECT_EQ(mode(entry.path()), kOwners) << entry.path();
        }
    fs::permissions(database(), kOwners | fs::perms::group_read);
    store("b", "2");
    EXPECT_EQ(mode(database()), kOwners | fs::perms::group_read);
}

TEST_F(Cli, XdgDataHomeMovesItAndARelativeOneIsIgnored) {
    env_["AI_MEMORY_DB"] = "";
    env_["XDG_DATA_HOME"] = path("data").string();
    store("a", "1");
    EXPECT_TRUE(fs::exists(path("data") / "ai-memory" / "memory.db"));
    env_["XDG_DATA_HOME"] = "data2";
    store("a", "1");
    EXPECT_FALSE(fs::exists(path("data2")));
    EXPECT_TRUE(fs::exists(path(".local") / "share" / "ai-memory" / "memory.db"));
}

TEST_F(Cli, FlagBeatsEnvironmentBeatsFileBeatsDefault) {
    write_file(path(".config") / "ai-memory" / "config.toml", "db = '~/from_file.db'\n");
    store("a", "1", {"--db", path("from_flag.db").string()});
    EXPECT_TRUE(fs::exists(path("from_flag.db")));
    EXPECT_FALSE(fs::exists(database()));
    store("a", "1");
    EXPECT_TRUE(fs::exists(database()));
    EXPECT_FALSE(fs::exists(path("from_file.db")));
    env_["AI_MEMORY_DB"] = "";
    store("a", "1");
    EXPECT_TRUE(fs::exists(path("from_file.db")));
    env_["AI_MEMORY_NO_CONFIG"] = "1";
    store("a", "1");
    EXPECT_TRUE(fs::exists(path(".local") / "share" / "ai-memory" / "memory.db"));
}

TEST_F(Cli, GlobalOptionsMayStandBeforeOrBehindTheCommand) {
    const std::string other = path("other.db").string();
    json({"--db", other, "--agent-id", "me", "store", "-T", "a", "-c", "1"});
    json({"store", "-T", "b", "-c", "1", "--db=" + other});
    EXPECT_EQ(json({"--db=" + other, "list"}).value("count", 0), 2);
    EXPECT_EQ(json({"--db", other, "list", "--agent-id", "me"}).value("count", 0), 1);
    EXPECT_EQ(nlohmann::json::parse(text({"--json", "--db", other, "stats"})).value("total", 0), 2);
    EXPECT_FALSE(fs::exists(database()));
}

TEST_F(Cli, ATildeInAPathIsTheHome) {
    env_["AI_MEMORY_DB"] = "~/deep/er/tilde.db";
    store("a", "1");
    EXPECT_TRUE(fs::exists(path("deep") / "er" / "tilde.db"));
    env_["AI_MEMORY_DB"] = "~other/tilde.db";
    refuses({"list"}, 2, "~other/tilde.db");
}

TEST_F(Cli, TheAuthorIsTheFlagTheEnvironmentOrThisMachine) {
    const auto author = [this](const Words& more) {
        Words words{"store", "-T", "t" + std::to_string(more.size()) + env_["AI_MEMORY_AGENT_ID"],
                    "-c", "1"};
        words.insert(words.end(), more.begin(), more.end());
        return json(words).at("metadata").value("agent_id", "");
    };
    EXPECT_EQ(author({}).rfind("host:", 0), 0U);
    EXPECT_EQ(author({}).find("pid"), std::string::npos);
    env_["AI_MEMORY_AGENT_ID"] = "from-env";
    EXPECT_EQ(author({}), "from-env");
    EXPECT_EQ(author({"--agent-id", "from-flag"}), "from-flag");
}

TEST_F(Cli, AMistakeInTheConfigurationNamesFileLineAndKey) {
    const fs::path file = path(".config") / "ai-memory" / "config.toml";
    const std::vector<std::tuple<std::string, std::string>> cases{
        {"# note\ndbb = 'x'\n", ":2: 'dbb' is not a known key; known are api_key, db"},
        {"db = 7\n", ":1: 'db' must be text in quotes"},
        {"db = 'relative.db'\n", ":1: 'db' must be an absolute path"},
        {"api_key = ''\n", ":1: 'api_key' must not be empty"},
        {"\n\napi_key = secret\n", ":3: not valid TOML near 'api_key'"},
    };
    for (const auto& [content, said] : cases) {
        write_file(file, content);
        refuses({"list"}, 2, file.string() + said);
        refuses({"mcp"}, 2, file.string() + said);
        EXPECT_EQ(run({"list"}).err.find("secret"), std::string::npos);
    }
    EXPECT_EQ(run({"--version"}).status, 0);
    env_["AI_MEMORY_NO_CONFIG"] = "1";
    store("a", "1");
    EXPECT_EQ(run({"list"}).status, 0);
}

TEST_F(Cli, TheConfigurationFollowsXdgConfigHome) {
    env_["AI_MEMORY_DB"] = "";
    env_["XDG_CONFIG_HOME"] = path("conf").string();
    write_file(path("conf") / "ai-memory" / "config.toml",
               "db = '" + path("here.db").string() + "'\n");
    store("a", "1");
    EXPECT_TRUE(fs::exists(path("here.db")));
}

TEST_F(Cli, NothingIsWrittenIntoTheCurrentFolder) {
    env_["AI_MEMORY_DB"] = path("elsewhere/x.db").string();
    fs::create_directory(path("cwd"));
    Command store = command({"store", "-T", "a", "-c", "b"});
    store.dir = path("cwd");
    EXPECT_EQ(test::run(store).status, 0);
    EXPECT_TRUE(fs::is_empty(path("cwd")));
}

}  // namespace
}  // namespace aimem::test
