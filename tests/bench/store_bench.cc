// What the library and the MCP server do alone: commits, server start, durable stores at two sizes
// of the database, recall in the process and over HTTP.
#include "store/log/index_care.h"
#include "store/sqlite/sqlite.h"
#include "tests/bench/fill.h"
#include "tests/bench/http_load.h"
#include "tests/bench/sections.h"
#include "tests/support/eventually.h"
#include "tests/support/http.h"
#include "tests/support/json_lines.h"
#include "tests/support/percentile.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <stdexcept>
#include <thread>

namespace aimem::bench {
namespace {

using nlohmann::json;
using test::Clock;
using test::Millis;
using test::ms_since;
using test::percentile;

constexpr std::size_t kSmall = 10'000;
constexpr double kFillMaxMs = 30'000;

void require(const Result<Committed>& result) {
    if (!result) throw std::runtime_error("store: " + result.error().message);
}

void load_rows(Store& store, TextMaker& maker, std::size_t rows) {
    std::vector<Op> ops;
    for (std::size_t i = 0; i < rows; ++i) ops.emplace_back(op_from(maker.next()));
    load_batch(store, std::move(ops));
}

// Rows a second with this many threads that each wait for their own commit.
void concurrent_commits(Store& store, std::size_t threads, Millis duration, Report& report) {
    std::atomic<bool> stop{false};
    std::vector<std::vector<double>> times(threads);
    std::vector<std::thread> writers;
    const auto start = Clock::now();
    for (std::size_t k = 0; k < threads; ++k) {
        writers.emplace_back([&, k] {
            TextMaker maker(threads * 100 + k);
            while (!stop) {
                StoreMemory op = op_from(maker.next());
                op.title += fmt::format(" {}/{}", k, threads);
                const auto called = Clock::now();
                require(store.commit(std::move(op)));
                times[k].push_back(ms_since(called));
            }
        });
    }
    test::pause_for(duration);
    stop = true;
    for (std::thread& writer : writers) writer.join();
    const double seconds = ms_since(start) / 1000;
    std::vector<double> all;
    for (const auto& part : times) all.insert(all.end(), part.begin(), part.end());
    report.row({.what = fmt::format("{} thread{}, each waits for its own", threads,
                                    threads == 1 ? "" : "s"),
                .samples_ms = all,
                .per_second = static_cast<double>(all.size()) / seconds});
}

test::Command mcp_on(const Setting& setting, const std::filesystem::path& file) {
    test::Command command;
    command.argv = {setting.programs.command.string(), "mcp", "--db", file.string()};
    command.env = test::clean_environment(setting.folder);
    command.env["AI_MEMORY_LOG"] = "warn";
    return command;
}

void mcp_stores(const Setting& setting, const std::filesystem::path& file, const std::string& size,
                Report& report) {
    test::McpClient assistant(mcp_on(setting, file));
    assistant.initialize();
    TextMaker maker(size.size() + 1000);
    std::vector<double> times;
    for (std::size_t i = 0; i < setting.effort.samples; ++i) {
        const Text text = maker.next();
        const json arguments = {
            {"title", "asked " + text.title}, {"content", text.content}, {"namespace", "bench"}};
        const auto called = Clock::now();
        assistant.tool("memory_store", arguments);
        times.push_back(ms_since(called));
    }
    report.row({.what = "memory_store, durable, " + size,
                .samples_ms = times,
                .target = "p50 <= 1 ms",
                .met = percentile(times, 0.5) <= 1});
}

// Until the text index has been tended: while a store is written to, a search has more to look
// into.
void await_rest(const std::filesystem::path& file, Report& report) {
    sqlite::Database reader(file, sqlite::OpenMode::read_only);
    const auto start = Clock::now();
    const bool rests = test::eventually(Millis(60'000), [&] {
        const auto shape = index_shape(reader);
        return shape && !may_be_merged(*shape);
    });
    report.note(rests ? fmt::format("their text index was merged {:.1f} s after the last of them",
                                    ms_since(start) / 1000)
                      : "THEIR TEXT INDEX IS STILL BEING MERGED after 60 s");
}

void recall_in_process(Store& store, TextMaker& maker, std::size_t rows, const Effort& effort,
                       Report& report) {
    std::vector<double> times;
    std::size_t hits = 0;
    for (std::size_t i = 0; i < effort.samples; ++i) {
        RecallQuery query;
        query.context = maker.question();
        const auto asked = Clock::now();
        const auto answer = store.recall(query);
        times.push_back(ms_since(asked));
        if (!answer) throw std::runtime_error("recall: " + answer.error().message);
        hits += answer->hits.size();
    }
    if (hits < effort.samples)
        throw std::runtime_error("recall finds next to nothing: no measurement");
    Row row{.what = fmt::format("{} memories, library", rows), .samples_ms = times};
    if (rows == effort.memories && rows > kSmall) {
        row.target = "p95 <= 8 ms";
        row.met = percentile(times, 0.95) <= 8;
    }
    report.row(row);
}

void recall_over_http(const Setting& setting, TextMaker& maker, const std::filesystem::path& file,
                      std::size_t rows, Report& report) {
    const test::PortLease lease;
    test::Command command;
    command.argv = {setting.programs.node.string(), "serve", "--db", file.string(), "--port",
                    std::to_string(lease.port())};
    command.env = test::clean_environment(setting.folder);
    command.stderr_file = setting.folder / "recall-node.log";
    test::Process node(command);
    test::HttpClient probe(lease.port());
    if (!test::eventually(Millis(10'000), [&] { return probe.get("/api/v1/health").ok(); }))
        throw std::runtime_error("the node did not come up: " +
                                 test::read_file(command.stderr_file));
    std::vector<std::string> questions;
    for (std::size_t i = 0; i < 1000; ++i)
        questions.push_back(
            get_bytes("/api/v1/recall?context=" + test::url_encode(maker.question())));
    for (const std::size_t clients : {std::size_t{1}, std::size_t{8}}) {
        LoadPlan plan;
        plan.port = lease.port();
        plan.clients = clients;
        plan.duration = setting.effort.load / 2;
        plan.request = [&questions](std::size_t n) {
            return questions[n % questions.size()];
        };
        const LoadResult result = http_load(plan);
        Row row{.what = fmt::format("{} memories, HTTP, {} client{}", rows, clients,
                                    clients == 1 ? "" : "s"),
                .samples_ms = result.times_ms,
                .per_second = result.per_second()};
        if (clients == 1 && rows == setting.effort.memories && rows > kSmall) {
            row.target = "p95 <= 8 ms";
            row.met = percentile(result.times_ms, 0.95) <= 8;
        }
        report.row(row);
        if (!result.refused.empty()) report.note("some recalls were refused");
    }
}

}  // namespace

void store_commits(const Setting& setting, Report& report) {
    report.section("store commits, library, synchronous=FULL");
    const auto store = open_store(setting.folder / "commits.db");
    const Millis each = setting.effort.load / 2;
    for (const std::size_t threads : {std::size_t{1}, std::size_t{16}, std::size_t{64}})
        concurrent_commits(*store, threads, each, report);
    TextMaker maker(5);
    const auto start = Clock::now();
    std::size_t rows = 0;
    for (; ms_since(start) < static_cast<double>(each.count()); rows += kLoadBatch)
        load_rows(*store, maker, kLoadBatch);
    report.row({.what = fmt::format("batches of {}", kLoadBatch),
                .per_second = static_cast<double>(rows) / ms_since(start) * 1000});
}

void assistant_server(const Setting& setting, Report& report) {
    report.section("MCP server");
    std::vector<double> starts;
    for (std::size_t i = 0; i < setting.effort.samples / 10; ++i) {
        const auto spawned = Clock::now();
        test::McpClient assistant(mcp_on(setting, setting.folder / "start.db"));
        assistant.initialize();
        starts.push_back(ms_since(spawned));
        assistant.finish(Millis(5000));
    }
    report.row({.what = "start to the reply to initialize",
                .samples_ms = starts,
                .target = "<= 10 ms",
                .met = percentile(starts, 0.5) <= 10});
    mcp_stores(setting, setting.folder / "start.db", "empty database", report);
}

void recall(const Setting& setting, Report& report) {
    report.section("recall, ten results");
    const std::filesystem::path file = setting.folder / "recall.db";
    TextMaker maker(42);
    std::size_t rows = 0;
    const auto fill_to = [&](std::size_t wanted) {
        const auto store = open_store(file);
        const auto start = Clock::now();
        const std::size_t before = rows;
        for (; rows < wanted && ms_since(start) < kFillMaxMs; rows += kLoadBatch)
            load_rows(*store, maker, kLoadBatch);
        if (rows < wanted)
            report.note("this machine is too slow or too busy to write them all in time");
        report.note(
            fmt::format("{} memories written in {:.1f} s", rows - before, ms_since(start) / 1000));
        await_rest(file, report);
        recall_in_process(*store, maker, rows, setting.effort, report);
    };
    fill_to(kSmall);
    recall_over_http(setting, maker, file, rows, report);
    if (setting.effort.memories > kSmall) {
        fill_to(setting.effort.memories);
        recall_over_http(setting, maker, file, rows, report);
    }
    mcp_stores(setting, file, fmt::format("{} memories", rows), report);
}

}  // namespace aimem::bench
