#include "federation/replication/wire.h"

#include "federation/replication/row_reader.h"
#include "store/model/json.h"
#include "store/model/json_text.h"
#include "store/model/limits.h"
#include "store/model/validate.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace aimem {
namespace {

using nlohmann::json;

std::string text_json(std::string_view text) {
    return json_text(json(text));
}

// A 64-bit number that travels as a string; a plain integer is understood too.
bool number(const json& object, const char* name, std::int64_t& out) {
    const auto found = object.find(name);
    if (found == object.end()) return false;
    if (found->is_number_integer()) {
        out = found->get<std::int64_t>();
        return true;
    }
    if (!found->is_string()) return false;
    const auto& text = found->get_ref<const std::string&>();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size();
}

// Reads the group list of a row: [["m:...", "stamp"], ...].
bool read_group(const json& op, std::vector<GroupMember>& out) {
    const auto found = op.find("m");
    if (found == op.end()) return true;
    if (!found->is_array() || found->size() > limits::push_items_accepted) return false;
    for (const json& member : *found) {
        if (!member.is_array() || member.size() != 2 || !member[0].is_string()) return false;
        GroupMember one{member[0].get<std::string>(), 0};
        const json holder{{"ts", member[1]}};
        if (!number(holder, "ts", one.stamp)) return false;
        out.push_back(std::move(one));
    }
    return true;
}

template <typename T>
Result<> read_list(const json& body, const char* name, std::vector<T>& out, std::size_t& malformed,
                   Result<T> (*read)(const json&)) {
    const auto found = body.find(name);
    if (found == body.end()) return {};
    if (!found->is_array()) return fail(Errc::wrong_type, fmt::format("{} must be an array", name));
    if (found->size() > limits::push_items_accepted)
        return fail(Errc::invalid_argument, fmt::format("sync_push limited to {} {} per request",
                                                        limits::push_items_accepted, name));
    for (const json& item : *found) {
        auto value = read(item);
        if (value)
            out.push_back(std::move(*value));
        else
            ++malformed;
    }
    return {};
}

Result<std::string> read_id(const json& value) {
    if (value.is_string()) return value.get<std::string>();
    return fail(Errc::wrong_type, "an id must be a string");
}

Result<LegacyPush::Decided> read_decision(const json& value) {
    const auto wrong = [] {
        return fail(Errc::wrong_type, "a decision must have id, approved and decider");
    };
    if (!value.is_object()) return wrong();
    const auto approved = value.find("approved");
    LegacyPush::Decided out{text_of(value, "id"), false, text_of(value, "decider")};
    if (approved == value.end() || !approved->is_boolean()) return wrong();
    if (!check_id("id", out.id) || !check_agent_id("decider", out.decider)) return wrong();
    out.approved = approved->get<bool>();
    return out;
}

// All of `repl` but its rows.
Result<> read_repl_head(const json& repl, PushIn& in) {
    if (!repl.is_object()) return fail(Errc::wrong_type, "repl must be an object");
    in.ours = true;
    in.delivery.sender = text_of(repl, "node");
    in.delivery.epoch = text_of(repl, "epoch");
    if (in.delivery.sender.empty() || in.delivery.epoch.empty())
        return fail(Errc::invalid_argument, "repl.node and repl.epoch must be given");
    if (!number(repl, "from", in.delivery.from) || !number(repl, "to", in.delivery.to) ||
        in.delivery.from < 0 || in.delivery.to < in.delivery.from)
        return fail(Errc::invalid_argument,
                    "repl.from and repl.to must be a range of feed positions");
    std::int64_t tag = -1;
    if (number(repl, "tag", tag)) in.tag = static_cast<int>(tag);
    number(repl, "now", in.sender_now_ns);
    number(repl, "base", in.delivery.base);
    number(repl, "fresh", in.delivery.fresh);
    number(repl, "under", in.delivery.under);
    if (const auto you = repl.find("you"); you != repl.end()) in.you = decode_seen(*you);
    in.delivery.you = in.you;
    const auto ops = repl.find("ops");
    if (ops == repl.end() || !ops->is_array())
        return fail(Errc::wrong_type, "repl.ops must be an array");
    return {};
}

void take_row(const json& op, PushIn& in) {
    auto row = decode_row(op);
    if (row) {
        in.delivery.rows.push_back(std::move(*row));
    } else {
        std::int64_t seq = 0;
        if (op.is_object()) number(op, "q", seq);
        in.malformed.push_back({seq, row.error().message});
    }
}

Result<> read_repl(const json& repl, PushIn& in) {
    if (auto ok = read_repl_head(repl, in); !ok) return ok;
    for (const json& op : repl.at("ops")) take_row(op, in);
    return {};
}

Result<> read_legacy(const json& body, PushIn& in) {
    LegacyPush& out = in.legacy;
    std::size_t& bad = in.legacy_malformed;
    if (!body.contains("memories")) return fail(Errc::wrong_type, "memories must be given");
    if (auto ok = read_list<Memory>(body, "memories", out.memories, bad, memory_from_json); !ok)
        return ok;
    if (auto ok = read_list<std::string>(body, "deletions", out.deletions, bad, read_id); !ok)
        return ok;
    if (auto ok = read_list<std::string>(body, "archives", out.archives, bad, read_id); !ok)
        return ok;
    if (auto ok = read_list<std::string>(body, "restores", out.restores, bad, read_id); !ok)
        return ok;
    if (auto ok = read_list<Link>(body, "links", out.links, bad, link_from_json); !ok) return ok;
    if (auto ok =
            read_list<PendingState>(body, "pendings", out.pendings, bad, pending_state_from_json);
        !ok)
        return ok;
    if (auto ok = read_list<LegacyPush::Decided>(body, "pending_decisions", out.decisions, bad,
                                                 read_decision);
        !ok)
        return ok;
    if (auto ok =
            read_list<Standard>(body, "namespace_meta", out.standards, bad, standard_from_json);
        !ok)
        return ok;
    return read_list<std::string>(body, "namespace_meta_clears", out.standard_clears, bad, read_id);
}

// What stands beside `repl` or the lists.
Result<> read_sender(const json& body, PushIn& in) {
    const auto sender = body.find("sender_agent_id");
    if (sender == body.end() || !sender->is_string())
        return fail(Errc::wrong_type, "sender_agent_id must be a string");
    in.agent_id = sender->get<std::string>();
    if (auto ok = check_agent_id("sender_agent_id", in.agent_id); !ok) return ok;
    if (const auto dry = body.find("dry_run"); dry != body.end()) {
        if (!dry->is_boolean()) return fail(Errc::wrong_type, "dry_run must be true or false");
        in.dry_run = dry->get<bool>();
    }
    return {};
}

// Whether the text was a push as encode_push writes it, whose rows need no tree to be read. When
// not, `in` is of no use.
bool read_own_form(std::string_view text, PushIn& in) {
    constexpr std::string_view begin = ",\"ops\":[";
    constexpr std::string_view end = "]}}";
    const auto at = text.find(begin);
    if (at == std::string_view::npos || !text.ends_with(end)) return false;
    const auto rows_from = at + begin.size();
    // With one mark in place of the rows: where it turns up, they stand.
    const json head =
        parse_json(std::string(text.substr(0, rows_from)) + "null" + std::string(end));
    const auto repl = head.is_object() ? head.find("repl") : head.end();
    if (repl == head.end() || !read_sender(head, in) || !read_repl_head(*repl, in)) return false;
    const json& marked = repl->at("ops");
    if (marked.size() != 1 || !marked[0].is_null()) return false;
    RowReader rows(text.substr(rows_from, text.size() - end.size() - rows_from));
    while (auto row = rows.next()) {
        if (row->known) {
            in.delivery.rows.push_back(std::move(*row->known));
            continue;
        }
        const json op = parse_json(row->text);
        if (!op.is_object()) return false;
        take_row(op, in);
    }
    return rows.done();
}

json seen_json(const SeenOfFeed& seen) {
    return {{"epoch", seen.epoch},
            {"seen", std::to_string(seen.seen)},
            {"k", seen.key},
            {"ts", std::to_string(seen.stamp)}};
}

}  // namespace

