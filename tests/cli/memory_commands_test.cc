// Every command does what it says, in text and in JSON.
#include "tests/cli/cli.h"

#include <nlohmann/json.hpp>

#include <regex>

namespace aimem::test {
namespace {

using Json = nlohmann::json;

bool matches(const std::string& text, const std::string& pattern) {
    return std::regex_search(text, std::regex(pattern));
}

TEST_F(Cli, StoreSaysIdTierAndNamespace) {
    EXPECT_TRUE(matches(text({"store", "-T", "Deploy day", "-c", "On Tuesdays"}),
                        "^stored: [0-9a-f-]{36} \\[mid\\] \\(ns=global\\)\n$"));
}

TEST_F(Cli, StoreKeepsEveryOptionGiven) {
    const Json m =
        json({"store", "--title",      "API limits", "--content", "100 a minute", "-t",
              "long",  "-n",           "acme/api",   "--tags",    "api, limits",  "-p",
              "9",     "--confidence", "0.5",        "-S",        "user",         "--scope",
              "team",  "--agent-id",   "me"});
    EXPECT_EQ(m.value("tier", ""), "long");
    EXPECT_EQ(m.value("namespace", ""), "acme/api");
    EXPECT_EQ(m.at("tags"), (Json{"api", "limits"}));
    EXPECT_EQ(m.value("priority", 0), 9);
    EXPECT_EQ(m.value("confidence", 0.0), 0.5);
    EXPECT_EQ(m.value("source", ""), "user");
    EXPECT_EQ(m.at("metadata").value("agent_id", ""), "me");
    EXPECT_EQ(m.at("metadata").value("scope", ""), "team");
    EXPECT_FALSE(m.contains("expires_at"));
}

TEST_F(Cli, StoreTakesAnExpiryOrALife) {
    EXPECT_EQ(json({"store", "-T", "a", "-c", "b", "--expires-at", "2099-01-31T12:00:00Z"})
                  .value("expires_at", ""),
              "2099-01-31T12:00:00.000000000+00:00");
    EXPECT_TRUE(json({"store", "-T", "c", "-c", "d", "--ttl-secs", "60"}).contains("expires_at"));
}

TEST_F(Cli, StoringATitleAgainKeepsItsId) {
    const std::string id = store("Deploy day", "On Tuesdays");
    EXPECT_EQ(store("Deploy day", "On Wednesdays"), id);
    EXPECT_EQ(json({"get", id}).at("memory").value("content", ""), "On Wednesdays");
}

TEST_F(Cli, StoreSaysThatAnotherTitleIsSimilar) {
    const std::string first = store("Deploy day of the web team", "Tuesday");
    const Json second = json({"store", "-T", "Deploy day of the api team", "-c", "Friday"});
    EXPECT_EQ(second.value("potential_contradictions", Json::array()), Json{first});
    const Finished third = run({"store", "-T", "Deploy day of the app team", "-c", "Monday"});
    EXPECT_TRUE(matches(third.err, "similar title")) << third.err;
}

TEST_F(Cli, ContentMayComeFromStdin) {
    const std::string content = "[a, b]\n--json\n\xc3\xa9\n";
    const std::string id = json({"store", "-T", "piped", "-c", "-"}, content).value("id", "");
    EXPECT_EQ(json({"get", id}).at("memory").value("content", ""), content);
    json({"update", id, "-c", "-"}, "new");
    EXPECT_EQ(json({"get", id}).at("memory").value("content", ""), "new");
}

TEST_F(Cli, ValuesThatLookLikeOptionsOrListsStayAsTheyAre) {
    for (const std::string value : {"--json", "[a,b]", "-x", "--title=", "list"}) {
        const std::string id = store("odd " + value, value);
        EXPECT_EQ(json({"get", id}).at("memory").value("content", ""), value);
    }
    EXPECT_EQ(json({"recall", "list"}).value("count", 0), 1);
    EXPECT_EQ(Json::parse(text({"search", "--json", "--", "-x"})).value("count", -1), 1);
}

TEST_F(Cli, RecallShowsCardsAndACount) {
    store("Deploy day", "On Tuesdays\nnever on Fridays");
    const std::string out = text({"recall", "when do we deploy"});
    EXPECT_TRUE(
        matches(out, "^\\[mid/[0-9a-f]{8}\\] Deploy day \\(p=5, ns=global, .*score [0-9.]+\\)"))
        << out;
    EXPECT_TRUE(matches(out, "\n    On Tuesdays\n    never on Fridays\n")) << out;
    EXPECT_TRUE(matches(out, "\n1 memory recalled \\[keyword\\]\n$")) << out;
    EXPECT_EQ(out.find('\x1b'), std::string::npos);
}

TEST_F(Cli, RecallAnswersInJson) {
    store("Deploy day", "On Tuesdays");
    const Json found = json({"recall", "deploy", "--budget-tokens", "100", "-T", "keyword"});
    EXPECT_EQ(found.value("count", 0), 1);
    EXPECT_EQ(found.value("mode", ""), "keyword");
    EXPECT_EQ(found.value("budget_tokens", 0), 100);
    EXPECT_GT(found.value("tokens_used", 0), 0);
    EXPECT_GT(found.at("memories").at(0).value("score", 0.0), 0.0);
    const Json again = json({"recall", "deploy"});
    EXPECT_FALSE(again.contains("budget_tokens"));
    EXPECT_EQ(again.at("memories").at(0).value("access_count", 0), 1) << "the first recall counted";
}

TEST_F(Cli, FindingNothingIsNoFailure) {
    store("Deploy day", "On Tuesdays");
    for (const Words& words : std::vector<Words>{{"recall", "zebra"},
                                                 {"search", "zebra"},
                                                 {"list", "-n", "elsewhere"},
                                                 {"archive", "list"}}) {
        const Finished done = run(words);
        EXPECT_EQ(done.status, 0) << words.front();
        EXPECT_EQ(done.out, "") << words.front();
        EXPECT_NE(done.err, "") << words.front();
        EXPECT_EQ(json(words).value("count", -1), 0) << words.front();
    }
}

TEST_F(Cli, SearchWantsEveryWord) {
    store("Deploy day", "On Tuesdays");
    store("Release day", "On Mondays");
    const Json found = json({"search", "day tuesdays"});
    EXPECT_EQ(found.value("count", 0), 1);
    EXPECT_EQ(found.at("results").at(0).value("title", ""), "Deploy day");
    EXPECT_TRUE(
        matches(text({"search", "deploy"}),
                "^\\[mid/[0-9a-f]{8}\\] Deploy day \\(p=5, ns=global, .*\\)\n1 memory found\n$"));
}

TEST_F(Cli, ListFiltersAndPages) {
    store("a", "1", {"-n", "one", "-p", "9", "--tags", "x,y"});
    store("b", "2", {"-n", "two", "-p", "5", "-t", "long", "--agent-id", "somebody"});
    store("c", "3", {"-n", "two", "-p", "1"});
    const auto titles = [this](Words words) {
        words.insert(words.begin(), "list");
        std::string out;
        const Json found = json(words);
        for (const Json& m : found.at("memories")) out += m.value("title", "");
        return out;
    };
    EXPECT_EQ(titles({}), "abc");
    EXPECT_EQ(titles({"-n", "two"}), "bc");
    EXPECT_EQ(titles({"-t", "long"}), "b");
    EXPECT_EQ(titles({"--tags", "y"}), "a");
    EXPECT_EQ(titles({"--agent-id", "somebody"}), "b");
    EXPECT_EQ(titles({"--limit", "1", "--offset", "1"}), "b");
    EXPECT_EQ(titles({"--until", "2000-01-01T00:00:00Z"}), "");
    EXPECT_EQ(titles({"--since", "2000-01-01T00:00:00Z"}), "abc");
    EXPECT_TRUE(matches(text({"list"}), "\n3 memories listed\n$"));
}

TEST_F(Cli, GetShowsAMemoryAndItsLinks) {
    const std::string a = store("a", "1");
    const std::string b = store("b", "2");
    json({"link", a, b});
    const std::string out = text({"get", a});
    EXPECT_EQ(Json::parse(out.substr(0, out.find("links:"))).value("title", ""), "a");
    EXPECT_NE(out.find("  " + a + " --[related_to]--> " + b + "\n"), std::string::npos) << out;
    const Json found = json({"get", b.substr(0, 13)});
    EXPECT_EQ(found.at("memory").value("id", ""), b);
    EXPECT_EQ(found.at("links").size(), 1U);
}

TEST_F(Cli, UpdateChangesWhatIsGivenAndClearsAnExpiry) {
    const std::string id = store("a", "1", {"-p", "9", "--tags", "x"});
    EXPECT_EQ(text({"update", id, "-T", "b"}), "updated: " + id + " [b]\n");
    const Json m = json({"update", id, "-p", "1", "-t", "short", "--tags", "", "--expires-at", ""});
    EXPECT_EQ(m.value("title", ""), "b");
    EXPECT_EQ(m.value("content", ""), "1");
    EXPECT_EQ(m.value("priority", 0), 1);
    EXPECT_EQ(m.value("tier", ""), "short");
    EXPECT_EQ(m.at("tags"), Json::array());
    EXPECT_FALSE(m.contains("expires_at"));
    EXPECT_FALSE(json({"update", id, "--expires-at="}).contains("expires_at"));
}

TEST_F(Cli, DeleteAndPromoteNameTheWholeId) {
    const std::string id = store("a", "1");
    EXPECT_EQ(text({"promote", id.substr(0, 13)}), "promoted to long-term: " + id + "\n");
    EXPECT_EQ(json({"promote", id}), (Json{{"promoted", true}, {"id", id}, {"tier", "long"}}));
    EXPECT_EQ(json({"delete", id}), (Json{{"deleted", true}, {"id", id}}));
    refuses({"get", id}, 1, "not found");
    const std::string other = store("b", "2");
    EXPECT_EQ(text({"delete", other}), "deleted: " + other + "\n");
}

TEST_F(Cli, LinksAreMadeOnceAndRemoved) {
    const std::string a = store("a", "1");
    const std::string b = store("b", "2");
    EXPECT_EQ(text({"link", a, b, "-r", "supersedes"}),
              "linked: " + a + " --[supersedes]--> " + b + "\n");
    const Json again = json({"link", a, b, "-r", "supersedes"});
    EXPECT_TRUE(again.value("linked", false));
    EXPECT_TRUE(again.value("existed", false));
    json({"link", a, b});
    EXPECT_EQ(json({"unlink", a, b}), (Json{{"deleted", true}, {"count", 2}}));
    refuses({"unlink", a, b}, 1, "no such link");
    json({"link", a, b});
    EXPECT_TRUE(
        matches(text({"unlink", a, b, "-r", "related_to"}), "^unlinked: .* \\(1 removed\\)\n$"));
}

TEST_F(Cli, ArchiveTakesAwayAndRestoreBringsBack) {
    const std::string a = store("a", "1");
    const std::string b = store("b", "2");
    const std::string c = store("c", "3");
    EXPECT_EQ(text({"archive", a}), "archived: " + a + "\n");
    EXPECT_EQ(
        json({"archive", "put", b, c, "--reason", "old"}),
        (Json{{"archived", {b, c}}, {"missing", Json::array()}, {"count", 2}, {"reason", "old"}}));
    EXPECT_EQ(json({"list"}).value("count", -1), 0);
    const Json list = json({"archive", "list", "-n", "global", "--limit", "2"});
    EXPECT_EQ(list.value("count", 0), 2);
    EXPECT_EQ(list.at("archived").at(0).value("archive_reason", ""), "old");
    EXPECT_TRUE(
        matches(text({"archive", "list"}), a + " a \\(ns=global, archived .*, reason archive\\)"));
    EXPECT_EQ(json({"archive", "restore", a}), (Json{{"restored", true}, {"id", a}}));
    EXPECT_EQ(text({"archive", "restore", b}), "restored: " + b + "\n");
    EXPECT_EQ(json({"get", a}).at("memory").value("content", ""), "1");
    EXPECT_EQ(text({"archive", "add", a}), "archived: " + a + "\n");
}

TEST_F(Cli, AnUnknownIdDoesNotKeepTheOthersFromTheArchive) {
    const std::string a = store("a", "1");
    const Finished done = run({"archive", "put", kUnknown, a, "--json"});
    EXPECT_EQ(done.status, 1);
    EXPECT_NE(done.err.find("error: "), std::string::npos);
    const Json out = Json::parse(done.out);
    EXPECT_EQ(out.at("archived"), Json{a});
    EXPECT_EQ(out.at("missing"), Json{kUnknown});
}

TEST_F(Cli, StatsCount) {
    store("a", "1", {"-n", "one"});
    store("b", "2", {"-t", "long"});
    const Json stats = json({"stats"});
    EXPECT_EQ(stats.value("total", 0), 2);
    EXPECT_EQ(stats.at("by_tier").size(), 2U);
    EXPECT_EQ(stats.at("by_namespace").size(), 2U);
    for (const char* key : {"expiring_soon", "links_count", "archived_total", "db_size_bytes"})
        EXPECT_TRUE(stats.at(key).is_number_integer()) << key;
    const std::string out = text({"stats"});
    EXPECT_TRUE(matches(out, "^total: 2\n"));
    EXPECT_TRUE(matches(out, "\n  namespace one: 1\n"));
}

TEST_F(Cli, DigestAndSyncStatusAgree) {
    store("a", "1");
    const Json digest = json({"digest"});
    EXPECT_EQ(digest.value("count", 0), 1);
    EXPECT_TRUE(matches(digest.value("digest", ""), "^[0-9a-f]{16}$"));
    EXPECT_EQ(text({"digest"}), digest.value("digest", "") + " (1 registers)\n");
    const Json status = json({"sync", "status"});
    EXPECT_EQ(status.value("digest", ""), digest.value("digest", ""));
    EXPECT_EQ(status.value("next_seq", 0), 2);
    EXPECT_EQ(status.at("peers"), Json::array());
    EXPECT_TRUE(
        matches(text({"sync", "status"}), "^node: .*\nfeed: next 2\ndigest: .*\npeers: none"));
    store("b", "2");
    EXPECT_NE(json({"digest"}).value("digest", ""), digest.value("digest", ""));
}

}  // namespace
}  // namespace aimem::test
