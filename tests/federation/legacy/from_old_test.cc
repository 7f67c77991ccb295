// What a node of 0.6.3 does and sends, and what it sends without anybody having done anything.
#include "store/base/time_text.h"
#include "store/log/names.h"
#include "store/log/records.h"
#include "tests/federation/legacy/mixed_mesh.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace aimem::test {
namespace {

using nlohmann::json;

class FromOld : public testing::Test {
protected:
    std::string store_there(const std::string& title, const std::string& content = "text") {
        mesh.old_does([&](OldStore& old, std::int64_t now) {
            return old.store(a_memory(title, content), now);
        });
        return mesh.old().by_title("global", title)->id;
    }
    std::string store_here(const std::string& title, const std::string& content = "text") {
        StoreMemory op;
        op.title = title;
        op.content = content;
        return mesh.commit(0, op).id;
    }
    void edit_here(const std::string& id, const std::string& content) {
        UpdateMemory op;
        op.id = id;
        op.content = content;
        mesh.commit(0, op);
    }
    void expect_same() {
        mesh.compare();
        EXPECT_EQ(mesh.difference(), "");
        EXPECT_EQ(mesh.parked, 0U);
    }
    // Its sync daemon: all its rows, from nowhere.
    void dump_there() {
        mesh.old_does([](OldStore& old, std::int64_t) { return old.everything(); });
    }
    json pending(const std::string& type, const json& payload, const std::string& memory_id = {}) {
        json out{{"id", "pend-" + type},
                 {"action_type", type},
                 {"memory_id", memory_id.empty() ? json() : json(memory_id)},
                 {"namespace", "global"},
                 {"payload", payload},
                 {"requested_by", "ai:alice"},
                 {"requested_at", time_text(mesh.now())},
                 {"status", "pending"},
                 {"approvals", json::array()}};
        return out;
    }

