#include "store/ops/intake.h"

#include "store/base/text.h"
#include "store/base/time_text.h"
#include "store/model/json_text.h"
#include "store/model/limits.h"
#include "store/model/validate.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <limits>
#include <utility>

namespace aimem {
namespace {

using nlohmann::json;

constexpr std::size_t kShownBytes = 40;  // of a refused value, in a message

// What was given, short enough for a message.
std::string shown(const json& value) {
    if (value.is_array()) return fmt::format("an array of {}", value.size());
    if (value.is_object()) return "an object";
    std::string text = json_text(value);
    if (text.size() <= kShownBytes) return text;
    std::size_t end = kShownBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return text.substr(0, end) + "...";
}

enum class Null { refused, means_absent };

// Reads members of one JSON object; the first mistake is kept, what comes after it is ignored.
class Arguments {
public:
    Arguments(const json& object, Null null) : object_(object), null_(null) {
        if (!object.is_object())
            error_ =
                Error(Errc::wrong_type, "arguments must be an object, given: " + shown(object));
    }

    std::string required_text(const char* name) {
        if (!error_ && !object_.contains(name))
            error_ = Error(Errc::wrong_type, fmt::format("{} is required (a string)", name));
        auto given = text(name, Null::refused);
        return given ? std::move(*given) : std::string{};
    }

    std::optional<std::string> text(const char* name) { return text(name, null_); }
    std::optional<std::string> text(const char* name, Null null) {
        const json* value = find(name, null);
        if (value == nullptr) return std::nullopt;
        if (value->is_string()) return value->get<std::string>();
        return mistyped(name, "a string", *value);
    }

    std::optional<std::int64_t> integer(const char* name, Null null) {
        const json* value = find(name, null);
        if (value == nullptr) return std::nullopt;
        if (!value->is_number_integer()) return mistyped(name, "an integer", *value);
        constexpr auto most = std::numeric_limits<std::int64_t>::max();
        if (value->is_number_unsigned() &&
            value->get<std::uint64_t>() > static_cast<std::uint64_t>(most))
            return most;  // out of every range that is checked afterwards
        return value->get<std::int64_t>();
    }
    std::optional<std::int64_t> integer(const char* name) { return integer(name, null_); }

    std::optional<double> number(const char* name) {
        const json* value = find(name, null_);
        if (value == nullptr) return std::nullopt;
        if (value->is_number()) return value->get<double>();
        return mistyped(name, "a number", *value);
    }

    std::optional<Tier> tier(const char* name) {
        const json* value = find(name, null_);
        if (value == nullptr) return std::nullopt;
        if (!value->is_string()) return mistyped(name, "one of short, mid, long", *value);
        const auto tier = tier_from(value->get_ref<const std::string&>());
        if (!tier && !error_)
            error_ = Error(Errc::wrong_type,
                           fmt::format("invalid {}: accepted are short, mid, long, given: {}", name,
                                       shown(*value)));
        return tier;
    }

    std::optional<std::vector<std::string>> texts(const char* name) {
        const json* value = find(name, null_);
        if (value == nullptr) return std::nullopt;
        if (!value->is_array()) return mistyped(name, "an array of strings", *value);
        for (const json& item : *value)
            if (!item.is_string())
                return mistyped(name, "an array of strings, but it holds one that is not", item);
        return value->get<std::vector<std::string>>();
    }

    const json* object(const char* name) {
        const json* value = find(name, null_);
        if (value == nullptr || value->is_object()) return value;
        mistyped(name, "an object", *value);
        return nullptr;
    }

    // Keeps what a rule says of a member that was given.
    void require(const char* name, Result<> rule) {
        if (error_ || rule) return;
        error_ = std::move(rule).error();
        const auto value = object_.find(name);
        if (value != object_.end() && (value->is_number() || value->is_string()) &&
            json_text(*value).size() <= kShownBytes)
            error_->message += ", given: " + shown(*value);
    }
    void refuse(Errc code, std::string message) {
        if (!error_) error_ = Error(code, std::move(message));
    }
    const std::optional<Error>& error() const { return error_; }

private:
    const json* find(const char* name, Null null) const {
        if (error_) return nullptr;
        const auto found = object_.find(name);
        if (found == object_.end()) return nullptr;
        if (found->is_null() && null == Null::means_absent) return nullptr;
        return &*found;
    }
    std::nullopt_t mistyped(const char* name, std::string_view expected, const json& given) {
        refuse(Errc::wrong_type,
               fmt::format("{} must be {}, given: {}", name, expected, shown(given)));
        return std::nullopt;
    }

