// Bad input at every route: the right status, a JSON body that says why, and nothing changed.
#include "tests/federation/api/api_fixture.h"

#include <gtest/gtest.h>

namespace aimem::api {
namespace {

struct Bad {
    const char* name;
    Verb verb;
    std::string target;
    std::string body;
    int status;
    const char* says;  // part of the error text
    http::Headers headers{};
};

const std::string kLinks = "/api/v1/links";
const std::string kRecall = "/api/v1/recall";
const std::string kDigest = "/api/v1/sync/digest";
const std::string kChanges = "/api/v1/sync/changes";
const std::string kUnknown = "0b6f9a3e-0000-4000-8000-000000000000";
const char* const kMistyped = "Failed to deserialize the JSON body into the target type";
const char* const kNoJson = "Failed to parse the request body as JSON";
const char* const kBadQuery = "Failed to deserialize query string";
const char* const kNoType = "Expected request with `Content-Type: application/json`";

std::string nested(std::size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
}

std::string with_member(const char* key, const json& value) {
    return memory_named("bad input", {{key, value}}).dump();
}

std::vector<Bad> bad_bodies() {
    std::vector<Bad> all;
    const std::string good = memory_named("good").dump();
    const std::vector<std::pair<Verb, std::string>> routes{
        {Verb::post, kMemories}, {Verb::put, kMemories + "/" + kUnknown},
        {Verb::post, kBulk},     {Verb::post, kLinks},
        {Verb::del, kLinks},     {Verb::post, kArchive},
        {Verb::post, kRecall},   {Verb::post, kPush}};
    for (const auto& [verb, route] : routes) {
        all.push_back({"NoJson", verb, route, "{", 400, kNoJson});
        all.push_back({"TrailingBytes", verb, route, good + "x", 400, kNoJson});
        all.push_back({"NotUtf8", verb, route, "{\"title\":\"\xff\xfe\"}", 400, kNoJson});
        all.push_back({"HugeNumber", verb, route, R"({"priority":1e999})", 400, kNoJson});
        all.push_back({"Deep", verb, route, nested(1'000'000), 400, kNoJson});
        all.push_back({"ANumber", verb, route, "7", 422, kMistyped});
        all.push_back({"Text", verb, route, good, 415, kNoType, {{"content-type", "text/plain"}}});
        all.push_back({"NoType", verb, route, good, 415, kNoType, {{"content-type", ""}}});
    }
    return all;
}

std::vector<Bad> bad_memories() {
    const Verb post = Verb::post;
    const auto many_tags = std::vector<std::string>(51, "t");
    std::vector<Bad> all{
        {"AnArray", post, kMemories, "[]", 422, kMistyped},
        {"NoTitle", post, kMemories, R"({"content":"x"})", 422, "title"},
        {"TitleIsNull", post, kMemories, with_member("title", nullptr), 422, "title"},
        {"TitleIsANumber", post, kMemories, with_member("title", 5), 422, "title"},
        {"TitleIsBlank", post, kMemories, with_member("title", " "), 400, "title"},
        {"TitleTooLong", post, kMemories, with_member("title", std::string(513, 't')), 400,
         "exceeds max size"},
        {"ContentTooLong", post, kMemories, with_member("content", std::string(65'537, 'c')), 400,
         "exceeds max size"},
        {"UnknownTier", post, kMemories, with_member("tier", "eternal"), 422, "tier"},
        {"BadNamespace", post, kMemories, with_member("namespace", "a/../b"), 400, "namespace"},
        {"TagsAreNull", post, kMemories, with_member("tags", nullptr), 422, "tags"},
        {"ManyTags", post, kMemories, with_member("tags", many_tags), 400, "tags"},
        {"PriorityOut", post, kMemories, with_member("priority", 11), 400, "priority"},
        {"PriorityFraction", post, kMemories, with_member("priority", 5.5), 422, "priority"},
        {"ConfidenceOut", post, kMemories, with_member("confidence", 1.5), 400, "confidence"},
        {"UnknownSource", post, kMemories, with_member("source", "spaceship"), 400, "source"},
        {"ExpiryPast", post, kMemories, with_member("expires_at", "2001-01-01T00:00:00+00:00"), 400,
         "expires_at"},
        {"TtlNegative", post, kMemories, with_member("ttl_secs", -1), 400, "ttl_secs"},
        {"MetadataArray", post, kMemories, with_member("metadata", json::array()), 422, "metadata"},
        {"MetadataDeep", post, kMemories, with_member("metadata", {{"a", json::parse(nested(40))}}),
         400, "metadata"},
        {"BadAgent", post, kMemories, with_member("agent_id", "a b"), 400, "agent_id"},
        {"UnknownScope", post, kMemories, with_member("scope", "galaxy"), 400, "scope"},
        {"PutMistyped", Verb::put, kMemories + "/" + kUnknown, R"({"priority":"high"})", 422,
         "priority"},
        {"PutUnknown", Verb::put, kMemories + "/" + kUnknown, R"({"content":"x"})", 404,
         "not found"}};
    const http::Headers bad_agent{{"x-agent-id", "a b"}};
    const std::string one = kMemories + "/" + kUnknown;
    all.push_back(
        {"HeaderCreate", post, kMemories, with_member("priority", 5), 400, "agent_id", bad_agent});
    all.push_back({"HeaderDelete", Verb::del, one, "", 400, "agent_id", bad_agent});
    all.push_back({"HeaderPromote", post, one + "/promote", "", 400, "agent_id", bad_agent});
    all.push_back({"HeaderBulk", post, kBulk, "[]", 400, "agent_id", bad_agent});
    all.push_back({"BulkObject", post, kBulk, R"({"memory":[]})", 422, "array of memories"});
    const json rows(1001, memory_named("row"));
    all.push_back({"BulkTooMany", post, kBulk, rows.dump(), 400, "limited to 1000"});
    return all;
}

std::vector<Bad> bad_ids_and_links() {
    const std::string one = kMemories + "/" + kUnknown;
    const std::string ends = R"({"source_id":")" + kUnknown + R"(","target_id":")";
    const std::string other = "0b6f9a3e-0000-4000-8000-000000000001";
    const json too_many{{"ids", std::vector<std::string>(1001, "a")}};
    const json mixed{{"ids", {kUnknown, " "}}};
    json distinct{{"ids", json::array()}};
    for (int i = 0; i <= 1000; ++i) distinct["ids"].push_back("id" + std::to_string(i));
    return {
        {"GetUnknown", Verb::get, one, "", 404, "not found"},
        {"GetLongId", Verb::get, kMemories + "/" + std::string(200, 'a'), "", 400, "128"},
        {"GetWithNul", Verb::get, kMemories + "/a%00b", "", 400, "id"},
        {"GetWildcard", Verb::get, kMemories + "/%25", "", 404, "not found"},
        {"DeleteUnknown", Verb::del, one, "", 404, "not found"},
        {"PromoteUnknown", Verb::post, one + "/promote", "", 404, "not found"},
        {"LinkRelation", Verb::post, kLinks, ends + R"(b","relation":"hates"})", 400, "relation"},
        {"LinkSelf", Verb::post, kLinks, ends + kUnknown + "\"}", 400,
         "cannot link a memory to itself"},
        {"LinkMissing", Verb::post, kLinks, ends + other + "\"}", 404, "source_id"},
        {"LinkNoTarget", Verb::post, kLinks, R"({"source_id":"a"})", 422, "target_id"},
        {"UnlinkMissing", Verb::del, kLinks, ends + other + "\"}", 404, "source_id"},
        {"UnlinkMistyped", Verb::del, kLinks, R"({"source_id":1,"target_id":"b"})", 422,
         "source_id"},
        {"LinksLongId", Verb::get, kLinks + "/" + std::string(200, 'a'), "", 400, "128"},
        {"ArchiveNoList", Verb::post, kArchive, R"({"ids":"all"})", 422, "ids"},
        {"ArchiveNumbers", Verb::post, kArchive, R"({"ids":[1]})", 422, "ids"},
        {"ArchiveReason", Verb::post, kArchive, R"({"ids":["a"],"reason":7})", 422, "reason"},
        {"ArchiveBlankReason", Verb::post, kArchive, R"({"ids":["a"],"reason":" "})", 400,
         "reason"},
        {"ArchiveTooMany", Verb::post, kArchive, too_many.dump(), 400, "archive limited"},
        {"ArchiveTooManyDistinct", Verb::post, kArchive, distinct.dump(), 400, "archive limited"},
        {"ArchiveBadId", Verb::post, kArchive, mixed.dump(), 400, "id"},
        {"RestoreUnknown", Verb::post, kArchive + "/" + kUnknown + "/restore", "", 404,
         "not found in archive"},
        {"ArchiveLimitZero", Verb::get, kArchive + "?limit=0", "", 400, "limit"},
        {"ArchiveOffset", Verb::get, kArchive + "?offset=x", "", 400, kBadQuery},
        {"ArchiveNamespace", Verb::get, kArchive + "?namespace=a/../b", "", 400, "namespace"},
    };
}

std::vector<Bad> bad_queries() {
    const Verb get = Verb::get;
    return {
        {"ListLimit", get, kMemories + "?limit=many", "", 400, kBadQuery},
        {"ListLimitNegative", get, kMemories + "?limit=-1", "", 400, kBadQuery},
        {"ListLimitEmpty", get, kMemories + "?limit=", "", 400, kBadQuery},
        {"ListLimitHuge", get, kMemories + "?limit=99999999999999999999", "", 400, kBadQuery},
        {"ListTwice", get, kMemories + "?limit=1&limit=2", "", 400, "duplicate field"},
        {"ListOffset", get, kMemories + "?offset=-1", "", 400, kBadQuery},
        {"ListTier", get, kMemories + "?tier=eternal", "", 400, kBadQuery},
        {"ListPriority", get, kMemories + "?min_priority=99999999999", "", 400, kBadQuery},
        {"ListSince", get, kMemories + "?since=yesterday", "", 400, "RFC 3339"},
        {"ListAgent", get, kMemories + "?agent_id=a%20b", "", 400, "agent_id"},
        {"ListEscape", get, kMemories + "?tags=%zz", "", 400, kBadQuery},
        {"ListNotUtf8", get, kMemories + "?tags=%ff", "", 400, kBadQuery},
        {"SearchMissing", get, "/api/v1/search", "", 400, "missing field `q`"},
        {"SearchBlank", get, "/api/v1/search?q=%20", "", 400, "q"},
        {"SearchLimit", get, "/api/v1/search?q=a&limit=x", "", 400, kBadQuery},
        {"SearchAsAgent", get, "/api/v1/search?q=a&as_agent=a//b", "", 400, "as_agent"},
        {"RecallMissing", get, kRecall, "", 400, "context"},
        {"RecallBlank", get, kRecall + "?context=%20", "", 400, "context"},
        {"RecallBudget", get, kRecall + "?context=a&budget_tokens=0", "", 400, "budget_tokens"},
        {"RecallLimit", get, kRecall + "?context=a&limit=1.5", "", 400, kBadQuery},
        {"RecallAsAgent", get, kRecall + "?context=a&as_agent=/", "", 400, "as_agent"},
        {"RecallPostMissing", Verb::post, kRecall, "{}", 422, "context"},
        {"RecallPostBlank", Verb::post, kRecall, R"({"context":" "})", 400, "context"},
        {"RecallPostLimit", Verb::post, kRecall, R"({"context":"a","limit":"x"})", 422, "limit"},
        {"RecallPostNegative", Verb::post, kRecall, R"({"context":"a","limit":-1})", 422, "limit"},
        {"RecallPostBudget", Verb::post, kRecall, R"({"context":"a","budget_tokens":0})", 400,
         "budget_tokens"},
        {"SinceNoTime", get, "/api/v1/sync/since?since=yesterday", "", 400,
         "invalid `since` parameter \u2014 expected RFC 3339 timestamp"},
        {"SinceLimit", get, "/api/v1/sync/since?limit=-1", "", 400, kBadQuery},
        {"DigestParts", get, kDigest + "?parts=-3", "", 400, "parts"},
        {"DigestPartsZero", get, kDigest + "?parts=0", "", 400, "parts"},
        {"DigestPartsMany", get, kDigest + "?parts=100000", "", 400, "parts"},
        {"DigestNotUtf8", get, kDigest + "?lo=%ff", "", 400, kBadQuery},
        {"DigestBackwards", get, kDigest + "?lo=m:b&hi=m:a", "", 400, "lo"},
        {"DigestList", get, kDigest + "?list=2", "", 400, "list"},
        {"DigestLongKey", get, kDigest + "?lo=" + std::string(300, 'a'), "", 400, "lo and hi"},
        {"ChangesAfter", get, kChanges + "?after=-1", "", 400, "after"},
        {"ChangesLimit", get, kChanges + "?limit=0", "", 400, "limit"},
        {"ChangesWait", get, kChanges + "?wait_ms=soon", "", 400, "wait_ms"},
        {"UnknownPath", get, "/api/v1/nothing", "", 404, "no such path"},
        {"WrongMethod", Verb::put, "/api/v1/health", "{}", 405, "method"},
        {"BulkIsNoId", get, kBulk, "", 405, "method"},
    };
}

std::vector<Bad> bad_pushes() {
    const Verb post = Verb::post;
    const json too_many{{"sender_agent_id", "a"},
                        {"memories", json::array()},
                        {"deletions", std::vector<std::string>(1001, "x")}};
    const json good{{"sender_agent_id", "a"}, {"memories", json::array()}};
    return {
        {"NoSender", post, kPush, R"({"memories":[]})", 422, "sender_agent_id"},
        {"BadSender", post, kPush, R"({"sender_agent_id":"a b","memories":[]})", 400,
         "invalid sender_agent_id"},
        {"NoMemories", post, kPush, R"({"sender_agent_id":"a"})", 422, "memories"},
        {"NoList", post, kPush, R"({"sender_agent_id":"a","memories":{}})", 422, "memories"},
        {"DryRun", post, kPush, R"({"sender_agent_id":"a","memories":[],"dry_run":1})", 422,
         "dry_run"},
        {"TooMany", post, kPush, too_many.dump(), 400,
         "sync_push limited to 1000 deletions per request"},
        {"BadHeader", post, kPush, good.dump(), 400, "invalid x-agent-id", {{"x-agent-id", "a b"}}},
        {"ReplText", post, kPush, R"({"sender_agent_id":"a","memories":[],"repl":"v1"})", 422,
         "repl"},
        {"ReplNode", post, kPush, R"({"sender_agent_id":"a","repl":{"node":5}})", 400, "repl.node"},
        {"ReplRange", post, kPush,
         R"({"sender_agent_id":"a","repl":{"node":"n","epoch":"e","from":"9","to":"3","ops":[]}})",
         400, "repl.from"},
        {"ReplOps", post, kPush,
         R"({"sender_agent_id":"a","repl":{"node":"n","epoch":"e","from":"0","to":"3","ops":{}}})",
         422, "repl.ops"},
    };
}

class RefusalsTest : public ApiTest {
protected:
    void SetUp() override { node_.store("here before"); }

