// Another process on the store, for the tests: store_core_writer FILE PREFIX COUNT. Waits for a
// line on stdin, opens the file, stores COUNT memories "PREFIX <n>" one after another and prints
// the title of each when it is acknowledged; "open" first. Exit 1 and the reason on any error.
// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

int complain(const std::string& what) {
    std::fprintf(stderr, "%s\n", what.c_str());
    std::printf("error: %s\n", what.c_str());
    std::fflush(stdout);
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return complain("usage: store_core_writer FILE PREFIX COUNT");
    if (std::getchar() == EOF) return complain("no start signal");
    aimem::StoreOptions options;
    options.file = argv[1];
    const auto store = aimem::Store::open(options);
    if (!store) return complain(store.error().message);
    std::printf("open\n");
    std::fflush(stdout);
    const long count = std::strtol(argv[3], nullptr, 10);
    for (long i = 0; i < count; ++i) {
        aimem::StoreMemory op;
        op.title = std::string(argv[2]) + " " + std::to_string(i);
        op.content = "text of " + op.title;
        const auto done = (*store)->commit(aimem::Op(op));
        if (!done) return complain(done.error().message);
        std::printf("%s\n", op.title.c_str());
        std::fflush(stdout);
    }
    return 0;
}
