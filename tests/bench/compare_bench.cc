// The MCP server beside another one that is in wide use, the npm package
// @modelcontextprotocol/server-memory: the same texts and the same questions, in turns, in one run.
#include "tests/bench/fill.h"
#include "tests/bench/sections.h"
#include "tests/support/eventually.h"
#include "tests/support/json_lines.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>

namespace aimem::bench {
namespace {

using nlohmann::json;
using test::Clock;
using test::McpClient;
using test::Millis;
using test::ms_since;

constexpr std::size_t kTopics = 100;  // one text in a hundred is about a given one
constexpr std::size_t kBurst = 200;
constexpr Millis kReplyWithin{60'000};

std::string topic(std::size_t i) {
    return fmt::format("topic{:02}x", i % kTopics);
}

Text text_about(TextMaker& maker, std::size_t i) {
    Text text = maker.next();
    text.content += " " + topic(i);
    return text;
}

// What both can do, each in its own words.
struct Contender {
    std::string name{};
    test::Command command{};
    std::function<void(TextMaker&, std::size_t from, std::size_t to)> fill{};  // not running
    std::function<void(McpClient&, const Text&)> store{};
    std::function<json(const Text&, int id)> store_request{};
    std::function<std::size_t(McpClient&, const std::string& word)> search{};  // hits
    std::function<std::size_t(McpClient&)> burst_kept{};
};

json call(int id, const std::string& tool, const json& arguments) {
    return {{"jsonrpc", "2.0"},
            {"id", id},
            {"method", "tools/call"},
            {"params", {{"name", tool}, {"arguments", arguments}}}};
}

json our_arguments(const Text& text) {
    return {{"title", text.title}, {"content", text.content}, {"namespace", "bench"}};
}

Contender ours(const Setting& setting) {
    const std::filesystem::path file = setting.folder / "compared.db";
    Contender one;
    one.name = "ai-memory";
    one.command.argv = {setting.programs.command.string(), "mcp", "--db", file.string()};
    one.command.env = test::clean_environment(setting.folder);
    one.fill = [file](TextMaker& maker, std::size_t from, std::size_t to) {
        const auto store = open_store(file);
        for (std::size_t at = from; at < to; at += kLoadBatch) {
            std::vector<Op> ops;
            for (std::size_t i = at; i < std::min(at + kLoadBatch, to); ++i)
                ops.emplace_back(op_from(text_about(maker, i)));
            load_batch(*store, std::move(ops));
        }
    };
    one.store = [](McpClient& client, const Text& text) {
        client.tool("memory_store", our_arguments(text));
    };
    one.store_request = [](const Text& text, int id) {
        return call(id, "memory_store",
                    {{"title", text.title}, {"content", text.content}, {"namespace", "burst"}});
    };
    one.search = [](McpClient& client, const std::string& word) {
        return client.tool("memory_search", {{"query", word}, {"namespace", "bench"}})["count"]
            .get<std::size_t>();
    };
    one.burst_kept = [](McpClient& client) {
        return client.tool("memory_list", {{"namespace", "burst"}, {"limit", kBurst}})["count"]
            .get<std::size_t>();
    };
    return one;
}

json entity(const Text& text, const char* type) {
    return {{"name", text.title}, {"entityType", type}, {"observations", {text.content}}};
}

Contender theirs(const Setting& setting) {
    const std::filesystem::path file = setting.folder / "compared.jsonl";
    Contender one;
    one.name = "server-memory";
    one.command.argv = {"/usr/bin/env", "node", setting.peer.string()};
    one.command.env = {{"MEMORY_FILE_PATH", file.string()}};
    one.command.stderr_file = setting.folder / "compared.log";
    // Its file is its database, a line an entity; through its tools 100,000 would take hours.
    one.fill = [file](TextMaker& maker, std::size_t from, std::size_t to) {
        std::ofstream out(file, std::ios::app);
        for (std::size_t i = from; i < to; ++i) {
            json line = entity(text_about(maker, i), "note");
            line["type"] = "entity";
            out << "\n" << line.dump();
        }
        if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
    };
    one.store = [](McpClient& client, const Text& text) {
        client.tool("create_entities", {{"entities", {entity(text, "note")}}});
    };
    one.store_request = [](const Text& text, int id) {
        return call(id, "create_entities", {{"entities", {entity(text, "burst")}}});
    };
    one.search = [](McpClient& client, const std::string& word) {
        return client.tool("search_nodes", {{"query", word}})["entities"].size();
    };
    one.burst_kept = [](McpClient& client) {
        std::size_t kept = 0;
        const json graph = client.tool("read_graph", json::object());
        for (const json& one_entity : graph["entities"])
            if (one_entity["entityType"] == "burst") ++kept;
        return kept;
    };
    return one;
}

// Of user and kernel together, by the process so far. Moves in steps of 10 ms.
double cpu_ms(pid_t pid) {
    const std::string stat = test::read_file(fmt::format("/proc/{}/stat", pid));
    std::istringstream fields(stat.substr(stat.rfind(')') + 1));
    std::string skipped;
    for (int i = 0; i < 11; ++i) fields >> skipped;
    double user = 0;
    double system = 0;
    fields >> user >> system;
    return (user + system) * 1000 / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

// As many as were asked for, or as fit into the time of a run.
void repeat(const std::string& what, const Setting& setting, McpClient& client, Report& report,
            const std::function<void(std::size_t)>& step) {
    Row row{.what = what};
    const double cpu = cpu_ms(client.process().pid());
    const auto start = Clock::now();
    const auto most = static_cast<double>(setting.effort.load.count());
    while (row.samples_ms.size() < setting.effort.samples && ms_since(start) < most) {
        const auto called = Clock::now();
        step(row.samples_ms.size());
        row.samples_ms.push_back(ms_since(called));
    }
    const auto calls = static_cast<double>(row.samples_ms.size());
    row.value = (cpu_ms(client.process().pid()) - cpu) / calls;
    row.unit = "ms CPU";
    row.target = row.samples_ms.size() < setting.effort.samples
                     ? fmt::format("only {} calls in {:.1f} s", calls, most / 1000)
                     : fmt::format("{} calls", calls);
    report.row(row);
}

void starts(const Contender& one, const Setting& setting, Report& report) {
    Row row{.what = "start to the reply to initialize, " + one.name};
    for (std::size_t i = 0; i < setting.effort.samples / 10; ++i) {
        const auto spawned = Clock::now();
        McpClient client(one.command, kReplyWithin);
        client.initialize();
        row.samples_ms.push_back(ms_since(spawned));
        client.finish(Millis(5000));
    }
    report.row(row);
}

void at_size(const Contender& one, std::size_t from, std::size_t to, const Setting& setting,
             Report& report) {
    TextMaker maker(to);
    one.fill(maker, from, to);
    McpClient client(one.command, kReplyWithin);
    client.initialize();
    std::size_t hits = 0;
    repeat(fmt::format("{}: search, {}", to, one.name), setting, client, report,
           [&](std::size_t i) { hits += one.search(client, topic(i)); });
    if (hits == 0) throw std::runtime_error(one.name + " finds nothing: no measurement");
    repeat(fmt::format("{}: store, {}", to, one.name), setting, client, report, [&](std::size_t i) {
        Text text = maker.next();
        text.title += fmt::format(" at {} {}", to, i);
        one.store(client, text);
    });
    report.row({.what = fmt::format("{}: resident after that, {}", to, one.name),
                .value = static_cast<double>(client.process().resident_kib()) / 1024,
                .unit = "MiB"});
    client.finish(Millis(5000));
}

void burst(const Contender& one, Report& report) {
    McpClient client(one.command, kReplyWithin);
    client.initialize();
    TextMaker maker(7);
    constexpr int kFirstId = 1'000'000;
    std::string lines;
    for (std::size_t i = 0; i < kBurst; ++i)
        lines += one.store_request(maker.next(), kFirstId + static_cast<int>(i)).dump() + "\n";
    client.process().write(lines);
    for (std::size_t i = 0; i < kBurst; ++i)
        if (!client.next_line(kReplyWithin)) throw std::runtime_error(one.name + " is silent");
    report.row({.what = fmt::format("of {} stores sent at once are kept, {}", kBurst, one.name),
                .value = static_cast<double>(one.burst_kept(client)),
                .unit = "kept"});
    client.finish(Millis(5000));
}

}  // namespace

void compared(const Setting& setting, Report& report) {
    report.section("beside @modelcontextprotocol/server-memory");
    if (setting.peer.empty()) {
        report.note("skipped: " + setting.why_no_peer);
        return;
    }
    const Contender both[] = {ours(setting), theirs(setting)};
    for (const Contender& one : both) starts(one, setting, report);
    for (const Contender& one : both) burst(one, report);
    std::size_t filled = 0;
    for (const std::size_t size : {std::size_t{1'000}, std::size_t{10'000}, std::size_t{100'000}}) {
        if (size > setting.effort.memories) break;
        for (const Contender& one : both) at_size(one, filled, size, setting, report);
        filled = size;
    }
    report.note(
        "It reads and writes its whole file at each call and its search has no limit; ours is "
        "durable at");
    report.note(
        "each reply and answers a page. Its file was filled directly, ours through the library.");
}

}  // namespace aimem::bench
