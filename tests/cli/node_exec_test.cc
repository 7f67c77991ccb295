// serve and sync-daemon become ai-memory-node, found beside the program or in ../libexec.
#include "tests/cli/cli.h"

#include <filesystem>

namespace aimem::test {
namespace {

namespace fs = std::filesystem;

// A copy of the program in a tree of its own, with a node there that tells what it was given.
class NodeExec : public Cli {
protected:
    void SetUp() override {
        Cli::SetUp();
        fs::create_directories(path("bin"));
        fs::copy_file(AIMEM_COMMAND, program());
    }

    fs::path program() const { return path("bin") / "ai-memory"; }

    void install_node(const fs::path& file, const std::string& says) const {
        write_file(file,
                   "#!/bin/sh\necho " + says + "\nfor word; do echo \"$word\"; done\nexit 7\n");
        fs::permissions(file, fs::perms::owner_all);
    }

    Finished start(const Words& words) const {
        Command copy = command(words);
        copy.argv.front() = program().string();
        return test::run(copy);
    }
};

TEST_F(NodeExec, TheNodeBesideTheProgramTakesItsPlace) {
    install_node(path("bin") / "ai-memory-node", "beside");
    install_node(path("libexec") / "ai-memory" / "ai-memory-node", "libexec");
    const Finished done = start({"serve", "--port", "0", "--odd=a b", "--", "-x", ""});
    EXPECT_EQ(done.status, 7);
    EXPECT_EQ(done.out, "beside\nserve\n--port\n0\n--odd=a b\n--\n-x\n\n");
}

TEST_F(NodeExec, TheNodeInLibexecIsFoundToo) {
    install_node(path("libexec") / "ai-memory" / "ai-memory-node", "libexec");
    EXPECT_EQ(start({"sync-daemon", "--peers", "u"}).out, "libexec\nsync-daemon\n--peers\nu\n");
}

TEST_F(NodeExec, OptionsBeforeTheCommandAreHandedOn) {
    install_node(path("bin") / "ai-memory-node", "beside");
    EXPECT_EQ(start({"--db", "x.db", "serve", "--port", "0"}).out,
              "beside\nserve\n--db\nx.db\n--port\n0\n");
    EXPECT_EQ(start({"serve", "--help"}).out, "beside\nserve\n--help\n");
    EXPECT_EQ(start({"help", "serve"}).out, "beside\nserve\n--help\n");
}

TEST_F(NodeExec, AMissingNodeIsSaidWithThePlacesLookedAt) {
    const Finished done = start({"serve"});
    EXPECT_EQ(done.status, 1);
    EXPECT_NE(done.err.find("error: ai-memory-node is not installed"), std::string::npos)
        << done.err;
    EXPECT_NE(done.err.find((path("bin") / "ai-memory-node").string()), std::string::npos)
        << done.err;
    EXPECT_NE(done.err.find((path("libexec") / "ai-memory" / "ai-memory-node").string()),
              std::string::npos)
        << done.err;
}

}  // namespace
}  // namespace aimem::test
