#include "tests/cli/cli.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>

namespace aimem::test {

void Cli::SetUp() {
    env_ = {{"HOME", home_.path().string()}, {"XDG_DATA_HOME", ""},
            {"XDG_CONFIG_HOME", ""},         {"AI_MEMORY_DB", database().string()},
            {"AI_MEMORY_AGENT_ID", ""},      {"AI_MEMORY_NO_CONFIG", ""},
            {"AI_MEMORY_LOG", ""},           {"NO_COLOR", ""}};
}

Command Cli::command(const Words& words) const {
    Command out;
    out.argv = {AIMEM_COMMAND};
    out.argv.insert(out.argv.end(), words.begin(), words.end());
    out.env = env_;
    out.dir = home_.path();
    return out;
}

Finished Cli::run(const Words& words, std::string_view input) {
    return test::run(command(words), input);
}

std::string Cli::text(const Words& words, std::string_view input) {
    const Finished done = run(words, input);
    EXPECT_EQ(done.status, 0) << testing::PrintToString(words) << "\n" << done.err;
    return done.out;
}

nlohmann::json Cli::json(Words words, std::string_view input) {
    words.emplace_back("--json");
    const std::string out = text(words, input);
    EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1) << out;
    EXPECT_TRUE(out.ends_with('\n')) << out;
    return nlohmann::json::parse(out, nullptr, false);
}

void Cli::refuses(const Words& words, int code, std::string_view said) {
    const Finished done = run(words);
    EXPECT_EQ(done.status, code) << testing::PrintToString(words) << "\n" << done.err;
    EXPECT_EQ(done.out, "") << testing::PrintToString(words);
    EXPECT_NE(("\n" + done.err).find("\nerror: "), std::string::npos)
        << testing::PrintToString(words) << "\n"
        << done.err;
    EXPECT_NE(done.err.find(said), std::string::npos)
        << testing::PrintToString(words) << " should say '" << said << "', said\n"
        << done.err;
}

std::string Cli::store(const std::string& title, const std::string& content, const Words& more) {
    Words words{"store", "-T", title, "-c", content};
    words.insert(words.end(), more.begin(), more.end());
    return json(words).value("id", "");
}

void Cli::write_file(const std::filesystem::path& file, std::string_view text) const {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
}

}  // namespace aimem::test
