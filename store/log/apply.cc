#include "store/log/apply.h"

#include "store/base/log.h"
#include "store/base/time_text.h"
#include "store/log/bodies.h"
#include "store/log/clash.h"
#include "store/log/history.h"
#include "store/log/link_rows.h"
#include "store/log/memory_rows.h"
#include "store/log/names.h"
#include "store/log/past.h"
#include "store/log/planted.h"
#include "store/log/records.h"
#include "store/model/body_text.h"
#include "store/model/json.h"
#include "store/model/validate.h"

#include <algorithm>

namespace aimem {
namespace {

struct Title {
    std::string ns;
    std::string title;
};

bool is_memory(std::string_view key) {
    return kind_of(key) == Kind::memory;
}
bool is_link(std::string_view key) {
    return kind_of(key) == Kind::link;
}

bool is_link_hash(std::string_view text) {
    return text.size() == 32 &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// The live registers that claim one title; none or one of them unless titles clash.
std::vector<std::string> claimants(sqlite::Database& db, const Title& title) {
    std::vector<std::string> keys;
    for (auto row = db.sql("SELECT key FROM repl_body WHERE a = ?1 AND b = ?2 AND key >= 'm:' AND "
                           "key < 'm;' ORDER BY key")
                        .bind(title.ns, title.title);
         row.step();)
        keys.push_back(row.string(0));
    return keys;
}

Memory member(Registers& registers, const std::string& key) {
    const auto kept = stored_body(registers.db(), key);
    auto memory = memory_from_body(id_of_key(key), kept ? kept->body : std::string{});
    if (!memory) throw std::logic_error("a kept body does not parse: " + key);
    const auto version = registers.find(key);
    memory->updated_at = time_text(version ? version->version.stamp : 0);
    return std::move(*memory);
}

// Keeps a body aside when the tables would not give it back letter for letter (unknown fields of a
// newer node).
void keep_if_not_canonical(Registers& registers, const std::string& key, const std::string& body,
                           const std::string& canonical) {
    if (body != canonical)
        registers.keep_body(key, {std::nullopt, std::nullopt, body});
    else if (stored_body(registers.db(), key))
        registers.drop_body(key);
}

// The local counters follow a memory to whatever id shows it.
void show(Registers& registers, Memory memory, const std::optional<std::string>& instead_of) {
    auto& db = registers.db();
    if (instead_of && *instead_of != memory.id) {
        if (const auto old = live_row(db, *instead_of)) {
            memory.access_count = old->access_count;
            memory.last_accessed_at = old->last_accessed_at;
        }
        remove_live_row(registers, *instead_of);
    }
    write_live_row(registers, memory);
}

// Makes the row of one title what its claimants say.
void refresh_title(Registers& registers, const Title& title) {
    auto& db = registers.db();
    const auto keys = claimants(db, title);
    if (keys.empty()) return;
    const auto shown = live_id(db, title.ns, title.title);
    if (keys.size() == 1) {
        Memory only = member(registers, keys.front());
        const auto kept = stored_body(registers.db(), keys.front());
        keep_if_not_canonical(registers, keys.front(), kept->body, memory_body(only));
        show(registers, std::move(only), shown);
    } else {
        std::vector<Memory> members;
        members.reserve(keys.size());
        for (const auto& key : keys) members.push_back(member(registers, key));
        show(registers, visible_of(members), shown);
    }
}

// Takes what an older version of this memory shows out of the tables. Returns the title whose other
// claimants must be shown instead.
std::optional<Title> withdraw(Registers& registers, const std::string& key, const Register& old) {
    auto& db = registers.db();
    const auto id = id_of_key(key);
    const auto kept = stored_body(registers.db(), key);
    if (old.state == State::archived) remove_archived_row(db, id);
    std::optional<Title> title;
    if (old.state == State::live && kept && kept->a) title = Title{*kept->a, kept->b.value_or("")};
    if (kept) registers.drop_body(key);
    if (old.state == State::live && !title) remove_live_row(registers, id);
    // In a clash the visible row stays under some member's id until the title is refreshed; with no
    // claimant left it goes.
    if (title && claimants(db, *title).empty())
        if (const auto shown = live_id(db, title->ns, title->title))
            remove_live_row(registers, *shown);
    return title;
}

// A title that another live memory holds already: from now on both bodies are kept aside and the
// row is their view.
void join_clash(Registers& registers, const Change& change, const Memory& memory,
                const std::string& holder) {
    const std::string holder_key = memory_key(holder);
    const auto kept = stored_body(registers.db(), holder_key);
    if (!kept || !kept->a)
        registers.keep_body(holder_key, {memory.ns, memory.title,
                                         body_of(registers.db(), holder_key, State::live)});
    registers.keep_body(change.key, {memory.ns, memory.title, change.body});
    if (planted(Fault::clash_by_arrival)) return;
    if (planted(Fault::clash_loser_dropped)) registers.drop_body(holder_key);
    refresh_title(registers, {memory.ns, memory.title});
}

Memory live_memory(const Change& change, const KnownBody& known) {
    auto memory = known.memory ? Result<Memory>(*known.memory)
                               : memory_from_body(id_of_key(change.key), change.body);
    if (!memory)
        throw std::logic_error("an unchecked change was applied: " + memory.error().message);
    memory->updated_at = time_text(change.version.stamp);
    return std::move(*memory);
}

void place_live(Registers& registers, const Change& change, const KnownBody& known) {
    const Memory memory = live_memory(change, known);
    auto& db = registers.db();
    const auto holder = live_id(db, memory.ns, memory.title);
    if (holder && *holder != memory.id && registers.find(memory_key(*holder))) {
        join_clash(registers, change, memory, *holder);
        return;
    }
    if (holder && *holder != memory.id) {
        // A foreign row that broke the rules and so has no register: no other node can have it.
        log::warn("apply.displaced", "id={} by={}", *holder, memory.id);
        remove_live_row(registers, *holder);
    }
    write_live_row(registers, memory);
    keep_if_not_canonical(registers, change.key, change.body,
                          known.canonical ? change.body : memory_body(memory));
}

// Whether a link or a merged memory waits for this id.
bool is_awaited(sqlite::Database& db, std::string_view id) {
    auto row = db.sql(
                     "SELECT EXISTS(SELECT 1 FROM repl_body WHERE a = ?1) OR "
                     "EXISTS(SELECT 1 FROM repl_body WHERE b = ?1)")
                   .bind(id);
    return row.step() && row.int64(0) != 0;
}

// A memory nobody has heard of, under a free title: the common case of a store.
bool insert_new(Registers& registers, const Change& change, const KnownBody& known) {
    auto& db = registers.db();
    const auto id = id_of_key(change.key);
    if (change.state != State::live || is_awaited(db, id) || is_live(db, id)) return false;
    const Memory memory = live_memory(change, known);
    if (live_id(db, memory.ns, memory.title)) return false;
    insert_live_row(registers, memory);
    if (!known.canonical && change.body != memory_body(memory))
        registers.keep_body(change.key, {std::nullopt, std::nullopt, change.body});
    return true;
}

void place_archived(Registers& registers, const Change& change) {
    auto archived = archived_from_body(id_of_key(change.key), change.body);
    if (!archived)
        throw std::logic_error("an unchecked change was applied: " + archived.error().message);
    archived->memory.updated_at = time_text(change.version.stamp);
    write_archived_row(registers.db(), *archived);
    keep_if_not_canonical(registers, change.key, change.body, archived_body(*archived));
}

// An edit of an undisputed memory whose title stays or is free: the common case, one UPSERT.
bool edit_in_place(Registers& registers, const Change& change, const Register& old,
                   const KnownBody& known) {
    if (old.state != State::live || change.state != State::live ||
        stored_body(registers.db(), change.key))
        return false;
    const Memory memory = live_memory(change, known);
    const auto holder = live_id(registers.db(), memory.ns, memory.title);
    if (holder && *holder != memory.id) return false;
    write_live_row(registers, memory);
    if (!known.canonical && change.body != memory_body(memory))
        registers.keep_body(change.key, {std::nullopt, std::nullopt, change.body});
    return true;
}

// The row that this id led to before the change. An id whose tombstone led elsewhere counts as
// that, even if a foreign writer has put a row under it meanwhile.
std::optional<std::string> shown_before(sqlite::Database& db, const std::string& key,
                                        const std::optional<Register>& old) {
    if (!old || old->state != State::dead) return visible_id(db, id_of_key(key));
    const auto kept = stored_body(db, key);
    return kept && kept->b ? visible_id(db, *kept->b) : std::nullopt;
}

void materialise_memory(Registers& registers, const Change& change,
                        const std::optional<Register>& old, const KnownBody& known) {
    if (old ? edit_in_place(registers, change, *old, known) : insert_new(registers, change, known))
        return;
    auto& db = registers.db();
    const std::string id(id_of_key(change.key));
    const auto before = shown_before(db, change.key, old);
    const std::optional<Title> left = old ? withdraw(registers, change.key, *old) : std::nullopt;
    if (left) refresh_title(registers, *left);
    switch (change.state) {
        case State::live: place_live(registers, change, known); break;
        case State::archived: place_archived(registers, change); break;
        case State::dead:
            if (const std::string into = merged_into(change.body); !into.empty())
                registers.keep_body(change.key, {std::nullopt, into, change.body});
            break;
    }
    if (planted(Fault::links_not_refreshed)) return;
    const auto after = visible_id(db, id);
    if (before && before != after && is_live(db, *before)) refresh_links_of(registers, *before);
    if (after) refresh_links_of(registers, *after);
    if (left)
        if (const auto other = live_id(db, left->ns, left->title); other && other != after)
            refresh_links_of(registers, *other);
}

void materialise_link(Registers& registers, const Change& change) {
    if (change.state == State::live) {
        const auto link = link_from_body(change.body);
        if (!link)
            throw std::logic_error("an unchecked change was applied: " + link.error().message);
        registers.keep_body(change.key, {link->source_id, link->target_id, change.body});
        refresh_link(registers, link->source_id, link->target_id, link->relation);
    } else if (const auto kept = stored_body(registers.db(), change.key)) {
        const auto link = link_from_body(kept->body);
        registers.drop_body(change.key);
        if (link) refresh_link(registers, link->source_id, link->target_id, link->relation);
    }
}

// What it was, before it is something else. A new memory has no past and pays for none.
void remember(Registers& registers, const Change& change, const std::optional<Register>& old,
              const KnownBody& known) {
    if (!old && change.state != State::archived) return;
    const auto before = old ? memory_of(registers.db(), change.key, old->state) : std::nullopt;
    const auto read = known.memory ? std::nullopt : memory_in(change);
    const auto& after = known.memory ? known.memory : read;
    note_past(registers, change, old, before, after);
    if (old) note_history(registers, change, *old, before, after);
}

bool wrongly_newer(const Change& change, const Register& old) {
    if (planted(Fault::equal_version_applied)) return change.version == old.version;
    return planted(Fault::older_tombstone_wins) && change.state == State::dead;
}

}  // namespace

std::optional<FeedRow> apply_change(Registers& registers, const Change& change, Origin origin,
                                    const KnownBody& known) {
    registers.observe_stamp(change.version.stamp);
    const auto old = registers.find(change.key);
    if (old && change.version <= old->version && !wrongly_newer(change, *old)) {
        registers.note_group(change);
        return std::nullopt;
    }
    if (planted(Fault::tie_by_arrival) && old && change.version.stamp == old->version.stamp)
        return std::nullopt;
    if (planted(Fault::newer_tombstone_loses) && old && old->state == State::live &&
        change.state == State::dead && origin == Origin::peer)
        return std::nullopt;
    registers.begin_writing();
    if (is_memory(change.key)) remember(registers, change, old, known);
    // The register first: what is materialised reads the new version's stamp.
    const std::int64_t seq = registers.put(change, origin == Origin::peer);
    if (is_memory(change.key))
        materialise_memory(registers, change, old, known);
    else if (is_link(change.key))
        materialise_link(registers, change);
    else
        materialise_record(registers, change);
    return FeedRow{seq, change};
}

Result<> check_change(const Change& change) {
    KnownBody ignored;
    return check_change(change, ignored);
}

Result<> check_change(const Change& change, KnownBody& known) {
    const auto bad = [](std::string why) {
        return fail(Errc::invalid_argument, std::move(why));
    };
    if (change.version.stamp <= 0 || change.version.stamp > kStampMax)
        return bad("stamp is out of range");
    if (change.version.sig != sig_of(change.state, change.body))
        return bad("signature does not match the body");
    if (is_link(change.key)) {
        if (change.state == State::archived) return bad("a link cannot be archived");
        if (change.state == State::dead)
            return change.body.empty() && is_link_hash(id_of_key(change.key))
                       ? Result<>{}
                       : bad("a tombstone of a link is its key alone");
        const auto link = link_from_body(change.body);
        if (!link) return fail(link.error());
        if (auto ok = check_link(link->source_id, link->target_id, link->relation); !ok) return ok;
        if (change.key != link_key(link->source_id, link->target_id, link->relation))
            return bad("key does not name this link");
        return {};
    }
    if (!is_memory(change.key)) return check_record(change);
    if (auto ok = check_id("id", id_of_key(change.key)); !ok) return ok;
    if (change.state == State::dead) {
        if (change.body.empty() || !merged_into(change.body).empty()) return {};
        return bad("a tombstone carries no body");
    }
    if (change.state == State::live) {
        known.memory = memory_from_canonical_body(id_of_key(change.key), change.body);
        known.canonical = known.memory.has_value();
        if (!known.canonical) {
            auto memory = memory_from_body(id_of_key(change.key), change.body);
            if (!memory) return fail(memory.error());
            known.memory = std::move(*memory);
        }
        return check_memory(*known.memory);
    }
    const auto archived = archived_from_body(id_of_key(change.key), change.body);
    if (!archived) return fail(archived.error());
    if (auto ok = check_time("archived_at", archived->archived_at); !ok) return ok;
    return check_memory(archived->memory);
}

}  // namespace aimem
