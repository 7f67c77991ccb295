#include "store/ops/named.h"

#include "store/log/memory_rows.h"
#include "store/log/names.h"
#include "store/model/json.h"
#include "store/query/records.h"
#include "store/query/viewer.h"

#include <fmt/core.h>

#include <string_view>
#include <type_traits>
#include <variant>

namespace aimem {
namespace {

// Looks for what an Op names through the views.
struct FindNamed {
    sqlite::Database& db;

    Result<> whole(std::string& id) const {
        auto found = resolve_id(db, id);
        if (!found) return fail(found.error());
        id = std::move(*found);
        return {};
    }

    // To merge into it would overwrite it and show what it holds; to refuse would name it. Who
    // wrote it himself may go on doing so.
    Result<> free_for(std::string_view author, std::string_view ns, std::string_view title) const {
        auto row = db.sql(
                         "SELECT metadata FROM main.memories AS m WHERE title = ?1 AND "
                         "namespace = ?2 AND NOT EXISTS(SELECT 1 FROM memories WHERE id = m.id)")
                       .bind(title, ns);
        if (!row.step() || metadata_text(row.text(0), "agent_id") == author) return {};
        return fail(Errc::conflict,
                    fmt::format("title '{}' is taken in namespace '{}' by a memory that {} does "
                                "not see; choose another",
                                title, ns, current_viewer().position.value_or("the viewer")));
    }

    // These take whatever fits, seen or not.
    static Result<> without_position() {
        const auto& position = current_viewer().position;
        if (!position) return {};
        return fail(Errc::denied, "as_agent: who sees only what " + *position +
                                      " may does not sweep; it would reach the rest, too");
    }

    Result<> operator()(StoreMemory& op) const {
        if (op.on_conflict == OnConflict::version) return {};
        return free_for(op.agent_id, op.ns, op.title);
    }
    Result<> operator()(RegisterEntity& op) const {
        return free_for(op.agent_id, op.ns, op.canonical_name);
    }
    Result<> operator()(ImportMemory& op) const {
        const auto hidden =
            db.sql("SELECT 1 FROM main.memories WHERE id = ?1").bind(op.memory.id).step() &&
            !is_live(db, op.memory.id);
        if (hidden) return fail(Errc::conflict, "memory " + op.memory.id + " is taken");
        return free_for(op.agent_id, op.memory.ns, op.memory.title);
    }
    Result<> operator()(RestoreMemory& op) const {
        if (archived_row(db, op.id)) return {};
        return fail(Errc::not_found, "not found in archive");
    }
    Result<> operator()(UpdateMemory& op) const {
        if (auto ok = whole(op.id); !ok) return ok;
        if (!op.title && !op.ns) return {};
        const auto memory = live_row(db, op.id);
        return !memory ? Result<>{}
                       : free_for(op.agent_id, op.ns.value_or(memory->ns),
                                  op.title.value_or(memory->title));
    }
    Result<> operator()(PromoteMemory& op) const {
        if (auto ok = whole(op.id); !ok || !op.to_namespace) return ok;
        const auto memory = live_row(db, op.id);
        return memory ? free_for(op.agent_id, *op.to_namespace, memory->title) : Result<>{};
    }
    Result<> operator()(ConsolidateMemories& op) const {
        for (std::string& id : op.ids)
            if (auto ok = whole(id); !ok) return ok;
        for (const std::string& id : op.ids)
            if (const auto memory = live_row(db, id))
                if (auto ok = free_for(op.agent_id, op.ns.value_or(memory->ns), op.title); !ok)
                    return ok;
        return free_for(op.agent_id, op.ns.value_or("global"), op.title);
    }
    Result<> operator()(DecideAction& op) const {
        const auto found = query::pending(db, op.id);
        return found ? Result<>{} : fail(found.error());
    }
    Result<> operator()(ForgetMemories& /*op*/) const { return without_position(); }
    Result<> operator()(PurgeArchive& /*op*/) const { return without_position(); }
    template <typename OneOp>
    Result<> operator()(OneOp& op) const {
        constexpr bool one = std::is_same_v<OneOp, DeleteMemory> ||
                             std::is_same_v<OneOp, ArchiveMemory> ||
                             std::is_same_v<OneOp, SetStandard>;
        constexpr bool two = std::is_same_v<OneOp, LinkMemories> ||
                             std::is_same_v<OneOp, UnlinkMemories> ||
                             std::is_same_v<OneOp, InvalidateLink>;
        if constexpr (one) return whole(op.id);
        if constexpr (two) {
            if (auto ok = whole(op.source_id); !ok) return ok;
            return whole(op.target_id);
        }
        return {};
    }
};

}  // namespace

Result<> find_named(sqlite::Database& db, Op& op) {
    return std::visit(FindNamed{db}, op);
}

}  // namespace aimem
