// Two real nodes of ours and a node of 0.6.3 on a port: the same as in the tests without sockets,
// over HTTP, with a node that is killed in between.
#include "store/base/clock.h"
#include "store/model/json.h"
#include "tests/store/core/node.h"
#include "tests/support/eventually.h"
#include "tests/support/mesh.h"
#include "tests/support/old_peer.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace aimem::test {
namespace {

using nlohmann::json;

constexpr Millis kSoon{20'000};

class MixedProcesses : public testing::Test {
protected:
    void SetUp() override { mesh_.start_all(); }

    MeshOptions options() const {
        MeshOptions out;
        out.nodes = 2;
        out.writes = 3;  // nothing is answered before the old node has it
        out.quorum_timeout = kSoon;
        out.extra_peers = {{0, {old_.url()}}, {1, {old_.url()}}};
        return out;
    }
    std::string stored(std::size_t node, const std::string& title) {
        const auto reply =
            mesh_.http(node).post("/api/v1/memories", {{"title", title}, {"content", "text"}});
        EXPECT_EQ(reply.status, 201) << reply.text();
        return reply.ok() ? reply.json().at("id").get<std::string>() : std::string();
    }
    std::optional<Memory> there(const std::string& id) {
        return old_.look([&](OldStore& store) { return store.live(id); });
    }
    int status_at(std::size_t node, const std::string& id) {
        return mesh_.http(node).get("/api/v1/memories/" + id).status;
    }
    std::string title_at(std::size_t node, const std::string& id) {
        const auto reply = mesh_.http(node).get("/api/v1/memories/" + id);
        if (!reply.ok()) return {};
        const json body = reply.json();
        return (body.contains("memory") ? body.at("memory") : body).value("title", "");
    }
    std::vector<std::uint16_t> ports() const { return {mesh_.port(0), mesh_.port(1)}; }

    OldPeer old_{[] {
        return system_clock().now_ns();
    }};
    Mesh mesh_{Programs{AIMEM_COMMAND, AIMEM_NODE}, options()};
};

TEST_F(MixedProcesses, AWriteThatIsAnsweredIsThereWhateverItWas) {
    const auto a = stored(0, "A");
    const auto b = stored(1, "B");
    ASSERT_TRUE(there(a));
    const std::string path = "/api/v1/memories/" + a;
    auto reply = mesh_.http(1).put(path, {{"title", "A renamed"}, {"priority", 1}});
    EXPECT_EQ(reply.status, 200) << reply.text();
    ASSERT_TRUE(there(a));
    EXPECT_EQ(there(a)->title, "A renamed");
    EXPECT_EQ(there(a)->priority, 1);
    reply = mesh_.http(0).post("/api/v1/links", {{"source_id", a}, {"target_id", b}});
    EXPECT_EQ(reply.status, 201) << reply.text();
    EXPECT_TRUE(old_.look([&](OldStore& store) { return store.linked(a, b); }));
    reply = mesh_.http(0).post("/api/v1/archive", {{"ids", {b}}});
    EXPECT_EQ(reply.status, 200) << reply.text();
    EXPECT_FALSE(there(b));
    reply = mesh_.http(1).post("/api/v1/archive/" + b + "/restore", json::object());
    EXPECT_EQ(reply.status, 200) << reply.text();
    EXPECT_TRUE(there(b));
    reply = mesh_.http(1).del(path);
    EXPECT_EQ(reply.status, 200) << reply.text();
    EXPECT_FALSE(there(a));
    EXPECT_TRUE(mesh_.await_equal_digests(kSoon)) << mesh_.describe();
}

TEST_F(MixedProcesses, WhatItsClientsDoArrivesAndADeletionOutlivesItsEcho) {
    old_.act([](OldStore& store, std::int64_t now) { return store.store(a_memory("theirs"), now); },
             ports());
    const auto id =
        old_.look([](OldStore& store) { return store.by_title("global", "theirs")->id; });
    EXPECT_EQ(status_at(0, id), 200);
    EXPECT_EQ(status_at(1, id), 200);
    const auto echo = old_.look([](OldStore& store) { return store.everything(); });
    EXPECT_EQ(mesh_.http(0).del("/api/v1/memories/" + id).status, 200);
    EXPECT_FALSE(there(id));
    // It comes to its senses with the row still in its file.
    old_.look([&](OldStore& store) { return store.push(echo, system_clock().now_ns()).first; });
    ASSERT_TRUE(there(id));
    old_.act([&](OldStore& store, std::int64_t) { return store.everything(); }, ports());
    EXPECT_TRUE(eventually(kSoon, [&] { return !there(id); })) << "it was not told again";
    EXPECT_EQ(status_at(0, id), 404);
    EXPECT_EQ(status_at(1, id), 404);
}

TEST_F(MixedProcesses, ANodeThatIsKilledOwesTheOldOneNothingAfterwards) {
    const auto a = stored(0, "A");
    old_.cut(true);
    HttpClient quick =
        mesh_.new_client(0, Millis(300));  // no quorum comes: the answer is not awaited
    quick.put("/api/v1/memories/" + a, {{"title", "A renamed"}});
    quick.close();
    ASSERT_TRUE(eventually(kSoon, [&] { return title_at(0, a) == "A renamed"; }));
    mesh_.kill9(0);
    old_.cut(false);
    mesh_.start(0);
    EXPECT_TRUE(eventually(kSoon, [&] { return there(a) && there(a)->title == "A renamed"; }));
    EXPECT_TRUE(mesh_.await_equal_digests(kSoon)) << mesh_.describe();
}

// What its own MCP server writes it tells nobody. Nothing was ever pushed to it here either: it is
// known by what it does not answer.
TEST_F(MixedProcesses, WhatItsOwnMcpServerWroteArrivesAlsoAfterAnOutage) {
    const auto write_there = [&](const std::string& title) {
        return old_.look([&](OldStore& store) {
            store.store(a_memory(title), system_clock().now_ns());
            return store.by_title("global", title)->id;
        });
    };
    const auto shows = [&](const std::string& id) {
        return eventually(kSoon,
                          [&] { return status_at(0, id) == 200 && status_at(1, id) == 200; });
    };
    const auto first = write_there("before anybody came");
    mesh_.stop(0);
    mesh_.start(0);
    EXPECT_TRUE(shows(first));
    EXPECT_TRUE(eventually(kSoon, [&] { return mesh_.http(0).get("/api/v1/ready").status == 200; }))
        << "a peer that cannot compare is not waited for";
    const auto ours = stored(0, "A");
    ASSERT_FALSE(ours.empty());
    const auto quiet = write_there("while nothing happened");
    EXPECT_EQ(status_at(0, quiet), 404) << "the control: nobody told it";
    old_.cut(true);
    const auto away = write_there("while it could not be reached");
    HttpClient quick = mesh_.new_client(0, Millis(300));
    quick.put("/api/v1/memories/" + ours, {{"content", "changed"}});
    quick.close();
    ASSERT_TRUE(
        eventually(kSoon, [&] { return mesh_.log(0).find("peer.down") != std::string::npos; }));
    old_.cut(false);
    EXPECT_TRUE(shows(away));
    EXPECT_TRUE(shows(quiet));
    EXPECT_TRUE(
        eventually(kSoon, [&] { return there(ours) && there(ours)->content == "changed"; }));
    EXPECT_TRUE(mesh_.await_equal_digests(kSoon)) << mesh_.describe();
    EXPECT_GT(old_.reads(), 0U);
}

TEST_F(MixedProcesses, ARowItRefusesIsKeptOnRecordUntilItIsTaken) {
    const auto id = stored(0, "B");
    // It comes to have another memory under this id: it skips ours from now on.
    ASSERT_TRUE(there(id));
    old_.look([&](OldStore& store) {
        Memory other = *store.live(id);
        store.remove(id);
        other.title = "quite another";
        const json push{{"sender_agent_id", "host:x"}, {"memories", {to_json(other)}}};
        return store.push(push.dump(), system_clock().now_ns()).first;
    });
    const auto parked = [&] {
        const auto reply = mesh_.http(0).get("/api/v1/sync/parked");
        return reply.ok() ? reply.json() : json();
    };
    const auto count = [&] {
        return parked().value("out", -1);
    };
    HttpClient quick = mesh_.new_client(0, Millis(300));
    quick.put("/api/v1/memories/" + id, {{"content", "changed"}});
    quick.close();
    ASSERT_TRUE(eventually(kSoon, [&] { return count() == 1; })) << mesh_.describe();
    const json row = parked().at("parked").at(0);
    EXPECT_EQ(row.at("key"), "m:" + id);
    EXPECT_EQ(row.at("peer"), old_.url());
    EXPECT_FALSE(row.at("why").get<std::string>().empty());
    mesh_.kill9(0);
    mesh_.start(0);
    EXPECT_EQ(count(), 1) << "it survives a restart";
    // On demand: once more, in vain.
    EXPECT_EQ(mesh_.http(0).post("/api/v1/sync/parked/retry", json::object()).json().at("retried"),
              1);
    EXPECT_TRUE(eventually(kSoon, [&] {
        return parked().at("parked").at(0).value("tries", 0) == 2;
    })) << parked().dump();
    // Under another title it is told in another way, which is taken.
    EXPECT_EQ(mesh_.http(0).put("/api/v1/memories/" + id, {{"title", "B renamed"}}).status, 200);
    EXPECT_TRUE(eventually(kSoon, [&] { return count() == 0; })) << parked().dump();
    EXPECT_EQ(there(id)->title, "B renamed");
}

}  // namespace
}  // namespace aimem::test
