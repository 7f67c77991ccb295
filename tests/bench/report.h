// Report: the table the benchmarks print, line by line as they finish. Times are milliseconds.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aimem::bench {

// What was measured and, if the project aims at something, the bound and whether it was kept.
struct Row {
    std::string what{};
    std::vector<double> samples_ms{};  // p50, p95 and p99 come from here
    std::optional<double> per_second{};
    std::optional<double> value{};  // a figure that is neither a time nor a rate, e.g. MiB
    std::string unit{};             // of value
    std::string target{};           // as people say it: "p50 <= 1.0 ms"
    std::optional<bool> met{};
};

class Report {
public:
    void title(std::string_view text);
    void note(std::string_view text);
    void section(std::string_view name);  // with the column heads
    void row(const Row& row);
    void closing();  // how many targets were met

private:
    void print(const std::string& line);

    int met_ = 0;
    int missed_ = 0;
};

std::string machine(
    std::string_view folder);  // one line: processor, memory, kernel, file system, libraries

std::string busy_warning();  // empty on a quiet machine

}  // namespace aimem::bench
