#include "tests/e2e/doors.h"

#include <stdexcept>

namespace aimem::test {

using nlohmann::json;

const char* name_of(Door door) {
    switch (door) {
        case Door::http: return "HTTP";
        case Door::mcp: return "MCP";
        case Door::command_line: return "command line";
    }
    return "?";
}

bool Doors::has(Door door, std::size_t node, const Wish& wish) {
    if (door == Door::http) return !wish.method.empty();
    if (door == Door::command_line) return !wish.words.empty();
    if (wish.tool.empty()) return false;
    if (tools_.empty()) {
        const json reply = assistant(node, wish.agent).request("tools/list", json::object());
        for (const json& one : reply.at("result").at("tools"))
            tools_.insert(one.at("name").get<std::string>());
    }
    return tools_.contains(wish.tool);
}

json Doors::ask(Door door, std::size_t node, const Wish& wish) {
    switch (door) {
        case Door::http: return ask_http(node, wish);
        case Door::mcp: return assistant(node, wish.agent).tool(wish.tool, wish.arguments);
        case Door::command_line: return ask_command(node, wish);
    }
    return {};
}

json Doors::ask_http(std::size_t node, const Wish& wish) {
    Request request;
    request.method = wish.method;
    request.target = wish.target;
    request.headers["x-agent-id"] = wish.agent;
    if (!wish.body.is_null()) {
        request.body = wish.body.dump();
        request.headers["content-type"] = "application/json";
    }
    const Reply reply = mesh_.http(node).send(request);
    if (!reply.ok()) throw std::runtime_error(reply.text());
    return reply.json();
}

json Doors::ask_command(std::size_t node, const Wish& wish) const {
    Command command;
    command.argv = {mesh_.programs().command.string(),
                    "--db",
                    mesh_.database(node).string(),
                    "--json",
                    "--agent-id",
                    wish.agent};
    command.argv.insert(command.argv.end(), wish.words.begin(), wish.words.end());
    command.env = mesh_.environment();
    command.dir = mesh_.folder();
    const Finished done = run(command, wish.input);
    if (done.status != 0) throw std::runtime_error(done.err);
    return json::parse(done.out);
}

McpClient& Doors::assistant(std::size_t node, const std::string& agent) {
    auto& client = assistants_[std::to_string(node) + agent];
    if (!client) {
        Command command = mesh_.mcp(node);
        command.env["AI_MEMORY_AGENT_ID"] = agent;
        client = std::make_unique<McpClient>(command);
        client->initialize();
    }
    return *client;
}

}  // namespace aimem::test
