#include "integrations/cli/args.h"

#include "store/base/text.h"
#include "store/model/memory.h"
#include "store/ops/intake.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace aimem::cli {
namespace {

using nlohmann::json;

template <typename Number>
std::optional<Number> whole(const std::string& text) {
    Number value{};
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stopped != end || text.empty()) return std::nullopt;
    return value;
}

json split(const std::string& text) {
    json out = json::array();
    if (trim(text).empty()) return out;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        out.push_back(std::string(trim(std::string_view(text).substr(at, end - at))));
        at = end + 1;
    }
    return out;
}

json value_of(const Arg& arg, const std::vector<std::string>& values) {
    if (arg.need == Need::one_or_more) return values;
    const std::string& text = values.front();
    switch (arg.kind) {
        case Kind::text: return text;
        case Kind::list: return split(text);
        case Kind::flag: return true;
        case Kind::integer:
            if (const auto number = whole<std::int64_t>(text)) return *number;
            return text;
        case Kind::number:
            if (const auto number = whole<double>(text)) return *number;
            return text;
    }
    return text;
}

}  // namespace

std::string_view long_name(const Arg& arg) {
    const auto dashes = arg.names.rfind("--");
    return dashes == std::string_view::npos ? arg.names : arg.names.substr(dashes + 2);
}

void Args::give(const Arg& arg, std::vector<std::string> values) {
    values_.insert_or_assign(std::string(long_name(arg)), std::move(values));
}

std::optional<std::string> Args::text(std::string_view name) const {
    const auto found = values_.find(name);
    if (found == values_.end() || found->second.empty()) return std::nullopt;
    return found->second.front();
}

std::vector<std::string> Args::texts(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::vector<std::string>{} : found->second;
}

Result<std::optional<std::size_t>> Args::size(std::string_view name) const {
    const auto given = text(name);
    if (!given) return std::optional<std::size_t>{};
    const auto number = whole<std::size_t>(*given);
    if (!number)
        return fail(Errc::invalid_argument,
                    fmt::format("{} must be a whole number, 0 or more", name));
    return number;
}

json Args::fields() const {
    json out = json::object();
    for (const Arg& arg : command_->args) {
        const auto found = values_.find(long_name(arg));
        if (found == values_.end() || found->second.empty()) continue;
        std::string name = found->first;
        std::replace(name.begin(), name.end(), '-', '_');
        out[name] = value_of(arg, found->second);
    }
    return out;
}

Result<Filter> filter_of(const Args& args, TierFilter tier_filter) {
    Filter filter;
    filter.ns = args.text("namespace");
    filter.tag = args.text("tags");
    filter.agent_id = args.text("agent-id");
    filter.since = args.text("since");
    filter.until = args.text("until");
    if (const auto tier = args.text("tier"); tier && tier_filter == TierFilter::yes) {
        filter.tier = tier_from(*tier);
        if (!filter.tier)
            return fail(Errc::invalid_argument, "invalid tier: accepted are short, mid, long");
    }
    if (auto ok = check_filter(filter); !ok) return fail(ok.error());
    return filter;
}

Result<std::size_t> limit_of(const Args& args, std::size_t standard, std::size_t most) {
    const auto given = args.size("limit");
    if (!given) return fail(given.error());
    return std::min(given->value_or(standard), most);
}

}  // namespace aimem::cli
