// ai-memory mcp, as an assistant starts it; its protocol has tests of its own (tests/mcp).
#include "tests/cli/cli.h"
#include "tests/support/json_lines.h"

#include <nlohmann/json.hpp>

#include <filesystem>

namespace aimem::test {
namespace {

using Json = nlohmann::json;

TEST_F(Cli, McpAnswersBeforeThereIsADatabaseAndMakesItWithTheFirstWrite) {
    env_["AI_MEMORY_DB"] = "";
    env_["XDG_DATA_HOME"] = path("data").string();
    const auto file = path("data") / "ai-memory" / "memory.db";
    McpClient client(command({"mcp", "--tier", "semantic", "--agent-id", "assistant"}));
    const Json hello = client.initialize();
    EXPECT_EQ(hello.at("result").at("serverInfo").value("version", ""), AIMEM_TEST_VERSION);
    EXPECT_FALSE(std::filesystem::exists(path("data")));
    const Json stored = client.tool("memory_store", {{"title", "a"}, {"content", "1"}});
    EXPECT_TRUE(std::filesystem::exists(file));
    EXPECT_EQ(client.finish(Millis(10'000)), 0);
    const Json found = json({"get", stored.value("id", "")});
    EXPECT_EQ(found.at("memory").at("metadata").value("agent_id", ""), "assistant");
}

TEST_F(Cli, McpAndTheCommandsUseTheSameFile) {
    const std::string id = store("a", "1");
    McpClient client(command({"--db", database().string(), "mcp"}));
    client.initialize();
    EXPECT_EQ(client.tool("memory_get", {{"id", id}}).value("content", ""), "1");
    store("a", "2");  // while the server has the file open
    EXPECT_EQ(client.tool("memory_get", {{"id", id}}).value("content", ""), "2");
    EXPECT_EQ(client.finish(Millis(10'000)), 0);
}

}  // namespace
}  // namespace aimem::test
