#include "store/model/json.h"

#include "store/base/text.h"
#include "store/model/json_text.h"
#include "store/model/limits.h"
#include "store/model/strict_json.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace aimem {
namespace {

using nlohmann::json;

tl::unexpected<Error> mistyped(std::string_view field, std::string_view expected) {
    return fail(Errc::wrong_type, fmt::format("{} must be {}", field, expected));
}

// Reads members of one JSON object into plain values; the first mistake is kept and named.
class Fields {
public:
    explicit Fields(const json& object) : object_(object) {}

    void text(const char* name, std::string& out) {
        if (const json* value = required(name)) {
            if (value->is_string())
                out = value->get<std::string>();
            else
                complain(name, "a string");
        }
    }
    void maybe_text(const char* name, std::optional<std::string>& out) {
        const auto found = object_.find(name);
        if (found == object_.end() || found->is_null()) return;
        if (found->is_string())
            out = found->get<std::string>();
        else
            complain(name, "a string or null");
    }
    template <typename T>
    void integer(const char* name, T& out) {
        if (const json* value = required(name)) {
            // A number that does not fit must not become another one.
            if (value->is_number_unsigned() && std::in_range<T>(value->get<std::uint64_t>()))
                out = static_cast<T>(value->get<std::uint64_t>());
            else if (value->is_number_integer() && !value->is_number_unsigned() &&
                     std::in_range<T>(value->get<std::int64_t>()))
                out = static_cast<T>(value->get<std::int64_t>());
            else
                complain(name, "an integer");
        }
    }
    void number(const char* name, double& out) {
        if (const json* value = required(name)) {
            if (value->is_number())
                out = value->get<double>() + 0.0;  // no -0.0: a table would not give it back
            else
                complain(name, "a number");
        }
    }
    void tier(const char* name, Tier& out) {
        const json* value = required(name);
        if (value == nullptr) return;
        const auto parsed =
            value->is_string() ? tier_from(value->get_ref<const std::string&>()) : std::nullopt;
        if (parsed)
            out = *parsed;
        else
            complain(name, "one of short, mid, long");
    }
    void texts(const char* name, std::vector<std::string>& out) {
        const json* value = required(name);
        if (value == nullptr) return;
        bool good = value->is_array();
        if (good)
            for (const json& item : *value) good = good && item.is_string();
        if (good)
            out = value->get<std::vector<std::string>>();
        else
            complain(name, "an array of strings");
    }
    void object_text(const char* name, std::string& out) {
        const auto found = object_.find(name);
        if (found == object_.end()) return;
        if (found->is_object())
            out = json_text(*found);
        else
            complain(name, "an object");
    }
    Result<> done() const { return error_ ? Result<>(fail(*error_)) : Result<>{}; }

private:
    const json* required(const char* name) {
        const auto found = object_.find(name);
        if (found != object_.end()) return &*found;
        complain(name, "given");
        return nullptr;
    }
    void complain(std::string_view name, std::string_view expected) {
        if (!error_) error_ = mistyped(name, expected).value();
    }

