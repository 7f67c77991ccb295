// Reading a peer's answer to a push. Whatever it says, it is data: nothing here throws.
// SPDX-License-Identifier: Apache-2.0
#include "federation/replication/wire.h"
#include "store/model/json_text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace aimem {
namespace {

using nlohmann::json;

PushReply refusal(PushReply::Kind kind, std::string why) {
    PushReply out;
    out.kind = kind;
    out.why = std::move(why);
    return out;
}

PushReply contradicted(std::string why) {
    return refusal(PushReply::Kind::contradicted, std::move(why));
}

PushReply garbage(std::string why) {
    return refusal(PushReply::Kind::garbage, std::move(why));
}

bool number(const json& value, std::int64_t& out) {
    if (value.is_number_integer()) {
        out = value.get<std::int64_t>();
        return true;
    }
    if (!value.is_string()) return false;
    const auto& text = value.get_ref<const std::string&>();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size();
}

bool member(const json& object, const char* name, std::int64_t& out) {
    const auto found = object.find(name);
    return found != object.end() && number(*found, out);
}

PushReply ours(const json& repl) {
    if (!repl.is_object()) return garbage("repl is no object");
    PushReply out;
    out.node = text_of(repl, "node");
    out.epoch = text_of(repl, "epoch");
    const auto done = repl.find("done");
    const bool range = done != repl.end() && done->is_array() && done->size() == 2 &&
                       number((*done)[0], out.done_from) && number((*done)[1], out.done_to);
    const auto durable = repl.find("durable");
    if (out.node.empty() || out.epoch.empty() || !range || durable == repl.end() ||
        !durable->is_boolean() || !member(repl, "seen", out.seen))
        return garbage("repl lacks node, epoch, done, seen or durable");
    out.durable = durable->get<bool>();
    out.place = text_of(repl, "place");
    if (const auto before = repl.find("before"); before != repl.end())
        out.before = decode_seen(*before);
    if (const auto rejected = repl.find("rej"); rejected != repl.end() && rejected->is_array()) {
        for (const json& row : *rejected) {
            Rejected one;
            if (!row.is_object() || !member(row, "q", one.seq)) return garbage("rej names no row");
            one.why = text_of(row, "why");
            out.rejected.push_back(std::move(one));
        }
    }
    out.kind = PushReply::Kind::ours;
    return out;
}

// The seed's contract: a 2xx counts unless its body contradicts it (design: decisions.md 1).
PushReply legacy(const json& body, std::size_t items_sent,
                 const std::vector<std::string>& ids_sent) {
    std::int64_t skipped = 0;
    if (member(body, "skipped", skipped) && skipped > 0)
        return contradicted("it skipped what we sent");
    if (const auto ids = body.find("ids"); ids != body.end() && ids->is_array() && !ids->empty()) {
        for (const std::string& id : ids_sent)
            if (std::find(ids->begin(), ids->end(), json(id)) == ids->end())
                return contradicted("its ids do not name ours");
    }
    std::int64_t counted = 0;
    bool counts = false;
    for (const char* name : {"applied", "deleted", "archived", "restored", "links_applied",
                             "pendings_applied", "pending_decisions_applied",
                             "namespace_meta_applied", "namespace_meta_cleared", "noop"}) {
        std::int64_t one = 0;
        if (!member(body, name, one)) continue;
        counts = true;
        counted += one;
    }
    if (counts && counted < static_cast<std::int64_t>(items_sent))
        return contradicted("it counted fewer rows than we sent");
    PushReply out;
    out.kind = PushReply::Kind::legacy;
    return out;
}

}  // namespace

PushReply decode_reply(std::string_view body, std::size_t items_sent,
                       const std::vector<std::string>& ids_sent) {
    if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        PushReply out;
        out.kind = PushReply::Kind::legacy;
        return out;
    }
    const json parsed = parse_json(body);
    if (!parsed.is_object()) return garbage("its answer is no JSON object");
    const auto repl = parsed.find("repl");
    return repl != parsed.end() ? ours(*repl) : legacy(parsed, items_sent, ids_sent);
}

}  // namespace aimem
