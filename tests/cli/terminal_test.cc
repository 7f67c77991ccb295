// On a terminal there is colour, unless NO_COLOR is set; what a memory holds never steers the
// terminal.
#include "tests/cli/cli.h"

#include <filesystem>

namespace aimem::test {
namespace {

// script(1), of Debian's essential bsdutils, runs a command on a pseudo-terminal.
class Terminal : public Cli {
protected:
    Finished on_terminal(const std::string& arguments) const {
        Command script = command({});
        script.argv = {"/usr/bin/script", "-qec", std::string(AIMEM_COMMAND) + " " + arguments,
                       "/dev/null"};
        script.env["TERM"] = "xterm";
        return test::run(script);
    }
};

TEST_F(Terminal, ColourIsForTerminalsOnly) {
    if (!std::filesystem::exists("/usr/bin/script")) GTEST_SKIP() << "no script(1) here";
    store("Deploy day", "On Tuesdays");
    EXPECT_NE(on_terminal("list").out.find("\x1b["), std::string::npos);
    EXPECT_EQ(on_terminal("list --json").out.find('\x1b'), std::string::npos);
    EXPECT_EQ(text({"list"}).find('\x1b'), std::string::npos);
    env_["NO_COLOR"] = "1";
    EXPECT_EQ(on_terminal("list").out.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace aimem::test
