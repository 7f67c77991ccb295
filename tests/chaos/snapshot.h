// Snapshot: everything a node says about its state through its public doors, lists paged to their
// end with an explicit limit. Counters of reading are left out: they are each node's own.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/mesh.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace aimem::chaos {

struct Snapshot {
    std::size_t node = 0;
    std::map<std::string, nlohmann::json> live{};      // by id
    std::map<std::string, nlohmann::json> archived{};  // by id
    std::set<std::string> links{};                     // "source relation target", ids
    std::vector<std::string> listed_twice{};           // ids
    test::Digest digest{};
};

// Links are asked for these ids only: there is no list of all. Throws std::runtime_error when the
// node does not answer.
Snapshot snapshot_of(const test::Mesh& mesh, std::size_t node,
                     const std::set<std::string>& linked_ids);

std::string link_name(const std::string& source, const std::string& target);

}  // namespace aimem::chaos
