// Memories as resources, and completion, on a real store. SPDX-License-Identifier: Apache-2.0
#include "mcp/resources.h"

#include "tests/mcp/fixture.h"
#include "tests/mcp/tools_fixture.h"

#include <nlohmann/json.hpp>

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace aimem::mcp::test {
namespace {

using nlohmann::json;

class Resources : public Tools {
protected:
    json reply(const std::string& method, const json& params) {
        return json::parse(protocol_.handle(request(1, method, params)));
    }
    json completed(const json& ref, const std::string& name, const std::string& value) {
        const json got = reply("completion/complete",
                               {{"ref", ref}, {"argument", {{"name", name}, {"value", value}}}});
        EXPECT_TRUE(got.contains("result")) << got;
        return got["result"]["completion"]["values"];
    }
};

TEST(ResourceUri, IsReadAsItIsWritten) {
    for (const auto& [ns, id] : std::vector<std::pair<std::string, std::string>>{
             {"global", "abc-1"}, {"a/b/c", "x"}, {"caf\xC3\xA9/%41?#[]", "i d"}, {"*", "x"}}) {
        const std::string uri = uri_of({ns, id});
        EXPECT_EQ(uri.find_first_of(" ?#[]"), std::string::npos) << uri;
        const auto name = name_in(uri);
        ASSERT_TRUE(name) << uri;
        EXPECT_EQ(name->ns, ns);
        EXPECT_EQ(name->id, id.find('/') == std::string::npos ? id : "");
    }
    for (const char* wrong : {"", "memory://", "memory://a", "memory:///a", "memory://a/",
                              "http://a/b", "memory://a/%4", "memory://a/%zz", "memory://a b/c"})
        EXPECT_FALSE(name_in(wrong)) << wrong;
    EXPECT_FALSE(name_in("memory://a/" + std::string(5000, 'x')));
}

TEST_F(Resources, AreListedInPagesAndRead) {
    std::set<std::string> wanted;
    for (int i = 0; i < 120; ++i) {
        const std::string title = "note " + std::to_string(i);
        wanted.insert(uri_of({"a/b", stored(title, {{"namespace", "a/b"}})}));
    }
    good("memory_notify", {{"target_agent_id", "bob"}, {"title", "t"}, {"payload", "secret"}});
    std::set<std::string> seen;
    json params = json::object();
    for (int page = 0; page < 5; ++page) {
        const json result = reply("resources/list", params)["result"];
        for (const json& one : result["resources"]) {
            seen.insert(one["uri"].get<std::string>());
            EXPECT_EQ(one["mimeType"], "text/markdown");
            EXPECT_FALSE(one["name"].get<std::string>().empty());
        }
        if (!result.contains("nextCursor")) break;
        params["cursor"] = result["nextCursor"];
    }
    EXPECT_EQ(seen, wanted);
    const std::string uri = *seen.begin();
    const json contents = reply("resources/read", {{"uri", uri}})["result"]["contents"];
    ASSERT_EQ(contents.size(), 1U);
    EXPECT_EQ(contents[0]["uri"], uri);
    EXPECT_NE(contents[0]["text"].get<std::string>().find("content of note "), std::string::npos);
    EXPECT_EQ(reply("resources/list", {{"cursor", "x"}})["error"]["code"], -32602);
    EXPECT_EQ(reply("resources/list", {{"cursor", 5}})["error"]["code"], -32602);
    const json modern = reply("resources/list", modern_params())["result"];
    EXPECT_EQ(modern["ttlMs"], 0);
    EXPECT_EQ(modern["cacheScope"], "private");
}

TEST_F(Resources, UnknownOnesAreErrorsOfTheirRevision) {
    const std::string id = stored("Tea", {{"namespace", "a"}});
    for (const std::string& uri :
         {std::string("memory://a/nobody"), "memory://b/" + id, "memory://a/" + id.substr(0, 8),
          std::string("file:///etc/passwd"), std::string("memory://a/../" + id)}) {
        const json legacy = reply("resources/read", {{"uri", uri}});
        EXPECT_EQ(legacy["error"]["code"], -32002) << uri;
        EXPECT_EQ(legacy["error"]["data"]["uri"], uri);
        EXPECT_EQ(reply("resources/read", modern_params({{"uri", uri}}))["error"]["code"], -32602);
    }
    EXPECT_EQ(reply("resources/read", {{"uri", 5}})["error"]["code"], -32602);
    const json templates = reply("resources/templates/list", json::object())["result"];
    EXPECT_EQ(templates["resourceTemplates"][0]["uriTemplate"], kResourceTemplate);
}

TEST_F(Resources, CompletionKnowsNamespacesTagsAgentsAndIds) {
    const std::string id = stored(
        "Tea", {{"namespace", "home/kitchen"}, {"tags", {"drink", "dry"}}, {"agent_id", "ann"}});
    stored("Desk", {{"namespace", "office"}, {"tags", {"wood"}}, {"agent_id", "bob"}});
    const json prompt{{"type", "ref/prompt"}, {"name", "recall-first"}};
    const json resource{{"type", "ref/resource"}, {"uri", kResourceTemplate}};
    EXPECT_EQ(completed(prompt, "namespace", "h"), json::array({"home/kitchen"}));
    EXPECT_EQ(completed(prompt, "tag", "d"), json::array({"drink", "dry"}));
    EXPECT_EQ(completed(prompt, "agent", ""), json::array({"ann", "bob"}));
    EXPECT_EQ(completed(resource, "namespace", "o"), json::array({"office"}));
    EXPECT_EQ(completed(resource, "id", id.substr(0, 13)), json::array({id}));
    EXPECT_EQ(completed(prompt, "colour", ""), json::array());
    const json wrong{{"type", "ref/prompt"}, {"name", "dream"}};
    EXPECT_EQ(
        reply("completion/complete",
              {{"ref", wrong}, {"argument", {{"name", "a"}, {"value", ""}}}})["error"]["code"],
        -32602);
    EXPECT_EQ(reply("completion/complete",
                    {{"ref", prompt}, {"argument", {{"name", "tag"}}}})["error"]["code"],
              -32602);
}

}  // namespace
}  // namespace aimem::mcp::test
