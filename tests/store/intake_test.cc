#include "store/ops/intake.h"

#include "store/base/time_text.h"
#include "store/model/limits.h"
#include "store/query/viewer.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace aimem {
namespace {

using nlohmann::json;

constexpr std::int64_t kNow = 1'790'000'000'000'000'000;  // 2026-09-21T14:13:20Z

Caller caller() {
    return {.agent_id = "me", .source = "cli", .now_ns = kNow};
}

json with(json object, const json& more) {
    object.update(more);
    return object;
}

json minimal(const json& more = json::object()) {
    return with({{"title", "t"}, {"content", "c"}}, more);
}

json nested(int levels) {
    json value = json::object();
    for (int i = 1; i < levels; ++i) value = json{{"x", value}};
    return value;
}

struct Bad {
    json arguments;
    Errc code;
    std::string said;  // part of the message
};

template <typename Decode>
void expect_refused(const std::vector<Bad>& table, Decode decode) {
    for (const Bad& row : table) {
        const auto op = decode(row.arguments);
        const std::string given =
            row.arguments.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 120);
        ASSERT_FALSE(op) << given;
        EXPECT_EQ(to_string(op.error().code), to_string(row.code)) << given;
        EXPECT_NE(op.error().message.find(row.said), std::string::npos)
            << given << "\n  says: " << op.error().message;
        EXPECT_LT(op.error().message.size(), 300u) << given;
    }
}

TEST(StoreArguments, OnlyWhatIsGivenIsSet) {
    const auto op = store_from_json(minimal(), {});
    ASSERT_TRUE(op);
    EXPECT_EQ(op->title, "t");
    EXPECT_EQ(op->content, "c");
    EXPECT_EQ(op->ns, "global");
    EXPECT_FALSE(op->tier || op->tags || op->priority || op->confidence || op->source ||
                 op->expires_at || op->ttl_secs || op->metadata || op->scope);
    EXPECT_EQ(op->agent_id, "");
}

TEST(StoreArguments, EveryFieldArrives) {
    const auto op = store_from_json(minimal({{"tier", "long"},
                                             {"namespace", "a/b"},
                                             {"tags", {"x", "y z"}},
                                             {"priority", 10},
                                             {"confidence", 1},
                                             {"source", "user"},
                                             {"expires_at", "2026-09-21T16:13:21+02:00"},
                                             {"ttl_secs", 31'536'000},
                                             {"metadata", {{"k", "v"}}},
                                             {"agent_id", "ai:x@y"},
                                             {"scope", "team"},
                                             {"unknown", 1}}),
                                    caller());
    ASSERT_TRUE(op) << op.error().message;
    EXPECT_EQ(op->tier, Tier::long_term);
    EXPECT_EQ(op->ns, "a/b");
    EXPECT_EQ(op->tags, (std::vector<std::string>{"x", "y z"}));
    EXPECT_EQ(op->priority, 10);
    EXPECT_EQ(op->confidence, 1.0);
    EXPECT_EQ(op->source, "user");
    EXPECT_EQ(op->expires_at, "2026-09-21T16:13:21+02:00");
    EXPECT_EQ(op->ttl_secs, 31'536'000);
    EXPECT_EQ(op->metadata, R"({"k":"v"})");
    EXPECT_EQ(op->agent_id, "ai:x@y");
    EXPECT_EQ(op->scope, "team");
}

TEST(StoreArguments, TheAuthorIsTheArgumentElseTheMetadataElseTheCaller) {
    const auto author = [](const json& more) {
        const auto op = store_from_json(minimal(more), caller());
        return op ? op->agent_id : "error: " + op.error().message;
    };
    const json metadata{{"agent_id", "meta"}};
    EXPECT_EQ(author(json::object()), "me");
    EXPECT_EQ(author({{"metadata", metadata}}), "meta");
    EXPECT_EQ(author({{"metadata", metadata}, {"agent_id", "arg"}}), "arg");
    EXPECT_EQ(author({{"metadata", metadata}, {"agent_id", ""}}), "meta");
    EXPECT_EQ(author({{"metadata", metadata}, {"agent_id", nullptr}}), "meta");
    EXPECT_EQ(author({{"metadata", {{"agent_id", ""}}}}), "me");
    EXPECT_EQ(author({{"metadata", {{"agent_id", 7}}}}), "me");
    EXPECT_EQ(author({{"metadata", {{"agent_id", "no spaces"}}}}).substr(0, 6), "error:");
}

