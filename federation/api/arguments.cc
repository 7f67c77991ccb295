#include "federation/api/arguments.h"

#include "store/ops/intake.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace aimem::api {

using nlohmann::json;

std::string Arguments::required_text(const char* name) {
    auto given = text(name);
    if (!given) refuse(fmt::format("missing field `{}`", name));
    return std::move(given).value_or(std::string{});
}

std::optional<std::size_t> Arguments::count(const char* name) {
    const auto given = integer(name);
    if (!given) return std::nullopt;
    if (*given >= 0) return static_cast<std::size_t>(*given);
    refuse(fmt::format("{} must not be negative", name));
    return std::nullopt;
}

std::optional<Tier> Arguments::tier(const char* name) {
    const auto given = text(name);
    if (!given) return std::nullopt;
    const auto tier = tier_from(*given);
    if (!tier) refuse(fmt::format("{} must be one of short, mid, long", name));
    return tier;
}

void Arguments::refuse(Result<> rule) {
    if (!error_ && !rule) error_ = std::move(rule).error();
}

QueryArguments::QueryArguments(std::string_view query) {
    auto parsed = http::Query::parse(query);
    if (parsed)
        query_ = std::move(*parsed);
    else
        refuse(parsed.error().message);
}

std::optional<std::string> QueryArguments::text(const char* name) {
    if (query_.count(name) > 1) refuse(fmt::format("duplicate field `{}`", name));
    const auto given = query_.get(name);
    return given && !error_ ? std::optional<std::string>(*given) : std::nullopt;
}

std::optional<std::int64_t> QueryArguments::integer(const char* name) {
    const auto given = text(name);
    if (!given) return std::nullopt;
    std::int64_t value = 0;
    const char* end = given->data() + given->size();
    const auto [stop, problem] = std::from_chars(given->data(), end, value);
    if (problem == std::errc{} && stop == end) return value;
    refuse(fmt::format("{} must be an integer", name));
    return std::nullopt;
}

std::optional<bool> QueryArguments::flag(const char* name) {
    const auto given = text(name);
    if (!given) return std::nullopt;
    if (*given == "true") return true;
    if (*given == "false") return false;
    refuse(fmt::format("{} must be true or false", name));
    return std::nullopt;
}

void QueryArguments::refuse(std::string message) {
    if (!error_)
        error_ = Error(Errc::invalid_argument, "Failed to deserialize query string: " + message);
}

BodyArguments::BodyArguments(const json& body) : body_(body) {
    if (!body.is_object()) refuse("the body must be a JSON object");
}

const json* BodyArguments::find(const char* name) {
    if (error_) return nullptr;
    const auto found = body_.find(name);
    return found == body_.end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::string> BodyArguments::text(const char* name) {
    const json* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_string()) return value->get<std::string>();
    refuse(fmt::format("{} must be a string", name));
    return std::nullopt;
}

std::optional<std::int64_t> BodyArguments::integer(const char* name) {
    const json* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_number_unsigned())  // beyond int64 is beyond every bound, too
        return static_cast<std::int64_t>(std::min<std::uint64_t>(
            value->get<std::uint64_t>(), std::numeric_limits<std::int64_t>::max()));
    if (value->is_number_integer()) return value->get<std::int64_t>();
    refuse(fmt::format("{} must be an integer", name));
    return std::nullopt;
}

std::vector<std::string> BodyArguments::required_texts(const char* name) {
    auto given = texts(name);
    if (!given) refuse(fmt::format("{} must be an array of strings", name));
    return std::move(given).value_or(std::vector<std::string>{});
}

std::optional<std::vector<std::string>> BodyArguments::texts(const char* name) {
    const json* value = find(name);
    if (value == nullptr) return std::nullopt;
    const bool good =
        value->is_array() && std::all_of(value->begin(), value->end(),
                                         [](const json& item) { return item.is_string(); });
    if (good) return value->get<std::vector<std::string>>();
    refuse(fmt::format("{} must be an array of strings", name));
    return std::nullopt;
}

std::optional<bool> BodyArguments::flag(const char* name) {
    const json* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_boolean()) return value->get<bool>();
    refuse(fmt::format("{} must be true or false", name));
    return std::nullopt;
}

const json* BodyArguments::object(const char* name) {
    const json* value = find(name);
    if (value == nullptr || value->is_object()) return value;
    refuse(fmt::format("{} must be an object", name));
    return nullptr;
}

void BodyArguments::refuse(std::string message) {
    if (!error_) error_ = Error(Errc::wrong_type, std::move(message));
}

void read_place_and_time(Arguments& arguments, Filter& filter) {
    filter.ns = arguments.text("namespace");
    filter.tag = arguments.text("tags");
    filter.since = arguments.text("since");
    filter.until = arguments.text("until");
    arguments.refuse(check_filter(filter));
}

void read_selection(Arguments& arguments, Filter& filter) {
    filter.tier = arguments.tier("tier");
    filter.agent_id = arguments.text("agent_id");
    if (const auto given = arguments.integer("min_priority")) {
        if (!std::in_range<int>(*given))
            arguments.refuse("min_priority is out of range");
        else
            filter.min_priority = static_cast<int>(*given);
    }
    arguments.refuse(check_filter(filter));
}

void read_limit(Arguments& arguments, std::size_t& limit, std::size_t most) {
    limit = std::min(arguments.count("limit").value_or(limit), most);
}

}  // namespace aimem::api
