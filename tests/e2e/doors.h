// Three doors to one node's file: HTTP, the assistant's server and the command line. Each asks in
// the name of ai:alice, unless told otherwise. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/e2e/e2e.h"
#include "tests/support/json_lines.h"

#include <nlohmann/json.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace aimem::test {

using Words = std::vector<std::string>;

// A request in the words of each door; a door without words is left out.
struct Wish {
    std::string method{};
    std::string target{};
    nlohmann::json body{};
    std::string tool{};
    nlohmann::json arguments{};
    Words words{};
    std::string input{};  // stdin of the command
    std::string agent = "ai:alice";
};

enum class Door { http, mcp, command_line };
const char* name_of(Door door);

class Doors {
public:
    explicit Doors(Mesh& mesh) : mesh_(mesh) {}

    // What the door answered; throws with its text when it refused.
    nlohmann::json ask(Door door, std::size_t node, const Wish& wish);
    bool has(Door door, std::size_t node, const Wish& wish);  // it can be asked there at all

private:
    nlohmann::json ask_http(std::size_t node, const Wish& wish);
    nlohmann::json ask_command(std::size_t node, const Wish& wish) const;
    McpClient& assistant(std::size_t node, const std::string& agent);

    Mesh& mesh_;
    std::map<std::string, std::unique_ptr<McpClient>> assistants_{};
    std::set<std::string> tools_{};
};

}  // namespace aimem::test
