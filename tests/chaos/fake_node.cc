#include "tests/chaos/fake_node.h"

#include "store/log/change.h"
#include "store/model/json_text.h"

#include <fmt/core.h>

namespace aimem::chaos {

using nlohmann::json;

std::string fake_id(int number) {
    return fmt::format("0b6f9a3e-0000-4000-8000-{:012}", number);
}

FakeNode::FakeNode(int number) : name_(fmt::format("5f4dcc3b-5aa7-4d3c-8f0e-{:012}", number)) {}

json FakeNode::row(const std::string& key, int state, std::int64_t stamp, const json* body) {
    const std::string text = body == nullptr ? std::string{} : json_text(*body);
    json out = {{"k", key},
                {"st", state},
                {"ts", std::to_string(stamp)},
                {"sig", std::to_string(sig_of(static_cast<State>(state), text))},
                {"q", std::to_string(next_++)}};
    if (body != nullptr) out["b"] = *body;
    return out;
}

json FakeNode::memory(const std::string& id, const std::string& title, const std::string& content,
                      std::int64_t stamp, const json& more) {
    json body = {{"title", title},
                 {"content", content},
                 {"namespace", "chaos"},
                 {"tier", "long"},
                 {"tags", json::array()},
                 {"priority", 5},
                 {"confidence", 1.0},
                 {"source", "api"},
                 {"created_at", "2026-01-01T00:00:00.000000+00:00"},
                 {"metadata", json::object()}};
    body.update(more);
    return row("m:" + id, 1, stamp, &body);
}

json FakeNode::tombstone(const std::string& id, std::int64_t stamp) {
    return row("m:" + id, 3, stamp, nullptr);
}

test::Reply FakeNode::push(const test::Mesh& mesh, std::size_t node,
                           const std::vector<json>& rows) {
    const std::int64_t from = sent_;
    sent_ = position();
    return send(mesh, node, rows, from, sent_);
}

test::Reply FakeNode::repair(const test::Mesh& mesh, std::size_t node,
                             const std::vector<json>& rows) const {
    return send(mesh, node, rows, 0, 0);
}

test::Reply FakeNode::send(const test::Mesh& mesh, std::size_t node, const std::vector<json>& rows,
                           std::int64_t from, std::int64_t to) const {
    const json repl = {{"v", 1},
                       {"node", name_},
                       {"epoch", "00000000000000aa"},
                       {"tag", 17},
                       {"from", std::to_string(from)},
                       {"to", std::to_string(to)},
                       {"next_seq", std::to_string(to + 1)},
                       {"base", "0"},
                       {"ops", rows}};
    test::HttpClient http = mesh.new_client(node);
    return http.post("/api/v1/sync/push", {{"sender_agent_id", "host:fake"},
                                           {"sender_clock", {{"entries", json::object()}}},
                                           {"memories", json::array()},
                                           {"dry_run", false},
                                           {"repl", repl}});
}

}  // namespace aimem::chaos