    const json& object_;
    std::optional<Error> error_{};
};

// Nothing we keep is nested deeper: metadata, one level down in a body.
constexpr std::size_t kLevelsMax = limits::metadata_depth + 1;

json parse_object(std::string_view text) {
    json value = parse_json(text);
    return value.is_object() && !deeper_than(value, kLevelsMax) ? value : json::object();
}

// An object of a depth that may be handed on to functions that recurse.
Result<> check_shape(std::string_view what, const json& value) {
    if (!value.is_object()) return mistyped(what, "an object");
    if (deeper_than(value, kLevelsMax))
        return mistyped(what, fmt::format("nested at most {} levels deep", kLevelsMax));
    return {};
}

std::string compact(const json& value) {
    return json_text(value);
}

// What json writes for plain text; anything beyond that is left to it.
void append_text(std::string& out, std::string_view before, std::string_view text) {
    out += before;
    const auto start = out.size();
    out += '"';
    for (std::size_t at = 0; at < text.size(); ++at) {
        const std::size_t plain = std::exchange(at, plain_end(text, at));
        out.append(text, plain, at - plain);
        if (at == text.size()) break;
        const char c = text[at];
        if (c == '\n') {
            out += "\\n";
        } else if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else {
            out.resize(start);
            out += compact(json(text));
            return;
        }
    }
    out += '"';
}

json replicated(const Memory& m) {
    json out{
        {"confidence", m.confidence}, {"content", m.content},      {"created_at", m.created_at},
        {"namespace", m.ns},          {"priority", m.priority},    {"source", m.source},
        {"tags", tags_json(m.tags)},  {"tier", to_string(m.tier)}, {"title", m.title}};
    out["metadata"] = parse_object(m.metadata);
    if (m.expires_at) out["expires_at"] = *m.expires_at;
    return out;
}

Result<Memory> from_replicated(std::string_view id, const json& value) {
    if (auto ok = check_shape("body", value); !ok) return fail(ok.error());
    Memory m;
    m.id = id;
    Fields fields(value);
    fields.tier("tier", m.tier);
    fields.text("namespace", m.ns);
    fields.text("title", m.title);
    fields.text("content", m.content);
    fields.texts("tags", m.tags);
    fields.integer("priority", m.priority);
    fields.number("confidence", m.confidence);
    fields.text("source", m.source);
    fields.text("created_at", m.created_at);
    fields.maybe_text("expires_at", m.expires_at);
    fields.object_text("metadata", m.metadata);
    if (auto ok = fields.done(); !ok) return fail(ok.error());
    return m;
}

}  // namespace

bool deeper_than(const json& value, std::size_t levels) {
    if (!value.is_structured()) return false;
    if (levels == 0) return true;
    return std::any_of(value.begin(), value.end(),
                       [levels](const json& item) { return deeper_than(item, levels - 1); });
}

json tags_json(const std::vector<std::string>& tags) {
    json out = json::array();
    for (const auto& tag : tags) out.push_back(tag);
    return out;
}

std::string tags_text(const std::vector<std::string>& tags) {
    std::string out;
    for (const auto& tag : tags) append_text(out, out.empty() ? "[" : ",", tag);
    return out.empty() ? "[]" : out + "]";
}

std::vector<std::string> tags_from_text(std::string_view json_array) {
    std::vector<std::string> out;
    if (json_array == "[]") return out;
    const json parsed = parse_json(json_array);
    if (!parsed.is_array()) return out;
    for (const json& item : parsed)
        if (item.is_string()) out.push_back(item.get<std::string>());
    return out;
}

json to_json(const Memory& m) {
    json out = replicated(m);
    out["id"] = m.id;
    out["access_count"] = m.access_count;
    out["updated_at"] = m.updated_at;
    if (m.last_accessed_at) out["last_accessed_at"] = *m.last_accessed_at;
    return out;
}

json to_json(const Archived& archived) {
    json out = to_json(archived.memory);
    if (!archived.memory.last_accessed_at) out["last_accessed_at"] = nullptr;
    if (!archived.memory.expires_at) out["expires_at"] = nullptr;
    out["archived_at"] = archived.archived_at;
    out["archive_reason"] = archived.reason;
    return out;
}

json to_json(const Link& link) {
    json out{{"source_id", link.source_id},
             {"target_id", link.target_id},
             {"relation", link.relation},
             {"created_at", link.created_at}};
    if (link.valid_from) out["valid_from"] = *link.valid_from;
    if (link.valid_until) out["valid_until"] = *link.valid_until;
    if (link.observed_by) out["observed_by"] = *link.observed_by;
    if (link.closed_by) out["closed_by"] = *link.closed_by;
    if (link.closed_at) out["closed_at"] = *link.closed_at;
    return out;
}

Result<Memory> memory_from_json(const json& value) {
    if (auto ok = check_shape("memory", value); !ok) return fail(ok.error());
    Memory m;
    Fields fields(value);
    fields.text("id", m.id);
    fields.tier("tier", m.tier);
    fields.text("namespace", m.ns);
    fields.text("title", m.title);
    fields.text("content", m.content);
    fields.texts("tags", m.tags);
    fields.integer("priority", m.priority);
    fields.number("confidence", m.confidence);
    fields.text("source", m.source);
    fields.integer("access_count", m.access_count);
    fields.text("created_at", m.created_at);
    fields.text("updated_at", m.updated_at);
    fields.maybe_text("last_accessed_at", m.last_accessed_at);
    fields.maybe_text("expires_at", m.expires_at);
    fields.object_text("metadata", m.metadata);
    if (auto ok = fields.done(); !ok) return fail(ok.error());
    return m;
}