TEST(StoreArguments, OnConflictIsMergeUnlessSaid) {
    EXPECT_EQ(store_from_json(minimal(), {})->on_conflict, OnConflict::merge);
    EXPECT_EQ(store_from_json(minimal({{"on_conflict", "version"}}), {})->on_conflict,
              OnConflict::version);
    EXPECT_EQ(store_from_json(minimal({{"on_conflict", "error"}}), {})->on_conflict,
              OnConflict::error);
}

TEST(StoreArguments, TheDoorsSourceIsTheDefault) {
    EXPECT_EQ(store_from_json(minimal(), caller())->source, "cli");
    EXPECT_EQ(store_from_json(minimal({{"source", "hook"}}), caller())->source, "hook");
}

TEST(StoreArguments, NullsThatMeanAbsent) {
    const auto op = store_from_json(
        minimal({{"expires_at", nullptr}, {"ttl_secs", nullptr}, {"scope", nullptr}}), caller());
    ASSERT_TRUE(op) << op.error().message;
    EXPECT_FALSE(op->expires_at || op->ttl_secs || op->scope);
}

TEST(StoreArguments, WhatIsNotAnObjectIsRefused) {
    for (const json& arguments : {json(), json("x"), json(7), json::array({1, 2})})
        EXPECT_EQ(store_from_json(arguments, caller()).error().code, Errc::wrong_type);
}

