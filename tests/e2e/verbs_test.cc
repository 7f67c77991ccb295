// Every verb through every door of every node: all nodes of the mesh come to the same state.
#include "tests/e2e/doors.h"
#include "tests/support/eventually.h"

#include <gtest/gtest.h>

#include <functional>

namespace aimem::test {
namespace {

using nlohmann::json;

// What a verb works on, made anew for each cell in a namespace of its own.
struct Stage {
    std::string ns{};
    std::string a{}, b{}, archived{}, pending{}, subscription{};
};

enum class Needs { memories, link, archived, pending, subscription, standard };

struct VerbRow {
    const char* name;
    Needs needs;
    std::function<Wish(const Stage&)> wish;
};

Wish http(const char* method, std::string target, json body = nullptr) {
    Wish out;
    out.method = method;
    out.target = std::move(target);
    out.body = std::move(body);
    return out;
}

Wish with(Wish wish, const char* tool, json arguments, Words words) {
    wish.tool = tool;
    wish.arguments = std::move(arguments);
    wish.words = std::move(words);
    return wish;
}

json exported_memory(const Stage& s) {
    std::string id = "11111111-2222-4333-8444-5" + std::to_string(std::hash<std::string>{}(s.ns));
    id.resize(36, '0');
    return {{"id", id},
            {"tier", "long"},
            {"namespace", s.ns},
            {"title", "Imported"},
            {"content", "from elsewhere"},
            {"tags", json::array()},
            {"priority", 5},
            {"confidence", 1.0},
            {"source", "import"},
            {"access_count", 0},
            {"created_at", "2026-01-02T03:04:05+00:00"},
            {"updated_at", "2026-01-02T03:04:05+00:00"},
            {"metadata", json::object()}};
}

const std::vector<VerbRow>& memory_verbs() {
    static const std::vector<VerbRow> table{
        {"store", Needs::memories,
         [](const Stage& s) {
             const json memory{{"title", "New"}, {"content", "text"}, {"namespace", s.ns}};
             return with(http("POST", "/api/v1/memories", memory), "memory_store", memory,
                         {"store", "-T", "New", "-c", "text", "-n", s.ns});
         }},
        {"update", Needs::memories,
         [](const Stage& s) {
             const json change{{"title", "A renamed"}, {"priority", 1}, {"tags", json::array()}};
             json arguments = change;
             arguments["id"] = s.a;
             return with(http("PUT", "/api/v1/memories/" + s.a, change), "memory_update", arguments,
                         {"update", s.a, "-T", "A renamed", "-p", "1", "--tags", ""});
         }},
        {"promote", Needs::memories,
         [](const Stage& s) {
             return with(http("POST", "/api/v1/memories/" + s.a + "/promote"), "memory_promote",
                         {{"id", s.a}}, {"promote", s.a});
         }},
        {"promote up", Needs::memories,
         [](const Stage& s) {
             return with(
                 http("POST", "/api/v1/memories/" + s.a + "/promote", {{"to_namespace", "top"}}),
                 "memory_promote", {{"id", s.a}, {"to_namespace", "top"}},
                 {"promote", s.a, "--to-namespace", "top"});
         }},
        {"delete", Needs::memories,
         [](const Stage& s) {
             return with(http("DELETE", "/api/v1/memories/" + s.a), "memory_delete", {{"id", s.a}},
                         {"delete", s.a});
         }},
        {"archive", Needs::memories,
         [](const Stage& s) {
             const json ids{{"ids", {s.a}}};
             return with(http("POST", "/api/v1/archive", ids), "memory_archive", ids,
                         {"archive", s.a});
         }},
        {"restore", Needs::archived,
         [](const Stage& s) {
             return with(http("POST", "/api/v1/archive/" + s.archived + "/restore"),
                         "memory_archive_restore", {{"id", s.archived}},
                         {"archive", "restore", s.archived});
         }},
        {"purge", Needs::archived,
         [](const Stage& s) {
             return with(http("DELETE", "/api/v1/archive?namespace=" + url_encode(s.ns)),
                         "memory_archive_purge", {{"namespace", s.ns}},
                         {"archive", "purge", "-n", s.ns});
         }},
        {"forget", Needs::memories,
         [](const Stage& s) {
             const json which{{"namespace", s.ns}};
             return with(http("POST", "/api/v1/forget", which), "memory_forget", which,
                         {"forget", "-n", s.ns});
         }},
        {"consolidate", Needs::memories,
         [](const Stage& s) {
             const json wish{{"ids", {s.a, s.b}},
                             {"title", "A and B"},
                             {"summary", "both"},
                             {"namespace", s.ns}};
             return with(
                 http("POST", "/api/v1/consolidate", wish), "memory_consolidate", wish,
                 {"consolidate", s.a + "," + s.b, "-T", "A and B", "-s", "both", "-n", s.ns});
         }},
        {"bulk", Needs::memories,
         [](const Stage& s) {
             const json rows{{{"title", "X"}, {"content", "x"}, {"namespace", s.ns}},
                             {{"title", "Y"}, {"content", "y"}, {"namespace", s.ns}}};
             return http("POST", "/api/v1/memories/bulk", rows);
         }},
        {"import", Needs::memories,
         [](const Stage& s) {
             const json all{{"memories", json::array({exported_memory(s)})},
                            {"links", json::array()}};
             Wish out = http("POST", "/api/v1/import", all);
             out.words = {"import", "--trust-source"};
             out.input = all.dump();
             return out;
         }},
    };
    return table;
}

const std::vector<VerbRow>& other_verbs() {
    static const std::vector<VerbRow> table{
        {"link", Needs::memories,
         [](const Stage& s) {
             const json ends{{"source_id", s.b}, {"target_id", s.a}, {"relation", "supersedes"}};
             return with(http("POST", "/api/v1/links", ends), "memory_link", ends,
                         {"link", s.b, s.a, "-r", "supersedes"});
         }},
        {"unlink", Needs::link,
         [](const Stage& s) {
             const json ends{{"source_id", s.a}, {"target_id", s.b}};
             return with(http("DELETE", "/api/v1/links", ends), "memory_unlink", ends,
                         {"unlink", s.a, s.b});
         }},
        {"invalidate", Needs::link,
         [](const Stage& s) {
             const json ends{{"source_id", s.a}, {"target_id", s.b}, {"relation", "related_to"}};
             return with(http("POST", "/api/v1/kg/invalidate", ends), "memory_kg_invalidate", ends,
                         {"invalidate", s.a, s.b, "-r", "related_to"});
         }},
        {"entity", Needs::memories,
         [](const Stage& s) {
             const json wish{
                 {"canonical_name", "Kestrel"}, {"namespace", s.ns}, {"aliases", {"kes"}}};
             return with(http("POST", "/api/v1/entities", wish), "memory_entity_register", wish,
                         {"entity", "register", "Kestrel", "-n", s.ns, "--aliases", "kes"});
         }},
        {"agent", Needs::memories,
         [](const Stage& s) {
             const std::string id = "ai:" + s.ns;
             const json wish{{"agent_id", id}, {"agent_type", "ai:model"}};
             return with(http("POST", "/api/v1/agents", wish), "memory_agent_register", wish,
                         {"agents", "register", "--agent-id", id, "--agent-type", "ai:model"});
         }},
        {"standard", Needs::memories,
         [](const Stage& s) {
             const json rules{{"write", "owner"}};
             const json wish{{"namespace", s.ns}, {"id", s.b}, {"governance", rules}};
             return with(http("POST", "/api/v1/namespaces", wish), "memory_namespace_set_standard",
                         wish, {"standard", "set", s.ns, s.b, "--governance", rules.dump()});
         }},
        {"clear standard", Needs::standard,
         [](const Stage& s) {
             return with(http("DELETE", "/api/v1/namespaces?namespace=" + url_encode(s.ns)),
                         "memory_namespace_clear_standard", {{"namespace", s.ns}},
                         {"standard", "clear", s.ns});
         }},
        {"notify", Needs::memories,
         [](const Stage& s) {
             const json wish{
                 {"target_agent_id", "ai:" + s.ns}, {"title", "Hello"}, {"payload", "come"}};
             return with(http("POST", "/api/v1/notify", wish), "memory_notify", wish,
                         {"notify", "ai:" + s.ns, "-T", "Hello", "-c", "come"});
         }},
        {"subscribe", Needs::memories,
         [](const Stage&) {
             const json wish{{"url", "https://example.com/hook"}};
             return with(http("POST", "/api/v1/subscriptions", wish), "memory_subscribe", wish,
                         {"subscribe", "--url", "https://example.com/hook"});
         }},
        {"unsubscribe", Needs::subscription,
         [](const Stage& s) {
             return with(http("DELETE", "/api/v1/subscriptions?id=" + s.subscription),
                         "memory_unsubscribe", {{"id", s.subscription}},
                         {"unsubscribe", s.subscription});
         }},
        {"approve", Needs::pending,
         [](const Stage& s) {
             Wish out = with(http("POST", "/api/v1/pending/" + s.pending + "/approve"),
                             "memory_pending_approve", {{"id", s.pending}},
                             {"pending", "approve", s.pending});
             out.agent = "ai:bob";
             return out;
         }},
        {"reject", Needs::pending,
         [](const Stage& s) {
             Wish out = with(http("POST", "/api/v1/pending/" + s.pending + "/reject"),
                             "memory_pending_reject", {{"id", s.pending}},
                             {"pending", "reject", s.pending});
             out.agent = "ai:bob";
             return out;
         }},
    };
    return table;
}

class EveryVerb : public ::testing::Test {
protected:
    // After HTTP has answered, and after a door that tells only the file.
    static constexpr Millis kSeenWithin{2000 * kPatience};
    static constexpr Millis kAgreeWithin{5000 * kPatience};

