#include "store/ops/context.h"

#include "store/base/time_text.h"
#include "store/log/history.h"
#include "store/log/names.h"
#include "store/model/json.h"

namespace aimem {

void OpContext::apply(Change change, const KnownBody& known) {
    change.version.sig = sig_of(change.state, change.body);
    auto row = apply_change(registers_, change, Origin::here, known);
    if (!row) throw std::logic_error("a stamp made here did not dominate: " + change.key);
    if (row->change.state == State::dead && kind_of(row->change.key) == Kind::memory)
        note_deleter(registers_, row->change, agent_);
    rows_.push_back(std::move(*row));
}

void OpContext::sign(Memory& memory) const {
    if (!agent_.empty()) memory.metadata = with_writer(memory.metadata, agent_);
}

void OpContext::write(std::string key, State state, std::string body, std::int64_t stamp) {
    apply({std::move(key), state, {stamp, 0}, std::move(body), {}});
}

void OpContext::write(Change change) {
    apply(std::move(change));
}

void OpContext::write_memory(Memory& memory) {
    write_memory(memory, {});
}

void OpContext::write_memory(Memory& memory, std::vector<Change> with) {
    const auto members = clash_members(db(), memory.id);
    Change head;
    head.key = memory_key(memory.id);
    head.version.stamp = stamp_for(head.key);
    memory.updated_at = time_text(head.version.stamp);
    const bool fresh = memory.created_at.empty();
    if (fresh) memory.created_at = memory.updated_at;
    // A new memory has its author; what it says of another writer is nothing.
    if (!fresh || memory.metadata.find("\"written_by\"") != std::string::npos) sign(memory);
    memory.metadata = canonical_object(memory.metadata);  // as every other node will have it
    memory.confidence += 0.0;                             // no -0.0
    head.body = memory_body(memory);
    for (const std::string& id : members)
        if (id != memory.id) head.group.push_back({memory_key(id), stamp_for(memory_key(id))});
    const std::vector<GroupMember> losers = head.group;
    for (const Change& one : with) head.group.push_back({one.key, one.version.stamp});
    // Losers first, so that the title is undisputed when its new text is shown.
    std::vector<Change> all = std::move(with);
    all.reserve(all.size() + losers.size());
    for (const GroupMember& loser : losers)
        all.push_back({loser.key, State::dead, {loser.stamp, 0}, merged_into_body(memory.id), {}});
    for (Change& change : all) apply(std::move(change));
    apply(std::move(head), {memory, true});
}

void OpContext::write_tombstones(const std::vector<std::string>& ids) {
    std::vector<Change> all;
    all.reserve(ids.size());
    for (const std::string& id : ids)
        all.push_back({memory_key(id), State::dead, {stamp_for(memory_key(id)), 0}, {}, {}});
    for (std::size_t i = 1; i < all.size(); ++i)
        all.front().group.push_back({all[i].key, all[i].version.stamp});
    for (Change& change : all) apply(std::move(change));
}

}  // namespace aimem
