// --help and --version, which work whatever else is broken.
#include "tests/cli/cli.h"

namespace aimem::test {
namespace {

const std::vector<Words>& commands() {
    static const std::vector<Words> all{{"store"},
                                        {"recall"},
                                        {"search"},
                                        {"list"},
                                        {"get"},
                                        {"history"},
                                        {"update"},
                                        {"delete"},
                                        {"promote"},
                                        {"link"},
                                        {"unlink"},
                                        {"archive"},
                                        {"archive", "put"},
                                        {"archive", "list"},
                                        {"archive", "restore"},
                                        {"archive", "purge"},
                                        {"consolidate"},
                                        {"forget"},
                                        {"gc"},
                                        {"invalidate"},
                                        {"entity", "register"},
                                        {"entity", "find"},
                                        {"agents", "list"},
                                        {"agents", "register"},
                                        {"pending", "list"},
                                        {"pending", "approve"},
                                        {"pending", "reject"},
                                        {"namespaces"},
                                        {"standard", "set"},
                                        {"standard", "show"},
                                        {"standard", "clear"},
                                        {"notify"},
                                        {"inbox"},
                                        {"subscribe"},
                                        {"unsubscribe"},
                                        {"subscriptions"},
                                        {"import"},
                                        {"export"},
                                        {"stats"},
                                        {"sync"},
                                        {"sync", "status"},
                                        {"digest"},
                                        {"mcp"}};
    return all;
}

std::string joined(const Words& words) {
    std::string out;
    for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
    return out;
}

TEST_F(Cli, HelpOfEveryCommandHasAnExample) {
    for (Words words : commands()) {
        const std::string name = joined(words);
        words.emplace_back("--help");
        const std::string help = text(words);
        const auto examples = help.find("Examples:\n");
        ASSERT_NE(examples, std::string::npos) << name;
        const std::string word = name == "mcp" ? "ai-memory" : "ai-memory " + name;
        EXPECT_NE(help.find(word, examples), std::string::npos) << help;
    }
}

TEST_F(Cli, HelpOfTheProgramListsEveryCommand) {
    const std::string help = text({"--help"});
    EXPECT_EQ(help, text({"help"}));
    EXPECT_EQ(help, text({"-h"}));
    for (const Words& words : commands())
        EXPECT_NE(help.find("\n  " + joined(words)), std::string::npos) << joined(words);
    for (const char* name : {"serve", "sync-daemon", "Exit codes", "AI_MEMORY_DB"})
        EXPECT_NE(help.find(name), std::string::npos) << name;
}

TEST_F(Cli, HelpIsGivenWhateverElseStandsThere) {
    EXPECT_EQ(text({"store", "-h"}), text({"store", "--help"}));
    EXPECT_EQ(text({"store", "--frobnicate", "--help"}), text({"store", "--help"}));
    EXPECT_EQ(text({"help", "archive", "list"}), text({"archive", "list", "--help"}));
    EXPECT_EQ(text({"help", "sync"}), text({"sync", "--help"}));
}

TEST_F(Cli, HelpOfStoreSaysWhereAMemoryGoesByDefault) {
    EXPECT_NE(text({"store", "--help"}).find("global"), std::string::npos);
}

TEST_F(Cli, VersionIsOneLine) {
    EXPECT_EQ(text({"--version"}), "ai-memory " AIMEM_TEST_VERSION "\n");
}

}  // namespace
}  // namespace aimem::test
