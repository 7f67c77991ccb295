// OldStore: the memory of a node of 0.6.3, by the rules of facts/federation.md 3.3, 3.4 and 6,
// quirks included: rows are found by (title, namespace), a known id under another title is skipped
// and the answer is 200 all the same, priority and tier only rise, deletions leave nothing behind,
// restores and decisions take the receiver's time. Pure rules over SQLite in memory; no socket, no
// clock, no thread. Unexpected failures throw. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/model/memory.h"
#include "store/sqlite/sqlite.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aimem::test {

class OldStore {
public:
    OldStore();

    // POST sync/push of this body: status and body.
    std::pair<int, std::string> push(const std::string& text, std::int64_t now_ns);
    // GET sync/since, as text; `since` empty: everything.
    std::string since(const std::string& since, std::size_t limit);
    std::string exported();  // GET export: live memories and links

    // What its own clients do. Each returns the push it makes of it, empty when there is none.
    std::string store(Memory memory, std::int64_t now_ns);
    std::string update(const std::string& id, const nlohmann::json& fields, std::int64_t now_ns);
    std::string remove(const std::string& id);
    std::string archive(const std::string& id, std::int64_t now_ns);
    std::string restore(const std::string& id, std::int64_t now_ns);
    std::string link(const std::string& source, const std::string& target,
                     const std::string& relation, std::int64_t now_ns);
    std::string consolidate(const std::vector<std::string>& ids, Memory made, std::int64_t now_ns);
    std::string ask(const nlohmann::json& pending);  // a PendingAction that waits
    std::string decide(const std::string& pending, bool approve, const std::string& decider,
                       std::int64_t now_ns);
    std::string set_standard(const std::string& ns, const std::string& id, std::int64_t now_ns);
    std::string clear_standard(const std::string& ns);
    void recall(const std::string& id, std::int64_t now_ns);  // told to nobody
    std::string everything();  // what its sync daemon pushes: all live rows

    std::optional<Memory> live(const std::string& id);
    std::optional<Memory> by_title(const std::string& ns, const std::string& title);
    std::optional<Memory> archived(const std::string& id);
    bool linked(const std::string& source, const std::string& target);
    std::string status_of(const std::string& pending);  // "" when it is not known
    std::string standard_of(const std::string& ns);     // "" when there is none
    std::vector<std::string> ids(const char* sql);      // the first column of all rows

private:
    enum class Done { changed, nothing, skipped };
    Done merge(const Memory& in);
    Done erase(const std::string& id);
    Done put_away(const std::string& id, std::int64_t now_ns);
    Done bring_back(const std::string& id, std::int64_t now_ns);
    Done join(const nlohmann::json& link, std::int64_t now_ns);
    Done take_pending(const nlohmann::json& pending);
    Done take_decision(const nlohmann::json& decision, std::int64_t now_ns);
    Done take_standard(const nlohmann::json& entry, std::int64_t now_ns);
    Done drop_standard(const std::string& ns);
    void carry_out(const std::string& pending, std::int64_t now_ns);
    void insert(const Memory& memory);
    void write(const Memory& memory);
    std::string fresh_id();

    sqlite::Database db_;
    std::uint64_t made_ = 0;
};

}  // namespace aimem::test
