#include "federation/replication/repair.h"

#include "federation/replication/wire.h"
#include "store/log/planted.h"
#include "store/model/json_text.h"
#include "store/model/limits.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace aimem::repl {
namespace {

using nlohmann::json;

tl::unexpected<Error> nonsense(const char* what) {
    return fail(Errc::peer, std::string("the peer's answer is no ") + what);
}

// 64-bit numbers travel as strings; absent ones are 0.
std::int64_t number_of(const json& object, const char* name) {
    const auto found = object.find(name);
    std::int64_t out = 0;
    if (found == object.end()) return 0;
    if (found->is_number_integer()) return found->get<std::int64_t>();
    if (!found->is_string()) return 0;
    const auto& text = found->get_ref<const std::string&>();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size() ? out : 0;
}

bool read_digest(const json& object, Digest& out) {
    const std::string sum = text_of(object, "digest");
    const auto [end, error] = std::from_chars(sum.data(), sum.data() + sum.size(), out.sum, 16);
    const auto count = object.find("count");
    if (error != std::errc{} || end != sum.data() + sum.size() || sum.empty()) return false;
    if (count == object.end() || !count->is_number_integer()) return false;
    out.count = count->get<std::int64_t>();
    return true;
}

json identity_json(const Identity& self) {
    return {{"node", self.node},
            {"epoch", self.epoch},
            {"tag", self.tag},
            {"next_seq", std::to_string(self.next_seq)},
            {"base", std::to_string(self.base)},
            {"recovering", self.recovering},
            {"horizon", std::to_string(self.horizon)},
            {"fresh", std::to_string(self.fresh)}};
}

Identity identity_of(const json& object) {
    Identity out;
    out.node = text_of(object, "node");
    out.epoch = text_of(object, "epoch");
    out.next_seq = number_of(object, "next_seq");
    out.base = number_of(object, "base");
    const auto recovering = object.find("recovering");
    out.recovering =
        recovering != object.end() && recovering->is_boolean() && recovering->get<bool>();
    out.horizon = number_of(object, "horizon");
    out.fresh = number_of(object, "fresh");
    return out;
}

std::string hex(std::uint64_t sum) {
    return fmt::format("{:016x}", sum);
}

// One row of a listing; nothing when it is none.
bool read_listed(const json& row, Listed& out) {
    if (!row.is_object()) return false;
    const auto state = row.find("st");
    if (state == row.end() || !state->is_number_integer()) return false;
    const auto number = state->get<std::int64_t>();
    out.key = text_of(row, "k");
    out.version = {number_of(row, "ts"), number_of(row, "sig")};
    if (out.key.size() < 3 || number < 1 || number > 3 || out.version.stamp <= 0) return false;
    out.state = static_cast<State>(number);
    return true;
}

}  // namespace

std::string encode_digest(const DigestAnswer& answer) {
    json body = identity_json(answer.node);
    body["digest"] = hex(answer.digest.sum);
    body["count"] = answer.digest.count;
    body["cut"] = std::to_string(answer.cut);
    body["now"] = std::to_string(answer.now);
    body["owes"] = std::to_string(answer.owes);
    if (answer.behind) body["behind"] = true;
    if (!answer.you.epoch.empty()) body["you"] = parse_json(encode_seen(answer.you));
    return json_text(body);
}

Result<DigestAnswer> decode_digest(std::string_view body) {
    const json parsed = parse_json(body);
    DigestAnswer out;
    if (!parsed.is_object() || !read_digest(parsed, out.digest)) return nonsense("digest");
    out.node = identity_of(parsed);
    out.cut = number_of(parsed, "cut");
    out.now = number_of(parsed, "now");
    out.owes = number_of(parsed, "owes");
    out.behind = parsed.contains("behind") && parsed["behind"] == true;
    if (const auto you = parsed.find("you"); you != parsed.end()) out.you = decode_seen(*you);
    return out;
}

std::string encode_parts(const Identity& node, const std::vector<DigestPart>& parts) {
    json list = json::array();
    for (const DigestPart& part : parts)
        list.push_back({{"lo", part.lo},
                        {"hi", part.hi},
                        {"digest", hex(part.digest.sum)},
                        {"count", part.digest.count}});
    json body = identity_json(node);
    body["parts"] = std::move(list);
    return json_text(body);
}

Result<std::vector<DigestPart>> decode_parts(std::string_view body) {
    const json parsed = parse_json(body);
    if (!parsed.is_object() || !parsed.contains("parts") || !parsed["parts"].is_array())
        return nonsense("list of digests");
    std::vector<DigestPart> out;
    for (const json& part : parsed["parts"]) {
        DigestPart one;
        if (!part.is_object() || !read_digest(part, one.digest)) return nonsense("list of digests");
        one.lo = text_of(part, "lo");
        one.hi = text_of(part, "hi");
        out.push_back(std::move(one));
    }
    return out;
}

std::string encode_listing(const Identity& node, const Listing& listing) {
    json rows = json::array();
    for (const Listed& row : listing.rows)
        rows.push_back({{"k", row.key},
                        {"st", static_cast<int>(row.state)},
                        {"ts", std::to_string(row.version.stamp)},
                        {"sig", std::to_string(row.version.sig)}});
    json body = identity_json(node);
    body["rows"] = std::move(rows);
    body["more"] = listing.more;
    return json_text(body);
}

