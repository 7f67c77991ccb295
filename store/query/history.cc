#include "store/query/history.h"

#include "store/base/time_text.h"
#include "store/log/history.h"
#include "store/log/memory_rows.h"
#include "store/log/names.h"
#include "store/model/json.h"
#include "store/model/json_text.h"
#include "store/query/viewer.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace aimem::query {
namespace {

using nlohmann::json;

constexpr std::int64_t kNodeTags = 1000;  // a stamp's last three digits

std::string_view state_name(State state) {
    switch (state) {
        case State::live: return "live";
        case State::archived: return "archived";
        case State::dead: return "deleted";
    }
    return "";
}

void sign(VersionSeen& seen, std::string_view metadata) {
    seen.author = metadata_text(metadata, "agent_id");
    seen.writer = metadata_text(metadata, "written_by");
    if (seen.writer.empty()) seen.writer = seen.author;
}

VersionSaid said_by(const Memory& memory) {
    VersionSaid out;
    out.id = memory.id;
    out.title = memory.title;
    out.ns = memory.ns;
    out.tier = to_string(memory.tier);
    out.priority = memory.priority;
    out.confidence = memory.confidence;
    out.tags = memory.tags;
    out.created_at = memory.created_at;
    out.expires_at = memory.expires_at;
    out.content = memory.content;  // whole here: older versions may be cut from it
    out.content_bytes = static_cast<std::int64_t>(memory.content.size());
    return out;
}

std::optional<std::string> text_in(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
}

std::optional<VersionSaid> said_in(const sqlite::Statement::Cursor& row) {
    const json shown = parse_json(row.text(6));
    if (!shown.is_object()) return std::nullopt;  // deleted, or never known
    VersionSaid out;
    out.id = text_in(shown, "id").value_or("");
    out.title = text_in(shown, "title").value_or("");
    out.ns = row.string(4);
    out.tier = text_in(shown, "tier").value_or("");
    out.priority = shown.value("priority", std::int64_t{0});
    out.confidence = shown.value("confidence", 1.0);
    out.tags = shown.value("tags", std::vector<std::string>());
    out.created_at = text_in(shown, "created_at").value_or("");
    out.expires_at = text_in(shown, "expires_at");
    out.archive_reason = text_in(shown, "archive_reason");
    out.content = row.maybe_text(7);
    out.content_bytes = row.int64(8);
    return out;
}

std::vector<std::string> words_of(std::string_view list) {
    std::vector<std::string> out;
    while (!list.empty()) {
        const auto end = list.find(',');
        out.emplace_back(list.substr(0, end));
        list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
    }
    return out;
}

// The present version, and the content it has where an older one has the same.
Result<VersionSeen> present(sqlite::Database& db, const std::string& id, bool live) {
    VersionSeen seen;
    {
        auto row = db.sql("SELECT state, stamp, foreign_row FROM repl_row WHERE key = ?1")
                       .bind(memory_key(id));
        if (!row.step()) return fail(Errc::not_found, "memory not found");
        seen.state = static_cast<State>(row.int64(0));
        seen.stamp = row.int64(1);
        seen.from_peer = row.int64(2) != 0;
    }
    if (live) {
        if (const auto memory = live_row(db, id)) {
            sign(seen, memory->metadata);
            seen.said = said_by(*memory);
        }
    } else if (const auto archived = archived_row(db, id)) {
        sign(seen, archived->memory.metadata);
        seen.said = said_by(archived->memory);
        seen.said->archive_reason = archived->reason;
    } else if (!current_viewer().sees_all()) {
        return fail(Errc::not_found, "memory not found");  // gone, or hidden: nobody can tell which
    }
    return seen;
}

// Adds what was overwritten. A version whose content is not kept has that of the next one; these
// come first, so it is known by then.
void add_overwritten(sqlite::Database& db, History& out) {
    std::map<std::int64_t, std::string> contents;
    std::map<std::int64_t, std::vector<std::string>> changed;  // by the version that did it
    if (out.versions.front().said) {
        auto& content = out.versions.front().said->content;
        content = std::string(beginning_of(*content, kVersionContentMax));
        contents[out.versions.front().stamp] = *content;
    }
    for (auto row = db.sql("SELECT stamp, next, state, foreign_row, namespace, metadata, shown, "
                           "content, bytes, changed FROM repl_history WHERE key = ?1 "
                           "ORDER BY stamp DESC LIMIT ?2")
                        .bind(memory_key(out.id), kVersionsKept);
         row.step();) {
        VersionSeen seen;
        seen.stamp = row.int64(0);
        seen.until = row.int64(1);
        seen.state = static_cast<State>(row.int64(2));
        seen.from_peer = row.int64(3) != 0;
        sign(seen, row.text(5));
        if (seen.until == 0) {  // of the present tombstone: who deleted it
            if (seen.stamp == out.versions.front().stamp) out.versions.front().writer = seen.writer;
            continue;
        }
        seen.said = said_in(row);
        if (seen.said) {
            changed[seen.until] = words_of(row.text(9));
            if (const auto next = contents.find(seen.until);
                !seen.said->content && next != contents.end())
                seen.said->content = next->second;
            if (seen.said->content) contents[seen.stamp] = *seen.said->content;
        }
        out.versions.push_back(std::move(seen));
    }
    for (VersionSeen& one : out.versions)
        if (const auto found = changed.find(one.stamp); found != changed.end())
            one.changed = std::move(found->second);
}

}  // namespace

