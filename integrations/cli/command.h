// Command: one row of the table of commands. What it accepts is data, from which parsing and
// --help are made; what it does is one function. The rows are constants, so that a start costs
// nothing.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace aimem::cli {

class Args;
class Session;

enum class Kind : std::uint8_t { text, integer, number, list, flag };  // list: separated by commas
enum class Need : std::uint8_t { optional, required, one_or_more };

struct Arg {
    std::string_view names;  // "-t,--tier", or a bare word for a positional
    Kind kind = Kind::text;
    Need need = Need::optional;
    std::string_view value{};  // its name in the help, "TIER"
    std::string_view help{};
};

using RunCommand = Result<> (*)(Session& session, const Args& args);

struct Command {
    std::string_view name;     // one word or two: "store", "archive list"
    std::string_view alias{};  // another name for the same
    std::string_view summary{};
    std::string_view details{};   // further paragraphs of the help
    std::string_view examples{};  // lines
    std::span<const Arg> args{};
    RunCommand run = nullptr;  // none: the node's program does it
};

std::span<const Command* const> all_commands();
const Command* find_command(std::string_view name);

}  // namespace aimem::cli
