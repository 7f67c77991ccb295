#include "tests/bench/report.h"

#include "tests/support/percentile.h"

#include <fmt/core.h>
#include <sqlite3.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace aimem::bench {
namespace {

std::string first_value(const char* file, std::string_view key) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        if (line.rfind(key, 0) != 0) continue;
        const std::size_t at = line.find_first_not_of(" \t", line.find(':') + 1);
        return at == std::string::npos ? "" : line.substr(at);
    }
    return "?";
}

std::string file_system(std::string_view folder) {
    struct statfs info = {};
    if (::statfs(std::string(folder).c_str(), &info) != 0) return "unknown";
    switch (info.f_type) {
        case 0xEF53: return "ext4";
        case 0x01021994: return "tmpfs (no disk: fsync costs nothing here)";
        case 0x58465342: return "xfs";
        case 0x9123683E: return "btrfs";
        case 0x794c7630: return "overlayfs";
        default: return fmt::format("file system {:#x}", static_cast<unsigned long>(info.f_type));
    }
}

std::string time_cell(const std::vector<double>& samples, double share) {
    if (samples.empty()) return "";
    const double ms = test::percentile(samples, share);
    return ms < 10 ? fmt::format("{:.3f}", ms) : fmt::format("{:.1f}", ms);
}

}  // namespace

void Report::print(const std::string& line) {
    std::fputs((line + "\n").c_str(), stdout);
    std::fflush(stdout);
}

void Report::title(std::string_view text) {
    print(std::string(text));
}

void Report::note(std::string_view text) {
    print("  " + std::string(text));
}

void Report::section(std::string_view name) {
    print(fmt::format("\n{:<46} {:>9} {:>9} {:>9} {:>11}   {}", name, "p50 ms", "p95 ms", "p99 ms",
                      "rate or size", "target"));
}

void Report::row(const Row& row) {
    if (row.samples_ms.empty() && row.per_second && *row.per_second <= 0) {
        print(fmt::format("  {:<44} nothing was answered in the time given", row.what));
        if (row.met) ++missed_;
        return;
    }
    std::string figure;
    if (row.per_second) figure = fmt::format("{:.0f}/s", *row.per_second);
    if (row.value) figure = fmt::format("{:.1f} {}", *row.value, row.unit);
    std::string verdict;
    if (row.met) {
        verdict = *row.met ? "   met" : "   MISSED";
        ++(*row.met ? met_ : missed_);
    }
    print(fmt::format("  {:<44} {:>9} {:>9} {:>9} {:>12}   {}{}", row.what,
                      time_cell(row.samples_ms, 0.5), time_cell(row.samples_ms, 0.95),
                      time_cell(row.samples_ms, 0.99), figure, row.target, verdict));
}

void Report::closing() {
    print(fmt::format("\n{} of {} targets met in this run.", met_, met_ + missed_));
}

std::string machine(std::string_view folder) {
    utsname system{};
    ::uname(&system);
    const double gib = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) *
                       static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 30);
#ifdef NDEBUG
    constexpr const char* build = "release";
#else
    constexpr const char* build = "DEBUG";
#endif
    return fmt::format("{}, {} cores, {:.0f} GiB; Linux {}; {} on {}; SQLite {}; {} build",
                       first_value("/proc/cpuinfo", "model name"), ::sysconf(_SC_NPROCESSORS_ONLN),
                       gib, system.release, folder, file_system(folder), ::sqlite3_libversion(),
                       build);
}

std::string busy_warning() {
    double load = 0;
    if (::getloadavg(&load, 1) != 1 || load < 1) return {};
    return fmt::format(
        "other programs keep this machine busy (load {:.1f}): the figures say little", load);
}

}  // namespace aimem::bench
