// Who hears of what: the texts of the notifications, and a real server beside another process.
// SPDX-License-Identifier: Apache-2.0
#include "mcp/subscriptions.h"

#include "mcp/limits.h"
#include "mcp/resources.h"
#include "store/store.h"
#include "tests/mcp/fixture.h"
#include "tests/support/deadline.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace aimem::mcp::test {
namespace {

using aimem::test::Millis;
using aimem::test::Process;
using aimem::test::TempDir;
using nlohmann::json;

constexpr const char* kSubscriptionId = "io.modelcontextprotocol/subscriptionId";
constexpr Millis kPatience{30'000};
constexpr double kAnnouncedMs = 250;

std::vector<json> parsed(const std::vector<std::string>& lines) {
    std::vector<json> out;
    for (const std::string& line : lines) out.push_back(json::parse(line));
    return out;
}

TEST(Subscriptions, AStreamHearsWhatItAskedForUnderItsId) {
    Subscriptions all;
    const auto ack = all.listen(
        {"7", "i7"}, {{"notifications",
                       {{"toolsListChanged", true},
                        {"resourcesListChanged", true},
                        {"resourceSubscriptions", {"memory://a/x", "http://not/ours"}}}}});
    ASSERT_TRUE(ack);
    const json said = json::parse(*ack);
    EXPECT_EQ(said["method"], "notifications/subscriptions/acknowledged");
    EXPECT_EQ(said["params"]["_meta"][kSubscriptionId], 7);
    EXPECT_EQ(said["params"]["notifications"],
              (json{{"resourcesListChanged", true}, {"resourceSubscriptions", {"memory://a/x"}}}));
    EXPECT_TRUE(all.announcements({}).empty());
    const auto lines = parsed(all.announcements({"x", "y"}));
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0]["method"], "notifications/resources/updated");
    EXPECT_EQ(lines[0]["params"]["uri"], "memory://a/x");
    EXPECT_EQ(lines[0]["params"]["_meta"][kSubscriptionId], 7);
    EXPECT_EQ(lines[1]["method"], "notifications/resources/list_changed");
    all.end("s7");
    EXPECT_TRUE(all.any()) << "\"7\" is not 7";
    all.end("i7");
    EXPECT_FALSE(all.any());
}

TEST(Subscriptions, ASessionHearsOfItsResourcesUntilItSaysOtherwise) {
    Subscriptions all;
    const json params{{"uri", "memory://a/x"}};
    EXPECT_EQ(*all.subscribe(params), "{}");
    EXPECT_EQ(*all.subscribe(params), "{}");
    const auto lines = parsed(all.announcements({"x"}));
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0]["params"], params);
    EXPECT_TRUE(all.announcements({"y"}).empty());
    EXPECT_EQ(*all.unsubscribe(params), "{}");
    EXPECT_FALSE(all.any());
    all.subscribe(params);
    all.forget_session();
    EXPECT_FALSE(all.any());
}

TEST(Subscriptions, WrongOnesAreRefusedAndThereIsABound) {
    Subscriptions all;
    const RequestId id{"1", "i1"};
    for (const json& wrong : {json::object(), json{{"notifications", 5}},
                              json{{"notifications", {{"resourcesListChanged", "yes"}}}},
                              json{{"notifications", {{"resourceSubscriptions", "x"}}}},
                              json{{"notifications", {{"resourceSubscriptions", {5}}}}}})
        EXPECT_EQ(all.listen(id, wrong).error().code, -32602) << wrong;
    for (const json& wrong : {json::object(), json{{"uri", 5}}, json{{"uri", "file:///x"}}})
        EXPECT_EQ(all.subscribe(wrong).error().code, -32602) << wrong;
    EXPECT_FALSE(all.any());
    for (std::size_t i = 0; i < kSubscriptionsMax; ++i)
        ASSERT_TRUE(all.subscribe({{"uri", "memory://a/" + std::to_string(i)}}));
    EXPECT_FALSE(all.subscribe({{"uri", "memory://a/more"}}));
    EXPECT_FALSE(all.listen(id, {{"notifications", json::object()}}));
}

