// The one place that knows CLI11: a row of the table of commands becomes its parser and its help.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"

#include "integrations/cli/args.h"
#include "integrations/cli/command.h"
#include "integrations/cli/invocation.h"
#include <optional>
#include <string>
#include <vector>

namespace aimem::cli {

struct Parsed {
    Args args;
    Globals globals{};  // those that stood behind the command's name
    bool help = false;  // asked for: the rest means nothing
};

// Errc::invalid_argument with the sentence to print.
Result<Parsed> parse_arguments(const Command& command, const std::vector<std::string>& words);
std::string command_help(const Command& command);

}  // namespace aimem::cli
