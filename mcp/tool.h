// Tool: one row of the table of tools. What it says about itself is data; what it does is one
// function that turns checked arguments into an answer. Runs on the strand. A tool that fails
// returns an Error, which becomes a result with isError (mcp/tool_result.cc).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mcp/profile.h"
#include "store/base/result.h"

#include <nlohmann/json_fwd.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace aimem {
class Store;
}

namespace aimem::mcp {

class SpreadWatch;
class ToolRegistry;

// What the program lends to every tool for as long as the server lives.
struct ToolHost {
    std::function<Result<Store*>()> store{};  // opens the database when it is first asked for
    const ToolRegistry* registry = nullptr;
    std::string version{};
    std::function<Store*()> opened{};  // the database if it was opened already, else nullptr
    SpreadWatch* spread = nullptr;     // when writes are to say how far they have come
};

struct ToolCall {
    const nlohmann::json& arguments;  // an object that fits the tool's input schema
    const ToolHost& host;
    const std::string& agent_id;         // who calls, unless the arguments name somebody
    const std::atomic<bool>& cancelled;  // the client no longer wants the answer
    const std::function<void(std::int64_t)>& progress;    // rows done so far; may be empty
    const nlohmann::json& params;                         // of the whole request
    const std::function<void(std::string_view)>& notify;  // sends a line at once; may be empty
};

struct ToolAnswer {
    std::string structured{};  // JSON text of an object that fits the output schema
    std::string text{};        // for the text block; empty: the same JSON
    std::string result{};      // JSON text of the whole result, of a tool that answers otherwise
};

using ToolFunction = Result<ToolAnswer> (*)(const ToolCall& call);

enum class Effect {
    reads,     // changes nothing
    adds,      // only adds or amends; a repeat may add again
    settles,   // only adds or amends; a repeat changes nothing
    destroys,  // may overwrite or remove; a repeat changes nothing
};

struct Tool {
    std::string_view name{};
    std::string_view title{};
    std::string_view description{};
    Effect effect = Effect::destroys;
    std::string_view input_schema{};   // JSON text
    std::string_view output_schema{};  // JSON text
    ToolFunction run = nullptr;
    Profiles profiles = kEverywhere;
    std::string_view needs{};  // JSON text: what the client must be capable of
};

}  // namespace aimem::mcp
