// ai-memory-node: `serve` and `sync-daemon`. People type `ai-memory serve`, which hands over to
// this program. SPDX-License-Identifier: Apache-2.0
#include "federation/node.h"
#include "federation/options.h"
#include "store/base/log.h"

#include <csignal>
#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
    try {
        std::signal(SIGPIPE, SIG_IGN);
        const auto options = aimem::parse_node_options(argc, argv);
        if (!options) {
            std::fputs(options.error().text.c_str(), options.error().status == 0 ? stdout : stderr);
            return options.error().status;
        }
        aimem::log::set_level_unless_named(aimem::log::Level::info);
        if (const auto done = aimem::run_node(*options); !done) {
            std::fprintf(stderr, "error: %s\n", done.error().message.c_str());
            return 1;
        }
        return 0;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "error: %s\n", e.what());
        return 1;
    }
}