    const json& object_;
    Null null_;
    std::optional<Error> error_{};
};

// priority as the Op carries it; what does not fit an int is out of range anyway.
std::optional<int> priority(Arguments& given) {
    const auto value = given.integer("priority");
    if (!value) return std::nullopt;
    given.require("priority", check_priority(*value));
    return given.error() ? std::nullopt : std::optional<int>(static_cast<int>(*value));
}

std::optional<std::string> metadata(Arguments& given) {
    const json* value = given.object("metadata");
    if (value == nullptr) return std::nullopt;
    return json_text(*value);
}

Result<> check_ttl(std::int64_t secs) {
    if (secs >= 1 && secs <= limits::ttl_secs_max) return {};
    return fail(Errc::invalid_argument,
                fmt::format("ttl_secs must be an integer from 1 to {}", limits::ttl_secs_max));
}

Result<> check_future(std::string_view text, std::int64_t now_ns) {
    if (auto ok = check_time("expires_at", text); !ok) return ok;
    if (*parse_time(text) > now_ns) return {};
    return fail(Errc::invalid_argument, "expires_at must lie in the future");
}

// metadata as a whole, and the one member of it that has a meaning here: its scope.
Result<> check_metadata_and_scope(std::string_view text) {
    if (auto ok = check_metadata(text); !ok) return ok;
    const json parsed = parse_json(text);
    const auto scope = parsed.find("scope");
    if (scope == parsed.end()) return {};
    if (!scope->is_string())
        return fail(Errc::wrong_type, "metadata.scope must be a string, given: " + shown(*scope));
    return check_scope(scope->get_ref<const std::string&>());
}

// Who asks: the argument, else the metadata, else the door's own knowledge; empty ones do not
// count.
std::string author(Arguments& given, const Caller& caller) {
    if (auto named = given.text("agent_id", Null::means_absent); named && !named->empty())
        return std::move(*named);
    if (const json* metadata = given.object("metadata")) {
        const auto named = metadata->find("agent_id");
        if (named != metadata->end() && named->is_string() &&
            !named->get_ref<const std::string&>().empty())
            return named->get<std::string>();
    }
    return caller.agent_id;
}

}  // namespace

Result<StoreMemory> store_from_json(const json& arguments, const Caller& caller) {
    Arguments given(arguments, Null::refused);
    StoreMemory op;
    op.title = given.required_text("title");
    op.content = given.required_text("content");
    op.tier = given.tier("tier");
    if (auto ns = given.text("namespace")) op.ns = std::move(*ns);
    op.tags = given.texts("tags");
    op.priority = priority(given);
    op.confidence = given.number("confidence");
    if (op.confidence) given.require("confidence", check_confidence(*op.confidence));
    op.source = given.text("source");
    if (op.source) given.require("source", check_source(*op.source));
    if (!op.source && !caller.source.empty()) op.source = caller.source;
    op.expires_at = given.text("expires_at", Null::means_absent);
    if (op.expires_at) given.require("expires_at", check_future(*op.expires_at, caller.now_ns));
    op.ttl_secs = given.integer("ttl_secs", Null::means_absent);
    if (op.ttl_secs) given.require("ttl_secs", check_ttl(*op.ttl_secs));
    op.metadata = metadata(given);
    op.scope = given.text("scope", Null::means_absent);
    if (op.scope) given.require("scope", check_scope(*op.scope));
    op.agent_id = author(given, caller);
    if (given.error()) return fail(*given.error());
    if (auto ok = check_op(op); !ok) return fail(ok.error());
    return op;
}

Result<UpdateMemory> update_from_json(std::string id, const json& arguments) {
    Arguments given(arguments, Null::means_absent);
    UpdateMemory op;
    op.id = std::move(id);
    op.title = given.text("title");
    op.content = given.text("content");
    op.ns = given.text("namespace");
    op.tier = given.tier("tier");
    op.tags = given.texts("tags");
    op.priority = priority(given);
    op.confidence = given.number("confidence");
    if (op.confidence) given.require("confidence", check_confidence(*op.confidence));
    op.expires_at = given.text("expires_at");
    if (op.expires_at && !op.expires_at->empty())
        given.require("expires_at", check_time("expires_at", *op.expires_at));
    op.metadata = metadata(given);
    if (given.error()) return fail(*given.error());
    const auto expiry = arguments.find("expires_at");
    if (expiry != arguments.end() && expiry->is_null()) op.expires_at = "";
    if (auto ok = check_op(op); !ok) return fail(ok.error());
    return op;
}

Result<LinkMemories> link_from_arguments(const json& arguments) {
    Arguments given(arguments, Null::means_absent);
    LinkMemories op;
    op.source_id = given.required_text("source_id");
    op.target_id = given.required_text("target_id");
    if (auto relation = given.text("relation")) op.relation = std::move(*relation);
    given.require("relation", check_relation(op.relation));
    if (given.error()) return fail(*given.error());
    if (auto ok = check_op(op); !ok) return fail(ok.error());
    return op;
}

Result<UnlinkMemories> unlink_from_arguments(const json& arguments) {
    Arguments given(arguments, Null::means_absent);
    UnlinkMemories op;
    op.source_id = given.required_text("source_id");
    op.target_id = given.required_text("target_id");
    op.relation = given.text("relation");
    if (op.relation) given.require("relation", check_relation(*op.relation));
    if (given.error()) return fail(*given.error());
    if (auto ok = check_op(op); !ok) return fail(ok.error());
    return op;
}

namespace {

// The first rule that is broken.
template <typename... Rules>
Result<> all_of(Rules&&... rules) {
    Result<> kept{};
    // Short-circuits: a rule is only tried while all before it held.
    (void)(... && static_cast<bool>(kept = rules()));
    return kept;
}

template <typename T, typename Rule>
auto if_given(const std::optional<T>& value, Rule rule) {
    return [&value, rule]() -> Result<> {
        return value ? rule(*value) : Result<>{};
    };
}

Result<> check_reason(std::string_view reason) {
    if (reason.size() > limits::reason_bytes)
        return fail(Errc::invalid_argument,
                    fmt::format("reason exceeds max size of {} bytes", limits::reason_bytes));
    if (!is_utf8(reason) || trim(reason).empty() || has_control_char(reason, ""))
        return fail(Errc::invalid_argument,
                    "reason must be a short text without control characters");
    return {};
}

Result<> check(const StoreMemory& op) {
    return all_of([&] { return check_title("title", op.title); },
                  [&] { return check_content("content", op.content); },
                  [&] { return check_namespace("namespace", op.ns); },
                  if_given(op.tags, check_tags), if_given(op.priority, check_priority),
                  if_given(op.confidence, check_confidence), if_given(op.source, check_source),
                  if_given(op.expires_at,
                           [](std::string_view text) { return check_time("expires_at", text); }),
                  if_given(op.ttl_secs, check_ttl), if_given(op.metadata, check_metadata_and_scope),
                  if_given(op.scope, check_scope),
                  [&]() -> Result<> {
                      if (op.agent_id.empty()) return {};
                      return check_agent_id("agent_id", op.agent_id);
                  });
}

Result<> check(const UpdateMemory& op) {
    return all_of(
        [&] { return check_id("id", op.id); },
        if_given(op.title, [](std::string_view text) { return check_title("title", text); }),
        if_given(op.content, [](std::string_view text) { return check_content("content", text); }),
        if_given(op.ns, [](std::string_view text) { return check_namespace("namespace", text); }),
        if_given(op.tags, check_tags), if_given(op.priority, check_priority),
        if_given(op.confidence, check_confidence),
        if_given(op.expires_at,
                 [](std::string_view text) -> Result<> {
                     if (text.empty()) return {};  // clears it
                     return check_time("expires_at", text);
                 }),
        if_given(op.metadata, check_metadata_and_scope));
}

Result<> check(const PromoteMemory& op) {
    return check_id("id", op.id);
}

Result<> check(const DeleteMemory& op) {
    return check_id("id", op.id);
}

Result<> check(const ArchiveMemory& op) {
    return all_of([&] { return check_id("id", op.id); }, [&] { return check_reason(op.reason); });
}

Result<> check(const RestoreMemory& op) {
    return check_id("id", op.id);
}

Result<> check(const LinkMemories& op) {
    return check_link(op.source_id, op.target_id, op.relation);
}

Result<> check(const UnlinkMemories& op) {
    return check_link(op.source_id, op.target_id, op.relation.value_or("related_to"));
}

}  // namespace

Result<> check_op(const Op& op) {
    return std::visit([](const auto& verb) { return check(verb); }, op);
}

Result<> check_filter(const Filter& filter) {
    return all_of(
        if_given(filter.ns,
                 [](std::string_view text) { return check_namespace("namespace", text); }),
        if_given(filter.tag, [](const std::string& tag) { return check_tags({tag}); }),
        if_given(filter.agent_id,
                 [](std::string_view text) { return check_agent_id("agent_id", text); }),
        if_given(filter.since, [](std::string_view text) { return check_time("since", text); }),
        if_given(filter.until, [](std::string_view text) { return check_time("until", text); }),
        if_given(filter.as_agent,
                 [](std::string_view text) { return check_namespace("as_agent", text); }));
}

}  // namespace aimem
