#include "tests/federation/api/api_fixture.h"

#include "tests/support/run_awaitable.h"

#include <stdexcept>

namespace aimem::api {

Node::Node(const std::filesystem::path& file, const DriverOptions& options) {
    StoreOptions store_options;
    store_options.file = file;
    auto opened = aimem::Store::open(std::move(store_options));
    if (!opened) throw std::runtime_error(opened.error().message);
    store_ = std::move(*opened);
    gateway_ = std::make_unique<StoreGateway>(*store_, 2);
    auto driver = ReplicationDriver::create(io_.get_executor(), *gateway_, options);
    if (!driver) throw std::runtime_error(driver.error().message);
    driver_ = std::move(*driver);
    services_.reset(new Services{*gateway_, *driver_, "9.9.9"});
    add_routes(router_, *services_);
}

Node::~Node() {
    testing::run(io_, driver_->stop());
}

http::Response Node::ask(http::Request request) {
    return testing::run(io_, router_.dispatch(std::move(request)));
}

http::Response Node::ask(Verb verb, const std::string& target, const std::string& body) {
    return ask(request_to(verb, target, body));
}

http::Response Node::ask(Verb verb, const std::string& target, const json& body) {
    return ask(request_to(verb, target, body.dump()));
}

std::string Node::store(const std::string& title, const json& more) {
    const auto response = ask(Verb::post, "/api/v1/memories", memory_named(title, more));
    if (response.status != 201) throw std::runtime_error(response.body);
    return parsed(response).at("id");
}

std::string Node::digest() {
    const auto digest = store_->digest();
    if (!digest) throw std::runtime_error(digest.error().message);
    return std::to_string(digest->sum) + "/" + std::to_string(digest->count);
}

http::Request request_to(Verb verb, const std::string& target, const std::string& body) {
    http::Request request;
    request.verb = verb;
    const auto mark = std::min(target.find('?'), target.size());
    request.path = target.substr(0, mark);
    if (mark < target.size()) request.query = target.substr(mark + 1);
    request.body = body;
    if (!body.empty()) request.headers.emplace_back("content-type", "application/json");
    return request;
}

json parsed(const http::Response& response) {
    const json body = json::parse(response.body, nullptr, false);
    if (body.is_discarded()) throw std::runtime_error("no JSON: " + response.body);
    return body;
}

json memory_named(const std::string& title, const json& more) {
    json memory{{"title", title}, {"content", "text of " + title}};
    memory.update(more);
    return memory;
}

}  // namespace aimem::api
