#include "federation/legacy/outgoing.h"

#include "store/base/time_text.h"
#include "store/model/json.h"
#include "store/model/json_text.h"
#include "store/model/records.h"
#include "store/model/validate.h"

#include <nlohmann/json.hpp>

namespace aimem {
namespace {

using nlohmann::json;

struct Lists {
    json memories = json::array();
    json deletions = json::array();
    json archives = json::array();
    json links = json::array();
    json pendings = json::array();
    json standards = json::array();
    json standard_clears = json::array();
};

// 0.6.3 refuses a source it does not know, and with it the row.
void tell_memory(Lists& lists, Memory memory, const Change& change) {
    memory.updated_at = time_text(change.version.stamp);
    if (!check_source(memory.source)) memory.source = "api";
    lists.memories.push_back(to_json(memory));
}

void tell_link(Lists& lists, const Change& change, std::vector<std::string>& ids) {
    const auto link = link_from_body(change.body);
    if (change.state != State::live || !link) return;
    lists.links.push_back(to_json(*link));
    ids.push_back(link->source_id + "\xe2\x86\x92" + link->target_id);
}

// A decision goes as the whole decided action: its upsert there sets the status without carrying it
// out a second time, which a pending_decisions entry would (design: replication.md 4).
void tell_record(Lists& lists, const Change& change, std::vector<std::string>& ids) {
    PendingState state;
    switch (*kind_of(change.key)) {
        case Kind::standard:
            if (change.state == State::dead)
                lists.standard_clears.push_back(id_of_key(change.key));
            else if (const auto standard = standard_from_body(change.body))
                lists.standards.push_back(to_json(*standard));
            break;
        case Kind::pending: {
            const auto action = pending_from_body(change.body);
            if (!action) return;
            state.action = *action;
            lists.pendings.push_back(to_json(state));
            break;
        }
        case Kind::decision: {
            auto decision = decision_from_body(change.body);
            if (!decision || !decision->action) return;
            state.action = std::move(*decision->action);
            state.status = decision->approved ? "approved" : "rejected";
            state.decided_by = std::move(decision->decided_by);
            state.decided_at = std::move(decision->decided_at);
            lists.pendings.push_back(to_json(state));
            break;
        }
        default: return;  // what 0.6.3 does not replicate
    }
    ids.emplace_back(id_of_key(change.key));
}

void tell(Lists& lists, const Change& change, std::vector<std::string>& ids) {
    const auto kind = kind_of(change.key);
    if (kind == Kind::link) return tell_link(lists, change, ids);
    if (kind != Kind::memory) return kind ? tell_record(lists, change, ids) : void();
    const std::string id(id_of_key(change.key));
    ids.push_back(id);
    if (change.state == State::dead) {
        lists.deletions.push_back(id);
    } else if (change.state == State::live) {
        if (auto memory = memory_from_body(id, change.body))
            tell_memory(lists, std::move(*memory), change);
    } else if (auto archived = archived_from_body(id, change.body)) {
        tell_memory(lists, std::move(archived->memory), change);
        lists.archives.push_back(id);
    }
}

}  // namespace

LegacyLists legacy_lists(const std::vector<SharedRow>& rows) {
    Lists lists;
    LegacyLists out;
    for (const SharedRow& row : rows) tell(lists, row->row.change, out.ids);
    const auto add = [&out](const char* name, const json& list) {
        if (list.empty() && !out.json.empty()) return;
        if (!out.json.empty()) out.json += ',';
        out.json += std::string("\"") + name + "\":" + json_text(list);
        out.items += list.size();
    };
    add("memories", lists.memories);  // always there, as 0.6.3 demands
    add("deletions", lists.deletions);
    add("archives", lists.archives);
    add("links", lists.links);
    add("pendings", lists.pendings);
    add("namespace_meta", lists.standards);
    add("namespace_meta_clears", lists.standard_clears);
    return out;
}

}  // namespace aimem
