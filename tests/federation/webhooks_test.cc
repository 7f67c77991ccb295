// Webhooks: what is told, to whom, where it may go, and one delivery end to end.
#include "federation/webhooks/webhooks.h"

#include "federation/webhooks/event.h"
#include "federation/webhooks/target.h"
#include "store/log/upkeep.h"
#include "store/model/json.h"
#include "store/query/records.h"
#include "store/store.h"
#include "tests/support/mock_peer.h"
#include "tests/support/temp_dir.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <mutex>

namespace aimem::webhooks {
namespace {

namespace ip = boost::asio::ip;

Change stored(const std::string& ns, const std::string& agent) {
    Memory memory;
    memory.ns = ns;
    memory.title = "T";
    memory.content = "c";
    memory.created_at = "2026-01-01T00:00:00.000000000+00:00";
    memory.metadata = with_metadata_text("{}", "agent_id", agent);
    return {memory_key("m1"), State::live, {1, 0}, memory_body(memory), {}};
}

TEST(WebhookEvent, SaysWhatHappenedToWhat) {
    const auto event = event_of(stored("team/x", "ai:a"));
    ASSERT_TRUE(event);
    EXPECT_EQ(event->name, "memory_store");
    EXPECT_EQ(event->memory_id, "m1");
    EXPECT_EQ(event->ns, "team/x");
    EXPECT_EQ(event->agent_id, "ai:a");
    EXPECT_EQ(
        body_of(*event, "now"),
        R"({"event":"memory_store","memory_id":"m1","namespace":"team/x","agent_id":"ai:a","delivered_at":"now"})");
    EXPECT_EQ(event_of({memory_key("m1"), State::dead, {1, 0}, {}, {}})->name, "memory_delete");
    EXPECT_FALSE(event_of({memory_key("m1"), State::dead, {1, 0}, R"({"into":"m2"})", {}}));
    EXPECT_FALSE(event_of(stored("_messages/ai:b", "ai:a"))) << "nobody reads another's mail";
}

TEST(WebhookEvent, GoesToThoseWhoWantIt) {
    const Event event{"memory_store", "m1", "team/x", "ai:a"};
    Subscription one;
    EXPECT_TRUE(wants(one, event));
    one.events = "memory_delete, memory_store";
    EXPECT_TRUE(wants(one, event));
    one.events = "memory_delete";
    EXPECT_FALSE(wants(one, event));
    one.events = "*";
    one.namespace_filter = "team";
    EXPECT_FALSE(wants(one, event)) << "exact, as in 0.6.3";
    one.namespace_filter = "team/x";
    one.agent_filter = "ai:b";
    EXPECT_FALSE(wants(one, event));
    one.agent_filter = "";
    EXPECT_TRUE(wants(one, event));
}

TEST(WebhookEvent, IsSignedWithTheHashOfTheSecret) {
    // HMAC-SHA256(key = SHA-256("secret"), "100.{}"), computed with Python's hmac.
    EXPECT_EQ(signature(sha256("secret"), 100, "{}"),
              "sha256=798b21680792841e61df2ac04374fb7b924e44c2b4e1b14b9d0355e725637eae");
}

TEST(WebhookEvent, IsSignedByWhoHasTheKeyThatTheSecretIsSealedWith) {
    const auto keys = WebhookKeys::parse(std::string(64, '1'));
    const auto others = WebhookKeys::parse(std::string(64, '2'));
    Subscription one;
    EXPECT_FALSE(subscriber_of(one, *keys).secret);
    EXPECT_EQ(subscriber_of(one, *keys).key_missing, "") << "it has no secret";
    one.secret_hash = keys->seal(sha256("secret"), system_rng());
    EXPECT_EQ(subscriber_of(one, *keys).secret, sha256("secret"));
    const Subscriber without = subscriber_of(one, *others);
    EXPECT_FALSE(without.secret);
    EXPECT_EQ(without.key_missing, key_that_sealed(*one.secret_hash));
    one.secret_hash = sha256_hex("secret");
    EXPECT_EQ(subscriber_of(one, *others).secret, sha256("secret")) << "0.6.3 seals nothing";
    one.secret_hash = "tampered";
    EXPECT_EQ(subscriber_of(one, *keys).key_missing, "unknown");
}

TEST(WebhookTarget, IsPublicHttpsOrThisMachine) {
    for (const char* good : {"https://example.com/hook", "http://localhost:8080/x",
                             "http://127.0.0.1:1/", "http://[::1]:9/", "https://93.184.216.34/"})
        EXPECT_TRUE(target_of(good)) << good;
    for (const char* bad : {"http://example.com/", "https://10.0.0.1/", "https://192.168.1.1/x",
                            "https://169.254.1.1/", "https://[fc00::1]/", "https://[fe80::1]/",
                            "https://[::ffff:10.0.0.1]/", "https://x@10.0.0.1/",
                            "http://localhost:80@host/", "ftp://example.com/", "https://0.0.0.0/",
                            "https://224.0.0.1/", "https://100.64.0.1/", "nonsense", ""})
        EXPECT_FALSE(target_of(bad)) << bad;
}

TEST(WebhookTarget, ANameCannotBeTurnedInward) {
    const auto url = target_of("https://example.com/");
    ASSERT_TRUE(url);
    EXPECT_EQ(target_of("https://example.com/a/b?c=d")->path, "/a/b?c=d");
    EXPECT_EQ(url->path, "/");
    EXPECT_TRUE(may_connect(url->url, ip::make_address("93.184.216.34")));
    for (const char* inside :
         {"127.0.0.1", "::1", "10.1.2.3", "172.16.0.1", "fd00::1", "64:ff9b::a00:1"})
        EXPECT_FALSE(may_connect(url->url, ip::make_address(inside))) << inside;
}

class Delivery : public testing::Test {
protected:
    void SetUp() override {
        auto opened = Store::open({.file = dir / "memory.db"});
        ASSERT_TRUE(opened) << opened.error().message;
        store = std::move(*opened);
        hook.script([this](const test::HttpMessage& request) {
            const std::lock_guard lock(mutex);
            bodies.push_back(request.body);
            lines.push_back(request.first_line);
            signatures.push_back(request.header("x-ai-memory-signature"));
            times.push_back(request.header("x-ai-memory-timestamp"));
            if (bodies.size() > 1) return test::MockAnswer{204, "", {}, "text/plain"};
            // Where it is told to go is not a place that anybody subscribed to.
            return test::MockAnswer{
                307, "", {}, "text/plain\r\nLocation: " + hook.url() + "/elsewhere"};
        });
        ASSERT_TRUE(store->commit(RegisterAgent{"ai:a", "human", {}}));
        SubscribeEvents wish;
        wish.subscription.url = hook.url() + "/told";
        wish.subscription.created_by = "ai:a";
        wish.subscription.secret_hash = sealed_secret(store->file(), "secret").value();
        ASSERT_TRUE(store->commit(wish));
    }
    // What the writer still has to tell comes to an executor that is there.
    void TearDown() override { store.reset(); }
    void store_something() {
        StoreMemory op;
        op.title = "T";
        op.content = "c";
        op.agent_id = "ai:a";
        const auto done = store->commit(op);
        ASSERT_TRUE(done);
        stored_id = done->id;
    }
    Subscription subscription() {
        return store
            ->ask([](sqlite::Database& db) { return query::subscriptions(db, std::nullopt); })
            ->front();
    }
    std::size_t told() {
        const std::lock_guard lock(mutex);
        return bodies.size();
    }
    void run_until(const std::function<bool()>& reached) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!reached() && std::chrono::steady_clock::now() < end)
            io.run_one_for(std::chrono::milliseconds(50));
    }

