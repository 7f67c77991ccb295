// Every tool on a real store in a folder of its own. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mcp/protocol.h"
#include "mcp/tool_registry.h"
#include "store/store.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>
#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace aimem::mcp::test {

class Tools : public testing::Test {
protected:
    Tools();

    nlohmann::json result(const std::string& tool, const nlohmann::json& arguments);
    // The structured answer of a call that must succeed; also checks it against the output schema.
    nlohmann::json good(const std::string& tool, const nlohmann::json& arguments);
    // The text of a call that must fail.
    std::string bad(const std::string& tool, const nlohmann::json& arguments);
    std::string text(const std::string& tool, const nlohmann::json& arguments);
    // The same as another agent, on the same store.
    nlohmann::json as(const std::string& agent, const std::string& tool,
                      const nlohmann::json& arguments);
    std::string stored(const std::string& title);  // its id
    std::string stored(const std::string& title, nlohmann::json more);
    std::size_t total();

    aimem::test::TempDir dir_;
    std::unique_ptr<Store> store_;
    ToolRegistry registry_{all_tools()};
    ToolHost host_{[this]() -> Result<Store*> { return store_.get(); }, &registry_, "1.2.3",
                   [this] {
                       return store_.get();
                   }};
    Protocol protocol_{{.agent = {"", "kestrel"}}, host_};
};

}  // namespace aimem::mcp::test