Result<Link> link_from_json(const json& value) {
    if (auto ok = check_shape("link", value); !ok) return fail(ok.error());
    Link link;
    Fields fields(value);
    fields.text("source_id", link.source_id);
    fields.text("target_id", link.target_id);
    fields.text("relation", link.relation);
    fields.text("created_at", link.created_at);
    fields.maybe_text("valid_from", link.valid_from);
    fields.maybe_text("valid_until", link.valid_until);
    fields.maybe_text("observed_by", link.observed_by);
    fields.maybe_text("closed_by", link.closed_by);
    fields.maybe_text("closed_at", link.closed_at);
    if (auto ok = fields.done(); !ok) return fail(ok.error());
    return link;
}

std::string metadata_text(std::string_view metadata, std::string_view field) {
    if (metadata == "{}") return {};
    const json parsed = parse_object(metadata);
    const auto found = parsed.find(field);
    return found != parsed.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::string with_metadata_text(std::string_view metadata, std::string_view field,
                               std::string_view value) {
    json parsed = parse_object(metadata);
    parsed[std::string(field)] = value;
    return compact(parsed);
}

std::string with_writer(std::string_view metadata, std::string_view agent_id) {
    json parsed = parse_object(metadata);
    const auto is = [&parsed](const char* name, std::string_view text) {
        const auto found = parsed.find(name);
        return found != parsed.end() && found->is_string() &&
               found->get_ref<const std::string&>() == text;
    };
    if (is("agent_id", agent_id))
        parsed.erase("written_by");
    else
        parsed["written_by"] = agent_id;
    std::string out = compact(parsed);
    return out.size() <= limits::metadata_bytes ? out : std::string(metadata);
}

std::string canonical_object(std::string_view text) {
    std::optional<std::string> last;
    const bool is_canonical = is_flat_object(text, [&](const auto& name, const auto& /*value*/) {
        const bool behind = !last || *last < name;
        last = name;
        return behind;
    });
    return is_canonical ? std::string(text) : compact(parse_object(text));
}

// Written on every commit and compared on every arrival, so by hand; compact(replicated(m)) says
// the same, and a test holds the two together.
std::string memory_body(const Memory& m) {
    std::string out;
    out.reserve(m.content.size() + m.title.size() + 320);
    out += "{\"confidence\":";
    out += m.confidence == 1.0 ? "1.0" : compact(json(m.confidence));
    append_text(out, ",\"content\":", m.content);
    append_text(out, ",\"created_at\":", m.created_at);
    if (m.expires_at) append_text(out, ",\"expires_at\":", *m.expires_at);
    out += ",\"metadata\":";
    out += canonical_object(m.metadata);
    append_text(out, ",\"namespace\":", m.ns);
    out += ",\"priority\":";
    out += std::to_string(m.priority);
    append_text(out, ",\"source\":", m.source);
    out += ",\"tags\":";
    out += tags_text(m.tags);
    append_text(out, ",\"tier\":", to_string(m.tier));
    append_text(out, ",\"title\":", m.title);
    out += '}';
    return out;
}

std::string archived_body(const Archived& archived) {
    json out = replicated(archived.memory);
    out["archived_at"] = archived.archived_at;
    out["archive_reason"] = archived.reason;
    return compact(out);
}

std::string link_body(const Link& link) {
    return compact(to_json(link));
}

std::string merged_into_body(std::string_view id) {
    return compact(json{{"into", id}});
}

Result<Memory> memory_from_body(std::string_view id, std::string_view body) {
    return from_replicated(id, parse_json(body));
}

Result<Archived> archived_from_body(std::string_view id, std::string_view body) {
    const json value = parse_json(body);
    auto memory = from_replicated(id, value);
    if (!memory) return fail(memory.error());
    Archived out{std::move(*memory), {}, {}};
    Fields fields(value);
    fields.text("archived_at", out.archived_at);
    fields.text("archive_reason", out.reason);
    if (auto ok = fields.done(); !ok) return fail(ok.error());
    return out;
}

Result<Link> link_from_body(std::string_view body) {
    return link_from_json(parse_json(body));
}

std::string merged_into(std::string_view body) {
    return body.empty() ? std::string{} : metadata_text(body, "into");
}

}  // namespace aimem
