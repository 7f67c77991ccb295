// One node without sockets: the real routes over a real store on a file of its own. Requests go
// straight into the router. One thread beside the store's own. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/api/api.h"
#include "tests/support/temp_dir.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <vector>

namespace aimem::api {

using http::Verb;
using nlohmann::json;

inline const std::string kMemories = "/api/v1/memories";
inline const std::string kBulk = "/api/v1/memories/bulk";
inline const std::string kArchive = "/api/v1/archive";
inline const std::string kPush = "/api/v1/sync/push";

// Store, gateway, driver and routes of one node.
class Node {
public:
    explicit Node(const std::filesystem::path& file, const DriverOptions& options = {});
    ~Node();

    http::Response ask(http::Request request);
    http::Response ask(Verb verb, const std::string& target, const std::string& body = {});
    http::Response ask(Verb verb, const std::string& target, const json& body);

    std::string store(const std::string& title, const json& more = json::object());  // the id
    std::string digest();  // of everything that replicates

    boost::asio::io_context& io() noexcept { return io_; }
    aimem::Store& file() noexcept { return *store_; }
    ReplicationDriver& driver() noexcept { return *driver_; }
    const http::Router& router() const noexcept { return router_; }
    Services& services() noexcept { return *services_; }

private:
    boost::asio::io_context io_{1};
    std::unique_ptr<aimem::Store> store_;
    std::unique_ptr<StoreGateway> gateway_;
    std::unique_ptr<ReplicationDriver> driver_;
    std::unique_ptr<Services> services_;
    http::Router router_;
};

http::Request request_to(Verb verb, const std::string& target, const std::string& body = {});
json parsed(const http::Response& response);
json memory_named(const std::string& title, const json& more = json::object());

class ApiTest : public ::testing::Test {
protected:
    test::TempDir folder_;
    Node node_{folder_ / "node.db"};
};

}  // namespace aimem::api
