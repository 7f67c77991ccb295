// The program under test of the official conformance suite: the server of the memories as it is, on
// real pipes, with what the suite wants beside it. Usage: mcp_conformance_server DATABASE.
// SPDX-License-Identifier: Apache-2.0
#include "mcp/run.h"
#include "mcp/tool_registry.h"
#include "store/store.h"
#include "tests/mcp/conformance/server.h"

#include <nlohmann/json.hpp>

#include <vector>

namespace {

namespace code = aimem::mcp::code;
namespace conformance = aimem::mcp::conformance;
using aimem::mcp::MethodResult;
using aimem::mcp::RpcError;
using aimem::mcp::Tool;
using nlohmann::json;

std::vector<Tool> tools() {
    std::vector<Tool> all;
    for (const auto table :
         {conformance::content_tools(), conformance::asking_tools(), aimem::mcp::all_tools()})
        all.insert(all.end(), table.begin(), table.end());
    return all;
}

MethodResult list(const char* name, const json& rows) {
    return aimem::mcp::to_text({{name, rows}});
}

std::optional<MethodResult> answer(std::string_view method, const json& params) {
    if (conformance::has_forged_state(params)) {
        return tl::unexpected<RpcError>(
            RpcError{.code = code::invalid_params,
                     .message = "Invalid params: requestState is not what this server gave"});
    }
    if (method == "prompts/list") return list("prompts", conformance::prompt_list());
    if (method == "prompts/get") return conformance::prompt(params);
    if (method == "resources/list") return list("resources", conformance::resource_list());
    if (method == "resources/templates/list")
        return list("resourceTemplates", conformance::resource_template_list());
    if (method == "resources/read") return conformance::resource(params);
    if (method == "logging/setLevel") return conformance::set_log_level(params);
    if (method.starts_with("resources/") && conformance::is_watched(params)) return "{}";
    if (method == "completion/complete" &&
        params.value("ref", json::object()).value("name", "") == "test_prompt_with_arguments")
        return R"({"completion":{"values":["paris","park","party"],"total":3,"hasMore":false}})";
    return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 64;
    const std::string file = argv[1];
    const std::vector<Tool> all = tools();
    return aimem::mcp::run_mcp(
        {.open_store = [file] { return aimem::Store::open({.file = file}); },
         .version = "0.0.1",
         .profile = aimem::mcp::Profile::full,
         .tools = all,
         .extras = {.answer = &answer, .handshake_capabilities = R"("logging":{},)"}});
}
