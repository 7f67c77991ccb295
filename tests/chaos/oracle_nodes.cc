// The part of the oracle that asks living nodes: waiting until they agree, D6 and D7.
#include "tests/chaos/oracle.h"
#include "tests/support/eventually.h"

#include <fmt/core.h>
#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <sstream>
#include <stdexcept>

namespace aimem::chaos {

using nlohmann::json;
using test::HttpClient;
using test::Mesh;

namespace {

std::set<std::string> subjects_in(HttpClient& http, const std::string& target, const char* key) {
    const test::Reply reply = http.get(target);
    if (reply.status != 200) throw std::runtime_error(target + ": " + reply.text());
    std::set<std::string> out;
    const json body = reply.json();
    for (const json& row : body.at(key))
        if (const auto origin = origin_of(row.value("content", ""))) out.insert(origin->subject);
    return out;
}

std::set<std::string> subjects_of(const std::map<std::string, json>& rows) {
    std::set<std::string> out;
    for (const auto& [id, row] : rows)
        if (const auto origin = origin_of(row.value("content", ""))) out.insert(origin->subject);
    return out;
}

// Every subject by search, a hundred at a time; some of them by recall.
void look_up(const Mesh& mesh, const Snapshot& node, const std::vector<std::string>& subjects,
             std::size_t recalled, Verdict& verdict) {
    HttpClient http = mesh.new_client(node.node);
    const std::set<std::string> live = subjects_of(node.live);
    std::map<std::string, std::set<std::string>> groups;
    for (const std::string& subject : subjects) groups[group_of(subject)].insert(subject);
    for (const auto& [group, members] : groups) {
        const auto found = subjects_in(http, "/api/v1/search?limit=1000&q=" + group, "results");
        for (const std::string& subject : members)
            if (found.count(subject) != live.count(subject))
                verdict.add(
                    "D6", fmt::format("node {}: search {} {}", node.node,
                                      live.count(subject) != 0 ? "misses" : "finds dead", subject));
    }
    std::size_t left[2] = {recalled, recalled};
    const std::size_t stride = std::max<std::size_t>(1, subjects.size() / (2 * recalled + 1));
    for (std::size_t i = 0; i < subjects.size(); i += stride) {
        const std::string& subject = subjects[i];
        const bool is_live = live.count(subject) != 0;
        if (left[is_live ? 1 : 0] == 0) continue;
        --left[is_live ? 1 : 0];
        const auto found =
            subjects_in(http, "/api/v1/recall?limit=10&context=" + subject, "memories");
        if ((found.count(subject) != 0) != is_live)
            verdict.add("D6", fmt::format("node {}: recall {} {}", node.node,
                                          is_live ? "misses" : "finds dead", subject));
    }
}

std::string integrity_of(const std::filesystem::path& file) {
    sqlite3* opened = nullptr;
    const int rc = sqlite3_open_v2(file.c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
    const std::unique_ptr<sqlite3, int (*)(sqlite3*)> db(opened, sqlite3_close);
    if (rc != SQLITE_OK) return "cannot be opened";
    std::string out;
    const auto row = [](void* into, int, char** values, char**) {
        static_cast<std::string*>(into)->append(values[0] == nullptr ? "?" : values[0]);
        return 0;
    };
    char* why = nullptr;
    if (sqlite3_exec(db.get(), "PRAGMA integrity_check", row, &out, &why) != SQLITE_OK)
        out = why == nullptr ? "?" : why;
    sqlite3_free(why);
    return out;
}

void health(Mesh& mesh, std::size_t node, const OracleOptions& options, Verdict& verdict) {
    if (!mesh.running(node) || !mesh.healthy(node))
        verdict.add("D7", fmt::format("node {} is not well", node));
    const std::string integrity = integrity_of(mesh.database(node));
    if (integrity != "ok")
        verdict.add("D7", fmt::format("node {}: integrity_check says {}", node, integrity));
    std::istringstream log(mesh.log(node));
    for (std::string line; std::getline(log, line);) {
        const bool expected = std::any_of(
            options.errors_expected.begin(), options.errors_expected.end(),
            [&](const std::string& event) { return line.find(event) != std::string::npos; });
        if (line.find(" error ") != std::string::npos && !expected)
            verdict.add("D7", fmt::format("node {} logged: {}", node, line));
    }
}

std::map<std::string, std::string> ids_of(const Ledger& ledger) {
    std::map<std::string, std::string> out;
    for (const std::string& subject : ledger.subjects())
        if (auto id = ledger.id_of(subject)) out[subject] = *id;
    return out;
}

}  // namespace

Verdict check(Mesh& mesh, const Ledger& ledger, const OracleOptions& options) {
    Verdict verdict;
    std::vector<std::size_t> nodes = options.nodes;
    for (std::size_t i = 0; options.nodes.empty() && i < mesh.size(); ++i) nodes.push_back(i);
    try {
        if (!mesh.await_equal_digests(options.within, nodes))
            verdict.add("D4", fmt::format("digests differ after {} ms", options.within.count()));
        const auto ids = ids_of(ledger);
        const auto ops = ledger.ops();
        std::set<std::string> linked;
        for (const LoggedOp& op : ops)
            if (op.verb == Verb::link && ids.count(op.subject) != 0)
                linked.insert(ids.at(op.subject));
        std::vector<Snapshot> shown;
        for (const std::size_t node : nodes) shown.push_back(snapshot_of(mesh, node, linked));
        verdict.take(judge(ops, ids, shown));
        for (const Snapshot& node : shown)
            look_up(mesh, node, ledger.subjects(), options.looked_up, verdict);
        for (const std::size_t node : nodes) health(mesh, node, options, verdict);
    } catch (const std::runtime_error& e) {
        verdict.add("D7", e.what());
    }
    return verdict;
}

}  // namespace aimem::chaos
