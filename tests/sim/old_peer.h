// A node of 0.6.3 as far as others can tell it from the wire: what it does with a push, by the
// merge rules of facts/federation.md 3.3, 3.4 and 6.1 to 6.3, and the pushes its own clients make
// it send. No stamps, no tombstones, no memory of what it owes anybody. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include "store/model/memory.h"
#include "store/ops/outcome.h"
#include "tests/sim/dice.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>

namespace aimem::sim {

class OldPeer {
public:
    // POST sync/push; the body of its 200.
    std::string take(const std::string& body, std::int64_t now_ns);

    // A client does something; the push that 0.6.3 makes of it. Empty: nothing was done.
    std::string store(const std::string& id, const std::string& title, const std::string& content,
                      std::int64_t now_ns);
    std::string edit(Dice& dice, const std::string& content, std::int64_t now_ns);
    std::string remove(Dice& dice);

    const std::map<std::string, Memory>& live() const noexcept { return live_; }
    const std::map<std::string, Memory>& archived() const noexcept { return archived_; }

private:
    enum class Done { changed, nothing, skipped };
    Done merge(const Memory& in);
    Done archive(const std::string& id);
    Done restore(const std::string& id, std::int64_t now_ns);
    Done link(const Link& in);
    Memory* by_title(const Memory& in);
    void erase(const std::string& id);

    std::map<std::string, Memory> live_;
    std::map<std::string, Memory> archived_;
    std::set<std::tuple<std::string, std::string, std::string>> links_;
};

}  // namespace aimem::sim
