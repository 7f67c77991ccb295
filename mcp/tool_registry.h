// ToolRegistry: the tools of one profile in their fixed order, and what else there is. Parses their
// schemas and builds the text of tools/list once, at start; constant afterwards, so any thread may
// read it. Throws std::logic_error for a table that is wrong in itself. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include "mcp/era.h"
#include "mcp/profile.h"
#include "mcp/rpc.h"
#include "mcp/tool.h"

#include <array>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aimem::mcp {

struct RegisteredTool {
    Tool tool{};
    JsonPtr input_schema{};
};

class ToolRegistry {
public:
    // Of `tools`, those in the profile.
    explicit ToolRegistry(std::span<const Tool> tools, Profile profile = Profile::full);

    const RegisteredTool* find(std::string_view name) const;
    const Tool* find_other(std::string_view name) const;  // of another profile
    std::span<const RegisteredTool> tools() const noexcept { return tools_; }
    std::span<const Tool> others() const noexcept { return others_; }
    Profile profile() const noexcept { return profile_; }

    // {"tools":[...]}, without what a revision does not know: annotations below 2025-03-26, titles
    // and output schemas below 2025-06-18 (a newer SDK on an older revision would insist on
    // structured results).
    const std::string& list_text(Revision revision) const noexcept;

private:
    Profile profile_;
    std::vector<RegisteredTool> tools_;
    std::vector<Tool> others_;
    std::map<std::string_view, std::size_t> by_name_;
    std::array<std::string, 3> lists_;
};

// Every tool of this program (mcp/tools).
std::span<const Tool> all_tools();

}  // namespace aimem::mcp
