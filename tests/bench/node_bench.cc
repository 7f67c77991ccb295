// What the nodes do: quorum writes, how soon a write is seen on a peer, and how a small writer
// fares beside a saturated node.
#include "tests/bench/http_load.h"
#include "tests/bench/sections.h"
#include "tests/bench/text_maker.h"
#include "tests/support/eventually.h"
#include "tests/support/json_lines.h"
#include "tests/support/percentile.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <ctime>
#include <stdexcept>
#include <thread>

namespace aimem::bench {
namespace {

using nlohmann::json;
using test::Clock;
using test::Millis;
using test::ms_since;
using test::percentile;

constexpr std::size_t kBodies = 2000;  // made before the clock runs; only titles are made fresh

test::MeshOptions three_nodes(const Setting& setting) {
    test::MeshOptions options;
    options.base = setting.folder;
    options.catchup_secs = 30;
    options.environment = {{"AI_MEMORY_LOG", "warn"}};
    return options;
}

json arguments_of(const Text& text) {
    return {{"title", text.title},
            {"content", text.content},
            {"tags", text.tags},
            {"namespace", "bench"}};
}

// Requests that store a memory each, titles unique over the life of the object.
class StoreRequests {
public:
    explicit StoreRequests(std::uint64_t seed) : seed_(seed) {
        TextMaker maker(seed);
        for (std::size_t i = 0; i < kBodies; ++i) texts_.push_back(maker.next());
    }

    std::string operator()(std::size_t n) {
        Text& text = texts_[n % kBodies];
        const std::string plain = text.title;
        text.title += fmt::format(" {} {}", seed_, ++made_);
        std::string bytes = post_bytes("/api/v1/memories", arguments_of(text).dump());
        text.title = plain;
        return bytes;
    }

private:
    std::uint64_t seed_;
    std::vector<Text> texts_;
    std::size_t made_ = 0;
};

LoadPlan store_plan(std::uint16_t port, std::size_t clients, Millis duration) {
    LoadPlan plan;
    plan.port = port;
    plan.clients = clients;
    plan.duration = duration;
    plan.request = StoreRequests(clients * 1000 + port % 7);
    return plan;
}

// What a process has computed so far, on all cores, in its own code and in the kernel.
double cpu_us(pid_t process) {
    clockid_t clock{};
    timespec spent{};
    if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &spent) != 0)
        throw std::runtime_error("no processor time of a process");
    return static_cast<double>(spent.tv_sec) * 1e6 + static_cast<double>(spent.tv_nsec) / 1e3;
}

// The processors' work for one write, by who does it: says more than a rate when other programs
// keep the machine busy.
class CpuPerWrite {
public:
    explicit CpuPerWrite(test::Mesh& mesh) : mesh_(mesh), before_(spent()) {}

    std::string told(std::size_t writes) {
        auto each = spent();
        double sum = 0;
        for (std::size_t i = 0; i < each.size(); ++i)
            sum += each[i] = (each[i] - before_[i]) / static_cast<double>(writes);
        return fmt::format(
            "processor time a write: {:.0f} us (origin {:.0f}, peers {:.0f} and "
            "{:.0f}, load {:.0f})",
            sum, each[0], each[1], each[2], each[3]);
    }

private:
    std::vector<double> spent() {
        return {cpu_us(mesh_.process(0).pid()), cpu_us(mesh_.process(1).pid()),
                cpu_us(mesh_.process(2).pid()), cpu_us(::getpid())};
    }

    test::Mesh& mesh_;
    std::vector<double> before_;
};

void note_refusals(const LoadResult& result, Report& report) {
    for (const auto& [status, count] : result.refused)
        report.note(fmt::format("{} answers with status {}", count, status));
    if (!result.refused.empty()) report.note("the last of them: " + result.refusal);
}

}  // namespace

