// Partitions made by the proxies: both sides go on, honestly, and agree afterwards; what was
// deleted during the split never comes back.
#include "tests/e2e/e2e.h"
#include "tests/support/eventually.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <vector>

namespace aimem::test {
namespace {

using nlohmann::json;

class Partition : public ::testing::Test {
protected:
    static MeshOptions options() {
        MeshOptions result;
        result.proxies = true;
        result.quorum_timeout = Millis(500);
        return result;
    }

    void SetUp() override { mesh_.start_all(); }

    void expect_fault_bit(std::size_t node) {
        std::uint64_t held = 0;
        for (std::size_t other = 0; other < mesh_.size(); ++other) {
            if (other != node) held += mesh_.proxy(node, other).counters().bytes_held;
        }
        EXPECT_GT(held, 0U) << "the partition kept nothing back";
    }

    void expect_agreement() {
        ASSERT_TRUE(mesh_.await_equal_digests(kHealWithin)) << mesh_.describe();
    }

    Mesh mesh_{programs(), options()};
};

TEST_F(Partition, TheMajorityConfirmsTheMinorityDoesNotAndBothArriveEverywhere) {
    stored_id(store(mesh_.http(0), "before"));
    mesh_.isolate(2, Fault::black_hole);
    std::vector<std::string> ids;
    for (int i = 0; i < 10; ++i)
        ids.push_back(stored_id(store(mesh_.http(0), "major" + std::to_string(i))));
    for (int i = 0; i < 3; ++i) {
        const Reply reply = store(mesh_.http(2), "minor" + std::to_string(i));
        expect_quorum_missed(reply, 1, 2);
        ids.push_back(reply.json().at("id").get<std::string>());
    }
    expect_fault_bit(2);
    EXPECT_FALSE(has(mesh_.http(2), ids.front()));
    mesh_.heal();
    expect_agreement();
    for (const std::string& id : ids) EXPECT_TRUE(has_on_all(mesh_, id));
}

TEST_F(Partition, WhatWasDeletedDuringThePartitionNeverComesBack) {
    std::vector<std::string> ids;
    std::vector<json> old_rows;
    for (int i = 0; i < 20; ++i) {
        ids.push_back(stored_id(store(mesh_.http(0), "quagga" + std::to_string(i), "quagga herd")));
        old_rows.push_back(memory_at(mesh_.http(0), ids.back()));
    }
    expect_agreement();
    mesh_.isolate(2, Fault::black_hole);
    for (std::size_t i = 0; i < 5; ++i) {  // edited on the cut-off side first ...
        const Reply reply =
            mesh_.http(2).put("/api/v1/memories/" + ids[i], {{"content", "quagga edited"}});
        EXPECT_EQ(reply.status, 503) << reply.text();
    }
    for (std::size_t i = 0; i < 10; ++i)  // ... then deleted on the other
        EXPECT_EQ(mesh_.http(0).del("/api/v1/memories/" + ids[i]).status, 200);
    EXPECT_TRUE(has(mesh_.http(2), ids[0])) << "no partition: the deletion got through";
    expect_fault_bit(2);
    mesh_.heal();
    expect_agreement();

    const auto all_gone = [&] {
        for (std::size_t node = 0; node < mesh_.size(); ++node) {
            const auto found = found_ids(mesh_.http(node), "quagga");
            for (std::size_t i = 0; i < 10; ++i) {
                if (has(mesh_.http(node), ids[i]) || found.count(ids[i]) != 0) return false;
            }
        }
        return true;
    };
    EXPECT_TRUE(all_gone());
    EXPECT_TRUE(throughout(Millis(2500), all_gone)) << "came back with a later catch-up";
    for (std::size_t node = 0; node < mesh_.size(); ++node) {
        mesh_.stop(node);
        mesh_.start(node);
    }
    EXPECT_TRUE(all_gone()) << "came back after a restart";

    json push = {{"sender_agent_id", "host:somebody"}, {"memories", json::array()}};
    for (std::size_t i = 0; i < 10; ++i) push["memories"].push_back(old_rows[i]);
    EXPECT_EQ(mesh_.http(1).post("/api/v1/sync/push", push).status, 200);
    EXPECT_TRUE(throughout(Millis(1500), all_gone)) << "came back by a push of the old rows";
    for (std::size_t i = 10; i < ids.size(); ++i) EXPECT_TRUE(has_on_all(mesh_, ids[i]));
    expect_agreement();
}

TEST_F(Partition, AnEditAfterTheDeletionOnTheOtherSideSurvivesTheSameWayEverywhere) {
    const std::string id = stored_id(store(mesh_.http(0), "contested"));
    expect_agreement();
    mesh_.isolate(2, Fault::black_hole);
    EXPECT_EQ(mesh_.http(0).del("/api/v1/memories/" + id).status, 200);
    EXPECT_EQ(mesh_.http(2).put("/api/v1/memories/" + id, {{"content", "later"}}).status, 503);
    mesh_.heal();
    expect_agreement();
    const bool on_first = has(mesh_.http(0), id);
    for (std::size_t i = 1; i < mesh_.size(); ++i) EXPECT_EQ(has(mesh_.http(i), id), on_first);
    EXPECT_TRUE(on_first) << "the later write wins";
}

TEST_F(Partition, TheSameTitleOnBothSidesBecomesOneVisibleMemory) {
    mesh_.isolate(2, Fault::black_hole);
    const std::string a = stored_id(store(mesh_.http(0), "twin", "first"));
    const Reply reply = store(mesh_.http(2), "twin", "second");
    ASSERT_EQ(reply.status, 503) << reply.text();
    const std::string b = reply.json().at("id").get<std::string>();
    ASSERT_NE(a, b);
    mesh_.heal();
    expect_agreement();
    for (std::size_t i = 0; i < mesh_.size(); ++i) {
        EXPECT_EQ(all_titles(mesh_.http(i)).count("twin"), 1U);
        EXPECT_EQ(memory_at(mesh_.http(i), a).at("content"), "second");
        EXPECT_EQ(memory_at(mesh_.http(i), b), memory_at(mesh_.http(i), a))
            << "both ids lead to it";
    }
    EXPECT_EQ(mesh_.http(1).del("/api/v1/memories/" + b).status, 200);
    expect_agreement();
    for (std::size_t i = 0; i < mesh_.size(); ++i) {
        EXPECT_FALSE(has(mesh_.http(i), a));
        EXPECT_EQ(all_titles(mesh_.http(i)).count("twin"), 0U);
    }
}

TEST_F(Partition, OneDirectionAloneIsRepairedByTheOther) {
    for (const Fault fault : {Fault::drop_up, Fault::drop_down}) {
        mesh_.proxy(0, 2).set(fault);
        const std::string id =
            stored_id(store(mesh_.http(0), fault == Fault::drop_up ? "up" : "down"));
        EXPECT_TRUE(eventually(kHealWithin, [&] { return has(mesh_.http(2), id); }))
            << "node 2 can still ask others\n"
            << mesh_.describe();
        mesh_.heal();
    }
    expect_agreement();
}

TEST_F(Partition, RefusedConnectionsHealAsWell) {
    mesh_.isolate(2, Fault::refuse);
    const std::string id = stored_id(store(mesh_.http(0), "while refused"));
    expect_quorum_missed(store(mesh_.http(2), "on the refused side"), 1, 2);
    mesh_.heal();
    expect_agreement();
    EXPECT_TRUE(has_on_all(mesh_, id));
}

}  // namespace
}  // namespace aimem::test
