#include "store/log/past.h"

#include "store/base/hash.h"
#include "store/log/memory_rows.h"
#include "store/model/json.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace aimem {
namespace {

constexpr int kMoved = 1;
constexpr int kShelved = 2;
constexpr int kDead = 4;  // the index repl_past_title knows it too

std::int64_t hash63(std::string_view text, std::uint64_t seed) {
    return static_cast<std::int64_t>(hash64(text, seed) >> 1);
}

std::string as_text(const std::vector<std::int64_t>& numbers) {
    std::string out;
    for (const std::int64_t one : numbers) out += std::to_string(one) + ' ';
    return out;
}

std::vector<std::int64_t> numbers_in(std::string_view text) {
    std::vector<std::int64_t> out;
    std::int64_t one = 0;
    for (const char* at = text.data(); at < text.data() + text.size(); ++at) {
        const auto [end, error] = std::from_chars(at, text.data() + text.size(), one);
        if (error != std::errc{}) break;
        out.push_back(one);
        at = end;
    }
    return out;
}

void write(Registers& registers, std::string_view key, const Past& past, bool dead) {
    const int marks =
        (past.moved ? kMoved : 0) | (past.shelved ? kShelved : 0) | (dead ? kDead : 0);
    registers.db()
        .sql("INSERT OR REPLACE INTO repl_past(key, title, marks, texts) VALUES (?1, ?2, ?3, ?4)")
        .bind(key, past.title, marks, as_text(past.texts))
        .run();
}

}  // namespace

bool Past::had(std::int64_t text) const {
    return std::find(texts.begin(), texts.end(), text) != texts.end();
}

std::int64_t title_sig(std::string_view ns, std::string_view title) {
    std::string both(ns);
    both += '\0';
    both += title;
    return hash63(both, 21);
}

std::int64_t text_sig(const Memory& memory) {
    std::string all = std::to_string(title_sig(memory.ns, memory.title));
    for (const std::string& part :
         {memory.content, tags_text(memory.tags), canonical_object(memory.metadata)}) {
        all += '\0';
        all += part;
    }
    return hash63(all, 22);
}

Past past_of(sqlite::Database& db, std::string_view key) {
    auto row = db.sql("SELECT title, marks, texts FROM repl_past WHERE key = ?1").bind(key);
    if (!row.step()) return {};
    const auto marks = row.int64(1);
    return {row.int64(0), (marks & kMoved) != 0, (marks & kShelved) != 0, numbers_in(row.text(2))};
}

std::optional<Memory> memory_of(sqlite::Database& db, std::string_view key, State state) {
    const auto id = id_of_key(key);
    if (state == State::dead) return std::nullopt;
    const auto kept = stored_body(db, key);
    if (state == State::live) {
        if (!kept) return live_row(db, id);
        const auto memory = memory_from_body(id, kept->body);
        return memory ? std::optional<Memory>(*memory) : std::nullopt;
    }
    if (!kept) {
        const auto row = archived_row(db, id);
        return row ? std::optional<Memory>(row->memory) : std::nullopt;
    }
    const auto archived = archived_from_body(id, kept->body);
    return archived ? std::optional<Memory>(archived->memory) : std::nullopt;
}

std::optional<Memory> memory_in(const Change& change) {
    const auto id = id_of_key(change.key);
    if (change.state == State::live) {
        const auto memory = memory_from_body(id, change.body);
        return memory ? std::optional<Memory>(*memory) : std::nullopt;
    }
    if (change.state == State::dead) return std::nullopt;
    const auto archived = archived_from_body(id, change.body);
    return archived ? std::optional<Memory>(archived->memory) : std::nullopt;
}

void note_past(Registers& registers, const Change& change, const std::optional<Register>& old,
               const std::optional<Memory>& before, const std::optional<Memory>& after) {
    Past past = past_of(registers.db(), change.key);
    if (before) {
        past.title = title_sig(before->ns, before->title);
        const std::int64_t text = text_sig(*before);
        std::erase(past.texts, text);
        past.texts.insert(past.texts.begin(), text);
        if (past.texts.size() > kTextsKept) past.texts.resize(kTextsKept);
        past.shelved = past.shelved || (old && old->state == State::archived);
    }
    if (after) {
        const std::int64_t title = title_sig(after->ns, after->title);
        past.moved = past.moved || (past.title != 0 && past.title != title);
        past.shelved = past.shelved || change.state == State::archived;
        past.title = title;
    }
    write(registers, change.key, past, change.state == State::dead);
}

std::vector<std::string> dead_of_title(sqlite::Database& db, std::int64_t title) {
    std::vector<std::string> out;
    for (auto row = db.sql("SELECT key FROM repl_past WHERE title = ?1 AND marks >= 4 ORDER BY key")
                        .bind(title);
         row.step();)
        out.push_back(row.string(0));
    return out;
}

}  // namespace aimem
