#include "tests/sim/old_peer.h"

#include "federation/replication/wire.h"
#include "store/base/time_text.h"
#include "store/model/json.h"
#include "store/model/json_text.h"
#include "store/model/validate.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <stdexcept>

namespace aimem::sim {
namespace {

using nlohmann::json;

json push_of(json lists) {
    json out{{"sender_agent_id", "host:old"}, {"memories", json::array()}, {"dry_run", false}};
    out.update(lists);
    return out;
}

const std::string& some_of(Dice& dice, const std::map<std::string, Memory>& all) {
    return std::next(all.begin(), static_cast<std::ptrdiff_t>(dice.below(all.size())))->first;
}

// insert_if_newer, for a row that is there under the same title (6.2).
void merge_into(Memory& there, const Memory& in) {
    const bool newer =
        in.updated_at > there.updated_at || (in.updated_at == there.updated_at && in.id > there.id);
    const std::string author = metadata_text(there.metadata, "agent_id");
    if (newer) {
        there.content = in.content;
        there.tags = in.tags;
        there.source = in.source;
        there.metadata = in.metadata;
        if (!author.empty()) there.metadata = with_metadata_text(in.metadata, "agent_id", author);
    }
    const bool is_long = in.tier == Tier::long_term || there.tier == Tier::long_term;
    there.tier = is_long ? Tier::long_term : in.tier == Tier::mid ? Tier::mid : there.tier;
    there.priority = std::max(there.priority, in.priority);
    there.confidence = std::max(there.confidence, in.confidence);
    if (is_long)
        there.expires_at.reset();
    else if (in.expires_at)
        there.expires_at = in.expires_at;
    there.updated_at = std::max(there.updated_at, in.updated_at);
}

}  // namespace

Memory* OldPeer::by_title(const Memory& in) {
    const auto found = std::find_if(live_.begin(), live_.end(), [&](const auto& one) {
        return one.second.title == in.title && one.second.ns == in.ns;
    });
    return found == live_.end() ? nullptr : &found->second;
}

OldPeer::Done OldPeer::merge(const Memory& in) {
    if (!check_memory(in)) return Done::skipped;
    if (Memory* there = by_title(in)) {
        merge_into(*there, in);
        return Done::changed;
    }
    // A rename: the primary key is taken, and that is not what the insert looks at.
    return live_.emplace(in.id, in).second ? Done::changed : Done::skipped;
}

void OldPeer::erase(const std::string& id) {
    live_.erase(id);
    std::erase_if(
        links_, [&](const auto& one) { return std::get<0>(one) == id || std::get<1>(one) == id; });
}

OldPeer::Done OldPeer::archive(const std::string& id) {
    const auto found = live_.find(id);
    if (found == live_.end()) return Done::nothing;
    archived_[id] = found->second;
    erase(id);
    return Done::changed;
}

OldPeer::Done OldPeer::restore(const std::string& id, std::int64_t now_ns) {
    const auto found = archived_.find(id);
    if (found == archived_.end()) return Done::nothing;
    if (live_.contains(id) || by_title(found->second) != nullptr) return Done::skipped;
    Memory back = found->second;
    back.tier = Tier::long_term;
    back.expires_at.reset();
    back.updated_at = time_text(now_ns);
    live_[id] = back;
    archived_.erase(found);
    return Done::changed;
}

OldPeer::Done OldPeer::link(const Link& in) {
    if (!live_.contains(in.source_id) || !live_.contains(in.target_id)) return Done::skipped;
    links_.emplace(in.source_id, in.target_id, in.relation);
    return Done::changed;
}

std::string OldPeer::take(const std::string& body, std::int64_t now_ns) {
    json parsed = parse_json(body);
    if (!parsed.is_object()) throw std::runtime_error("a push of 0.6.3 that is no object");
    parsed.erase("repl");  // what it does not know it does not see
    const auto in = decode_push(json_text(parsed));
    if (!in || in->legacy_malformed > 0)
        throw std::runtime_error("a push that 0.6.3 would refuse as a whole");
    std::map<std::string, int> counters;
    const auto count = [&](const char* name, Done done) {
        ++counters[done == Done::changed ? name : done == Done::nothing ? "noop" : "skipped"];
    };
    for (const Memory& one : in->legacy.memories) count("applied", merge(one));
    for (const std::string& id : in->legacy.deletions) {
        count("deleted", live_.contains(id) ? Done::changed : Done::nothing);
        erase(id);
    }
    for (const std::string& id : in->legacy.archives) count("archived", archive(id));
    for (const std::string& id : in->legacy.restores) count("restored", restore(id, now_ns));
    for (const Link& one : in->legacy.links) count("links_applied", link(one));
    json out{{"dry_run", false}, {"receiver_agent_id", "anonymous:req-1"}};
    for (const char* name :
         {"applied", "deleted", "archived", "restored", "links_applied", "noop", "skipped"})
        out[name] = counters[name];
    return json_text(out);
}

std::string OldPeer::store(const std::string& id, const std::string& title,
                           const std::string& content, std::int64_t now_ns) {
    Memory memory;
    memory.id = id;
    memory.title = title;
    memory.content = content;
    memory.updated_at = time_text(now_ns);
    memory.created_at = memory.updated_at;
    // `insert`: whoever stores under a known title wins, and the id stays.
    Memory* there = by_title(memory);
    if (there != nullptr) {
        there->content = content;
        there->updated_at = memory.updated_at;
        memory = *there;
    } else {
        live_[id] = memory;
    }
    return json_text(push_of({{"memories", json::array({to_json(memory)})}}));
}

std::string OldPeer::edit(Dice& dice, const std::string& content, std::int64_t now_ns) {
    if (live_.empty()) return {};
    Memory& memory = live_.at(some_of(dice, live_));
    memory.content = content;
    memory.updated_at = time_text(now_ns);
    return json_text(push_of({{"memories", json::array({to_json(memory)})}}));
}

std::string OldPeer::remove(Dice& dice) {
    if (live_.empty()) return {};
    const std::string id = some_of(dice, live_);
    erase(id);
    return json_text(push_of({{"deletions", json::array({id})}}));
}

}  // namespace aimem::sim
