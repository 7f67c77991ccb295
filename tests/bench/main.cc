// ai-memory-bench: measures the real programs and the library on this machine and prints a table
// beside the machine's own floors. Judges nothing but says whether each target was met; exit 1 only
// when something did not work. SPDX-License-Identifier: Apache-2.0
#include "tests/bench/sections.h"
#include "tests/support/temp_dir.h"

#include <fmt/core.h>

#include <cstdio>
#include <exception>
#include <set>
#include <string>
#include <utility>

namespace {

using aimem::bench::Report;
using aimem::bench::Setting;

constexpr const char* kUsage =
    "Usage: ai-memory-bench --bin DIR [--quick] [--dir DIR] [--only SECTION]... [--peer FILE]\n"
    "Sections: memory mcp quorum beside store recall compare. About 3 minutes, with --quick 1.\n"
    "Databases lie in a temporary folder below --dir (default /var/tmp), which should be a disk.\n";

struct Section {
    const char* name;
    void (*run)(const Setting&, Report&);
};

constexpr Section kSections[] = {
    {"memory", aimem::bench::idle_memory},   {"mcp", aimem::bench::assistant_server},
    {"quorum", aimem::bench::quorum_writes}, {"beside", aimem::bench::beside_a_node},
    {"store", aimem::bench::store_commits},  {"recall", aimem::bench::recall},
    {"compare", aimem::bench::compared},
};

struct Arguments {
    std::string bin{};
    std::filesystem::path dir = "/var/tmp";
    std::filesystem::path peer{};
    std::string why_no_peer = "--peer names no program of its";
    bool quick = false;
    bool help = false;
    std::set<std::string> only{};
};

bool parse(int argc, char** argv, Arguments& out) {
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        const bool has_value = i + 1 < argc;
        if (name == "--help" || name == "-h") {
            out.help = true;
        } else if (name == "--quick") {
            out.quick = true;
        } else if (name == "--bin" && has_value) {
            out.bin = argv[++i];
        } else if (name == "--dir" && has_value) {
            out.dir = argv[++i];
        } else if (name == "--peer" && has_value) {
            out.peer = argv[++i];
        } else if (name == "--no-peer" && has_value) {
            out.why_no_peer = argv[++i];
        } else if (name == "--only" && has_value) {
            out.only.insert(argv[++i]);
        } else {
            return false;
        }
    }
    return out.help || !out.bin.empty();
}

void measure(const Arguments& arguments) {
    const aimem::test::TempDir dir(arguments.dir);
    Setting setting{aimem::test::find_programs(arguments.bin),
                    dir.path(),
                    {},
                    {},
                    arguments.peer,
                    arguments.why_no_peer};
    if (arguments.quick) setting.effort = {aimem::test::Millis(1200), 90, 10'000};
    Report report;
    report.title("ai-memory-bench: " + aimem::bench::machine(arguments.dir.string()));
    if (const std::string warning = aimem::bench::busy_warning(); !warning.empty())
        report.note(warning);
    setting.floors = aimem::bench::measure_floors(dir.path(), report);
    for (const Section& section : kSections) {
        if (arguments.only.empty() || arguments.only.count(section.name) != 0)
            section.run(setting, report);
    }
    report.closing();
}

}  // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    if (!parse(argc, argv, arguments)) {
        std::fputs(kUsage, stderr);
        return 2;
    }
    if (arguments.help) {
        std::fputs(kUsage, stdout);
        return 0;
    }
    try {
        measure(arguments);
        return 0;
    } catch (const std::exception& e) {
        std::fflush(stdout);
        fmt::print(stderr, "ai-memory-bench: {}\n", e.what());
        return 1;
    }
}
