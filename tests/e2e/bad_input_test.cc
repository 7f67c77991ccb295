// Malformed, oversized, mistyped, unknown and hostile input at the node's doors: a clear refusal,
// nothing changed, and the process lives.
#include "tests/e2e/e2e.h"
#include "tests/support/eventually.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <vector>

namespace aimem::test {
namespace {

using nlohmann::json;

struct Bad {
    const char* name;
    std::string method;
    std::string target;
    std::string body;
    std::vector<int> accepted;  // the statuses that are right here
    std::map<std::string, std::string> headers = {{"Content-Type", "application/json"}};
};

std::string deep_json(std::size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
}

std::string memory_with(const char* key, const json& value) {
    json memory = memory_named("bad input");
    memory[key] = value;
    return memory.dump();
}

const std::string kMemories = "/api/v1/memories";
const std::string kPush = "/api/v1/sync/push";
const std::string kNoSuchId = "0b6f9a3e-0000-4000-8000-000000000000";

std::vector<Bad> bodies_that_are_no_memory() {
    const std::vector<int> bad = {400, 422};
    const std::string post = "POST";
    return {
        {"NoJson", post, kMemories, "{", {400}},
        {"EmptyBody", post, kMemories, "", bad},
        {"TrailingBytes", post, kMemories, memory_with("priority", 5) + "x", {400}},
        {"AnArray", post, kMemories, "[]", bad},
        {"ANumber", post, kMemories, "7", bad},
        {"DeeplyNested", post, kMemories, deep_json(100'000), bad},
        {"NotUtf8", post, kMemories, "{\"title\":\"\xff\xfe\",\"content\":\"x\"}", bad},
        {"LoneSurrogate", post, kMemories, R"({"title":"\ud800","content":"x"})", {400, 422, 201}},
        {"NoTitle", post, kMemories, R"({"content":"x"})", bad},
        {"TitleIsANumber", post, kMemories, R"({"title":5,"content":"x"})", bad},
    };
}

std::vector<Bad> memories_with_bad_values() {
    const std::vector<int> bad = {400, 422};
    const std::string post = "POST";
    return {
        {"TitleIsBlank", post, kMemories, memory_with("title", "  "), bad},
        {"TitleTooLong", post, kMemories, memory_with("title", std::string(513, 't')), bad},
        {"TitleWithNul", post, kMemories, memory_with("title", std::string("a\0b", 3)), bad},
        {"ContentIsBlank", post, kMemories, memory_with("content", ""), bad},
        {"ContentTooLong", post, kMemories, memory_with("content", std::string(65'537, 'c')), bad},
        {"UnknownTier", post, kMemories, memory_with("tier", "eternal"), bad},
        {"NamespaceClimbs", post, kMemories, memory_with("namespace", "a/../b"), bad},
        {"NamespaceTooDeep", post, kMemories, memory_with("namespace", "1/2/3/4/5/6/7/8/9"), bad},
        {"TagsAreNoList", post, kMemories, memory_with("tags", "a,b"), bad},
        {"TagsAreNull", post, kMemories, memory_with("tags", nullptr), bad},
        {"TooManyTags", post, kMemories, memory_with("tags", std::vector<std::string>(51, "t")),
         bad},
        {"PriorityOutOfRange", post, kMemories, memory_with("priority", 11), bad},
        {"PriorityHuge", post, kMemories, memory_with("priority", 99'999'999'999), bad},
        {"PriorityFraction", post, kMemories, memory_with("priority", 5.5), bad},
        {"ConfidenceOutOfRange", post, kMemories, memory_with("confidence", -0.1), bad},
        {"ConfidenceIsText", post, kMemories, memory_with("confidence", "NaN"), bad},
        {"UnknownSource", post, kMemories, memory_with("source", "spaceship"), bad},
        {"ExpiryIsNoTime", post, kMemories, memory_with("expires_at", "tomorrow"), bad},
        {"ExpiryIsPast", post, kMemories, memory_with("expires_at", "2001-01-01T00:00:00+00:00"),
         bad},
        {"TtlNegative", post, kMemories, memory_with("ttl_secs", -1), bad},
        {"MetadataIsNoObject", post, kMemories, memory_with("metadata", json::array()), bad},
        {"MetadataTooDeep", post, kMemories,
         memory_with("metadata", {{"a", json::parse(deep_json(40))}}), bad},
        {"AgentIdWithSpace", post, kMemories, memory_with("agent_id", "a b"), bad},
        {"UnknownScope", post, kMemories, memory_with("scope", "galaxy"), bad},
        {"BodyOverTwoMebibytes", post, kMemories, std::string(3U << 20, ' '), {413}},
        {"WrongContentType",
         post,
         kMemories,
         memory_with("priority", 5),
         {415},
         {{"Content-Type", "text/plain"}}},
        {"BadAgentHeader",
         post,
         kMemories,
         memory_with("priority", 5),
         {400},
         {{"Content-Type", "application/json"}, {"X-Agent-Id", "a b"}}},
    };
}

std::vector<Bad> nonsense_at_memory_routes() {
    const std::vector<int> bad = {400, 422};
    const std::string one = kMemories + "/" + kNoSuchId;
    const std::string link = R"({"source_id":")" + kNoSuchId + R"(","target_id":")";
    return {
        {"GetUnknown", "GET", one, "", {404}},
        {"GetBadEscape", "GET", kMemories + "/%zz", "", {400, 404}},
        {"GetNotUtf8", "GET", kMemories + "/%ff%fe", "", {400, 404}},
        {"GetWithNul", "GET", kMemories + "/a%00b", "", {400, 404}},
        {"GetLongId", "GET", kMemories + "/" + std::string(200, 'a'), "", {400}},
        {"GetSqlInId", "GET", kMemories + "/" + url_encode("x' OR '1'='1"), "", {404, 400}},
        {"GetLikeWildcard", "GET", kMemories + "/%25", "", {404, 400}},
        {"ListBadLimit", "GET", kMemories + "?limit=many", "", {400}},
        {"ListNegativeOffset", "GET", kMemories + "?offset=-1", "", {400}},
        {"ListUnknownTier", "GET", kMemories + "?tier=eternal", "", {400}},
        {"PutUnknown", "PUT", one, R"({"content":"x"})", {404}},
        {"PutNoJson", "PUT", one, "nope", {400}},
        {"PutMistyped", "PUT", one, R"({"priority":"high"})", {400, 422}},
        {"DeleteUnknown", "DELETE", one, "", {404}},
        {"PromoteUnknown", "POST", one + "/promote", "", {404}},
        {"LinkUnknownRelation", "POST", "/api/v1/links", link + R"(b","relation":"hates"})", bad},
        {"LinkToItself", "POST", "/api/v1/links", link + kNoSuchId + "\"}", bad},
        {"LinkToNothing",
         "POST",
         "/api/v1/links",
         link + R"(0b6f9a3e-0000-4000-8000-000000000001"})",
         {404, 400, 500}},
        {"UnlinkNoJson", "DELETE", "/api/v1/links", "{", {400}},
        {"ArchiveNoList", "POST", "/api/v1/archive", R"({"ids":"all"})", bad},
        {"ArchiveTooMany",
         "POST",
         "/api/v1/archive",
         json{{"ids", std::vector<std::string>(1001, "a")}}.dump(),
         {400}},
        {"RestoreUnknown", "POST", "/api/v1/archive/" + kNoSuchId + "/restore", "", {404}},
    };
}

std::vector<Bad> nonsense_at_queries() {
    return {
        {"RecallBlank", "GET", "/api/v1/recall?context=%20", "", {400}},
        {"RecallMissing", "GET", "/api/v1/recall", "", {400}},
        {"RecallBudgetZero", "GET", "/api/v1/recall?context=a&budget_tokens=0", "", {400}},
        {"SearchMissing", "GET", "/api/v1/search", "", {400}},
        {"SearchHostileSyntax",
         "GET",
         "/api/v1/search?q=" + url_encode("\"NEAR(* AND ) ^: -"),
         "",
         {200, 400}},
        {"RecallHostileSyntax",
         "GET",
         "/api/v1/recall?context=" + url_encode("\" OR * )( NOT col:x"),
         "",
         {200, 400}},
        {"UnknownPath", "GET", "/api/v1/nothing", "", {404}},
        {"PathClimbs", "GET", "/api/v1/../../etc/passwd", "", {400, 404}},
        {"WrongMethod", "PUT", "/api/v1/health", "{}", {405}},
        {"UnknownMethod", "BREW", kMemories, "", {400, 405, 501}},
        {"SinceNoTime", "GET", "/api/v1/sync/since?since=yesterday", "", {400, 200}},
        {"DigestBadRange", "GET", "/api/v1/sync/digest?lo=%ff&parts=-3", "", {400}},
    };
}

std::vector<Bad> nonsense_in_pushes() {
    const std::vector<int> bad = {400, 422};
    return {
        {"PushNoJson", "POST", kPush, "{\"memories\":", {400}},
        {"PushNoSender", "POST", kPush, R"({"memories":[]})", bad},
        {"PushBadSender", "POST", kPush, R"({"sender_agent_id":"a b","memories":[]})", {400}},
        {"PushMemoriesNoList", "POST", kPush, R"({"sender_agent_id":"a","memories":{}})", bad},
        {"PushTooMany",
         "POST",
         kPush,
         json{{"sender_agent_id", "a"},
              {"memories", json::array()},
              {"deletions", std::vector<std::string>(1001, "x")}}
             .dump(),
         {400, 413}},
        {"PushReplIsText",
         "POST",
         kPush,
         R"({"sender_agent_id":"a","memories":[],"repl":"v1"})",
         {200, 400, 422}},
        {"PushReplMistyped",
         "POST",
         kPush,
         R"({"memories":[],"sender_agent_id":"a",
"repl":{"v":1,"node":5,"epoch":[],"ops":{"k":1}}})",
         {200, 400, 422}},
        {"PushOversized", "POST", kPush, std::string(3U << 20, ' '), {413}},
    };
}

class BadInput : public ::testing::Test {
protected:
    void SetUp() override {
        mesh_.start_all();
        stored_id(store(mesh_.http(0), "here before"));
        ASSERT_TRUE(mesh_.await_equal_digests(kHealWithin));
    }

    static MeshOptions two_nodes() {
        MeshOptions options;
        options.nodes = 2;
        return options;
    }

    void expect_refused(const std::vector<Bad>& cases) {
        for (const Bad& bad : cases) {
            SCOPED_TRACE(bad.name);
            const Digest before = mesh_.digest(0);
            const Reply reply =
                mesh_.http(0).send(Request{bad.method, bad.target, bad.headers, bad.body});
            EXPECT_NE(std::find(bad.accepted.begin(), bad.accepted.end(), reply.status),
                      bad.accepted.end())
                << reply.text();
            if (reply.status == 400 || reply.status == 422) {
                EXPECT_FALSE(reply.body.empty()) << "a refusal that does not say why";
            }
            EXPECT_EQ(reply.body.find("SQL"), std::string::npos) << reply.body;
            if (reply.status != 201) {
                EXPECT_EQ(mesh_.digest(0), before) << "it changed something";
            }
            ASSERT_TRUE(mesh_.running(0)) << mesh_.log(0);
        }
        EXPECT_TRUE(mesh_.healthy(0));
        EXPECT_TRUE(mesh_.await_equal_digests(kHealWithin)) << mesh_.describe();
        EXPECT_EQ(store(mesh_.http(0), "still at work").status, 201);
    }

    Mesh mesh_{programs(), two_nodes()};
};

TEST_F(BadInput, ABodyThatIsNoMemoryIsRefused) {
    expect_refused(bodies_that_are_no_memory());
}

TEST_F(BadInput, AMemoryWithABadValueIsRefused) {
    expect_refused(memories_with_bad_values());
}

TEST_F(BadInput, TheOtherMemoryRoutesRefuseNonsense) {
    expect_refused(nonsense_at_memory_routes());
}

TEST_F(BadInput, QueriesRefuseNonsenseAndSurviveHostileSyntax) {
    expect_refused(nonsense_at_queries());
}

TEST_F(BadInput, PushesRefuseNonsense) {
    expect_refused(nonsense_in_pushes());
}

TEST_F(BadInput, BytesThatAreNoHttpAreRefusedAndTheProcessLives) {
    const std::string host = "Host: a\r\n";
    const std::vector<std::string> cases = {
        "\x16\x03\x01\x02\r\n\r\n",
        "GET / HTTP/9.9\r\n" + host + "\r\n",
        "GET  HTTP/1.1\r\n\r\n",
        std::string(200'000, 'A') + "\r\n\r\n",
        "GET / HTTP/1.1\r\n" + host + "X: " + std::string(200'000, 'b') + "\r\n\r\n",
        "POST /api/v1/memories HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n",
        "POST /api/v1/memories HTTP/1.1\r\n" + host +
            "Content-Length: 99999999999999999999\r\n\r\n",
        "POST /api/v1/memories HTTP/1.1\r\n" + host +
            "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        "POST /api/v1/memories HTTP/1.1\r\n" + host +
            "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
        "POST /api/v1/memories HTTP/1.1\r\n" + host +
            "Content-Type: application/json\r\nTransfer-Encoding: "
            "chunked\r\n\r\nffffffffffffffff\r\n{}",
    };
    const Digest before = mesh_.digest(0);
    for (std::size_t i = 0; i < cases.size(); ++i) {
        SCOPED_TRACE(i);
        HttpClient hasty = mesh_.new_client(0, Millis(3000));
        const Reply reply = hasty.send_raw(cases[i]);
        EXPECT_TRUE(reply.status == 0 || (reply.status >= 400 && reply.status < 600))
            << reply.text();
        ASSERT_TRUE(mesh_.running(0)) << mesh_.log(0);
    }
    EXPECT_EQ(mesh_.digest(0), before);
    EXPECT_EQ(store(mesh_.http(0), "still at work").status, 201);
}

TEST_F(BadInput, ABodyThatStopsHalfwayChangesNothingAndBlocksNobody) {
    const Digest before = mesh_.digest(0);
    const std::string body = memory_with("title", "half of this never comes");
    const std::string head =
        "POST /api/v1/memories HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        "Content-Length: " +
        std::to_string(body.size()) + "\r\n\r\n";
    std::vector<Fd> stuck;
    for (int i = 0; i < 50; ++i) {
        stuck.push_back(connect_to(mesh_.port(0), Deadline(Millis(2000))));
        send_all(stuck.back().get(), head + body.substr(0, body.size() / 2),
                 Deadline(Millis(2000)));
    }
    EXPECT_EQ(mesh_.digest(0), before);
    EXPECT_EQ(store(mesh_.http(0), "others go on").status, 201);
    for (const Fd& fd : stuck) reset_on_close(fd.get());
    stuck.clear();
    EXPECT_EQ(store(mesh_.http(0), "after the resets").status, 201);
    EXPECT_EQ(all_titles(mesh_.http(0)).count("half of this never comes"), 0U);
}

TEST_F(BadInput, OneBadRowInAPushDoesNotSinkItsBatch) {
    const std::string id = stored_id(store(mesh_.http(0), "pattern"));
    const json good = memory_at(mesh_.http(0), id);
    const auto row = [&](int n) {
        json memory = good;
        char text[40];
        std::snprintf(text, sizeof text, "0b6f9a3e-0000-4000-8000-%012d", n);
        memory["id"] = text;
        memory["title"] = "pushed " + std::to_string(n);
        return memory;
    };
    json rows = json::array();
    for (int n = 0; n < 20; ++n) rows.push_back(row(n));
    rows[3]["title"] = "";
    rows[7]["priority"] = 99;
    rows[11]["content"] = std::string(70'000, 'x');
    rows[13]["unknown_field"] = {{"from", "the future"}};
    const Reply reply =
        mesh_.http(0).post(kPush, {{"sender_agent_id", "host:old"}, {"memories", rows}});
    ASSERT_EQ(reply.status, 200) << reply.text();
    EXPECT_EQ(reply.json().value("applied", -1), 17) << reply.text();
    EXPECT_EQ(reply.json().value("skipped", -1), 3) << reply.text();
    const auto titles = all_titles(mesh_.http(0));
    for (int n = 0; n < 20; ++n) {
        const std::size_t expected = n == 3 || n == 7 || n == 11 ? 0 : 1;
        EXPECT_EQ(titles.count("pushed " + std::to_string(n)), expected) << n;
    }
    EXPECT_TRUE(mesh_.await_equal_digests(kHealWithin)) << mesh_.describe();
}

}  // namespace
}  // namespace aimem::test
