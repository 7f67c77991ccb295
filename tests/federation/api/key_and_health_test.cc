#include "store/sqlite/sqlite.h"
#include "tests/federation/api/api_fixture.h"
#include "tests/support/run_awaitable.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <future>

namespace aimem::api {
namespace {

using HealthTest = ApiTest;

TEST_F(HealthTest, AHealthyNodeSaysWhoItIs) {
    const auto response = node_.ask(Verb::get, "/api/v1/health");
    ASSERT_EQ(response.status, 200);
    const json body = parsed(response);
    EXPECT_EQ(body.at("status"), "ok");
    EXPECT_EQ(body.at("service"), "ai-memory");
    EXPECT_EQ(body.at("version"), "9.9.9");
    EXPECT_EQ(body.at("embedder_ready"), false);
    EXPECT_EQ(body.at("federation_enabled"), false);
    EXPECT_EQ(body.at("node"), node_.driver().self().node);
}

TEST_F(HealthTest, ABrokenFileMakesItSick) {
    sqlite::Database spoiler(folder_ / "node.db", sqlite::OpenMode::read_write);
    spoiler.exec("ALTER TABLE repl_meta RENAME TO gone");
    const auto response = node_.ask(Verb::get, "/api/v1/health");
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(parsed(response).at("status"), "error");
    EXPECT_EQ(parsed(response).at("service"), "ai-memory");
    EXPECT_EQ(node_.ask(Verb::get, "/api/v1/sync/digest").body,
              R"({"error":"internal server error"})");
}

// Counted in steps of SQLite's machine, on the one connection there is.
TEST(HealthCost, IsTheSameHoweverMuchThereIs) {
    const test::TempDir folder;
    StoreOptions options;
    options.file = folder / "memory.db";
    options.readers = 1;
    const auto store = aimem::Store::open(options).value();
    std::int64_t steps = 0;
    const auto watch = [&](bool on) {
        const auto count = [](void* counter) {
            *static_cast<std::int64_t*>(counter) += 1;
            return 0;
        };
        ASSERT_TRUE(store->look([&](sqlite::Database& db) {
            sqlite3_progress_handler(db.handle(), on ? 1 : 0, on ? +count : nullptr, &steps);
        }));
    };
    const auto cost = [&](const auto& work) {
        watch(true);
        steps = 0;
        work();
        const std::int64_t out = steps;
        watch(false);
        return out;
    };
    const auto ping = [&] {
        EXPECT_TRUE(store->ping());
    };
    ping();
    const std::int64_t empty = cost(ping);
    std::vector<Op> ops;
    for (int i = 0; i < 500; ++i) {
        StoreMemory op;
        op.title = "memory " + std::to_string(i);
        op.content = "text";
        ops.emplace_back(op);
    }
    std::promise<bool> stored;
    store->commit_all(std::move(ops),
                      [&](const auto& done) { stored.set_value(done.size() == 500); });
    ASSERT_TRUE(stored.get_future().get());
    EXPECT_GT(empty, 0);
    EXPECT_EQ(cost(ping), empty);
    EXPECT_GT(cost([&] { EXPECT_TRUE(store->stats()); }), 100 * empty) << "the control";
}

TEST_F(HealthTest, CapabilitiesClaimOnlyWhatIsThere) {
    const json body = parsed(node_.ask(Verb::get, "/api/v1/capabilities"));
    EXPECT_EQ(body.at("schema_version"), "2");
    EXPECT_EQ(body.at("features").size(), 10U);
    EXPECT_EQ(body.at("features").at("keyword_search"), true);
    EXPECT_EQ(body.at("features").at("semantic_search"), false);
    EXPECT_EQ(body.at("models").at("embedding"), "none");
}

TEST_F(HealthTest, MetricsAreOnBothPathsInTheTextFormat) {
    for (const char* path : {"/metrics", "/api/v1/metrics"}) {
        const auto response = node_.ask(Verb::get, path);
        EXPECT_EQ(response.status, 200);
        EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
        EXPECT_EQ(response.body.find("ai_memory_peer_up"), std::string::npos);
        EXPECT_NE(response.body.find("ai_memory_pushes_total 0"), std::string::npos);
    }
}

TEST_F(HealthTest, MetricsCountCommits) {
    (void)node_.ask(Verb::post, "/api/v1/memories", json{{"title", "T"}, {"content", "c"}});
    const auto body = node_.ask(Verb::get, "/metrics").body;
    EXPECT_NE(body.find("ai_memory_commit_seconds_count 1"), std::string::npos) << body;
    EXPECT_NE(body.find("ai_memory_commit_jobs_bucket{le=\"1\"} 1"), std::string::npos) << body;
    EXPECT_NE(body.find("ai_memory_commits_failed_total 0"), std::string::npos) << body;
}

TEST_F(HealthTest, ANodeThatIsStoppingIsNotReady) {
    EXPECT_EQ(node_.ask(Verb::get, "/api/v1/ready").status, 200);
    node_.services().stopping = true;
    EXPECT_EQ(node_.ask(Verb::get, "/api/v1/ready").status, 503);
    EXPECT_EQ(node_.ask(Verb::get, "/api/v1/health").status, 200) << "alive, all the same";
}

class KeyTest : public ApiTest {
protected:
    KeyTest() {
        add_routes(guarded_, node_.services());
        guarded_.set_guard(require_key("s3cret+/%"));
    }

    int status(const std::string& target, const http::Headers& headers = {}) {
        auto request = request_to(Verb::get, target);
        request.headers = headers;
        return testing::run(node_.io(), guarded_.dispatch(std::move(request))).status;
    }

    http::Router guarded_;
};

TEST_F(KeyTest, OnlyHealthAndReadinessAreOpen) {
    EXPECT_EQ(status("/api/v1/health"), 200);
    EXPECT_EQ(status("/api/v1/ready"), 200);
    for (const char* target : {"/api/v1/memories", "/metrics", "/api/v1/sync/digest",
                               "/api/v1/health/", "/api/v1/nothing"})
        EXPECT_EQ(status(target), 401) << target;
}

TEST_F(KeyTest, TheKeyComesAsHeaderOrQuery) {
    EXPECT_EQ(status("/api/v1/stats", {{"x-api-key", "s3cret+/%"}}), 200);
    EXPECT_EQ(status("/api/v1/stats?x=1&api_key=s3cret+%2F%25"), 200) << "'+' stays '+'";
    EXPECT_EQ(status("/api/v1/stats?api_key=s3cret+/%", {{"x-api-key", "wrong"}}), 200);
    for (const char* wrong : {"", "s3cret", "s3cret+/%%", "S3CRET+/%"})
        EXPECT_EQ(status("/api/v1/stats", {{"x-api-key", wrong}}), 401) << wrong;
}

}  // namespace
}  // namespace aimem::api
