// Memories of every scope for the tests of who may see what: those that one position may see say
// "seen", those it may not say "hush", in all they have. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/store.h"

#include <stdexcept>
#include <string>
#include <vector>

namespace aimem::test {

inline constexpr const char* kPosition = "acme/eng/api/db";  // all four levels are there

struct ScopedWorld {
    std::vector<std::string> seen{};  // ids
    std::vector<std::string> hush{};
    std::string hush_archived{};
    std::string hush_pending{};
    std::vector<std::string> hidden{};  // every id that must not be shown
};

// What an answer shows though it must not, unless it was named in the question; else "".
inline std::string leaked(const ScopedWorld& world, const std::string& asked,
                          const std::string& answer) {
    std::vector<std::string> marks = world.hidden;
    marks.emplace_back("hush");
    for (const std::string& mark : marks)
        if (asked.find(mark) == std::string::npos && answer.find(mark) != std::string::npos)
            return mark + " in " + answer;
    return {};
}

inline Committed must_commit(Store& store, Op op) {
    auto done = store.commit(std::move(op));
    if (!done) throw std::runtime_error(done.error().message);
    return std::move(*done);
}

inline std::string scoped_memory(Store& store, const std::string& mark, const std::string& ns,
                                 const std::string& scope) {
    StoreMemory op;
    op.title = mark + " kestrel";
    op.content = "kestrel " + mark + " text";
    op.ns = ns;
    op.tags = {mark};
    op.agent_id = "ai:" + mark;
    op.tier = Tier::long_term;
    if (!scope.empty()) op.scope = scope;
    return must_commit(store, std::move(op)).id;
}

// A memory that is seen now and lay in a hidden place before, under words that are hidden.
inline std::string moved_memory(Store& store, const std::string& mark, const std::string& ns) {
    StoreMemory op{.title = "hush0", .content = "hush0 text", .ns = "hush"};
    op.tags = {"hush0"};
    op.agent_id = "ai:" + mark;
    op.tier = Tier::long_term;
    UpdateMemory move;
    move.id = must_commit(store, std::move(op)).id;
    move.title = mark + " kestrel";
    move.content = "kestrel " + mark + " text";
    move.ns = ns;
    move.tags = {mark};
    move.metadata = R"({"scope":"private"})";
    move.agent_id = "ai:" + mark;
    return must_commit(store, std::move(move)).id;
}

inline ScopedWorld make_scoped_world(Store& store) {
    ScopedWorld out;
    out.seen.push_back(moved_memory(store, "seen1", kPosition));
    for (const auto& [mark, ns, scope] : {std::tuple("seen2", "acme/eng/api/seen", "team"),
                                          {"seen3", "acme/eng/seen", "unit"},
                                          {"seen4", "acme/seen", "org"},
                                          {"seen5", "seen", "collective"}})
        out.seen.push_back(scoped_memory(store, mark, ns, scope));
    for (const auto& [mark, ns, scope] : {std::tuple("hush1", "acme/eng/api/hush", "private"),
                                          {"hush2", "acme/eng/hush", "team"},
                                          {"hush3", "acme/hush", "unit"},
                                          {"hush4", "hush", "org"},
                                          {"hush5", "hush", ""}})
        out.hush.push_back(scoped_memory(store, mark, ns, scope));
    for (const std::string& id : out.seen)
        if (id != out.seen.front())
            must_commit(store, LinkMemories{out.seen.front(), id, "related_to", {}, {}, {}});
    for (const std::string& id : out.hush) {
        must_commit(store, LinkMemories{out.seen.front(), id, "supersedes", {}, {}, {}});
        must_commit(store, LinkMemories{id, out.seen.back(), "supersedes", {}, {}, {}});
    }
    out.hidden = out.hush;
    must_commit(store, RegisterEntity{"seen thing", kPosition, {"seen alias"}, {}, "ai:seen"});
    const auto also = [&out](const Committed& done) {
        out.hidden.push_back(done.id);
    };
    also(must_commit(store, RegisterEntity{"hush thing", "hush", {"alias of it"}, {}, "ai:hush"}));
    must_commit(store, ArchiveMemory{scoped_memory(store, "seen6", kPosition, "private"), "r", {}});
    out.hush_archived = scoped_memory(store, "hush6", "hush", "private");
    also(must_commit(store, ArchiveMemory{out.hush_archived, "r", {}}));
    // A standard of a place above is read below, whatever its scope; one elsewhere is not.
    const auto above = scoped_memory(store, "seen7", "acme", "private");
    must_commit(store, SetStandard{"acme", above, {}, {}, {}});
    const auto rules = scoped_memory(store, "hush7", "elsewhere", "private");
    must_commit(store, SetStandard{"elsewhere", rules, {}, R"({"write":"approve"})", {}});
    out.hidden.push_back(rules);
    StoreMemory wish;
    wish.title = "hush8";
    wish.content = "hush8";
    wish.ns = "elsewhere";
    wish.agent_id = "ai:hush8";
    out.hush_pending = must_commit(store, std::move(wish)).pending.value().action.id;
    out.hidden.push_back(out.hush_pending);
    also(must_commit(store, NotifyAgent{"ai:hush", "ai:bob", "hush9", "hush9"}));
    must_commit(store, NotifyAgent{"ai:seen8", "ai:me", "for me", "seen8"});
    return out;
}

}  // namespace aimem::test
