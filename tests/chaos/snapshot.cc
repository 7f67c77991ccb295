#include "tests/chaos/snapshot.h"

#include <stdexcept>

namespace aimem::chaos {

using nlohmann::json;
using test::HttpClient;

namespace {

constexpr std::size_t kPage = 500;

json get(HttpClient& http, const std::string& target) {
    const test::Reply reply = http.get(target);
    if (reply.status != 200) throw std::runtime_error(target + ": " + reply.text());
    return reply.json();
}

void page_all(HttpClient& http, const std::string& target, const char* key,
              std::map<std::string, json>& rows, std::vector<std::string>& twice) {
    for (std::size_t offset = 0;; offset += kPage) {
        const json body = get(
            http, target + "?limit=" + std::to_string(kPage) + "&offset=" + std::to_string(offset));
        const json& page = body.at(key);
        for (json row : page) {
            for (const char* own : {"access_count", "last_accessed_at"}) row.erase(own);
            const std::string id = row.at("id").get<std::string>();
            if (!rows.emplace(id, std::move(row)).second) twice.push_back(id);
        }
        if (page.size() < kPage) return;
    }
}

}  // namespace

std::string link_name(const std::string& source, const std::string& target) {
    return source + " related_to " + target;
}

Snapshot snapshot_of(const test::Mesh& mesh, std::size_t node,
                     const std::set<std::string>& linked_ids) {
    HttpClient http = mesh.new_client(node);
    Snapshot out;
    out.node = node;
    out.digest = mesh.digest(node);
    page_all(http, "/api/v1/memories", "memories", out.live, out.listed_twice);
    page_all(http, "/api/v1/archive", "archived", out.archived, out.listed_twice);
    for (const std::string& id : linked_ids) {
        const json body = get(http, "/api/v1/links/" + id);
        for (const json& link : body.at("links"))
            out.links.insert(link_name(link.at("source_id"), link.at("target_id")));
    }
    return out;
}

}  // namespace aimem::chaos
