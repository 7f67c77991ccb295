#include "mcp/schema_check.h"

#include "mcp/rpc.h"
#include "store/base/text.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace aimem::mcp {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 16> kKeywords{
    "type",       "enum",     "properties", "required",  "additionalProperties",
    "items",      "minimum",  "maximum",    "minLength", "maxLength",
    "minItems",   "maxItems", "default",    "nullable",  "title",
    "description"};
constexpr std::size_t kGivenBytesMax = 60;
constexpr double kExactIntegerMax = 9'007'199'254'740'992.0;  // 2^53

const json* keyword(const json& schema, const char* name) {
    const auto found = schema.find(name);
    return found == schema.end() ? nullptr : &*found;
}

std::string_view type_of(const json& schema) {
    const json* type = keyword(schema, "type");
    return type == nullptr ? std::string_view()
                           : std::string_view(type->get_ref<const std::string&>());
}

// " from 1 to 10", " of 1 to 512 characters": the bounds in words, empty when there are none.
std::string bounds(const json& schema, const char* low, const char* high, std::string_view unit) {
    const json* least = keyword(schema, low);
    const json* most = keyword(schema, high);
    const std::string_view preposition = unit.empty() ? "from" : "of";
    if (least != nullptr && most != nullptr) {
        return fmt::format(" {} {} to {}{}", preposition, to_text(*least), to_text(*most), unit);
    }
    if (least != nullptr) return fmt::format(" of at least {}{}", to_text(*least), unit);
    if (most != nullptr) return fmt::format(" of at most {}{}", to_text(*most), unit);
    return {};
}

std::string accepted(const json& schema) {
    if (const json* values = keyword(schema, "enum")) {
        std::string list;
        for (const json& value : *values) {
            if (!list.empty()) list += ", ";
            list += value.is_string() ? value.get<std::string>() : to_text(value);
        }
        return "one of " + list;
    }
    const std::string_view type = type_of(schema);
    if (type == "string")
        return "a string" + bounds(schema, "minLength", "maxLength", " characters");
    if (type == "integer") return "an integer" + bounds(schema, "minimum", "maximum", "");
    if (type == "number") return "a number" + bounds(schema, "minimum", "maximum", "");
    if (type == "boolean") return "true or false";
    if (type == "object") return "an object";
    if (type != "array") return "a value";
    std::string text = "an array" + bounds(schema, "minItems", "maxItems", " items");
    if (const json* items = keyword(schema, "items")) text += ", each " + accepted(*items);
    return text;
}

// What the caller sent, short enough for an error text.
std::string given(const json& value) {
    if (value.is_object()) return "an object";
    if (value.is_array()) return fmt::format("an array of {} items", value.size());
    if (value.is_string()) {
        const auto& text = value.get_ref<const std::string&>();
        if (text.size() > kGivenBytesMax)
            return fmt::format("a string of {} characters", count_chars(text));
    }
    return to_text(value);
}

bool has_type(const json& value, std::string_view type) {
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    if (type == "boolean") return value.is_boolean();
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    return true;
}

bool within(double value, const json* least, const json* most) {
    if (least != nullptr && value < least->get<double>()) return false;
    return most == nullptr || value <= most->get<double>();
}

bool fits(const json& schema, const json& value) {
    if (const json* values = keyword(schema, "enum")) {
        return std::find(values->begin(), values->end(), value) != values->end();
    }
    if (!has_type(value, type_of(schema))) return false;
    if (value.is_number()) {
        return within(value.get<double>(), keyword(schema, "minimum"), keyword(schema, "maximum"));
    }
    if (value.is_string()) {
        const auto chars = static_cast<double>(count_chars(value.get_ref<const std::string&>()));
        return within(chars, keyword(schema, "minLength"), keyword(schema, "maxLength"));
    }
    if (value.is_array()) {
        const auto items = static_cast<double>(value.size());
        return within(items, keyword(schema, "minItems"), keyword(schema, "maxItems"));
    }
    return true;
}

// JSON knows one kind of number: 5.0 is the integer 5, and many writers print it so.
void settle_integer(const json& schema, json& value) {
    if (type_of(schema) != "integer" || !value.is_number_float()) return;
    const double number = value.get<double>();
    if (std::abs(number) > kExactIntegerMax || number != std::trunc(number)) return;
    value = static_cast<std::int64_t>(number);
}

std::string joined(const std::string& path, const std::string& name) {
    return path.empty() ? name : path + "." + name;
}

class Check {
public:
    void value(const json& schema, json& value, const std::string& path) {
        const json* nullable = keyword(schema, "nullable");
        if (value.is_null() && nullable != nullptr && *nullable == true) return;
        settle_integer(schema, value);
        if (!fits(schema, value)) {
            complain(fmt::format("{}: must be {}, got {}", path, accepted(schema), given(value)));
            return;
        }
        if (value.is_object()) object(schema, value, path);
        const json* items = keyword(schema, "items");
        if (!value.is_array() || items == nullptr) return;
        for (std::size_t i = 0; i < value.size() && !fault; ++i) {
            this->value(*items, value[i], fmt::format("{}[{}]", path, i));
        }
    }

    void object(const json& schema, json& value, const std::string& path) {
        static const json nothing = json::object();
        const json* known = keyword(schema, "properties");
        const json& properties = known != nullptr ? *known : nothing;
        const json* more = keyword(schema, "additionalProperties");
        for (auto member = value.begin(); member != value.end() && !fault; ++member) {
            const auto property = properties.find(member.key());
            if (property != properties.end()) {
                this->value(*property, *member, joined(path, member.key()));
            } else if (more != nullptr && *more == false) {
                complain(unknown(properties, path, member.key()));
            }
        }
        const json* required = keyword(schema, "required");
        if (required == nullptr) return;
        for (const json& name : *required) {
            const auto& text = name.get_ref<const std::string&>();
            if (fault || value.contains(text)) continue;
            complain(fmt::format("{}: missing; must be {}", joined(path, text),
                                 accepted(properties.at(text))));
        }
    }

    std::optional<std::string> fault{};

private:
    static std::string unknown(const json& properties, const std::string& path,
                               const std::string& name) {
        std::string list;
        for (const auto& property : properties.items()) {
            list += (list.empty() ? "" : ", ") + property.key();
        }
        const std::string shown = joined(path, excerpt(name));
        if (list.empty()) return fmt::format("{}: unknown argument; none are accepted", shown);
        return fmt::format("{}: unknown argument; accepted are {}", shown, list);
    }
    void complain(std::string text) {
        if (!fault) fault = std::move(text);
    }
};

}  // namespace

Result<> check_arguments(const json& schema, json& arguments) {
    Check check;
    check.object(schema, arguments, "");
    if (check.fault) return fail(Errc::invalid_argument, *std::move(check.fault));
    return {};
}

std::vector<std::string> unknown_keywords(const json& schema) {
    std::vector<std::string> unknown;
    const auto add = [&unknown](std::vector<std::string> more) {
        for (auto& name : more) unknown.push_back(std::move(name));
    };
    for (const auto& entry : schema.items()) {
        if (std::find(kKeywords.begin(), kKeywords.end(), entry.key()) == kKeywords.end()) {
            unknown.push_back(entry.key());
        }
    }
    if (const json* items = keyword(schema, "items")) add(unknown_keywords(*items));
    if (const json* properties = keyword(schema, "properties")) {
        for (const json& property : *properties) add(unknown_keywords(property));
    }
    return unknown;
}

}  // namespace aimem::mcp