    void expect_refused(const std::vector<Bad>& cases) {
        for (const Bad& bad : cases) {
            SCOPED_TRACE(std::string(bad.name) + " " + bad.target.substr(0, 80));
            const std::string before = node_.digest();
            http::Request request = request_to(bad.verb, bad.target, bad.body);
            for (const auto& header : bad.headers) {
                std::erase_if(request.headers,
                              [&](const auto& h) { return h.first == header.first; });
                request.headers.push_back(header);
            }
            const auto response = node_.ask(std::move(request));
            EXPECT_EQ(response.status, bad.status) << response.body;
            EXPECT_EQ(response.content_type, "application/json");
            const std::string error = parsed(response).value("error", "");
            EXPECT_NE(error.find(bad.says), std::string::npos) << response.body;
            EXPECT_EQ(node_.digest(), before) << "it changed something";
        }
        EXPECT_NO_THROW(node_.store("still at work"));
    }
};

TEST_F(RefusalsTest, BodiesThatAreNoJsonOrOfTheWrongType) {
    expect_refused(bad_bodies());
}

TEST_F(RefusalsTest, MemoriesWithBadValues) {
    expect_refused(bad_memories());
}

TEST_F(RefusalsTest, UnknownIdsBadLinksAndBadArchives) {
    expect_refused(bad_ids_and_links());
}

TEST_F(RefusalsTest, QueriesWithBadValues) {
    expect_refused(bad_queries());
}

TEST_F(RefusalsTest, PushesThatAreNone) {
    expect_refused(bad_pushes());
}

}  // namespace
}  // namespace aimem::api
