// Bodies of a push to a node of 0.6.3, filled entry by entry within its limits. Entries must come
// in the order in which it applies them: memories, deletions, archives, restores, links, pendings,
// standards, clears; a body that is full is followed by another. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include "federation/legacy/outgoing.h"

#include <nlohmann/json_fwd.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace aimem {

enum class LegacyList : std::uint8_t {
    memories,
    deletions,
    archives,
    restores,
    links,
    pendings,
    standards,
    standard_clears,
};
inline constexpr std::size_t kLegacyLists = 8;

class LegacyBodies {
public:
    // `id`: as an `ids` array in the answer would name it.
    void add(LegacyList list, const nlohmann::json& entry, const std::string& id);
    void close();    // what comes next goes into another body, and strictly
    void lenient();  // what is skipped of the body that is open now does not matter
    // All of them, the last one closed; one without entries when nothing was added.
    std::vector<LegacyBody> take();

private:
    std::array<std::string, kLegacyLists> lists_{};  // entries joined by commas
    std::array<std::size_t, kLegacyLists> counts_{};
    std::size_t bytes_ = 0;
    bool strict_ = true;
    std::vector<std::string> ids_{};
    std::vector<LegacyBody> done_{};

    void finish();
};

}  // namespace aimem
