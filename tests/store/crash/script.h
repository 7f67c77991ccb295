// What the sweep is made of: a seeded list of operations on one store on a real file, run once,
// with every disk event and with what was promised between which of them. The same seed gives the
// same recording. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/log/change.h"
#include "store/sqlite/sqlite.h"
#include "tests/store/crash/recorder.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace aimem::crash {

struct ScriptOptions {
    std::size_t ops = 2000;
    std::uint64_t seed = 1;
    bool early_answers = false;  // a planted fault: answered before the commit
};

// Places are counted in disk events that came before.
struct Transaction {
    std::string what{};
    std::size_t begun = 0;
    std::size_t answered = 0;
    std::uint64_t content = 0;  // content_of() afterwards
};
struct Promise {  // somebody was told that this is on disk
    std::size_t at = 0;
    std::string key{};
    Version version{};
};

struct Recording {
    std::vector<DiskEvent> events{};
    std::vector<Transaction> transactions{};  // the first is the opening of the new file
    std::vector<Promise> promises{};
    std::size_t ops = 0;
};

Recording record(const std::filesystem::path& file, const ScriptOptions& options);

// A hash of every page of the database as a reader sees it, its log included. By a connection of
// its own: a look through the store would first take up what a foreign writer left.
std::uint64_t content_of(const std::filesystem::path& file);
std::uint64_t content_of(sqlite::Database& db);

}  // namespace aimem::crash