    test::TempDir dir;
    std::unique_ptr<Store> store;
    std::mutex mutex;
    std::vector<std::string> bodies;
    std::vector<std::string> lines;
    std::vector<std::string> signatures;
    std::vector<std::string> times;
    std::string stored_id;
    test::MockPeer hook;
    boost::asio::io_context io{1};
};

TEST_F(Delivery, WhatAnyProgramWroteIsToldAndTriedAgainAndGoesNowhereElse) {
    StoreGateway gateway(*store, 1);
    Webhooks webhooks(io.get_executor(), gateway);
    webhooks.start();
    store_something();
    run_until([this] { return told() >= 2; });
    ASSERT_EQ(told(), 2u) << "the first answer was no success";
    EXPECT_EQ(bodies[0], bodies[1]);
    EXPECT_EQ(lines[1], "POST /told HTTP/1.1") << "a redirect is not followed";
    EXPECT_EQ(nlohmann::json::parse(bodies[1])["memory_id"], stored_id);
    EXPECT_EQ(signatures[1], signature(sha256("secret"), std::stoll(times[1]), bodies[1]));
    run_until([this] { return subscription().dispatch_count == 1; });
    EXPECT_EQ(subscription().dispatch_count, 1);
    EXPECT_EQ(subscription().failure_count, 0);
}

TEST_F(Delivery, WhatCannotBeSignedIsNotSentUntilTheKeyIsThere) {
    const auto keys = WebhookKeys::file_of(store->file());
    std::filesystem::rename(keys, dir / "elsewhere");
    StoreGateway gateway(*store, 1);
    Webhooks webhooks(io.get_executor(), gateway);
    webhooks.start();
    store_something();
    run_until([this] { return subscription().failure_count == 1; });
    EXPECT_EQ(subscription().failure_count, 1);
    EXPECT_EQ(told(), 0u);
    std::filesystem::rename(dir / "elsewhere", keys);
    store_something();
    run_until([this] { return told() >= 1; });
    ASSERT_GE(told(), 1u);
    EXPECT_EQ(signatures[0], signature(sha256("secret"), std::stoll(times[0]), bodies[0]));
}

}  // namespace
}  // namespace aimem::webhooks