std::string text_of(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::string encode_seen(const SeenOfFeed& seen) {
    return json_text(seen_json(seen));
}

SeenOfFeed decode_seen(const json& object) {
    if (!object.is_object()) return {};
    SeenOfFeed out;
    out.epoch = text_of(object, "epoch");
    number(object, "seen", out.seen);
    out.key = text_of(object, "k");
    number(object, "ts", out.stamp);
    return out;
}

std::string encode_row(const FeedRow& row) {
    const Change& c = row.change;
    std::string out =
        fmt::format(R"({{"k":{},"st":{},"ts":"{}","sig":"{}","q":"{}")", text_json(c.key),
                    static_cast<int>(c.state), c.version.stamp, c.version.sig, row.seq);
    if (!c.body.empty()) out += ",\"b\":" + c.body;
    if (!c.group.empty()) {
        out += ",\"m\":[";
        for (const GroupMember& member : c.group) {
            if (out.back() != '[') out += ',';
            out += fmt::format("[{},\"{}\"]", text_json(member.key), member.stamp);
        }
        out += ']';
    }
    out += '}';
    return out;
}

Result<FeedRow> decode_row(const json& op) {
    const auto bad = [](const char* why) {
        return fail(Errc::invalid_argument, why);
    };
    if (!op.is_object()) return bad("a row must be an object");
    FeedRow row;
    Change& c = row.change;
    c.key = text_of(op, "k");
    if (c.key.size() < 3) return bad("k must name a register");
    std::int64_t state = 0;
    if (!number(op, "st", state) || state < 1 || state > 3) return bad("st must be 1, 2 or 3");
    c.state = static_cast<State>(state);
    if (!number(op, "ts", c.version.stamp)) return bad("ts must be a stamp");
    if (!number(op, "sig", c.version.sig)) return bad("sig must be a number");
    if (!number(op, "q", row.seq)) return bad("q must be a feed position");
    if (const auto body = op.find("b"); body != op.end()) {
        if (!body->is_object()) return bad("b must be an object");
        c.body = json_text(*body);
    }
    if (!read_group(op, c.group)) return bad("m must list the members of a group");
    return row;
}

std::string encode_push(const PushHead& head, Tongue tongue, std::string_view legacy,
                        std::string_view ops) {
    std::string out;
    out.reserve(ops.size() + legacy.size() + 512);
    out +=
        "{\"sender_agent_id\":" + text_json(head.agent_id) + ",\"sender_clock\":{\"entries\":{}},";
    out += legacy.empty() ? std::string_view("\"memories\":[]") : legacy;
    out += ",\"dry_run\":false";
    if (tongue != Tongue::legacy) {
        out += fmt::format(
            R"(,"repl":{{"v":1,"node":{},"epoch":{},"tag":{},"now":"{}","from":"{}","to":"{}","next_seq":"{}","base":"{}","fresh":"{}",)",
            text_json(head.self.node), text_json(head.self.epoch), head.self.tag, head.now_ns,
            head.from, head.to, head.self.next_seq, head.self.base, head.self.fresh);
        if (!head.you.epoch.empty()) out += "\"you\":" + encode_seen(head.you) + ",";
        if (head.under >= 0) out += fmt::format(R"("under":"{}",)", head.under);
        out += "\"ops\":[";
        out += ops;
        out += "]}";
    }
    out += '}';
    return out;
}

Result<PushIn> decode_push(std::string_view text) {
    if (PushIn in; read_own_form(text, in)) return in;
    const json body = parse_json(text);
    if (body.is_discarded()) return fail(Errc::invalid_argument, "the body is no JSON");
    if (!body.is_object()) return fail(Errc::wrong_type, "the body must be a JSON object");
    PushIn in;
    if (auto ok = read_sender(body, in); !ok) return fail(ok.error());
    const auto repl = body.find("repl");
    const auto ok = repl != body.end() ? read_repl(*repl, in) : read_legacy(body, in);
    if (!ok) return fail(ok.error());
    return in;
}

std::string encode_reply(const PushOut& out) {
    const LegacyApplied& n = out.counters;
    json body{{"applied", n.applied},
              {"deleted", n.deleted},
              {"archived", n.archived},
              {"restored", n.restored},
              {"links_applied", n.links_applied},
              {"pendings_applied", n.pendings_applied},
              {"pending_decisions_applied", n.decisions_applied},
              {"namespace_meta_applied", n.standards_applied},
              {"namespace_meta_cleared", n.standards_cleared},
              {"noop", n.noop},
              {"skipped", n.skipped},
              {"dry_run", out.dry_run},
              {"receiver_agent_id", out.receiver_agent_id},
              {"receiver_clock", {{"entries", json::object()}}}};
    if (out.in != nullptr) {
        json rejected = json::array();
        for (const auto* list : {&out.in->malformed, &out.accepted.rejected})
            for (const Rejected& row : *list)
                rejected.push_back({{"q", std::to_string(row.seq)}, {"why", row.why}});
        body["repl"] = {
            {"v", 1},
            {"node", out.self.node},
            {"epoch", out.self.epoch},
            {"tag", out.self.tag},
            {"done", {std::to_string(out.in->delivery.from), std::to_string(out.in->delivery.to)}},
            {"seen", std::to_string(out.accepted.seen)},
            {"durable", !out.dry_run},
            {"now", std::to_string(out.now_ns)},
            {"rej", std::move(rejected)}};
        const SeenOfFeed& before = out.accepted.before;
        const bool in_order =
            before.epoch == out.in->delivery.epoch && before.seen == out.in->delivery.from;
        if (!before.epoch.empty() && !in_order) body["repl"]["before"] = seen_json(before);
        if (!out.place.empty()) body["repl"]["place"] = out.place;
    }
    return json_text(body);
}

}  // namespace aimem