void quorum_writes(const Setting& setting, Report& report) {
    report.section("quorum write, three nodes, two disks");
    test::Mesh mesh(setting.programs, three_nodes(setting));
    mesh.start_all();
    for (const std::size_t clients : {std::size_t{1}, std::size_t{16}, std::size_t{64}}) {
        CpuPerWrite cpu(mesh);
        const LoadResult result = http_load(store_plan(mesh.port(0), clients, setting.effort.load));
        const std::string cpu_told = cpu.told(result.answered);
        Row row;
        row.what = fmt::format("{} client{}", clients, clients == 1 ? "" : "s");
        row.samples_ms = result.times_ms;
        row.per_second = result.per_second();
        if (clients == 1) {
            const double bound = setting.floors.fsync_ms + setting.floors.round_trip_ms + 1.0;
            row.target = fmt::format("p50 <= fsync + round trip + 1 ms = {:.2f} ms", bound);
            row.met = percentile(result.times_ms, 0.5) <= bound;
        }
        if (clients == 64) {
            row.target = ">= 4000/s";
            row.met = result.per_second() >= 4000;
        }
        report.row(row);
        report.note(cpu_told);
        note_refusals(result, report);
    }
    const auto start = Clock::now();
    const bool equal = mesh.await_equal_digests(Millis(20'000));
    report.note(
        equal ? fmt::format("all three nodes agree {:.0f} ms after the last write", ms_since(start))
              : "THE NODES DO NOT AGREE after 20 s");
}

void beside_a_node(const Setting& setting, Report& report) {
    report.section("an assistant beside a node");
    test::Mesh mesh(setting.programs, three_nodes(setting));
    mesh.start_all();
    test::McpClient assistant(mesh.mcp(0));
    assistant.initialize();
    TextMaker maker(7);
    std::vector<double> visible;
    for (std::size_t i = 0; i < setting.effort.samples / 3; ++i) {
        const json stored = assistant.tool("memory_store", arguments_of(maker.next()));
        const auto committed = Clock::now();
        const std::string target = "/api/v1/memories/" + stored.at("id").get<std::string>();
        if (!test::eventually(
                Millis(5000), [&] { return mesh.http(1).get(target).status == 200; }, Millis(0)))
            throw std::runtime_error("an MCP write did not reach the peer");
        visible.push_back(ms_since(committed));
    }
    report.row({.what = "MCP commit to visible on a peer",
                .samples_ms = visible,
                .target = "<= 250 ms",
                .met = percentile(visible, 1) <= 250});

    const LoadPlan plan = store_plan(mesh.port(0), 64, setting.effort.load);
    LoadResult load;
    std::thread saturating([&] { load = http_load(plan); });
    std::vector<double> beside;
    const auto start = Clock::now();
    while (ms_since(start) < static_cast<double>((plan.warm_up + plan.duration).count()) - 200) {
        test::pause_for(Millis(10));
        const auto called = Clock::now();
        assistant.tool("memory_store", arguments_of(maker.next()));
        if (ms_since(start) > static_cast<double>(plan.warm_up.count()))
            beside.push_back(ms_since(called));
    }
    saturating.join();
    report.row({.what = "MCP store beside 64 HTTP writers",
                .samples_ms = beside,
                .target = "p99 <= 40 ms",
                .met = percentile(beside, 0.99) <= 40});
    report.row({.what = "  those 64 writers meanwhile",
                .samples_ms = load.times_ms,
                .per_second = load.per_second()});
    note_refusals(load, report);
}

void idle_memory(const Setting& setting, Report& report) {
    report.section("idle memory (resident; proportional in brackets)");
    test::Mesh mesh(setting.programs, three_nodes(setting));
    mesh.start_all();
    test::McpClient assistant(mesh.mcp(0));
    assistant.initialize();
    assistant.request("tools/list", json::object());
    const auto row = [&report](const char* what, const test::Process& process, double bound_mib) {
        const double mib = static_cast<double>(process.resident_kib()) / 1024;
        const double proportional = static_cast<double>(process.proportional_kib()) / 1024;
        report.row({.what = fmt::format("{} ({:.1f} MiB)", what, proportional),
                    .value = mib,
                    .unit = "MiB",
                    .target = fmt::format("<= {:.0f} MiB", bound_mib),
                    .met = mib <= bound_mib});
    };
    row("MCP server, initialized", assistant.process(), 10);
    assistant.tool("memory_recall", {{"context", "anything"}});
    row("MCP server, database open", assistant.process(), 10);
    row("node with two peers", mesh.process(0), 25);
}

}  // namespace aimem::bench