    MixedMesh mesh;
};

TEST_F(FromOld, EveryVerbOfItsClientsArrives) {
    const auto a = store_there("A");
    const auto b = store_there("B");
    const auto c = store_there("C");
    const auto d = store_there("D");
    expect_same();
    mesh.old_does([&](OldStore& old, std::int64_t now) {
        return old.update(a, {{"content", "changed"}, {"priority", 8}}, now);
    });
    expect_same();
    mesh.old_does(
        [&](OldStore& old, std::int64_t now) { return old.link(a, b, "related_to", now); });
    EXPECT_EQ(mesh.node(1).count("SELECT count(*) FROM memory_links"), 1);
    mesh.old_does([&](OldStore& old, std::int64_t now) { return old.archive(c, now); });
    expect_same();
    EXPECT_FALSE(mesh.node(0).live(c));
    mesh.old_does([&](OldStore& old, std::int64_t now) { return old.restore(c, now); });
    mesh.compare();
    EXPECT_EQ(mesh.node(1).memory(c).tier, Tier::long_term);
    EXPECT_FALSE(mesh.node(1).memory(c).expires_at);
    mesh.old_does([&](OldStore& old, std::int64_t) { return old.remove(d); });
    EXPECT_FALSE(mesh.node(0).live(d));
    mesh.old_does(
        [&](OldStore& old, std::int64_t now) { return old.set_standard("team/x", a, now); });
    EXPECT_EQ(standard_of(mesh.node(1).db(), "team/x")->standard_id, a);
    mesh.old_does([&](OldStore& old, std::int64_t) { return old.clear_standard("team/x"); });
    EXPECT_FALSE(standard_of(mesh.node(1).db(), "team/x"));
    mesh.old_does([&](OldStore& old, std::int64_t now) {
        return old.consolidate({a, b}, a_memory("A and B", "both"), now);
    });
    EXPECT_FALSE(mesh.node(0).live(a));
    EXPECT_EQ(mesh.node(0).text("SELECT title FROM memories ORDER BY title"), "A and B\nC\n");
}

TEST_F(FromOld, ADeletedMemoryDoesNotComeBackAsAnEchoAndTheEchoerIsToldAgain) {
    const auto a = store_here("A");
    for (std::size_t i = 0; i < MixedMesh::kOurs; ++i) mesh.cut(i, MixedMesh::kOld, true);
    mesh.commit(0, DeleteMemory{a, {}});
    for (int i = 0; i < 5; ++i)
        mesh.old_does([&](OldStore& old, std::int64_t now) {
            old.recall(a, now);  // the fifth makes it look new
            return std::string();
        });
    const auto stale = mesh.old().everything();
    for (std::size_t i = 0; i < MixedMesh::kOurs; ++i) mesh.deliver_old(i, stale);
    mesh.settle();
    EXPECT_FALSE(mesh.node(0).live(a));
    EXPECT_FALSE(mesh.node(1).live(a));
    for (std::size_t i = 0; i < MixedMesh::kOurs; ++i) mesh.cut(i, MixedMesh::kOld, false);
    mesh.settle();
    EXPECT_FALSE(mesh.old().live(a));
    expect_same();
    // It lost the deletion, say by a restore from a backup: what it still has is told again.
    Memory old_row = a_memory("A", "text");
    ASSERT_EQ(mesh.old().push(stale, mesh.now()).first, 200);
    ASSERT_TRUE(mesh.old().live(a));
    dump_there();
    EXPECT_FALSE(mesh.old().live(a)) << "the tombstone was not sent again";
    expect_same();
}

TEST_F(FromOld, ANewTextOverATombstoneIsAnHonestWrite) {
    const auto a = store_here("A");
    mesh.cut(0, MixedMesh::kOld, true);
    mesh.commit(0, DeleteMemory{a, {}});
    mesh.old_does([&](OldStore& old, std::int64_t now) {
        return old.update(a, {{"content", "somebody cared"}}, now);
    });
    EXPECT_EQ(mesh.node(0).memory(a).content, "somebody cared");
    mesh.cut(0, MixedMesh::kOld, false);
    mesh.settle();
    EXPECT_EQ(mesh.old().live(a)->content, "somebody cared");
    expect_same();
}

TEST_F(FromOld, ACopyUnderAnotherIdDiesWithTheMemory) {
    for (std::size_t i = 0; i < MixedMesh::kOurs; ++i) mesh.cut(MixedMesh::kOld, i, true);
    const auto theirs = store_there("same", "text");
    for (std::size_t i = 0; i < MixedMesh::kOurs; ++i) mesh.cut(MixedMesh::kOld, i, false);
    const auto ours = store_here("same", "text");
    ASSERT_EQ(mesh.old().by_title("global", "same")->id, theirs);
    mesh.commit(0, DeleteMemory{ours, {}});
    dump_there();
    EXPECT_EQ(mesh.node(0).count("SELECT count(*) FROM memories"), 0);
    EXPECT_EQ(mesh.node(1).count("SELECT count(*) FROM memories"), 0);
    EXPECT_FALSE(mesh.old().live(theirs));
    store_there("same", "text");  // asked for anew: another memory
    EXPECT_EQ(mesh.node(1).count("SELECT count(*) FROM memories"), 1);
}

TEST_F(FromOld, ARecallThereTakesNothingBack) {
    const auto a = store_here("A");
    UpdateMemory lower;
    lower.id = a;
    lower.priority = 1;
    mesh.commit(0, lower);
    for (int i = 0; i < 5; ++i)
        mesh.old_does([&](OldStore& old, std::int64_t now) {
            old.recall(a, now);
            return std::string();
        });
    dump_there();
    mesh.compare();
    for (std::size_t i = 0; i < MixedMesh::kOurs; ++i) {
        EXPECT_EQ(mesh.node(i).memory(a).priority, 1);  // lowered here
        EXPECT_EQ(mesh.node(i).memory(a).tier, Tier::long_term);
        EXPECT_FALSE(mesh.node(i).memory(a).expires_at);
    }
    EXPECT_EQ(mesh.node(0).tables(), mesh.node(1).tables());
}

TEST_F(FromOld, AnEchoOfAnEarlierTextIsWrittenOver) {
    const auto a = store_here("A", "first");
    for (std::size_t i = 0; i < MixedMesh::kOurs; ++i) mesh.cut(i, MixedMesh::kOld, true);
    edit_here(a, "second");
    for (int i = 0; i < 5; ++i)
        mesh.old_does([&](OldStore& old, std::int64_t now) {
            old.recall(a, now);
            return std::string();
        });
    dump_there();
    EXPECT_EQ(mesh.node(0).memory(a).content, "second");
    for (std::size_t i = 0; i < MixedMesh::kOurs; ++i) mesh.cut(i, MixedMesh::kOld, false);
    mesh.settle();
    EXPECT_EQ(mesh.old().live(a)->content, "second");
    expect_same();
}

TEST_F(FromOld, AnArchivedMemoryDoesNotComeBackAsAnEcho) {
    const auto a = store_here("A");
    for (std::size_t i = 0; i < MixedMesh::kOurs; ++i) mesh.cut(i, MixedMesh::kOld, true);
    mesh.commit(0, ArchiveMemory{a, "done", {}});
    mesh.old_does([&](OldStore& old, std::int64_t now) {
        return old.update(a, {{"tier", "long"}}, now);  // a promotion of the same text
    });
    EXPECT_FALSE(mesh.node(0).live(a));
    for (std::size_t i = 0; i < MixedMesh::kOurs; ++i) mesh.cut(i, MixedMesh::kOld, false);
    mesh.settle();
    EXPECT_TRUE(mesh.old().archived(a));
    EXPECT_FALSE(mesh.old().live(a));
}

TEST_F(FromOld, WhatIsDeletedOrArchivedBeforeItCameStaysAway) {
    std::string deleted;
    std::string archived;
    for (std::size_t i = 0; i < MixedMesh::kOurs; ++i) mesh.cut(MixedMesh::kOld, i, true);
    const auto a = store_there("A");
    const auto b = store_there("B");
    const std::string late = mesh.old().everything();
    for (std::size_t i = 0; i < MixedMesh::kOurs; ++i) mesh.cut(MixedMesh::kOld, i, false);
    mesh.old_does([&](OldStore& old, std::int64_t) { return old.remove(a); });
    mesh.old_does([&](OldStore& old, std::int64_t now) { return old.archive(b, now); });
    mesh.deliver_old(0, late);
    mesh.deliver_old(1, late);
    mesh.settle();
    mesh.compare();
    for (std::size_t i = 0; i < MixedMesh::kOurs; ++i) {
        EXPECT_FALSE(mesh.node(i).live(a));
        EXPECT_FALSE(mesh.node(i).live(b));
    }
    EXPECT_FALSE(mesh.old().live(a));
    EXPECT_TRUE(mesh.old().archived(b));
}

TEST_F(FromOld, ALinkWaitsForItsEnds) {
    mesh.cut(MixedMesh::kOld, 0, true);
    const auto a = store_there("A");
    const auto b = store_there("B");
    const std::string late = mesh.old().everything();
    mesh.cut(MixedMesh::kOld, 0, false);
    mesh.old_does(
        [&](OldStore& old, std::int64_t now) { return old.link(a, b, "supersedes", now); });
    EXPECT_EQ(mesh.node(0).count("SELECT count(*) FROM memory_links"), 0);
    mesh.deliver_old(0, late);
    EXPECT_EQ(mesh.node(0).count("SELECT count(*) FROM memory_links"), 1);
    mesh.settle();
    expect_same();
}

TEST_F(FromOld, ADecisionIsRecordedAndCarriedOutOnce) {
    const auto a = store_here("A");
    const auto payload = json::parse(mesh.old().everything())["memories"][0];
    json wanted = payload;
    wanted["id"] = "wanted";
    wanted["title"] = "Wanted";
    const json ask_store = pending("store", wanted);
    const json ask_delete = pending("delete", {{"id", a}}, a);
    mesh.old_does([&](OldStore& old, std::int64_t) { return old.ask(ask_store); });
    mesh.old_does([&](OldStore& old, std::int64_t) { return old.ask(ask_delete); });
    EXPECT_EQ(pending_state(mesh.node(1).db(), "pend-store")->status, "pending");
    mesh.old_does([&](OldStore& old, std::int64_t now) {
        return old.decide("pend-store", true, "ai:bob", now);
    });
    mesh.old_does([&](OldStore& old, std::int64_t now) {
        return old.decide("pend-delete", true, "ai:bob", now);
    });
    mesh.compare();
    dump_there();  // what it made of it, under its own id
    mesh.compare();
    EXPECT_EQ(mesh.node(0).tables(), mesh.node(1).tables());
    for (std::size_t i = 0; i < MixedMesh::kOurs; ++i) {
        EXPECT_EQ(pending_state(mesh.node(i).db(), "pend-store")->status, "approved");
        EXPECT_EQ(mesh.node(i).text("SELECT title FROM memories"), "Wanted\n");
    }
    EXPECT_EQ(mesh.old().ids("SELECT title FROM memories"), std::vector<std::string>{"Wanted"});
    // A late copy of the question does not open it again.
    mesh.old_does([&](OldStore&, std::int64_t) {
        return json{{"sender_agent_id", "host:old"},
                    {"memories", json::array()},
                    {"pendings", json::array({ask_delete})}}
            .dump();
    });
    EXPECT_EQ(pending_state(mesh.node(0).db(), "pend-delete")->status, "approved");
    EXPECT_EQ(mesh.old().status_of("pend-delete"), "approved");
}

TEST_F(FromOld, ADecisionThatComesBeforeItsQuestionIsKept) {
    const auto a = store_here("A");
    const json question = pending("delete", {{"id", a}}, a);
    mesh.cut(MixedMesh::kOld, 0, true);
    mesh.old_does([&](OldStore& old, std::int64_t) { return old.ask(question); });
    mesh.cut(MixedMesh::kOld, 0, false);
    mesh.cut(1, 0, true);
    mesh.old_does([&](OldStore& old, std::int64_t now) {
        return old.decide("pend-delete", true, "ai:bob", now);
    });
    EXPECT_TRUE(mesh.node(0).live(a));
    mesh.deliver_old(0, json{{"sender_agent_id", "host:old"},
                             {"memories", json::array()},
                             {"pendings", json::array({question})}}
                            .dump());
    EXPECT_FALSE(mesh.node(0).live(a));
    EXPECT_EQ(pending_state(mesh.node(0).db(), "pend-delete")->status, "approved");
}

TEST_F(FromOld, ARowOf2036NeitherWinsForEverNorBlocksEdits) {
    const auto a = store_there("A");
    const std::string future = "2036-01-01T00:00:00.000000000+00:00";
    json push = json::parse(mesh.old().everything());
    push["memories"][0]["updated_at"] = future;
    push["memories"][0]["content"] = "from the future";
    ASSERT_EQ(mesh.old().push(push.dump(), mesh.now()).first, 200);
    for (std::size_t i = 0; i < MixedMesh::kOurs; ++i) mesh.deliver_old(i, push.dump());
    mesh.settle();
    EXPECT_EQ(mesh.node(1).memory(a).content, "from the future");
    EXPECT_LT(mesh.node(0).hlc(), mesh.now() + kHour) << "it dragged the clock along";
    edit_here(a, "edited");
    EXPECT_EQ(mesh.node(1).memory(a).content, "edited");
    EXPECT_EQ(mesh.old().live(a)->content, "edited");
    expect_same();
    const auto b = store_here("B");
    EXPECT_LT(mesh.node(0).stamp_of("m:" + b), mesh.now() + kHour);
    mesh.commit(1, DeleteMemory{a, {}});
    EXPECT_FALSE(mesh.node(0).live(a));
    expect_same();
}

TEST_F(FromOld, ATimeNoStampCanHaveIsTakenForNow) {
    store_there("A");
    json push = json::parse(mesh.old().everything());
    push["memories"][0]["updated_at"] = "9999-12-31T23:59:59+00:00";
    push["memories"][0]["content"] = "for ever";
    mesh.deliver_old(0, push.dump());
    EXPECT_EQ(mesh.node(0).text("SELECT content FROM memories"), "for ever\n");
    EXPECT_LT(mesh.node(0).hlc(), mesh.now() + kHour);
}

TEST_F(FromOld, TheSameTextUnderAFarTimeDoesNotKeepLaterEditsAway) {
    const auto a = store_here("A");
    mesh.old_does([&](OldStore& old, std::int64_t now) {
        return old.update(a, {{"priority", 6}}, now + kHour);  // its clock is wrong
    });
    edit_here(a, "edited");
    EXPECT_EQ(mesh.old().live(a)->content, "edited");
    EXPECT_EQ(mesh.node(1).memory(a).content, "edited");
}

}  // namespace
}  // namespace aimem::test