TEST(StoreArguments, EveryMistakeIsNamed) {
    constexpr auto type = Errc::wrong_type;
    constexpr auto value = Errc::invalid_argument;
    const std::string long_text(70'000, 'x');
    const std::vector<Bad> table{
        {json::object(), type, "title is required"},
        {{{"title", "t"}}, type, "content is required"},
        {minimal({{"title", 7}}), type, "title must be a string, given: 7"},
        {minimal({{"title", nullptr}}), type, "title must be a string, given: null"},
        {minimal({{"title", ""}}), value, "title cannot be empty"},
        {minimal({{"title", "  "}}), value, "title cannot be empty"},
        {minimal({{"title", std::string(513, 'x')}}), value, "title exceeds max size"},
        {minimal({{"title", "a\x01"}}), value, "title contains a control character"},
        {minimal({{"title", "a\xff"}}), value, "title is not valid UTF-8"},
        {minimal({{"content", json::array({"c"})}}), type,
         "content must be a string, given: an array of 1"},
        {minimal({{"content", "\n"}}), value, "content cannot be empty"},
        {minimal({{"content", long_text}}), value, "content exceeds max size"},
        {minimal({{"tier", "forever"}}), type,
         "invalid tier: accepted are short, mid, long, given: \"forever\""},
        {minimal({{"tier", 1}}), type, "tier must be one of short, mid, long, given: 1"},
        {minimal({{"tier", nullptr}}), type, "tier must be"},
        {minimal({{"namespace", 1}}), type, "namespace must be a string"},
        {minimal({{"namespace", ""}}), value, "namespace cannot be empty"},
        {minimal({{"namespace", "a b"}}), value, "invalid namespace"},
        {minimal({{"namespace", "a/../b"}}), value, "invalid namespace"},
        {minimal({{"namespace", "/a"}}), value, "invalid namespace"},
        {minimal({{"namespace", "1/2/3/4/5/6/7/8/9"}}), value, "at most 8 segments"},
        {minimal({{"tags", "x"}}), type, "tags must be an array of strings, given: \"x\""},
        {minimal({{"tags", nullptr}}), type, "tags must be an array of strings, given: null"},
        {minimal({{"tags", {"x", 7}}}), type, "tags must be an array of strings"},
        {minimal({{"tags", {"x", ""}}}), value, "a tag cannot be empty"},
        {minimal({{"tags", {std::string(129, 'x')}}}), value, "a tag exceeds"},
        {minimal({{"tags", std::vector<std::string>(51, "x")}}), value, "at most 50"},
        {minimal({{"priority", 0}}), value, "priority must be an integer from 1 to 10, given: 0"},
        {minimal({{"priority", 11}}), value, "given: 11"},
        {minimal({{"priority", 4'294'967'301}}), value, "priority must be an integer from 1 to 10"},
        {minimal({{"priority", 18'446'744'073'709'551'615u}}), value, "priority must be"},
        {minimal({{"priority", 7.0}}), type, "priority must be an integer, given: 7.0"},
        {minimal({{"priority", "5"}}), type, "priority must be an integer, given: \"5\""},
        {minimal({{"priority", true}}), type, "priority must be an integer, given: true"},
        {minimal({{"confidence", 1.1}}), value,
         "confidence must be a number from 0.0 to 1.0, given: 1.1"},
        {minimal({{"confidence", -1}}), value, "confidence must be"},
        {minimal({{"confidence", "1"}}), type, "confidence must be a number"},
        {minimal({{"source", "rumour"}}), value, "invalid source: accepted are user, claude"},
        {minimal({{"source", 1}}), type, "source must be a string"},
        {minimal({{"on_conflict", "maybe"}}), value, "must be one of merge, version, error"},
        {minimal({{"on_conflict", 1}}), type, "on_conflict must be a string"},
        {minimal({{"expires_at", "tomorrow"}}), value, "expires_at must be an RFC 3339 timestamp"},
        {minimal({{"expires_at", ""}}), value, "expires_at must be an RFC 3339 timestamp"},
        {minimal({{"expires_at", "2026-09-21T14:13:20Z"}}), value,
         "expires_at must lie in the future"},
        {minimal({{"expires_at", "2026-09-21T15:13:20+02:00"}}), value,
         "expires_at must lie in the future"},
        {minimal({{"expires_at", 1}}), type, "expires_at must be a string"},
        {minimal({{"ttl_secs", 0}}), value,
         "ttl_secs must be an integer from 1 to 31536000, given: 0"},
        {minimal({{"ttl_secs", 31'536'001}}), value, "ttl_secs must be"},
        {minimal({{"ttl_secs", 1.5}}), type, "ttl_secs must be an integer"},
        {minimal({{"metadata", "x"}}), type, "metadata must be an object, given: \"x\""},
        {minimal({{"metadata", nullptr}}), type, "metadata must be an object"},
        {minimal({{"metadata", json::array()}}), type,
         "metadata must be an object, given: an array of 0"},
        {minimal({{"metadata", {{"k", long_text}}}}), value, "metadata exceeds max size"},
        {minimal({{"metadata", nested(40)}}), value, "nested deeper"},
        {minimal({{"metadata", {{"scope", "galaxy"}}}}), value, "invalid scope"},
        {minimal({{"metadata", {{"scope", 1}}}}), type,
         "metadata.scope must be a string, given: 1"},
        {minimal({{"scope", "galaxy"}}), value, "invalid scope"},
        {minimal({{"scope", 1}}), type, "scope must be a string"},
        {minimal({{"agent_id", "a b"}}), value, "invalid agent_id"},
        {minimal({{"agent_id", std::string(129, 'x')}}), value, "agent_id exceeds"},
        {minimal({{"agent_id", 5}}), type, "agent_id must be a string"},
    };
    expect_refused(table,
                   [](const json& arguments) { return store_from_json(arguments, caller()); });
}

TEST(StoreArguments, AMessageShowsLongValuesInShort) {
    const std::string umlauts = [] {
        std::string text;
        for (int i = 0; i < 1'000; ++i) text += "\xc3\xa4";
        return text;
    }();
    const auto op = store_from_json(minimal({{"priority", umlauts}}), caller());
    ASSERT_FALSE(op);
    EXPECT_LT(op.error().message.size(), 100u);
    EXPECT_NO_THROW((void)json(op.error().message).dump()) << "cut inside a character";
}

TEST(UpdateArguments, OnlyWhatIsGivenIsSet) {
    const auto op = update_from_json("x", json::object());
    ASSERT_TRUE(op);
    EXPECT_EQ(op->id, "x");
    EXPECT_FALSE(op->title || op->content || op->ns || op->tier || op->tags || op->priority ||
                 op->confidence || op->expires_at || op->metadata);
    const auto all = update_from_json("x", {{"title", "t"},
                                            {"content", "c"},
                                            {"namespace", "n"},
                                            {"tier", "short"},
                                            {"tags", json::array()},
                                            {"priority", 1},
                                            {"confidence", 0.0},
                                            {"expires_at", "2001-01-01T00:00:00Z"},
                                            {"metadata", json::object()}});
    ASSERT_TRUE(all) << all.error().message;
    EXPECT_EQ(all->tags, std::vector<std::string>{});
    EXPECT_EQ(all->priority, 1);
    EXPECT_EQ(all->expires_at, "2001-01-01T00:00:00Z") << "the past is allowed here";
    EXPECT_EQ(all->metadata, "{}");
}

TEST(UpdateArguments, NullAndEmptyClearTheExpiry) {
    EXPECT_EQ(update_from_json("x", {{"expires_at", nullptr}})->expires_at, "");
    EXPECT_EQ(update_from_json("x", {{"expires_at", ""}})->expires_at, "");
    EXPECT_EQ(update_from_json("x", {{"title", nullptr}})->title, std::nullopt);
}

TEST(UpdateArguments, EveryMistakeIsNamed) {
    const std::vector<Bad> table{
        {json::array(), Errc::wrong_type, "arguments must be an object"},
        {{{"title", 1}}, Errc::wrong_type, "title must be a string"},
        {{{"title", " "}}, Errc::invalid_argument, "title cannot be empty"},
        {{{"content", ""}}, Errc::invalid_argument, "content cannot be empty"},
        {{{"namespace", "a//b"}}, Errc::invalid_argument, "invalid namespace"},
        {{{"tier", "eternal"}}, Errc::wrong_type, "invalid tier"},
        {{{"tags", {{"a", 1}}}},
         Errc::wrong_type,
         "tags must be an array of strings, given: an object"},
        {{{"priority", 0}}, Errc::invalid_argument, "priority must be"},
        {{{"confidence", 2}}, Errc::invalid_argument, "confidence must be"},
        {{{"expires_at", "x"}}, Errc::invalid_argument, "RFC 3339"},
        {{{"expires_at", 0}}, Errc::wrong_type, "expires_at must be a string"},
        {{{"metadata", 0}}, Errc::wrong_type, "metadata must be an object"},
        {{{"metadata", {{"scope", "galaxy"}}}}, Errc::invalid_argument, "invalid scope"},
    };
    expect_refused(table, [](const json& arguments) { return update_from_json("x", arguments); });
    EXPECT_EQ(update_from_json("", json::object()).error().code, Errc::invalid_argument);
    EXPECT_EQ(update_from_json(std::string(129, 'x'), json::object()).error().code,
              Errc::invalid_argument);
}

TEST(LinkArguments, AreDecodedAndChecked) {
    const auto op = link_from_arguments({{"source_id", "a"}, {"target_id", "b"}});
    ASSERT_TRUE(op);
    EXPECT_EQ(op->relation, "related_to");
    EXPECT_EQ(
        link_from_arguments({{"source_id", "a"}, {"target_id", "b"}, {"relation", "supersedes"}})
            ->relation,
        "supersedes");
    const std::vector<Bad> table{
        {json::object(), Errc::wrong_type, "source_id is required"},
        {{{"source_id", "a"}}, Errc::wrong_type, "target_id is required"},
        {{{"source_id", 1}, {"target_id", "b"}}, Errc::wrong_type, "source_id must be a string"},
        {{{"source_id", "a"}, {"target_id", ""}},
         Errc::invalid_argument,
         "target_id cannot be empty"},
        {{{"source_id", "a"}, {"target_id", "a"}},
         Errc::invalid_argument,
         "cannot link a memory to itself"},
        {{{"source_id", "a"}, {"target_id", "b"}, {"relation", "likes"}},
         Errc::invalid_argument,
         "invalid relation: accepted are related_to, supersedes, contradicts, derived_from, given: "
         "\"likes\""},
        {{{"source_id", "a"}, {"target_id", "b"}, {"relation", 1}},
         Errc::wrong_type,
         "relation must be a string"},
    };
    expect_refused(table, [](const json& arguments) { return link_from_arguments(arguments); });
    expect_refused(table, [](const json& arguments) { return unlink_from_arguments(arguments); });
    EXPECT_EQ(unlink_from_arguments({{"source_id", "a"}, {"target_id", "b"}})->relation,
              std::nullopt);
}

TEST(CheckOp, HoldsForOpsMadeWithoutJson) {
    const StoreMemory good{.title = "t", .content = "c"};
    EXPECT_TRUE(check_op(good));
    const auto refused = [](const Op& op) {
        return !check_op(op).has_value();
    };
    const auto changed = [&good](auto change) {
        StoreMemory op = good;
        change(op);
        return op;
    };
    EXPECT_TRUE(refused(changed([](StoreMemory& op) { op.title = ""; })));
    EXPECT_TRUE(refused(changed([](StoreMemory& op) { op.content = ""; })));
    EXPECT_TRUE(refused(changed([](StoreMemory& op) { op.ns = "a b"; })));
    EXPECT_TRUE(refused(changed([](StoreMemory& op) { op.tags = {{""}}; })));
    EXPECT_TRUE(refused(changed([](StoreMemory& op) { op.priority = 11; })));
    EXPECT_TRUE(refused(changed([](StoreMemory& op) { op.confidence = -0.1; })));
    EXPECT_TRUE(refused(changed([](StoreMemory& op) { op.source = "x"; })));
    EXPECT_TRUE(refused(changed([](StoreMemory& op) { op.expires_at = "x"; })));
    EXPECT_TRUE(refused(changed([](StoreMemory& op) { op.ttl_secs = 0; })));
    EXPECT_TRUE(refused(changed([](StoreMemory& op) { op.metadata = "[]"; })));
    EXPECT_TRUE(refused(changed([](StoreMemory& op) { op.metadata = R"({"scope":"x"})"; })));
    EXPECT_TRUE(refused(changed([](StoreMemory& op) { op.scope = "x"; })));
    EXPECT_TRUE(refused(changed([](StoreMemory& op) { op.agent_id = "a b"; })));

    EXPECT_TRUE(refused(UpdateMemory{.id = ""}));
    EXPECT_TRUE(refused(UpdateMemory{.id = "x", .ns = "/"}));
    EXPECT_FALSE(refused(UpdateMemory{.id = "x", .expires_at = ""}));
    EXPECT_TRUE(refused(PromoteMemory{.id = " "}));
    EXPECT_TRUE(refused(DeleteMemory{.id = "a\nb"}));
    EXPECT_TRUE(refused(RestoreMemory{.id = std::string(129, 'x')}));
    EXPECT_FALSE(refused(ArchiveMemory{.id = "x"}));
    EXPECT_TRUE(refused(ArchiveMemory{.id = "x", .reason = ""}));
    EXPECT_TRUE(refused(ArchiveMemory{.id = "x", .reason = std::string(129, 'x')}));
    EXPECT_TRUE(refused(ArchiveMemory{.id = "x", .reason = "a\nb"}));
    EXPECT_TRUE(refused(LinkMemories{.source_id = "a", .target_id = "a"}));
    EXPECT_TRUE(refused(LinkMemories{.source_id = "a", .target_id = "b", .relation = "x"}));
    EXPECT_TRUE(refused(UnlinkMemories{.source_id = "a", .target_id = ""}));
    EXPECT_FALSE(refused(UnlinkMemories{.source_id = "a", .target_id = "b"}));
}

TEST(CheckFilter, NamesTheField) {
    EXPECT_TRUE(check_filter({}));
    EXPECT_TRUE(check_filter({.ns = "a/b",
                              .tier = Tier::mid,
                              .tag = "x y",
                              .agent_id = "me",
                              .min_priority = -7,
                              .since = "2026-05-01T10:00:00Z",
                              .until = "2026-05-01T10:00:00.1+01:00"}));
    const auto says = [](const Filter& filter, const std::string& part) {
        const auto ok = check_filter(filter);
        return !ok && ok.error().code == Errc::invalid_argument &&
               ok.error().message.find(part) != std::string::npos;
    };
    EXPECT_TRUE(says({.ns = ""}, "namespace"));
    EXPECT_TRUE(says({.tag = ""}, "tag"));
    EXPECT_TRUE(says({.tag = std::string(129, 'x')}, "tag"));
    EXPECT_TRUE(says({.agent_id = "a b"}, "agent_id"));
    EXPECT_TRUE(says({.since = "2026-05-01"}, "since"));
    EXPECT_TRUE(says({.until = ""}, "until"));
}

TEST(CheckViewer, NamesTheField) {
    EXPECT_TRUE(check_viewer({}));
    EXPECT_TRUE(check_viewer({"ai:me", "a/b"}));
    const auto name = check_viewer({"a b", "a"});
    ASSERT_FALSE(name);
    EXPECT_NE(name.error().message.find("agent_id"), std::string::npos);
    const auto place = check_viewer({"ai:me", "a b"});
    ASSERT_FALSE(place);
    EXPECT_NE(place.error().message.find("as_agent"), std::string::npos);
}

}  // namespace
}  // namespace aimem
