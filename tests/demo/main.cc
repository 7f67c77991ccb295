// ai-memory-demo: tells the story of three nodes on this terminal, with the real programs. Ends by
// itself; exit 0 if everything was as told, 1 if not, 2 for wrong arguments.
// SPDX-License-Identifier: Apache-2.0
#include "tests/demo/story.h"

#include <fmt/core.h>

#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <string>

namespace {

constexpr const char* kUsage =
    "Usage: ai-memory-demo --bin DIR [--notes FILE]\n"
    "Starts three nodes on 127.0.0.1 with the programs in DIR, stores the notes of FILE\n"
    "(default: the engineering notes that come with the sources), kills and restarts nodes,\n"
    "and shows that nothing is lost. Everything it makes lies in a temporary folder.\n";

struct Arguments {
    std::filesystem::path bin{};
    std::filesystem::path notes = AIMEM_DEMO_NOTES;
    bool help = false;
};

bool parse(int argc, char** argv, Arguments& out) {
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        if (name == "--help" || name == "-h") {
            out.help = true;
        } else if (name == "--bin" && i + 1 < argc) {
            out.bin = argv[++i];
        } else if (name == "--notes" && i + 1 < argc) {
            out.notes = argv[++i];
        } else {
            return false;
        }
    }
    return out.help || !out.bin.empty();
}

int tell(const Arguments& arguments) {
    const aimem::test::Programs programs = aimem::test::find_programs(arguments.bin);
    aimem::demo::Story story(programs, aimem::demo::read_notes(arguments.notes));
    try {
        story.tell();
        return 0;
    } catch (const std::exception& e) {
        std::fflush(stdout);
        fmt::print(stderr, "\nNot as told: {}\n\n{}", e.what(), story.node_logs());
        return 1;
    }
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
        return tell(arguments);
    } catch (const std::exception& e) {
        fmt::print(stderr, "ai-memory-demo: {}\n", e.what());
        return 1;
    }
}
