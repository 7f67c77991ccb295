// What a node answers to one that compares with it: the bodies of GET sync/digest and POST
// sync/rows, read from a store. The routes and the simulator share them. Throws SqliteError.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/replication/comparison.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace aimem::repl {

struct Asker {
    std::string node{};     // who compares
    std::int64_t owes = 0;  // positions of our feed it has not acknowledged
    bool behind = false;    // we wait for feeds ourselves
};

std::string answer_to(sqlite::Database& db, const AskDigest& ask, const Asker& asker,
                      std::int64_t now_ns);
std::string answer_to(sqlite::Database& db, const AskParts& ask, std::size_t parts = kDigestParts);
std::string answer_to(sqlite::Database& db, const AskListing& ask);
std::string answer_to(sqlite::Database& db, const AskRows& ask);

}  // namespace aimem::repl
