// Foreign writers: 0.6.3 on the same file, a person with sqlite3, or the rows a file held before it
// became ours. The guard triggers noted the keys; here they become changes of this node.
// SPDX-License-Identifier: Apache-2.0
#include "store/base/log.h"
#include "store/base/time_text.h"
#include "store/log/apply.h"
#include "store/log/bodies.h"
#include "store/log/link_rows.h"
#include "store/log/memory_rows.h"
#include "store/log/names.h"
#include "store/log/records.h"
#include "store/model/json.h"
#include "store/model/limits.h"

#include <algorithm>
#include <cmath>

namespace aimem {
namespace {

struct Dirty {
    std::string kind, a, b, c;
};

std::vector<Dirty> noted(sqlite::Database& db) {
    std::vector<Dirty> out;
    // Links before memories: showing a memory anew removes links that no register knows.
    for (auto row = db.sql("SELECT kind, a, b, c FROM repl_dirty ORDER BY kind, a, b, c").bind();
         row.step();)
        out.push_back({row.string(0), row.string(1), row.string(2), row.string(3)});
    return out;
}

// The row's own time where it says something new: equal rows adopted on two nodes get equal stamps.
std::int64_t stamp_for(Registers& registers, const std::string& key, std::string_view own_time) {
    const auto old = registers.find(key);
    const auto said = parse_time(own_time);
    if (said && *said > 0 && *said < kStampMax && (!old || *said > old->version.stamp))
        return *said;
    return registers.next_stamp(key);
}

void adopt(Registers& registers, Change change, std::string_view own_time) {
    change.version.sig = sig_of(change.state, change.body);
    const auto old = registers.find(change.key);
    if (old && old->state == change.state && old->version.sig == change.version.sig) return;
    change.version.stamp = stamp_for(registers, change.key, own_time);
    if (const auto ok = check_change(change); !ok) {
        log::warn("adopt.refused", "key={} why={}", change.key, ok.error().message);
        return;
    }
    apply_change(registers, change, Origin::here);
}

// Other ids that showed as this row, when the row itself is gone: who removed it meant them too.
std::vector<std::string> others_gone_with(sqlite::Database& db, const std::string& id) {
    const auto kept = stored_body(db, memory_key(id));
    if (!kept || !kept->a || live_id(db, *kept->a, kept->b.value_or(""))) return {};
    auto ids = clash_members(db, id);
    ids.erase(ids.begin());  // itself
    return ids;
}

void bury(Registers& registers, const std::vector<std::string>& ids, const std::string& body) {
    for (const std::string& id : ids)
        adopt(registers, {memory_key(id), State::dead, {}, body, {}}, {});
}

// Times as we print them, so that their texts can be compared; and what only a person with sqlite3
// could have stored is brought into range rather than left out.
void tidy(Memory& memory, std::int64_t now_ns) {
    if (!parse_time(memory.created_at))
        memory.created_at = parse_time(memory.updated_at) ? memory.updated_at : time_text(now_ns);
    memory.created_at = normal_time(memory.created_at);
    if (memory.expires_at && !parse_time(*memory.expires_at)) memory.expires_at.reset();
    if (memory.expires_at) memory.expires_at = normal_time(*memory.expires_at);
    memory.priority = std::clamp(memory.priority, limits::priority_min, limits::priority_max);
    if (!std::isfinite(memory.confidence)) memory.confidence = 1.0;
    memory.confidence = std::clamp(memory.confidence, 0.0, 1.0);
}

void adopt_memory(Registers& registers, const std::string& id) {
    auto& db = registers.db();
    const auto others = others_gone_with(db, id);
    Change change;
    change.key = memory_key(id);
    if (auto memory = live_row(db, id)) {
        tidy(*memory, registers.now_ns());
        change.state = State::live;
        change.body = memory_body(*memory);
        adopt(registers, std::move(change), memory->updated_at);
    } else if (auto archived = archived_row(db, id)) {
        tidy(archived->memory, registers.now_ns());
        bury(registers, others, merged_into_body(id));
        change.state = State::archived;
        change.body = archived_body(*archived);
        adopt(registers, std::move(change), archived->archived_at);
    } else if (registers.find(change.key)) {
        bury(registers, others, {});
        change.state = State::dead;
        adopt(registers, std::move(change), {});
    }
}

void adopt_link(Registers& registers, const Dirty& noted) {
    auto& db = registers.db();
    Change change;
    change.key = link_key(noted.a, noted.b, noted.c);
    std::optional<Link> link;
    {
        auto row =
            db.sql("SELECT " AIMEM_LINK_COLUMNS
                   " FROM memory_links WHERE source_id = ?1 AND target_id = ?2 AND relation = ?3")
                .bind(noted.a, noted.b, noted.c);
        if (row.step()) link = row_to_link(row);
    }
    if (link) {
        change.state = State::live;
        if (link->valid_from == link->created_at) link->valid_from.reset();
        if (!link->valid_until) {
            link->closed_by.reset();
            link->closed_at.reset();
        }
        change.body = link_body(*link);
        adopt(registers, std::move(change), link->created_at);
    } else if (registers.find(change.key) && is_live(db, noted.a) && is_live(db, noted.b)) {
        change.state = State::dead;  // gone although both ends are there: somebody unlinked them
        adopt(registers, std::move(change), {});
    }
}

// A pending action is written once; a decision that was taken elsewhere is never taken back.
void adopt_record(Registers& registers, const Dirty& noted) {
    for (Change& change :
         record_changes(registers.db(), static_cast<Kind>(noted.kind.at(0)), noted.a, noted.b)) {
        const auto kind = kind_of(change.key);
        const auto old = registers.find(change.key);
        if (change.state == State::dead && !old) continue;
        if (old && (kind == Kind::pending || kind == Kind::decision)) continue;
        const std::string said = time_said_in(change);
        adopt(registers, std::move(change), said);
    }
}

}  // namespace

bool foreign_writes_wait(sqlite::Database& db) {
    return db.sql("SELECT 1 FROM repl_dirty LIMIT 1").bind().step();
}

void adopt_foreign_writes(Registers& registers) {
    auto& db = registers.db();
    const auto keys = noted(db);
    if (keys.empty()) return;
    registers.begin_writing();
    for (const Dirty& key : keys) {
        if (key.kind == "m")
            adopt_memory(registers, key.a);
        else if (key.kind == "l")
            adopt_link(registers, key);
        else
            adopt_record(registers, key);
    }
    db.sql("DELETE FROM repl_dirty").bind().run();
    log::info("adopt.done", "rows={}", keys.size());
}

}  // namespace aimem