TEST(Subscriptions, TheEndOfAStreamIsItsResultThenTheNotice) {
    Subscriptions all;
    all.listen({"\"s\"", "ss"}, {{"notifications", json::object()}});
    const auto lines = parsed(all.farewells(R"({"name":"n","version":"1"})"));
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0]["id"], "s");
    EXPECT_EQ(lines[0]["result"]["resultType"], "complete");
    EXPECT_EQ(lines[0]["result"]["_meta"][kSubscriptionId], "s");
    EXPECT_EQ(lines[1]["params"]["requestId"], "s");
    EXPECT_TRUE(all.farewells("{}").empty());
}

class Announced : public testing::Test {
protected:
    Announced() : store_(std::move(Store::open({.file = dir_ / "memory.db"}).value())) {}

    json next() {
        const auto line = server_.read_line(kPatience);
        return line ? json::parse(*line) : json();
    }
    std::string stored(const std::string& title) {
        const auto done = store_->commit(StoreMemory{.title = title, .content = title});
        EXPECT_TRUE(done);
        return done->id;
    }

    TempDir dir_;
    std::unique_ptr<Store> store_;  // the other process, as far as the server can tell
    Process server_{{.argv = {AIMEM_MCP_STDIO_HOST, (dir_ / "memory.db").string()},
                     .stderr_file = dir_ / "stderr"}};
};

TEST_F(Announced, AChangeByAnotherProcessSoonReachesAListener) {
    const std::string uri = uri_of({"global", stored("first")});
    server_.write(
        request(
            1, "subscriptions/listen",
            modern_params({{"notifications",
                            {{"resourcesListChanged", true}, {"resourceSubscriptions", {uri}}}}})) +
        "\n");
    EXPECT_EQ(next()["method"], "notifications/subscriptions/acknowledged");
    double best = 1e9;  // a busy machine may delay one of them, not all
    for (int i = 0; i < 5; ++i) {
        const auto before = std::chrono::steady_clock::now();
        store_->commit(UpdateMemory{.id = uri.substr(uri.rfind('/') + 1),
                                    .content = "new " + std::to_string(i)});
        EXPECT_EQ(next()["params"]["uri"], uri);
        best = std::min(best, aimem::test::ms_since(before));
        EXPECT_EQ(next()["method"], "notifications/resources/list_changed");
    }
    EXPECT_LT(best, kAnnouncedMs);
    stored("second");
    EXPECT_EQ(next()["method"], "notifications/resources/list_changed");
    server_.close_stdin();
    EXPECT_EQ(next()["result"]["resultType"], "complete");
    EXPECT_EQ(next()["method"], "notifications/cancelled");
    EXPECT_EQ(server_.wait(kPatience), 0);
}

TEST_F(Announced, ACancelledStreamIsSilentAndASessionHearsItsResource) {
    const std::string uri = uri_of({"global", stored("first")});
    server_.write(request(1, "subscriptions/listen",
                          modern_params({{"notifications", {{"resourcesListChanged", true}}}})) +
                  "\n");
    EXPECT_EQ(next()["method"], "notifications/subscriptions/acknowledged");
    server_.write(json{{"jsonrpc", "2.0"},
                       {"method", "notifications/cancelled"},
                       {"params", {{"requestId", 1}}}}
                      .dump() +
                  "\n" + request(2, "resources/subscribe", {{"uri", uri}}) + "\n");
    EXPECT_EQ(next()["id"], 2);
    stored("second");
    store_->commit(UpdateMemory{.id = uri.substr(uri.rfind('/') + 1), .content = "new"});
    const json said = next();
    EXPECT_EQ(said["method"], "notifications/resources/updated");
    EXPECT_EQ(said["params"], (json{{"uri", uri}}));
    server_.write(request(3, "resources/unsubscribe", {{"uri", uri}}) + "\n");
    EXPECT_EQ(next()["id"], 3);
    server_.close_stdin();
    EXPECT_EQ(next(), nullptr);
}

}  // namespace
}  // namespace aimem::mcp::test
