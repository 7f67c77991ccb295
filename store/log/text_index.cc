#include "store/log/text_index.h"

#include "store/log/text_facets.h"
#include "store/model/json.h"

#include <utility>

namespace aimem {

std::optional<TextIndex::Entry> TextIndex::entry_of(std::string_view id) {
    auto row = db_.sql(
                      "SELECT row, title, content, tags, facets, weight FROM memories_indexed "
                      "WHERE row = (SELECT rowid FROM memories WHERE id = ?1)")
                   .bind(id);
    if (!row.step()) return std::nullopt;
    return Entry{row.int64(0),  row.string(1), row.string(2),
                 row.string(3), row.string(4), row.string(5)};
}

void TextIndex::before_change(std::string_view id) {
    const auto [place, is_new] = known_.try_emplace(std::string(id), edits_.size());
    if (is_new)
        edits_.push_back({std::string(id), entry_of(id), {}});
    else
        edits_[place->second].fresh.reset();
}

void TextIndex::before_insert(const Memory& memory) {
    if (!known_.try_emplace(memory.id, edits_.size()).second) return before_change(memory.id);
    Edit& edit = edits_.emplace_back();
    edit.id = memory.id;
    if (auto hidden = hidden_text_of(memory))
        edit.fresh = Entry{0,
                           memory.title,
                           memory.content,
                           tags_text(memory.tags),
                           std::move(hidden->facets),
                           std::move(hidden->weight)};
}

std::optional<TextIndex::Entry> TextIndex::entry_now(Edit& edit) {
    if (!edit.fresh) return entry_of(edit.id);
    auto row = db_.sql("SELECT rowid FROM memories WHERE id = ?1").bind(edit.id);
    if (!row.step()) return std::nullopt;
    edit.fresh->row = row.int64(0);
    return std::move(edit.fresh);
}

void TextIndex::remove(const Entry& entry) {
    db_.sql(
           "INSERT INTO memories_fts(memories_fts, rowid, title, content, tags, facets, weight) "
           "VALUES ('delete', ?1, ?2, ?3, ?4, ?5, ?6)")
        .bind(entry.row, entry.title, entry.content, entry.tags, entry.facets, entry.weight)
        .run();
}

void TextIndex::insert(const Entry& entry) {
    db_.sql(
           "INSERT INTO memories_fts(rowid, title, content, tags, facets, weight) "
           "VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
        .bind(entry.row, entry.title, entry.content, entry.tags, entry.facets, entry.weight)
        .run();
}

void TextIndex::write() {
    std::vector<Entry> fresh;
    // All removals first: a new row may have taken the number of a deleted one.
    for (Edit& edit : edits_) {
        auto now = entry_now(edit);
        if (now == edit.old) continue;
        if (edit.old) remove(*edit.old);
        if (now) fresh.push_back(std::move(*now));
    }
    for (const Entry& entry : fresh) insert(entry);
    edits_.clear();
    known_.clear();
}

void TextIndex::rewind(std::size_t mark) {
    while (edits_.size() > mark) {
        known_.erase(edits_.back().id);
        edits_.pop_back();
    }
}

}  // namespace aimem
