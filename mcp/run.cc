#include "mcp/run.h"

#include "mcp/change_watcher.h"
#include "mcp/protocol.h"
#include "mcp/server.h"
#include "mcp/spread.h"
#include "mcp/stdio.h"
#include "mcp/tool_registry.h"
#include "mcp/tool_result.h"
#include "store/base/log.h"
#include "store/store.h"

#include <unistd.h>

#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace aimem::mcp {
namespace {

constexpr std::string_view kInstructions =
    "Long-term memory shared by your sessions and machines. Call memory_recall with the topic "
    "before you "
    "answer from what happened earlier. Store decisions, preferences and corrections with "
    "memory_store: one "
    "fact a memory, a title you would search for; storing the same title in the same namespace "
    "again updates "
    "it. Use one namespace per project. Tier short lasts hours, mid a week, long for good.";

// Opens the store when it is first needed. The strand's alone.
class LazyStore {
public:
    explicit LazyStore(std::function<Result<std::unique_ptr<Store>>()> open)
        : open_(std::move(open)) {}

    Result<Store*> get() {
        if (store_ != nullptr) return store_.get();
        auto opened = open_();
        if (!opened) {
            log::error("mcp.open", "{}", opened.error().message);
            return fail(Errc::storage, std::string(kCannotOpen) + opened.error().message);
        }
        store_ = std::move(*opened);
        return store_.get();
    }

    Store* opened() const noexcept { return store_.get(); }

private:
    std::function<Result<std::unique_ptr<Store>>()> open_;
    std::unique_ptr<Store> store_;
};

int serve(McpOptions options, Fd out) {
    StopRequest stop;
    LazyStore store(std::move(options.open_store));
    SpreadWatch spread(options.wait);
    const ToolRegistry registry(options.tools.empty() ? all_tools() : options.tools,
                                options.profile);
    const ToolHost host{[&store] { return store.get(); }, &registry, options.version,
                        [&store] { return store.opened(); },
                        options.wait.count() > 0 ? &spread : nullptr};
    LineWriter writer(std::move(out), stop);
    LineReader reader(STDIN_FILENO, writer.fd(), stop);
    ChangeWatcher* watching = nullptr;  // made after the protocol, whose subscriptions it reads
    const auto write = [&writer](std::string_view line) {
        writer.write_line(line);
    };
    const Viewer viewer{options.agent_id, options.position};
    Protocol protocol({.server_version = options.version,
                       .instructions = std::string(kInstructions),
                       .agent = {std::move(options.agent_id), host_name()},
                       .position = std::move(options.position),
                       .watch = [&watching](Store& watched) { return watching->watch(watched); },
                       .notify = write,
                       .extras = std::move(options.extras)},
                      host);
    ChangeWatcher watcher(protocol.subscriptions(), write, viewer);
    watching = &watcher;
    Server server(protocol, reader, writer);
    server.serve();
    return 0;
}

}  // namespace

int run_mcp(McpOptions options) {
    auto out = claim_stdout();
    if (!out) {
        log::error("mcp.start", "{}", out.error().message);
        return 2;
    }
    try {
        return serve(std::move(options), std::move(*out));
    } catch (const std::exception& error) {
        log::error("mcp.failed", "{}", error.what());
        return 1;
    }
}

}  // namespace aimem::mcp
