#include "federation/legacy/outgoing.h"

#include "federation/legacy/bodies.h"
#include "store/base/time_text.h"
#include "store/log/past.h"
#include "store/model/json.h"
#include "store/model/validate.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace aimem {
namespace {

using nlohmann::json;

const RowNote kNothingKnown{};

// 0.6.3 refuses a source it does not know, and with it the row.
json told_memory(Memory memory, const Change& change) {
    memory.updated_at = time_text(change.version.stamp);
    if (!check_source(memory.source)) memory.source = "api";
    return to_json(memory);
}

std::string named(const Link& link) {
    return link.source_id + "\xe2\x86\x92" + link.target_id;
}

class Teller {
public:
    Teller(const std::vector<FeedRow>& rows, const std::map<std::string, RowNote>& notes)
        : rows_(rows),
          notes_(notes) {}

    std::vector<LegacyBody> all() {
        for (const FeedRow& row : rows_) look_at(row.change);
        LegacyBodies out;
        out.lenient();
        for (const std::string& id : restores_) out.add(LegacyList::restores, id, id);
        out.close();
        for (const std::string& id : deletions_) out.add(LegacyList::deletions, id, id);
        out.close();
        for (const auto& [id, row] : archived_) {
            if (row) out.add(LegacyList::memories, *row, id);
        }
        for (const auto& [id, row] : archived_) out.add(LegacyList::archives, id, id);
        out.close();
        for (const auto& [id, row] : memories_) out.add(LegacyList::memories, row, id);
        for (const std::string& id : deletions_with_) out.add(LegacyList::deletions, id, id);
        for (const FeedRow& row : rows_) tell_record(row.change, out);
        out.close();
        out.lenient();
        for (const Link& link : links_again_)
            out.add(LegacyList::links, to_json(link), named(link));
        for (const Standard& one : standards_again_)
            out.add(LegacyList::standards, to_json(one), one.ns);
        return out.take();
    }

private:
    const RowNote& note_of(const Change& change) const {
        const auto found = notes_.find(change.key);
        return found == notes_.end() ? kNothingKnown : found->second;
    }

    void look_at(const Change& change) {
        if (kind_of(change.key) != Kind::memory) return;
        const std::string id(id_of_key(change.key));
        const RowNote& note = note_of(change);
        if (change.state == State::dead) {
            if (note.shelved) restores_.push_back(id);
            auto& list = goes_with_its_heir(change, note) ? deletions_with_ : deletions_;
            list.push_back(id);
            list.insert(list.end(), note.other_ids.begin(), note.other_ids.end());
        } else if (change.state == State::archived) {
            const auto archived = archived_from_body(id, change.body);
            if (!archived) return;
            std::optional<json> row;
            if (!note.title_taken) row = told_memory(archived->memory, change);
            if (note.moved) deletions_.push_back(id);  // or the row would be skipped
            archived_.emplace_back(id, std::move(row));
        } else if (const auto memory = memory_from_body(id, change.body)) {
            if (note.shelved) restores_.push_back(id);
            if (note.shelved || note.moved) {
                deletions_.push_back(id);
                links_again_.insert(links_again_.end(), note.links.begin(), note.links.end());
                standards_again_.insert(standards_again_.end(), note.standards.begin(),
                                        note.standards.end());
            }
            memories_.emplace_back(id, told_memory(*memory, change));
        }
    }

    // A source of a consolidation: it leaves in the body that brings what came of it, unless that
    // would be found under the same title and be taken for it.
    bool goes_with_its_heir(const Change& change, const RowNote& note) const {
        if (!change.body.empty()) return false;  // merged: same title
        for (const FeedRow& row : rows_) {
            const Change& head = row.change;
            if (head.state != State::live || kind_of(head.key) != Kind::memory) continue;
            const bool member =
                std::any_of(head.group.begin(), head.group.end(), [&](const auto& m) {
                    return m.key == change.key && m.stamp == change.version.stamp;
                });
            if (!member) continue;
            const auto heir = memory_from_body(id_of_key(head.key), head.body);
            return heir && title_sig(heir->ns, heir->title) != note.title_before;
        }
        return false;
    }

    // A decision goes as the whole decided action: its upsert there sets the status without
    // carrying it out a second time, which a pending_decisions entry would.
    void tell_record(const Change& change, LegacyBodies& out) {
        const auto kind = kind_of(change.key);
        if (!kind || kind == Kind::memory) return;
        const RowNote& note = note_of(change);
        if (kind == Kind::link) {
            for (const Link& link : note.links)
                out.add(LegacyList::links, to_json(link), named(link));
        } else if (kind == Kind::standard && change.state == State::dead) {
            const std::string ns(id_of_key(change.key));
            out.add(LegacyList::standard_clears, ns, ns);
        } else if (kind == Kind::standard) {
            for (const Standard& one : note.standards)
                out.add(LegacyList::standards, to_json(one), one.ns);
        } else if (note.pending && told_pendings_.insert(note.pending->action.id).second) {
            out.add(LegacyList::pendings, to_json(*note.pending), note.pending->action.id);
        }
    }

    const std::vector<FeedRow>& rows_;
    const std::map<std::string, RowNote>& notes_;
    std::vector<std::string> restores_{};
    std::vector<std::string> deletions_{};
    std::vector<std::string> deletions_with_{};
    std::vector<std::pair<std::string, std::optional<json>>> archived_{};
    std::vector<std::pair<std::string, json>> memories_{};
    std::vector<Link> links_again_{};
    std::vector<Standard> standards_again_{};
    std::set<std::string> told_pendings_{};
};

bool is_first_version(const Change& change, const Memory& memory) {
    return change.group.empty() && memory.created_at == time_text(change.version.stamp);
}

}  // namespace

std::vector<LegacyBody> legacy_bodies(const std::vector<FeedRow>& rows,
                                      const std::map<std::string, RowNote>& notes) {
    return Teller(rows, notes).all();
}

std::optional<LegacyBody> legacy_body_for_stranger(const std::vector<SharedRow>& rows) {
    LegacyBodies out;
    for (const SharedRow& row : rows) {
        const Change& change = row->row.change;
        if (kind_of(change.key) != Kind::memory || change.state != State::live) return std::nullopt;
        const std::string id(id_of_key(change.key));
        const auto memory = memory_from_body(id, change.body);
        if (!memory || !is_first_version(change, *memory)) return std::nullopt;
        out.add(LegacyList::memories, told_memory(*memory, change), id);
    }
    auto bodies = out.take();
    if (bodies.size() != 1) return std::nullopt;
    return std::move(bodies.front());
}

}  // namespace aimem
