#include "integrations/cli/invocation.h"

#include <fmt/core.h>

#include <algorithm>

namespace aimem::cli {
namespace {

constexpr std::string_view kProgramHelp =
    R"(ai-memory: a memory for AI assistants, kept in one SQLite file

Usage: ai-memory [--db FILE] [--json] [--agent-id ID] [--as-agent NS] COMMAND [ARGUMENTS]

Commands:
{commands}
Options, before or after the command:
  --db FILE        the database (also AI_MEMORY_DB; otherwise db of the configuration file,
                   otherwise $XDG_DATA_HOME/ai-memory/memory.db)
  --json           print one line of JSON instead of text
  --agent-id ID    who is writing (also AI_MEMORY_AGENT_ID; otherwise host:NAME-OF-THIS-MACHINE);
                   others' messages are not shown to who says it
  --as-agent NS    see only what an agent placed at this namespace may see, by the scopes of the
                   memories (also AI_MEMORY_AS_AGENT)
  --help           of the program, or of the command it follows
  --version        print the version

Examples:
  ai-memory store -T "Deploy day" -c "We deploy on Tuesdays, never on Fridays."
  ai-memory recall "when do we deploy"
  ai-memory list --json | jq .count
  ai-memory mcp                       # what an assistant starts

Exit codes: 0 done, 1 it failed or there is no such thing, 2 the command line or the
configuration file is wrong.
)";

tl::unexpected<Error> wrong(std::string message) {
    return fail(Errc::invalid_argument, std::move(message));
}

bool is_group(std::string_view word) {
    return !group_help(word).empty();
}

// Takes an option that may stand before the command; `at` ends on its last word.
Result<> take_global(std::span<const std::string> words, std::size_t& at, Globals& globals) {
    const std::string& word = words[at];
    if (word == "--json") {
        globals.json = true;
        return {};
    }
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    if (name != "--db" && name != "--agent-id" && name != "--as-agent")
        return wrong(fmt::format("unknown option {}; ai-memory --help lists what there is", name));
    if (equals == std::string::npos && at + 1 == words.size())
        return wrong(fmt::format("{} needs a value", name));
    const std::string value = equals == std::string::npos ? words[++at] : word.substr(equals + 1);
    (name == "--db"         ? globals.db
     : name == "--agent-id" ? globals.agent_id
                            : globals.as_agent) = value;
    return {};
}

std::string one_of_group(std::string_view group) {
    std::string list;
    for (const Command* command : all_commands()) {
        if (command->name.starts_with(group) && command->name.size() > group.size() &&
            command->name[group.size()] == ' ')
            list +=
                (list.empty() ? "" : ", ") + std::string(command->name.substr(group.size() + 1));
    }
    return list;
}

// The command at words[at], of one word or two; `at` ends behind it. With nothing known there,
// null.
const Command* take_command(std::span<const std::string> words, std::size_t& at) {
    const std::string& first = words[at];
    if (at + 1 < words.size()) {
        if (const Command* command = find_command(first + " " + words[at + 1])) {
            at += 2;
            return command;
        }
    }
    const Command* command = find_command(first);
    if (command != nullptr) ++at;
    return command;
}

bool asks_for_help(std::string_view word) {
    return word == "--help" || word == "-h";
}

}  // namespace

Result<Invocation> read_invocation(std::span<const std::string> words) {
    Invocation out;
    std::size_t at = 0;
    for (; at < words.size() && words[at].starts_with('-'); ++at) {
        if (asks_for_help(words[at]))
            out.wish = Wish::help;
        else if (words[at] == "--version" || words[at] == "-V")
            out.wish = Wish::version;
        if (out.wish != Wish::command) return out;
        const std::size_t from = at;
        if (auto ok = take_global(words, at, out.globals); !ok) return fail(ok.error());
        for (std::size_t i = from; i <= at; ++i) out.front.push_back(words[i]);
    }
    if (at == words.size()) return wrong("which command? ai-memory --help lists them");

    const bool help_word = words[at] == "help";
    if (help_word) {
        out.wish = Wish::help;
        if (++at == words.size()) return out;
    }
    const std::string& name = words[at];
    out.command = take_command(words, at);
    if (out.command != nullptr) {
        out.topic = out.command->name;
        out.rest.assign(words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
        return out;
    }
    if (!is_group(name))
        return wrong(fmt::format("unknown command '{}'; ai-memory --help lists them", name));
    out.topic = name;
    if (help_word || (at + 1 < words.size() && asks_for_help(words[at + 1]))) {
        out.wish = Wish::help;
        return out;
    }
    return wrong(fmt::format("{} needs one of: {}", name, one_of_group(name)));
}

std::string program_help() {
    std::string list;
    for (const Command* command : all_commands())
        list += fmt::format("  {:<18} {}\n", command->name, command->summary);
    return fmt::format(fmt::runtime(kProgramHelp), fmt::arg("commands", list));
}

std::string group_help(std::string_view group) {
    std::string list;
    std::string examples;
    for (const Command* command : all_commands()) {
        if (!command->name.starts_with(group) || command->name.size() <= group.size() ||
            command->name[group.size()] != ' ')
            continue;
        list += fmt::format("  {:<18} {}\n", command->name, command->summary);
        examples += command->examples;
    }
    return list.empty() ? list
                        : fmt::format("Usage: ai-memory {} COMMAND\n\nCommands:\n{}\nExamples:\n{}",
                                      group, list, examples);
}

}  // namespace aimem::cli
