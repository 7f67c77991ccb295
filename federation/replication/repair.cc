#include "federation/replication/repair.h"

#include "federation/replication/wire.h"

#include <nlohmann/json.hpp>

#include <charconv>

namespace aimem::repl {
namespace {

using nlohmann::json;

tl::unexpected<Error> nonsense(const char* what) {
    return fail(Errc::peer, std::string("the peer's answer is no ") + what);
}

std::string text_of(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
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

}  // namespace

Result<Digest> decode_digest(std::string_view body) {
    const json parsed = json::parse(body, nullptr, false);
    Digest out;
    if (!parsed.is_object() || !read_digest(parsed, out)) return nonsense("digest");
    return out;
}

Result<std::vector<DigestPart>> decode_parts(std::string_view body) {
    const json parsed = json::parse(body, nullptr, false);
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

Result<std::vector<Change>> decode_versions(std::string_view body) {
    const json parsed = json::parse(body, nullptr, false);
    if (!parsed.is_object() || !parsed.contains("rows") || !parsed["rows"].is_array())
        return nonsense("list of versions");
    std::vector<Change> out;
    for (const json& row : parsed["rows"]) {
        if (!row.is_object()) return nonsense("list of versions");
        json op = row;
        op["q"] = "0";
        auto decoded = decode_row(op);
        if (!decoded) return fail(Errc::peer, decoded.error().message);
        out.push_back(std::move(decoded->change));
    }
    return out;
}

Differences differences(const std::vector<DigestPart>& theirs, const std::vector<Digest>& ours) {
    Differences out;
    for (std::size_t i = 0; i < theirs.size() && i < ours.size(); ++i) {
        const Digest& x = theirs[i].digest;
        const Digest& y = ours[i];
        if (x.sum == y.sum && x.count == y.count) continue;
        const bool few = x.count <= kListedKeys && y.count <= kListedKeys;
        (few ? out.to_list : out.to_split).push_back({theirs[i].lo, theirs[i].hi});
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

}  // namespace aimem::repl
