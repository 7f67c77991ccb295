#include "tests/e2e/e2e.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <stdexcept>

namespace aimem::test {

using nlohmann::json;

namespace {
constexpr std::size_t kPage = 500;
}

Programs programs() {
    return Programs{AIMEM_COMMAND, AIMEM_NODE};
}

json memory_named(const std::string& title, const std::string& content) {
    return {{"title", title}, {"content", content}, {"namespace", "e2e"}, {"tier", "long"}};
}

Reply store(HttpClient& http, const std::string& title, const std::string& content) {
    return http.post("/api/v1/memories", memory_named(title, content));
}

std::string stored_id(const Reply& reply) {
    if (reply.status != 201) throw std::runtime_error("store: " + reply.text());
    return reply.json().at("id").get<std::string>();
}

Reply fetch(HttpClient& http, const std::string& id) {
    return http.get("/api/v1/memories/" + id);
}

bool has(HttpClient& http, const std::string& id) {
    return fetch(http, id).status == 200;
}

bool has_on_all(Mesh& mesh, const std::string& id) {
    for (std::size_t i = 0; i < mesh.size(); ++i) {
        if (!has(mesh.http(i), id)) return false;
    }
    return true;
}

json memory_at(HttpClient& http, const std::string& id) {
    const Reply reply = fetch(http, id);
    if (reply.status != 200) throw std::runtime_error("get: " + reply.text());
    return reply.json().at("memory");
}

std::multiset<std::string> all_titles(HttpClient& http) {
    std::multiset<std::string> titles;
    for (std::size_t offset = 0;; offset += kPage) {
        const Reply reply = http.get("/api/v1/memories?limit=" + std::to_string(kPage) +
                                     "&offset=" + std::to_string(offset));
        if (reply.status != 200) throw std::runtime_error("list: " + reply.text());
        const json body = reply.json();
        const json& page = body.at("memories");
        for (const json& memory : page) titles.insert(memory.at("title").get<std::string>());
        if (page.size() < kPage) return titles;
    }
}

std::set<std::string> found_ids(HttpClient& http, const std::string& words) {
    std::set<std::string> ids;
    const std::string encoded = url_encode(words);
    const auto add = [&](const std::string& target, const char* key) {
        const Reply reply = http.get(target);
        if (reply.status != 200) throw std::runtime_error(target + ": " + reply.text());
        const json body = reply.json();
        for (const json& memory : body.at(key)) ids.insert(memory.at("id").get<std::string>());
    };
    add("/api/v1/recall?limit=50&context=" + encoded, "memories");
    add("/api/v1/search?limit=200&q=" + encoded, "results");
    return ids;
}

void expect_quorum_missed(const Reply& reply, std::size_t got, std::size_t needed) {
    ASSERT_EQ(reply.status, 503) << reply.text();
    EXPECT_FALSE(reply.header("retry-after").empty());
    const json body = reply.json();
    EXPECT_EQ(body.value("error", ""), "quorum_not_met") << body;
    EXPECT_EQ(body.value("got", -1), static_cast<int>(got)) << body;
    EXPECT_EQ(body.value("needed", -1), static_cast<int>(needed)) << body;
    EXPECT_FALSE(body.value("reason", "").empty()) << body;
    EXPECT_FALSE(body.value("id", "").empty()) << body;
}

}  // namespace aimem::test