Result<History> history(sqlite::Database& db, std::string_view id_or_prefix) {
    const sqlite::ReadTransaction view(db);
    History out;
    const auto live = resolve_id(db, id_or_prefix);
    out.id = live ? *live : std::string(id_or_prefix);
    auto newest = present(db, out.id, live.has_value());
    if (!newest) return fail(live ? newest.error() : live.error());
    out.versions.push_back(std::move(*newest));
    if (live) out.names = names_of(db, *live);
    add_overwritten(db, out);
    return out;
}

json to_json(const VersionSeen& version) {
    json out{{"state", state_name(version.state)},
             {"stamp", version.stamp},
             {"at", time_text(version.stamp)},
             {"node_tag", version.stamp % kNodeTags},
             {"from_peer", version.from_peer}};
    if (version.until != 0) out["until"] = time_text(version.until);
    if (!version.author.empty()) out["author"] = version.author;
    if (!version.writer.empty()) out["written_by"] = version.writer;
    if (!version.changed.empty()) out["changed"] = version.changed;
    if (!version.said) return out;
    const VersionSaid& said = *version.said;
    out["id"] = said.id;
    out["title"] = said.title;
    out["namespace"] = said.ns;
    out["tier"] = said.tier;
    out["priority"] = said.priority;
    out["confidence"] = said.confidence;
    out["tags"] = tags_json(said.tags);
    out["created_at"] = said.created_at;
    if (said.expires_at) out["expires_at"] = *said.expires_at;
    if (said.archive_reason) out["archive_reason"] = *said.archive_reason;
    if (said.content) out["content"] = *said.content;
    if (said.content && said.content_bytes > static_cast<std::int64_t>(said.content->size()))
        out["content_bytes"] = said.content_bytes;
    return out;
}

std::span<const VersionSeen> some_of(const History& history, std::size_t offset,
                                     std::size_t limit) {
    const std::span<const VersionSeen> all(history.versions);
    const auto rest = all.subspan(std::min(offset, all.size()));
    return rest.first(std::min(limit, rest.size()));
}

json to_json(const History& history, std::span<const VersionSeen> shown) {
    json versions = json::array();
    for (const VersionSeen& version : shown) versions.push_back(to_json(version));
    return {{"id", history.id},
            {"names", history.names},
            {"count", shown.size()},
            {"total", history.versions.size()},
            {"versions", std::move(versions)}};
}

}  // namespace aimem::query
