// What the end-to-end tests share: where the programs are, how a memory is stored and looked up
// over HTTP, and how long things may take. Everything goes through public doors.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/mesh.h"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <set>
#include <string>

namespace aimem::test {

// Sanitizers make everything slower; a deadline that is met costs nothing.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kPatience = 4;
#else
constexpr int kPatience = 1;
#endif

// Twice the catch-up interval of the meshes here (1 s) and five seconds: the rule of every fault
// scenario.
constexpr Millis kHealWithin{7000 * kPatience};

Programs programs();

nlohmann::json memory_named(const std::string& title, const std::string& content = "some content");

// POST /api/v1/memories.
Reply store(HttpClient& http, const std::string& title,
            const std::string& content = "some content");
std::string stored_id(const Reply& reply);  // throws with the reply's text unless it is a 201

Reply fetch(HttpClient& http, const std::string& id);
bool has(HttpClient& http, const std::string& id);  // live, by id
bool has_on_all(Mesh& mesh, const std::string& id);
nlohmann::json memory_at(HttpClient& http, const std::string& id);  // the memory object, checked

// Every live title, the list paged to its end.
std::multiset<std::string> all_titles(HttpClient& http);
// Ids that recall, search or the list give for these words.
std::set<std::string> found_ids(HttpClient& http, const std::string& words);

// The 503 of a missed quorum: status, header and body are as documented.
void expect_quorum_missed(const Reply& reply, std::size_t got, std::size_t needed);

}  // namespace aimem::test
