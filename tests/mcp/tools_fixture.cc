#include "tests/mcp/tools_fixture.h"

#include "mcp/schema_check.h"

#include <nlohmann/json.hpp>

#include <stdexcept>

namespace aimem::mcp::test {

using nlohmann::json;

Tools::Tools() {
    auto opened = Store::open({.file = dir_ / "memory.db"});
    if (!opened) throw std::runtime_error(opened.error().message);
    store_ = std::move(*opened);
}

json Tools::result(const std::string& tool, const json& arguments) {
    const json request{{"jsonrpc", "2.0"},
                       {"id", 1},
                       {"method", "tools/call"},
                       {"params", {{"name", tool}, {"arguments", arguments}}}};
    json reply = json::parse(protocol_.handle(request.dump()));
    EXPECT_TRUE(reply.contains("result")) << reply;
    return reply["result"];
}

json Tools::good(const std::string& tool, const json& arguments) {
    const json got = result(tool, arguments);
    EXPECT_FALSE(got.contains("isError")) << tool << arguments << got;
    if (!got.contains("structuredContent")) return json::object();
    json answer = got["structuredContent"];
    const auto fits =
        check_arguments(json::parse(registry_.find(tool)->tool.output_schema), answer);
    EXPECT_TRUE(fits.has_value()) << tool << ": " << fits.error().message;
    return answer;
}

std::string Tools::bad(const std::string& tool, const json& arguments) {
    const json got = result(tool, arguments);
    EXPECT_TRUE(got.value("isError", false)) << tool << arguments << got;
    return got["content"][0]["text"].get<std::string>();
}

json Tools::as(const std::string& agent, const std::string& tool, const json& arguments) {
    Protocol other{{.agent = {agent, "kestrel"}}, host_};
    const json request{{"jsonrpc", "2.0"},
                       {"id", 1},
                       {"method", "tools/call"},
                       {"params", {{"name", tool}, {"arguments", arguments}}}};
    return json::parse(other.handle(request.dump()))["result"];
}

std::string Tools::text(const std::string& tool, const json& arguments) {
    return result(tool, arguments)["content"][0]["text"].get<std::string>();
}

std::string Tools::stored(const std::string& title) {
    return stored(title, json::object());
}

std::string Tools::stored(const std::string& title, json more) {
    more["title"] = title;
    more.emplace("content", "content of " + title);
    return good("memory_store", more)["id"].get<std::string>();
}

std::size_t Tools::total() {
    return good("memory_list", {{"limit", 200}})["count"].get<std::size_t>();
}

}  // namespace aimem::mcp::test
