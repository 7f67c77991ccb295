// FakeNode: a peer of our kind that exists only as pushes: rows it makes carry whatever stamp a
// test wants and are signed as a node would sign them. It serves nothing and hears nothing.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/mesh.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace aimem::chaos {

std::string fake_id(int number);

class FakeNode {
public:
    explicit FakeNode(int number);

    // Rows of its feed; each takes the next position.
    nlohmann::json memory(const std::string& id, const std::string& title,
                          const std::string& content, std::int64_t stamp,
                          const nlohmann::json& more = nlohmann::json::object());
    nlohmann::json tombstone(const std::string& id, std::int64_t stamp);

    // As the next part of its feed, from where the last one ended.
    test::Reply push(const test::Mesh& mesh, std::size_t node,
                     const std::vector<nlohmann::json>& rows);
    // Outside of the feed: rows that a comparison found missing.
    test::Reply repair(const test::Mesh& mesh, std::size_t node,
                       const std::vector<nlohmann::json>& rows) const;
    std::int64_t position() const { return next_ - 1; }

private:
    test::Reply send(const test::Mesh& mesh, std::size_t node,
                     const std::vector<nlohmann::json>& rows, std::int64_t from,
                     std::int64_t to) const;
    nlohmann::json row(const std::string& key, int state, std::int64_t stamp,
                       const nlohmann::json* body);

    std::string name_;
    std::int64_t next_ = 1;
    std::int64_t sent_ = 0;
};

}  // namespace aimem::chaos
