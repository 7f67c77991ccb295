// Whatever is wrong with a command line or a file gets one clear sentence and changes nothing.
#include "tests/cli/cli.h"

#include <nlohmann/json.hpp>
#include <sqlite3.h>

namespace aimem::test {
namespace {

struct Case {
    Words words;
    int code;
    std::string said;
};

TEST_F(Cli, AWrongCommandLineIsRefusedWithItsReason) {
    const std::string id = store("a", "1");
    const std::string big(65'537, 'x');
    const std::vector<Case> cases{
        {{}, 2, "which command"},
        {{"frobnicate"}, 2, "unknown command 'frobnicate'"},
        {{"--frobnicate", "list"}, 2, "unknown option --frobnicate"},
        {{"--db"}, 2, "--db needs a value"},
        {{"--db", "", "list"}, 2, "empty"},
        {{"list", "--frobnicate"}, 2, "--frobnicate"},
        {{"list", "stray"}, 2, "stray"},
        {{"sync"}, 2, "status"},
        {{"sync", "frobnicate"}, 2, "status"},
        {{"store", "-T", "only a title"}, 2, "content"},
        {{"store", "-c", "only content"}, 2, "title"},
        {{"store", "-T", "a", "-c", "b", "-p"}, 2, "priority"},
        {{"store", "-T", "a", "-c", "b", "-p", "11"}, 2, "priority"},
        {{"store", "-T", "a", "-c", "b", "-p", "-1"}, 2, "priority"},
        {{"store", "-T", "a", "-c", "b", "-p", "high"}, 2, "priority"},
        {{"store", "-T", "a", "-c", "b", "-p", "99999999999999999999"}, 2, "priority"},
        {{"store", "-T", "a", "-c", "b", "-t", "eternal"}, 2, "tier"},
        {{"store", "-T", "a", "-c", "b", "--confidence", "nan"}, 2, "confidence"},
        {{"store", "-T", "a", "-c", "b", "--confidence", "2"}, 2, "confidence"},
        {{"store", "-T", "a", "-c", "b", "-n", "a//b"}, 2, "namespace"},
        {{"store", "-T", "a", "-c", "b", "-S", "rumour"}, 2, "source"},
        {{"store", "-T", "a", "-c", "b", "--scope", "world"}, 2, "scope"},
        {{"store", "-T", "a", "-c", "b", "--tags", "x,,y"}, 2, "tag"},
        {{"store", "-T", "a", "-c", "b", "--ttl-secs", "0"}, 2, "ttl_secs"},
        {{"store", "-T", "a", "-c", "b", "--expires-at", "tomorrow"}, 2, "expires_at"},
        {{"store", "-T", "a", "-c", "b", "--expires-at", "2001-01-01T00:00:00Z"}, 2, "future"},
        {{"store", "-T", "a", "-c", "b", "--agent-id", "two words"}, 2, "agent_id"},
        {{"store", "-T", "a", "-c", "b", "--agent-id", ""}, 2, "agent_id"},
        {{"store", "-T", " ", "-c", "b"}, 2, "title"},
        {{"store", "-T", "a", "-c", ""}, 2, "content"},
        {{"store", "-T", "a", "-c", big}, 2, "content exceeds max size"},
        {{"store", "-T", "a", "-c", "b\x1b[2J"}, 2, "control character"},
        {{"store", "-T", "a\xff", "-c", "b"}, 2, "UTF-8"},
        {{"update", id}, 2, "nothing to change"},
        {{"update", id, "-p", "0"}, 2, "priority"},
        {{"update", kUnknown, "-c", "x"}, 1, "not found"},
        {{"get"}, 2, "id"},
        {{"get", ""}, 2, "id"},
        {{"get", kUnknown}, 1, "not found"},
        {{"delete", kUnknown}, 1, "not found"},
        {{"promote", kUnknown}, 1, "not found"},
        {{"link", id, kUnknown}, 1, "not found"},
        {{"link", id, id}, 2, "itself"},
        {{"link", id, kUnknown, "-r", "likes"}, 2, "relation"},
        {{"link", id}, 2, "target-id"},
        {{"unlink", id, kUnknown}, 1, "not found"},
        {{"archive"}, 2, "id"},
        {{"archive", kUnknown}, 1, "not found"},
        {{"archive", "restore", id}, 1, "not found in archive"},
        {{"recall", " "}, 2, "context cannot be empty"},
        {{"recall", "a", "--budget-tokens", "0"}, 2, "budget_tokens"},
        {{"recall", "a", "-T", "genius"}, 2, "tier"},
        {{"recall", "a", "--limit", "-1"}, 2, "limit"},
        {{"recall", "a", "--as-agent", "a b"}, 2, "as_agent"},
        {{"search", ""}, 2, "query cannot be empty"},
        {{"search", "a", "--since", "yesterday"}, 2, "since"},
        {{"search", "a", "-t", "eternal"}, 2, "tier"},
        {{"list", "--limit", "many"}, 2, "limit"},
        {{"list", "--offset", "1.5"}, 2, "offset"},
        {{"list", "-n", "a b"}, 2, "namespace"},
        {{"list", "--agent-id", "two words"}, 2, "agent_id"},
        {{"mcp", "--tier", "genius"}, 2, "tier"},
        {{"mcp", "--agent-id", "two words"}, 2, "agent_id"},
    };
    for (const Case& c : cases) refuses(c.words, c.code, c.said);
    EXPECT_EQ(json({"stats"}).value("total", 0), 1) << "nothing of it was stored";
}

TEST_F(Cli, TheSameMistakeHasTheSameWordsInStoreAndUpdate) {
    const std::string id = store("a", "1");
    for (const Words& option :
         std::vector<Words>{{"-p", "11"}, {"-t", "eternal"}, {"--confidence", "x"}}) {
        Words in_store{"store", "-T", "b", "-c", "2"};
        Words in_update{"update", id};
        in_store.insert(in_store.end(), option.begin(), option.end());
        in_update.insert(in_update.end(), option.begin(), option.end());
        EXPECT_EQ(run(in_store).err, run(in_update).err) << option.front();
    }
}

TEST_F(Cli, AnAmbiguousBeginningNamesTheCandidates) {
    std::map<char, std::string> seen;  // 17 ids, 16 first digits: two begin alike
    for (int i = 0; i < 17; ++i) {
        const std::string id = store("title " + std::to_string(i), "x");
        const auto [found, fresh] = seen.emplace(id.front(), id);
        if (fresh) continue;
        refuses({"get", id.substr(0, 1)}, 2, found->second);
        refuses({"delete", id.substr(0, 1)}, 2, "ambiguous");
        return;
    }
    FAIL() << "no two of 17 ids begin with the same digit";
}

TEST_F(Cli, WithoutADatabaseNothingIsReadAndNothingIsMade) {
    const std::vector<Words> cases{{"list"},
                                   {"recall", "a"},
                                   {"search", "a"},
                                   {"get", "a"},
                                   {"stats"},
                                   {"digest"},
                                   {"sync", "status"},
                                   {"archive", "list"},
                                   {"delete", "a"},
                                   {"promote", "a"},
                                   {"update", "a", "-c", "b"},
                                   {"link", "a", "b"},
                                   {"unlink", "a", "b"},
                                   {"archive", "a"},
                                   {"archive", "restore", "a"}};
    for (const Words& words : cases)
        refuses(words, 1, "no database at " + database().string() + " yet");
    refuses({"store", "-T", "a", "-c", "b", "-p", "11"}, 2, "priority");
    EXPECT_FALSE(std::filesystem::exists(database()));
}

TEST_F(Cli, AFileThatIsNoDatabaseIsNamedAndLeftAlone) {
    const std::string text =
        "Dear diary, this is not SQLite, and it is long enough to have a header.\n";
    write_file(database(), text);
    refuses({"list"}, 1, database().string());
    refuses({"store", "-T", "a", "-c", "b"}, 1, database().string());
    EXPECT_EQ(read_file(database()), text);
}

TEST_F(Cli, APathThatCannotBeADatabaseIsNamed) {
    refuses({"--db", home_.path().string(), "list"}, 1, home_.path().string());
    refuses({"--db", home_.path().string(), "store", "-T", "a", "-c", "b"}, 1,
            home_.path().string());
    write_file(path("file"), "x");
    const std::string below = (path("file") / "memory.db").string();
    refuses({"--db", below, "list"}, 1, below);
    refuses({"--db", below, "store", "-T", "a", "-c", "b"}, 1, path("file").string());
}

TEST_F(Cli, ADatabaseOfANewerProgramIsRefusedAndLeftAlone) {
    store("a", "1");
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(database().c_str(), &db), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(db, "PRAGMA user_version = 30000", nullptr, nullptr, nullptr),
              SQLITE_OK);
    sqlite3_close(db);
    refuses({"list"}, 1, "newer");
    refuses({"store", "-T", "b", "-c", "2"}, 1, "newer");
}

TEST_F(Cli, AnAgentIdFromTheEnvironmentIsCheckedToo) {
    env_["AI_MEMORY_AGENT_ID"] = "two words";
    refuses({"store", "-T", "a", "-c", "b"}, 2, "agent_id");
}

TEST_F(Cli, OutputThatCannotBeWrittenIsAFailure) {
    store("a", "1");
    Command shell = command({});
    shell.argv = {"/bin/sh", "-c", "exec \"$0\" list >/dev/full", AIMEM_COMMAND};
    const Finished done = test::run(shell);
    EXPECT_EQ(done.status, 1);
    EXPECT_NE(done.err.find("error: cannot write the output"), std::string::npos) << done.err;
}

}  // namespace
}  // namespace aimem::test
