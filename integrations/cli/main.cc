// The command people type. Exit codes: 0 done, 1 it failed, 2 the command line or the configuration
// is wrong.
#include <fmt/core.h>

#include "integrations/cli/invocation.h"
#include "integrations/cli/node_exec.h"
#include "integrations/cli/parse.h"
#include "integrations/cli/session.h"
#include "integrations/cli/version.h"
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

namespace aimem::cli {
namespace {

int exit_code_of(Errc code) {
    switch (code) {
        case Errc::invalid_argument:
        case Errc::wrong_type: return 2;
        case Errc::not_found:
        case Errc::conflict:
        case Errc::denied:
        case Errc::request_reused:
        case Errc::quorum_not_met:
        case Errc::busy:
        case Errc::shutting_down:
        case Errc::disk_full:
        case Errc::storage:
        case Errc::peer: return 1;
    }
    return 1;
}

int complain(const Error& error) {
    Session::notice("error: " + error.message);
    return exit_code_of(error.code);
}

int show(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return 0;
}

int show_help(const Invocation& invocation) {
    if (invocation.command != nullptr && invocation.command->run == nullptr)
        return complain(become_node({invocation.topic, "--help"}));
    if (invocation.command != nullptr) return show(command_help(*invocation.command));
    return show(invocation.topic.empty() ? program_help() : group_help(invocation.topic));
}

int hand_to_node(const Invocation& invocation) {
    std::vector<std::string> words{invocation.topic};
    words.insert(words.end(), invocation.front.begin(), invocation.front.end());
    words.insert(words.end(), invocation.rest.begin(), invocation.rest.end());
    return complain(become_node(std::move(words)));
}

Globals both(const Globals& before, Globals after) {
    if (!after.db) after.db = before.db;
    if (!after.agent_id) after.agent_id = before.agent_id;
    if (!after.as_agent) after.as_agent = before.as_agent;
    after.json = after.json || before.json;
    return after;
}

int run_command(const Invocation& invocation) {
    auto parsed = parse_arguments(*invocation.command, invocation.rest);
    if (!parsed) {
        Session::notice("error: " + parsed.error().message);
        Session::notice(
            fmt::format("       ai-memory {} --help shows what it takes", invocation.topic));
        return exit_code_of(parsed.error().code);
    }
    if (parsed->help) return show(command_help(*invocation.command));
    auto config = load_config();
    if (!config) return complain(config.error());
    Session session(both(invocation.globals, std::move(parsed->globals)), std::move(*config));
    if (auto done = invocation.command->run(session, parsed->args); !done)
        return complain(done.error());
    return session.exit_code();
}

int run(const std::vector<std::string>& words) {
    const auto invocation = read_invocation(words);
    if (!invocation) return complain(invocation.error());
    switch (invocation->wish) {
        case Wish::version: return show(fmt::format("ai-memory {}\n", kVersion));
        case Wish::help: return show_help(*invocation);
        case Wish::command: break;
    }
    return invocation->command->run == nullptr ? hand_to_node(*invocation)
                                               : run_command(*invocation);
}

}  // namespace
}  // namespace aimem::cli

int main(int argc, char** argv) {
    int code = 1;
    try {
        code = aimem::cli::run({argv + 1, argv + argc});
    } catch (const std::exception& error) {
        aimem::cli::Session::notice(std::string("error: ") + error.what());
    }
    // A full disk behind a redirection shows only here.
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
        aimem::cli::Session::notice("error: cannot write the output");
        return code == 0 ? 1 : code;
    }
    return code;
}
