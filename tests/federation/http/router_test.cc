#include "federation/http/router.h"

#include "tests/support/run_awaitable.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace aimem::http {
namespace {

// Answers with its own name and what it captured.
Handler named(std::string name) {
    return [name](Request request) -> boost::asio::awaitable<Response> {
        std::string text = name;
        for (const auto& capture : request.captures) text += "|" + capture;
        co_return Response(200, text);
    };
}

class RouterTest : public ::testing::Test {
protected:
    RouterTest() {
        router_.add(Verb::get, "/api/v1/memories", named("list"));
        router_.add(Verb::post, "/api/v1/memories", named("create"));
        router_.add(Verb::post, "/api/v1/memories/bulk", named("bulk"));
        router_.add(Verb::get, "/api/v1/memories/{id}", named("get"));
        router_.add(Verb::put, "/api/v1/memories/{id}", named("update"));
        router_.add(Verb::post, "/api/v1/memories/{id}/promote", named("promote"));
        router_.add(Verb::get, "/api/v1/links/{from}/{to}", named("link"));
        router_.add(Verb::get, "/", named("root"));
    }

    Response ask(Verb verb, std::string path) {
        Request request;
        request.verb = verb;
        request.path = std::move(path);
        return testing::run(router_.dispatch(std::move(request)));
    }

    Router router_;
};

struct Case {
    Verb verb;
    const char* path;
    int status;
    const char* body;  // "": not looked at
};

TEST_F(RouterTest, FindsTheRouteOrSaysWhyNot) {
    const Case cases[] = {
        {Verb::get, "/", 200, "root"},
        {Verb::get, "/api/v1/memories", 200, "list"},
        {Verb::post, "/api/v1/memories", 200, "create"},
        {Verb::get, "/api/v1/memories/m1", 200, "get|m1"},
        {Verb::get, "/api/v1/memories/a%20b%2Fc", 200, "get|a b/c"},
        {Verb::get, "/api/v1/memories/a+b", 200, "get|a+b"},
        {Verb::post, "/api/v1/memories/bulk", 200, "bulk"},
        {Verb::get, "/api/v1/memories/bulk", 405, ""},
        {Verb::post, "/api/v1/memories/bulk/promote", 404, ""},
        {Verb::get, "/api/v1/memories/bulky", 200, "get|bulky"},
        {Verb::post, "/api/v1/memories/m1/promote", 200, "promote|m1"},
        {Verb::get, "/api/v1/links/a/b", 200, "link|a|b"},
        {Verb::get, "/api/v1/links/a", 404, ""},
        {Verb::get, "/api/v1/memories/", 404, ""},
        {Verb::get, "/api/v1/memories/m1/", 404, ""},
        {Verb::get, "//api/v1/memories", 404, ""},
        {Verb::get, "/api", 404, ""},
        {Verb::get, "/api/v2/memories", 404, ""},
        {Verb::get, "", 404, ""},
        {Verb::get, "/api/v1/memories/%", 400, ""},
        {Verb::get, "/api/v1/memories/%zz", 400, ""},
        {Verb::get, "/api/v1/memories/%ff", 400, ""},
        {Verb::del, "/api/v1/memories/m1", 405, ""},
        {Verb::other, "/api/v1/memories", 405, ""},
        {Verb::head, "/api/v1/memories", 200, "list"},
        {Verb::head, "/api/v1/memories/bulk", 405, ""},
        {Verb::options, "/nowhere", 200, ""},
    };
    for (const auto& [verb, path, status, body] : cases) {
        const Response response = ask(verb, path);
        EXPECT_EQ(response.status, status) << to_string(verb) << " " << path;
        if (*body != '\0') {
            EXPECT_EQ(response.body, body) << path;
        }
    }
}

TEST_F(RouterTest, AWrongVerbIsToldWhichOnesAreAllowed) {
    EXPECT_EQ(ask(Verb::del, "/api/v1/memories").header("allow"), "GET, HEAD, POST");
    EXPECT_EQ(ask(Verb::get, "/api/v1/memories/bulk").header("allow"), "POST");
}

TEST_F(RouterTest, TheGuardComesBeforeTheRouteAndAfterOptions) {
    router_.set_guard([](const Request& request) -> std::optional<Response> {
        if (request.header("x-api-key") == "k") return std::nullopt;
        return Response(401, "no");
    });
    EXPECT_EQ(ask(Verb::get, "/nowhere").status, 401);
    EXPECT_EQ(ask(Verb::get, "/api/v1/memories").status, 401);
    EXPECT_EQ(ask(Verb::options, "/nowhere").status, 200);
    Request request;
    request.path = "/api/v1/memories";
    request.headers.emplace_back("x-api-key", "k");
    EXPECT_EQ(testing::run(router_.dispatch(std::move(request))).status, 200);
}

TEST_F(RouterTest, RefusesNonsenseWhenItIsBuilt) {
    EXPECT_THROW(router_.add(Verb::get, "/api/v1/memories", named("again")), std::logic_error);
    EXPECT_THROW(router_.add(Verb::get, "/api/v1/memories/{other}", named("again")),
                 std::logic_error);
    EXPECT_THROW(router_.add(Verb::get, "no-slash", named("x")), std::logic_error);
    EXPECT_THROW(router_.add(Verb::get, "/x", Handler()), std::logic_error);
    EXPECT_THROW(router_.add(Verb::get, "/{a}/{b}/{c}/{d}/{e}", named("x")), std::logic_error);
}

}  // namespace
}  // namespace aimem::http
