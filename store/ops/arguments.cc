#include "store/ops/arguments.h"

#include "store/model/json_text.h"
#include "store/model/validate.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <limits>
#include <utility>

namespace aimem {
namespace {

using nlohmann::json;

constexpr std::size_t kShownBytes = 40;  // of a refused value, in a message

}  // namespace

std::string shown(const json& value) {
    if (value.is_array()) return fmt::format("an array of {}", value.size());
    if (value.is_object()) return "an object";
    std::string text = json_text(value);
    if (text.size() <= kShownBytes) return text;
    std::size_t end = kShownBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return text.substr(0, end) + "...";
}

Arguments::Arguments(const json& object, Null null) : object_(object), null_(null) {
    if (!object.is_object())
        error_ = Error(Errc::wrong_type, "arguments must be an object, given: " + shown(object));
}

std::string Arguments::required_text(const char* name) {
    if (!error_ && !object_.contains(name))
        error_ = Error(Errc::wrong_type, fmt::format("{} is required (a string)", name));
    auto given = text(name, Null::refused);
    return given ? std::move(*given) : std::string{};
}

std::optional<std::string> Arguments::text(const char* name, Null null) {
    const json* value = find(name, null);
    if (value == nullptr) return std::nullopt;
    if (value->is_string()) return value->get<std::string>();
    return mistyped(name, "a string", *value);
}

std::optional<std::int64_t> Arguments::integer(const char* name, Null null) {
    const json* value = find(name, null);
    if (value == nullptr) return std::nullopt;
    if (!value->is_number_integer()) return mistyped(name, "an integer", *value);
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    if (value->is_number_unsigned() &&
        value->get<std::uint64_t>() > static_cast<std::uint64_t>(most))
        return most;  // out of every range that is checked afterwards
    return value->get<std::int64_t>();
}

std::optional<double> Arguments::number(const char* name) {
    const json* value = find(name, null_);
    if (value == nullptr) return std::nullopt;
    if (value->is_number()) return value->get<double>();
    return mistyped(name, "a number", *value);
}

std::optional<bool> Arguments::flag(const char* name) {
    const json* value = find(name, null_);
    if (value == nullptr) return std::nullopt;
    if (value->is_boolean()) return value->get<bool>();
    mistyped(name, "true or false", *value);
    return std::nullopt;
}

std::optional<Tier> Arguments::tier(const char* name) {
    const json* value = find(name, null_);
    if (value == nullptr) return std::nullopt;
    if (!value->is_string()) return mistyped(name, "one of short, mid, long", *value);
    const auto tier = tier_from(value->get_ref<const std::string&>());
    if (!tier)
        refuse(Errc::wrong_type, fmt::format("invalid {}: accepted are short, mid, long, given: {}",
                                             name, shown(*value)));
    return tier;
}

std::optional<std::vector<std::string>> Arguments::texts(const char* name) {
    const json* value = find(name, null_);
    if (value == nullptr) return std::nullopt;
    if (!value->is_array()) return mistyped(name, "an array of strings", *value);
    for (const json& item : *value)
        if (!item.is_string())
            return mistyped(name, "an array of strings, but it holds one that is not", item);
    return value->get<std::vector<std::string>>();
}

const json* Arguments::object(const char* name) {
    const json* value = find(name, null_);
    if (value == nullptr || value->is_object()) return value;
    mistyped(name, "an object", *value);
    return nullptr;
}

void Arguments::require(const char* name, Result<> rule) {
    if (error_ || rule) return;
    error_ = std::move(rule).error();
    const auto value = object_.find(name);
    if (value != object_.end() && (value->is_number() || value->is_string()) &&
        json_text(*value).size() <= kShownBytes)
        error_->message += ", given: " + shown(*value);
}

void Arguments::refuse(Errc code, std::string message) {
    if (!error_) error_ = Error(code, std::move(message));
}

const json* Arguments::find(const char* name, Null null) const {
    if (error_) return nullptr;
    const auto found = object_.find(name);
    if (found == object_.end()) return nullptr;
    if (found->is_null() && null == Null::means_absent) return nullptr;
    return &*found;
}

std::nullopt_t Arguments::mistyped(const char* name, std::string_view expected, const json& given) {
    refuse(Errc::wrong_type, fmt::format("{} must be {}, given: {}", name, expected, shown(given)));
    return std::nullopt;
}

// What does not fit an int is out of range anyway.
std::optional<int> priority_of(Arguments& given) {
    const auto value = given.integer("priority");
    if (!value) return std::nullopt;
    given.require("priority", check_priority(*value));
    return given.error() ? std::nullopt : std::optional<int>(static_cast<int>(*value));
}

std::optional<std::string> metadata_of(Arguments& given) {
    const json* value = given.object("metadata");
    if (value == nullptr) return std::nullopt;
    return json_text(*value);
}

}  // namespace aimem
