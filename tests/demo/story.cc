#include "tests/demo/story.h"

#include "tests/support/eventually.h"
#include "tests/support/json_lines.h"
#include "tests/support/percentile.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <set>
#include <utility>

namespace aimem::demo {
namespace {

using nlohmann::json;
using test::Clock;
using test::Millis;
using test::ms_since;
using test::Reply;

constexpr Millis kVisibleWithin{5000};
constexpr Millis kHealWithin{15'000};
constexpr std::size_t kNotesShown = 5;
constexpr std::size_t kTitleWidth = 46;
constexpr const char* kNamespace = "notes";

void expect(bool held, const std::string& what) {
    if (!held) throw NotAsTold(what);
}

// At most `width` bytes, cut between characters, padded.
std::string fitted(const std::string& text, std::size_t width) {
    if (text.size() <= width) return text + std::string(width - text.size(), ' ');
    std::size_t end = width - 3;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    const std::string cut = text.substr(0, end) + "...";
    return cut + std::string(width > cut.size() ? width - cut.size() : 0, ' ');
}

json store_arguments(const Note& note) {
    return {{"title", note.title},
            {"content", note.content.empty() ? note.title : note.content},
            {"namespace", kNamespace},
            {"tags", note.tags},
            {"tier", "long"}};
}

test::MeshOptions three_nodes() {
    test::MeshOptions options;
    options.nodes = 3;
    options.writes = 2;
    return options;
}

std::string table_row(const std::string& left, double call, double second, double third) {
    return fmt::format("{} {:>7.1f} ms {:>9.1f} ms {:>9.1f} ms", fitted(left, kTitleWidth), call,
                       second, third);
}

}  // namespace

Story::Story(test::Programs programs, std::vector<Note> notes)
    : notes_(std::move(notes)),
      mesh_(std::move(programs), three_nodes()) {}

void Story::tell() {
    introduce();
    assistant_takes_notes();
    somebody_writes_over_http();
    one_node_dies();
    a_second_node_dies();
    both_come_back();
    narrator_.title("\nEverything went as told.");
}

void Story::introduce() {
    narrator_.title("ai-memory: three nodes, one memory");
    narrator_.say("");
    const auto start = Clock::now();
    mesh_.start_all();
    for (std::size_t i = 0; i < mesh_.size(); ++i) {
        narrator_.say(
            fmt::format("node {}   {}   {}", i + 1, mesh_.url(i), mesh_.database(i).string()));
    }
    narrator_.say(
        fmt::format("All three answer after {:.0f} ms. A write over HTTP is answered only when",
                    ms_since(start)));
    narrator_.say("two of the three disks hold it.");
}

std::vector<double> Story::time_to_visible(const std::string& id) {
    const auto start = Clock::now();
    std::vector<double> seen(mesh_.size(), -1);
    const auto look = [&] {
        bool all = true;
        for (std::size_t i = 0; i < seen.size(); ++i) {
            if (!mesh_.running(i) || seen[i] >= 0) continue;
            if (mesh_.http(i).get("/api/v1/memories/" + id).status == 200)
                seen[i] = ms_since(start);
            else
                all = false;
        }
        return all;
    };
    expect(test::eventually(kVisibleWithin, look, Millis(0)),
           "memory " + id + " did not appear on every running node");
    return seen;
}

void Story::assistant_takes_notes() {
    narrator_.chapter("An assistant on node 1 takes notes");
    narrator_.say(
        "A real `ai-memory mcp` process works on node 1's file. It speaks JSON-RPC on its");
    narrator_.say("pipes and has no network. Node 1 notices its writes and passes them on.");
    narrator_.say("");
    test::McpClient assistant(mesh_.mcp(0));
    const auto start = Clock::now();
    assistant.initialize();
    narrator_.say(fmt::format("initialize answered {:.1f} ms after the process was started",
                              ms_since(start)));
    narrator_.say("");
    narrator_.say(fmt::format("{} {:>10} {:>12} {:>12}", fitted("memory_store", kTitleWidth),
                              "answered", "on node 2", "on node 3"));
    std::vector<double> calls;
    std::vector<double> second;
    std::vector<double> third;
    for (const Note& note : notes_) {
        const auto called = Clock::now();
        const json stored = assistant.tool("memory_store", store_arguments(note));
        calls.push_back(ms_since(called));
        const std::vector<double> seen = time_to_visible(stored.at("id").get<std::string>());
        second.push_back(seen[1]);
        third.push_back(seen[2]);
        if (calls.size() <= kNotesShown)
            narrator_.say(table_row(note.title, calls.back(), seen[1], seen[2]));
    }
    if (notes_.size() > kNotesShown)
        narrator_.say(fmt::format("... and {} more", notes_.size() - kNotesShown));
    narrator_.say(table_row(fmt::format("median of {}", notes_.size()),
                            test::percentile(calls, 0.5), test::percentile(second, 0.5),
                            test::percentile(third, 0.5)));
    narrator_.say(table_row("slowest", test::percentile(calls, 1), test::percentile(second, 1),
                            test::percentile(third, 1)));
    expect(assistant.finish(Millis(5000)) == 0, "the MCP process did not end by itself");
    const json recalled = mesh_.http(2)
                              .get(fmt::format("/api/v1/recall?namespace={}&context={}", kNamespace,
                                               test::url_encode(notes_.front().title)))
                              .json();
    const auto& found = recalled.at("memories");
    expect(!found.empty(), "node 3 recalls nothing");
    narrator_.good(
        fmt::format("Node 3 recalls: \"{}\"", found.at(0).at("title").get<std::string>()));
}

Reply Story::store(std::size_t node, const Note& note) {
    return mesh_.http(node).post("/api/v1/memories", store_arguments(note));
}

void Story::expect_acks(const Reply& reply, int acks) const {
    expect(reply.status == 201, "expected 201, got " + reply.text());
    const int counted = reply.json().value("quorum_acks", 0);
    expect(counted >= acks, fmt::format("expected {} acks, got {}", acks, counted));
}

void Story::somebody_writes_over_http() {
    narrator_.chapter("Somebody writes over HTTP on node 2");
    const auto start = Clock::now();
    const Reply reply =
        store(1, {"Where the demo's data lies",
                  {"demo"},
                  "Each node of the demo has a SQLite file of its own in one temporary "
                  "folder, which is removed at the end."});
    const double took = ms_since(start);
    expect_acks(reply, 2);
    const std::string id = reply.json().at("id").get<std::string>();
    narrator_.good(fmt::format("201 after {:.1f} ms, {} disks had it when the answer came", took,
                               reply.json().at("quorum_acks").get<int>()));
    const std::vector<double> seen = time_to_visible(id);
    narrator_.say(fmt::format(
        "visible on node 1 after {:.1f} ms and on node 3 after {:.1f} ms more", seen[0], seen[2]));
}

void Story::one_node_dies() {
    narrator_.chapter("Node 3 is killed (kill -9)");
    mesh_.process(2).kill9();
    const auto start = Clock::now();
    const Reply reply =
        store(0, {"Written while node 3 was down",
                  {"demo"},
                  "Two of three is a majority: the write is confirmed without node 3."});
    const double took = ms_since(start);
    expect_acks(reply, 2);
    narrator_.good(fmt::format("A write on node 1 still succeeds: 201 after {:.1f} ms, {} disks",
                               took, reply.json().at("quorum_acks").get<int>()));
}

void Story::a_second_node_dies() {
    narrator_.chapter("Node 2 is killed too");
    mesh_.process(1).kill9();
    const auto start = Clock::now();
    const Reply reply = store(0, {"Written while node 1 was alone",
                                  {"demo"},
                                  "Node 1 keeps this, says honestly that no other disk has it, and "
                                  "delivers it when the others are back."});
    const double took = ms_since(start);
    expect(reply.status == 503, "expected 503, got " + reply.text());
    const json body = reply.json();
    narrator_.say(fmt::format("A write on node 1 gets 503 after {:.1f} ms, retry after {} s:", took,
                              reply.header("retry-after")));
    narrator_.say(fmt::format("   {}: got {} of {} disks, reason: {}", body.value("error", "?"),
                              body.value("got", -1), body.value("needed", -1),
                              body.value("reason", "?")));
    expect(body.value("got", -1) == 1 && body.value("needed", -1) == 2,
           "expected got 1, needed 2 in " + reply.text());
    expect(!reply.header("retry-after").empty(), "a 503 without Retry-After");
    unconfirmed_id_ = body.value("id", "");
    expect(!unconfirmed_id_.empty(), "a 503 that does not name the row");
    expect(mesh_.http(0).get("/api/v1/memories/" + unconfirmed_id_).status == 200,
           "the row of the 503 is not on node 1");
    narrator_.say(fmt::format("It is not lost: node 1 has it as {}.", unconfirmed_id_));
}

void Story::both_come_back() {
    narrator_.chapter("Both are started again");
    mesh_.start(1);
    mesh_.start(2);
    const auto start = Clock::now();
    const bool equal = mesh_.await_equal_digests(kHealWithin);
    narrator_.say("");
    for (std::size_t i = 0; i < mesh_.size(); ++i) {
        const test::Digest d = mesh_.digest(i);
        narrator_.say(fmt::format("node {}   {:>5} entries   digest {}", i + 1, d.count, d.hash));
    }
    expect(equal, "the nodes did not come to the same digest");
    narrator_.good(fmt::format("The same on all three, {:.0f} ms after the last one was up.",
                               ms_since(start)));
    for (std::size_t i = 1; i < mesh_.size(); ++i) {
        expect(mesh_.http(i).get("/api/v1/memories/" + unconfirmed_id_).status == 200,
               "the unconfirmed write did not reach every node");
    }
    narrator_.good("The write that got the 503 is on every node now.");
}

}  // namespace aimem::demo