Result<Listing> decode_listing(std::string_view body) {
    const json parsed = parse_json(body);
    if (!parsed.is_object() || !parsed.contains("rows") || !parsed["rows"].is_array())
        return nonsense("list of versions");
    Listing out;
    for (const json& row : parsed["rows"]) {
        Listed one;
        if (!read_listed(row, one)) return nonsense("list of versions");
        if (!out.rows.empty() && one.key <= out.rows.back().key)
            return nonsense("ordered list of versions");
        out.rows.push_back(std::move(one));
    }
    const auto more = parsed.find("more");
    out.more = more != parsed.end() && more->is_boolean() && more->get<bool>();
    if (out.more && out.rows.empty()) return nonsense("list of versions");
    return out;
}

std::string encode_keys(const std::vector<std::string>& keys) {
    return json_text({{"keys", keys}});
}

Result<std::vector<std::string>> decode_keys(std::string_view body) {
    const json parsed = parse_json(body);
    if (!parsed.is_object() || !parsed.contains("keys") || !parsed["keys"].is_array())
        return fail(Errc::wrong_type, "keys must be an array of strings");
    if (parsed["keys"].size() > limits::push_items_accepted)
        return fail(Errc::invalid_argument,
                    fmt::format("at most {} keys in one request", limits::push_items_accepted));
    std::vector<std::string> out;
    for (const json& key : parsed["keys"]) {
        if (!key.is_string()) return fail(Errc::wrong_type, "keys must be an array of strings");
        out.push_back(key.get<std::string>());
    }
    return out;
}

std::string encode_rows(const Identity& node, const SomeChanges& some) {
    json head = identity_json(node);
    head["taken"] = some.taken;
    std::string body = json_text(head);
    body.pop_back();
    body += ",\"ops\":[";
    for (const Change& change : some.changes) {
        if (body.back() != '[') body += ',';
        const FeedRow row{0, change};
        body += encode_row(row);
    }
    body += "]}";
    return body;
}

Result<RowsAnswer> decode_rows(std::string_view body) {
    const json parsed = parse_json(body);
    if (!parsed.is_object() || !parsed.contains("ops") || !parsed["ops"].is_array())
        return nonsense("list of rows");
    const Identity node = identity_of(parsed);
    const std::int64_t taken = number_of(parsed, "taken");
    if (node.node.empty() || node.epoch.empty() || taken < 0) return nonsense("list of rows");
    RowsAnswer out;
    out.taken = static_cast<std::size_t>(taken);
    out.delivery.sender = node.node;
    out.delivery.epoch = node.epoch;
    out.delivery.base = node.base;
    for (const json& op : parsed["ops"]) {
        auto row = decode_row(op);
        if (row)
            out.delivery.rows.push_back(std::move(*row));
        else
            out.garbled += 1;
    }
    return out;
}

Differences differences(const std::vector<DigestPart>& theirs, const std::vector<Digest>& ours) {
    Differences out;
    for (std::size_t i = 0; i < theirs.size() && i < ours.size(); ++i) {
        const Digest& x = theirs[i].digest;
        const Digest& y = ours[i];
        if (x.sum == y.sum && x.count == y.count) continue;
        // Only the peer's list must be short: ours is at hand, and read page by page.
        (x.count <= kListedKeys ? out.to_list : out.to_split)
            .push_back({theirs[i].lo, theirs[i].hi});
    }
    return out;
}

std::vector<std::string> keys_peer_lacks(const std::vector<Change>& ours,
                                         const std::vector<Change>& theirs) {
    std::vector<std::string> out;
    auto at = theirs.begin();
    for (const Change& own : ours) {
        while (at != theirs.end() && at->key < own.key) ++at;
        const bool there = at != theirs.end() && at->key == own.key;
        if (!there || at->version < own.version) out.push_back(own.key);
    }
    return out;
}

void judge(const std::vector<Listed>& ours, const std::vector<Listed>& theirs,
           const VerdictRules& rules, Verdict& out) {
    const auto only_ours = [&](const Listed& own) {
        // What the peer may have collected it does not want back.
        const bool old = own.version.stamp <= rules.peer_horizon;
        if (old && own.version.sig == kPlainTombstone) return;
        // Whoever lets a memory expire writes it: that is no news.
        const bool expired = own.expired && !planted(Fault::expired_is_news);
        const bool shared = own.foreign || own.seq <= rules.acknowledged || expired ||
                            planted(Fault::unshared_forgotten);
        if (rules.stale && old && shared && own.state != State::dead)
            out.forget.push_back({own.key, own.version});
        else
            out.send.push_back(own.key);
    };
    const auto only_theirs = [&](const Listed& other) {
        if (other.version.sig != kPlainTombstone || other.version.stamp > rules.our_horizon)
            out.fetch.push_back(other.key);
    };
    auto own = ours.begin();
    auto other = theirs.begin();
    while (own != ours.end() || other != theirs.end()) {
        if (other == theirs.end() || (own != ours.end() && own->key < other->key)) {
            only_ours(*own++);
        } else if (own == ours.end() || other->key < own->key) {
            only_theirs(*other++);
        } else {
            const bool blind = planted(Fault::older_not_lacking);
            if (other->version < own->version && !blind) out.send.push_back(own->key);
            if (own->version < other->version && !blind) out.fetch.push_back(own->key);
            ++own;
            ++other;
        }
    }
}

}  // namespace aimem::repl
