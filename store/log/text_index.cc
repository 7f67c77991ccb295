#include "store/log/text_index.h"

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
    if (!known_.emplace(id).second) return;
    edits_.push_back({std::string(id), entry_of(id)});
}

void TextIndex::before_insert(std::string_view id) {
    if (known_.emplace(id).second) edits_.push_back({std::string(id), std::nullopt});
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
    for (const Edit& edit : edits_) {
        auto now = entry_of(edit.id);
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
