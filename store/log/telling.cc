#include "store/log/telling.h"

#include "store/log/bodies.h"
#include "store/log/feed.h"
#include "store/log/memory_rows.h"
#include "store/log/names.h"
#include "store/log/past.h"
#include "store/log/records.h"
#include "store/model/json.h"

#include <algorithm>

namespace aimem {
namespace {

std::vector<Link> links_with(sqlite::Database& db, const std::string& id) {
    std::vector<Link> out;
    for (auto row = db.sql("SELECT source_id, target_id, relation, created_at FROM memory_links "
                           "WHERE source_id = ?1 OR target_id = ?1 ORDER BY 1, 2, 3")
                        .bind(id);
         row.step();)
        out.push_back({row.string(0), row.string(1), row.string(2), row.string(3)});
    return out;
}

RowNote memory_note(sqlite::Database& db, const Change& change) {
    RowNote note;
    const std::string id(id_of_key(change.key));
    const Past past = past_of(db, change.key);
    note.moved = past.moved;
    note.shelved = past.shelved;
    note.title_before = past.title;
    if (change.state == State::dead) {
        note.other_ids = names_of(db, id);
        std::erase(note.other_ids, id);
        // An id that shows something else by now is not this memory's any more.
        std::erase_if(note.other_ids, [&](const auto& one) { return is_live(db, one); });
    } else if (change.state == State::archived) {
        if (const auto archived = archived_from_body(id, change.body)) {
            const auto holder = live_id(db, archived->memory.ns, archived->memory.title);
            note.title_taken = holder && *holder != id;
        }
    } else if (note.moved || note.shelved) {
        note.links = links_with(db, id);
        for (const std::string& ns : namespaces_of_standard(db, id))
            if (auto standard = standard_of(db, ns)) note.standards.push_back(std::move(*standard));
    }
    return note;
}

std::optional<std::string> pending_of(const Change& change) {
    switch (*kind_of(change.key)) {
        case Kind::pending:
        case Kind::decision: return std::string(id_of_key(change.key));
        case Kind::approval: {
            const auto approval = approval_from_body(change.body);
            return approval ? std::optional(approval->pending_id) : std::nullopt;
        }
        default: return std::nullopt;
    }
}

// What a row speaks of must be there first.
RowNote record_note(sqlite::Database& db, const Change& change, std::vector<std::string>& needed) {
    RowNote note;
    const auto kind = *kind_of(change.key);
    if (kind == Kind::link) {
        const auto link = link_from_body(change.body);
        const auto source = link ? visible_id(db, link->source_id) : std::nullopt;
        const auto target = link ? visible_id(db, link->target_id) : std::nullopt;
        note.untold = change.state != State::live || !source || !target || *source == *target;
        if (note.untold) return note;
        note.links.push_back({*source, *target, link->relation, link->created_at});
        needed = {*source, *target};
    } else if (kind == Kind::standard) {
        if (change.state == State::dead) return note;
        auto standard = standard_from_body(change.body);
        const auto shown = standard ? visible_id(db, standard->standard_id) : std::nullopt;
        note.untold = !shown;
        if (note.untold) return note;
        standard->standard_id = *shown;
        note.standards.push_back(std::move(*standard));
        needed = {*shown};
    } else {
        const auto id = pending_of(change);
        if (id) note.pending = pending_state(db, *id);
        note.untold = !note.pending;
    }
    return note;
}

}  // namespace

ToldPage rows_to_tell(sqlite::Database& db, std::int64_t seq, std::size_t rows_max,
                      std::size_t bytes_max, const std::vector<WaitedRow>& waited) {
    const sqlite::ReadTransaction view(db);
    ToldPage out;
    out.page = own_rows_after(db, seq, rows_max, bytes_max);
    auto& rows = out.page.rows;
    const auto add = [&](const std::string& key) {
        const bool there = std::any_of(rows.begin(), rows.end(),
                                       [&](const FeedRow& row) { return row.change.key == key; });
        const auto found = there ? std::nullopt : find_register(db, key);
        if (found) rows.push_back({found->seq, change_of(db, key, *found)});
    };
    for (const WaitedRow& one : waited)
        if (one.seq > out.page.from && one.seq <= out.page.to) add(one.key);
    // By index: it grows, and what is added may be needed by what comes later.
    for (std::size_t at = 0; at < rows.size(); ++at) {  // NOLINT(modernize-loop-convert)
        const Change change = rows[at].change;
        std::vector<std::string> needed;
        out.notes[change.key] = kind_of(change.key) == Kind::memory
                                    ? memory_note(db, change)
                                    : record_note(db, change, needed);
        for (const std::string& id : needed) add(memory_key(id));
    }
    return out;
}

}  // namespace aimem