    EveryVerb() : EveryVerb(Millis(10'000 * kPatience)) {}  // longer than any cell may take
    explicit EveryVerb(Millis quorum_timeout) : mesh_(programs(), options(quorum_timeout)) {}

    static MeshOptions options(Millis quorum_timeout) {
        MeshOptions out;
        out.nodes = 4;
        out.writes = 4;  // what HTTP answers is everywhere
        out.quorum_timeout = quorum_timeout;
        return out;
    }

    void SetUp() override {
        mesh_.start_all();
        // A new file may not vote before it was compared with every peer.
        for (std::size_t node = 0; node < mesh_.size(); ++node)
            ASSERT_TRUE(eventually(kHealWithin, [&] {
                return mesh_.http(node).get("/api/v1/ready").status == 200;
            })) << mesh_.describe();
        for (const char* agent : {"ai:alice", "ai:bob"})
            must(http("POST", "/api/v1/agents", {{"agent_id", agent}, {"agent_type", "ai:model"}}));
    }

    json must(const Wish& wish) { return doors_.ask(Door::http, 0, wish); }

    std::string memory(const Stage& stage, const char* title) {
        return must(http("POST", "/api/v1/memories",
                         {{"title", title}, {"content", "text"}, {"namespace", stage.ns}}))
            .at("id");
    }

    void set_standard(const Stage& stage, const json& governance) {
        const std::string rules = memory(stage, "Rules");
        must(http("POST", "/api/v1/namespaces",
                  {{"namespace", stage.ns}, {"id", rules}, {"governance", governance}}));
    }

    Stage prepare(Needs needs) {
        Stage stage;
        stage.ns = "top/cell" + std::to_string(cells_++);
        if (needs == Needs::pending) {
            set_standard(stage, {{"write", "approve"}});
            stage.pending = must(http("POST", "/api/v1/memories",
                                      {{"title", "W"}, {"content", "w"}, {"namespace", stage.ns}}))
                                .at("pending_id");
            return stage;
        }
        if (needs == Needs::subscription) {
            stage.subscription =
                must(http("POST", "/api/v1/subscriptions", {{"namespace", stage.ns}})).at("id");
            return stage;
        }
        if (needs == Needs::standard) {
            set_standard(stage, {{"write", "any"}});
            return stage;
        }
        // Titles are unique in a namespace, and "promote up" puts them all into one.
        stage.a = memory(stage, ("A" + std::to_string(cells_)).c_str());
        if (needs == Needs::archived) {
            stage.archived = stage.a;
            must(http("POST", "/api/v1/archive", {{"ids", {stage.a}}}));
            return stage;
        }
        stage.b = memory(stage, "B");
        if (needs == Needs::link)
            must(http("POST", "/api/v1/links", {{"source_id", stage.a}, {"target_id", stage.b}}));
        return stage;
    }

    bool decided_everywhere(const std::string& pending) {
        for (std::size_t node = 0; node < mesh_.size(); ++node) {
            const json rows = mesh_.http(node).get("/api/v1/pending?status=pending").json();
            for (const json& row : rows.at("pending"))
                if (row.at("id") == pending) return false;
        }
        return true;
    }

    void cell(const VerbRow& row, Door door, std::size_t origin) {
        SCOPED_TRACE(std::string(row.name) + ", " + name_of(door) + ", node " +
                     std::to_string(origin));
        const Stage stage = prepare(row.needs);
        const Wish wish = row.wish(stage);
        if (!doors_.has(door, origin, wish)) return;
        if (!mesh_.await_equal_digests(kAgreeWithin)) FAIL() << mesh_.describe();
        const Digest before = mesh_.digest(origin);
        const auto start = Clock::now();
        const json answer = doors_.ask(door, origin, wish);
        if (door == Door::http) {
            EXPECT_LE(ms_since(start), static_cast<double>(kAgreeWithin.count())) << answer;
        }
        EXPECT_NE(mesh_.digest(origin), before) << "it did nothing: " << answer;
        if (row.needs == Needs::pending) {
            EXPECT_TRUE(eventually(kAgreeWithin, [&] { return decided_everywhere(stage.pending); }))
                << answer << mesh_.describe();
        }
        EXPECT_TRUE(mesh_.await_equal_digests(door == Door::http ? kSeenWithin : kAgreeWithin))
            << answer << mesh_.describe();
        done_ += 1;
    }

    void tried(const VerbRow& row, Door door, std::size_t origin) {
        try {
            cell(row, door, origin);
        } catch (const std::exception& e) {
            FAIL() << row.name << ", " << name_of(door) << ", node " << origin << ": " << e.what()
                   << '\n'
                   << mesh_.describe();
        }
    }

    void walk(const std::vector<VerbRow>& rows) {
        for (const VerbRow& row : rows)
            for (const Door door : {Door::http, Door::mcp, Door::command_line})
                for (std::size_t origin = 0; origin < mesh_.size(); ++origin)
                    ASSERT_NO_FATAL_FAILURE(tried(row, door, origin));
        RecordProperty("cells", done_);
    }

    Mesh mesh_;
    Doors doors_{mesh_};
    int cells_ = 0;
    int done_ = 0;
};

TEST_F(EveryVerb, AboutMemoriesEndsTheSameOnAllNodes) {
    walk(memory_verbs());
    EXPECT_GE(done_, 60);
}

TEST_F(EveryVerb, AboutEverythingElseEndsTheSameOnAllNodes) {
    walk(other_verbs());
    EXPECT_GE(done_, 60);
}

// The control of the matrix: where the node beside the file sleeps, nothing of a cell spreads.
TEST_F(EveryVerb, ACellFailsWhereNobodyPassesItOn) {
    const Stage stage = prepare(Needs::memories);
    ASSERT_TRUE(mesh_.await_equal_digests(kAgreeWithin)) << mesh_.describe();
    const Digest before = mesh_.digest(1);
    mesh_.process(0).pause();
    doors_.ask(Door::mcp, 0, memory_verbs().front().wish(stage));
    EXPECT_TRUE(throughout(Millis(1000), [&] { return mesh_.digest(1) == before; }));
    mesh_.process(0).resume();
    EXPECT_TRUE(mesh_.await_equal_digests(kAgreeWithin)) << mesh_.describe();
    EXPECT_NE(mesh_.digest(1), before);
}

// The same mistake is told in the same words, whichever door it came through, and changes nothing.
TEST_F(EveryVerb, AMistakeIsTheSameAtEveryDoor) {
    const Stage stage = prepare(Needs::memories);
    const Stage guarded = prepare(Needs::standard);
    const std::string taken = memory(stage, "Taken");
    const auto update = [](const std::string& id, const json& change, const Words& words) {
        json arguments = change;
        arguments["id"] = id;
        Words all{"update", id};
        all.insert(all.end(), words.begin(), words.end());
        return with(http("PUT", "/api/v1/memories/" + id, change), "memory_update", arguments, all);
    };
    const std::string nobody = "99999999-9999-4999-8999-999999999999";
    const std::vector<std::pair<Wish, const char*>> mistakes{
        {update(stage.a, {{"title", "B"}}, {"-T", "B"}), "already exists"},
        {update(nobody, {{"title", "X"}}, {"-T", "X"}), "not found"},
        {update(stage.a, {{"priority", 11}}, {"-p", "11"}), "priority"},
        {with(http("POST", "/api/v1/links", {{"source_id", stage.a}, {"target_id", stage.a}}),
              "memory_link", {{"source_id", stage.a}, {"target_id", stage.a}},
              {"link", stage.a, stage.a}),
         "itself"},
    };
    ASSERT_TRUE(mesh_.await_equal_digests(kAgreeWithin)) << mesh_.describe();
    const Digest before = mesh_.digest(0);
    for (const auto& [wish, said] : mistakes)
        for (const Door door : {Door::http, Door::mcp, Door::command_line}) {
            try {
                ADD_FAILURE() << name_of(door) << " took it: " << doors_.ask(door, 0, wish);
            } catch (const std::runtime_error& refusal) {
                EXPECT_NE(std::string(refusal.what()).find(said), std::string::npos)
                    << name_of(door) << ": " << refusal.what();
            }
        }
    EXPECT_EQ(mesh_.digest(0), before);
    // A node that is gone: who waits for W is told so, who writes to the file is not held up.
    mesh_.kill9(3);
    const VerbRow& store = memory_verbs().front();
    EXPECT_THROW(doors_.ask(Door::http, 0, store.wish(stage)), std::runtime_error);
    EXPECT_NO_THROW(doors_.ask(Door::mcp, 0, store.wish(guarded)));
    EXPECT_NO_THROW(doors_.ask(Door::command_line, 1, store.wish(stage)));
    mesh_.start(3);
    EXPECT_TRUE(mesh_.await_equal_digests(kHealWithin)) << mesh_.describe();
}

// A decision is one decision, whichever nodes hear of it first.
TEST_F(EveryVerb, TwoNodesThatDecideAtOnceCarryItOutOnce) {
    const Stage stage = prepare(Needs::pending);
    Wish approve = http("POST", "/api/v1/pending/" + stage.pending + "/approve");
    approve.agent = "ai:bob";
    const json first = doors_.ask(Door::http, 1, approve);
    EXPECT_EQ(first.at("approved"), true);
    approve.target = "/api/v1/pending/" + stage.pending + "/approve";
    EXPECT_THROW(doors_.ask(Door::http, 2, approve), std::runtime_error) << "decided already";
    EXPECT_TRUE(mesh_.await_equal_digests(kAgreeWithin)) << mesh_.describe();
    for (std::size_t node = 0; node < mesh_.size(); ++node)
        EXPECT_TRUE(has(mesh_.http(node), first.at("memory_id")));
}

class WhileNodesAreDown : public EveryVerb {  // a 503 is what is waited for
protected:
    WhileNodesAreDown() : EveryVerb(Millis(1500 * kPatience)) {}
};

TEST_F(WhileNodesAreDown, ADecisionWithoutAMajorityIsA503AndIsCarriedOutLater) {
    const Stage stage = prepare(Needs::pending);
    mesh_.kill9(1);
    mesh_.kill9(2);
    mesh_.kill9(3);
    Request request;
    request.method = "POST";
    request.target = "/api/v1/pending/" + stage.pending + "/approve";
    request.headers["x-agent-id"] = "ai:bob";
    const Reply reply = mesh_.http(0).send(request);
    EXPECT_EQ(reply.status, 503) << reply.text();
    EXPECT_EQ(reply.json().value("error", ""), "quorum_not_met");
    mesh_.start(1);
    mesh_.start(2);
    EXPECT_TRUE(eventually(kHealWithin, [&] {
        const json rows = mesh_.http(1).get("/api/v1/pending?status=approved").json();
        return rows.at("count") == 1;
    })) << mesh_.describe();
}

// A killed node has not forgotten what it was asked under a key.
TEST_F(WhileNodesAreDown, ARequestRepeatedAfterAKillHasOneEffect) {
    Request request;
    request.method = "POST";
    request.target = "/api/v1/notify";
    request.headers = {{"x-agent-id", "ai:alice"},
                       {"content-type", "application/json"},
                       {"idempotency-key", "once"}};
    request.body = json{{"target_agent_id", "ai:bob"}, {"title", "t"}, {"payload", "p"}}.dump();
    mesh_.kill9(2);
    const Reply missed = mesh_.http(0).send(request);  // W is all
    EXPECT_EQ(missed.status, 503) << missed.text();
    mesh_.kill9(0);
    mesh_.start(0);
    mesh_.start(2);
    ASSERT_TRUE(mesh_.await_equal_digests(kHealWithin)) << mesh_.describe();
    const Reply again = mesh_.http(0).send(request);
    ASSERT_EQ(again.status, 201) << again.text();
    EXPECT_EQ(again.json().at("id"), missed.json().at("id"));
    EXPECT_EQ(mesh_.http(1).get("/api/v1/inbox?agent_id=ai:bob").json().at("count"), 1);
    const Reply spread = mesh_.http(0).get("/api/v1/ops/" + again.header("x-operation-id"));
    EXPECT_EQ(spread.json().value("copies", 0), 4) << spread.text();
}

}  // namespace
}  // namespace aimem::test
