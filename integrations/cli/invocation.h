// Invocation: the command line before any of it is parsed in earnest: which command, which options
// stood before it, what comes after. It costs next to nothing, because `ai-memory mcp` and `ai-
// memory serve` begin here.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"

#include "integrations/cli/command.h"
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aimem::cli {

// Options every command takes, wherever they stand.
struct Globals {
    std::optional<std::string> db{};
    std::optional<std::string> agent_id{};
    std::optional<std::string> as_agent{};
    bool json = false;
};

enum class Wish { command, help, version };

struct Invocation {
    Wish wish = Wish::command;
    const Command* command = nullptr;
    std::string topic{};  // help: about this command or group; empty: about the program
    Globals globals{};    // those before the command
    std::vector<std::string> front{};  // the same as they were written
    std::vector<std::string> rest{};   // everything after the command's name
};

// Errc::invalid_argument with the sentence to print.
Result<Invocation> read_invocation(std::span<const std::string> words);

std::string program_help();
std::string group_help(
    std::string_view group);  // "archive", "sync": its commands; empty when it is none

}  // namespace aimem::cli
