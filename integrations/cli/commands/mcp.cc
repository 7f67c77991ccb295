#include "mcp/run.h"
#include "store/store.h"

#include "integrations/cli/args.h"
#include "integrations/cli/commands/rows.h"
#include "integrations/cli/session.h"
#include "integrations/cli/tiers.h"
#include "integrations/cli/version.h"
#include <array>

namespace aimem::cli {
namespace {

constexpr std::array kMcpArgs{
    Arg{"--tier", Kind::text, Need::optional, "FEATURES", kFeatureTierHelp},
    Arg{"--profile", Kind::text, Need::optional, "TOOLS",
        "core (default), graph, admin or full: which tools are offered"},
    Arg{"--mcp-wait-ms", Kind::integer, Need::optional, "MS",
        "A write waits up to this long to say on how many nodes it is; needs a node beside it"},
};

constexpr std::size_t kWaitMaxMs = 60'000;

Result<> run_mcp(Session& session, const Args& args) {
    if (auto ok = check_feature_tier(args); !ok) return ok;
    mcp::McpOptions options;
    if (const auto name = args.text("profile")) {
        const auto profile = mcp::profile_from(*name);
        if (!profile) return fail(profile.error());
        options.profile = *profile;
    }
    const auto wait = args.size("mcp-wait-ms");
    if (!wait) return fail(wait.error());
    if (wait->value_or(0) > kWaitMaxMs)
        return fail(Errc::invalid_argument,
                    "--mcp-wait-ms must be from 0 to " + std::to_string(kWaitMaxMs));
    options.wait = std::chrono::milliseconds(wait->value_or(0));
    auto agent = session.named_agent();
    if (!agent) return fail(agent.error());
    options.agent_id = std::move(*agent);
    auto viewer = session.viewer();
    if (!viewer) return fail(viewer.error());
    options.position = std::move(viewer->position);
    if (const auto file = session.file(); !file) return fail(file.error());
    options.open_store = [&session] {
        return session.open_new();
    };
    options.version = std::string(kVersion);
    session.exit_with(mcp::run_mcp(std::move(options)));
    return {};
}

}  // namespace

const Command kMcp{
    .name = "mcp",
    .summary = "Be an MCP server on stdin and stdout, for an assistant",
    .details =
        "It opens no network connection. Register it with the absolute path of this program\n"
        "and the argument mcp.",
    .examples = R"(  claude mcp add --scope user ai-memory -- /usr/bin/ai-memory mcp
  {"mcpServers":{"ai-memory":{"command":"/usr/bin/ai-memory","args":["mcp"]}}}
)",
    .args = kMcpArgs,
    .run = run_mcp,
};

}  // namespace aimem::cli
