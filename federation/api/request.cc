#include "federation/api/api.h"
#include "federation/api/arguments.h"
#include "store/base/text.h"
#include "store/model/json_text.h"
#include "store/model/strict_json.h"
#include "store/model/validate.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace aimem::api {
namespace {

using nlohmann::json;

// application/json or application/<anything>+json, with or without parameters.
bool is_json_type(std::string_view header) {
    const std::string type = lower_ascii(trim(header.substr(0, header.find(';'))));
    return type == "application/json" ||
           (type.starts_with("application/") && type.ends_with("+json"));
}

// Arrays and objects within each other, by bytes alone: nothing may recurse into a hostile text.
std::size_t depth_of(std::string_view text) {
    std::size_t depth = 0;
    std::size_t deepest = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"') i = string_end(text, i + 1);
        if (c == '[' || c == '{') deepest = std::max(deepest, ++depth);
        if ((c == ']' || c == '}') && depth > 0) --depth;
    }
    return deepest;
}

http::Response no_json(std::string_view why) {
    return reply(400,
                 {{"error", fmt::format("Failed to parse the request body as JSON: {}", why)}});
}

std::string_view agent_header(const http::Request& request) {
    const auto given = request.header("x-agent-id").value_or(std::string_view{});
    const bool ascii = std::all_of(given.begin(), given.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    return ascii ? given : std::string_view{};
}

}  // namespace

std::optional<http::Response> refuse_body(const http::Request& request) {
    if (!is_json_type(request.header("content-type").value_or(std::string_view{})))
        return reply(415, {{"error", "Expected request with `Content-Type: application/json`"}});
    if (depth_of(request.body) > kJsonDepthMax)
        return no_json(fmt::format("it nests deeper than {} levels", kJsonDepthMax));
    return std::nullopt;
}

tl::expected<json, http::Response> json_body(const http::Request& request) {
    if (auto refusal = refuse_body(request)) return tl::unexpected(std::move(*refusal));
    if (json value = parse_json(request.body); !value.is_discarded()) return value;
    try {  // once more, for what is wrong with it
        return json::parse(request.body);
    } catch (const json::parse_error& e) {
        return tl::unexpected(no_json(fmt::format("it is malformed at byte {}", e.byte)));
    } catch (const json::out_of_range&) {
        return tl::unexpected(no_json("it holds a number out of range"));
    }
}

tl::expected<json, http::Response> optional_body(const http::Request& request) {
    if (request.body.empty()) return json::object();
    return json_body(request);
}

bool names_agent(const http::Request& request) {
    return !agent_header(request).empty();
}

Result<std::string> agent_of(const http::Request& request) {
    const auto given = agent_header(request);
    if (given.empty())
        return fmt::format("anonymous:req-{:08x}", static_cast<std::uint32_t>(system_rng().next()));
    if (auto ok = check_agent_id("agent_id", given); !ok) return fail(ok.error());
    return std::string(given);
}

Result<Viewer> viewer_of(const http::Request& request) {
    Viewer out{std::string(agent_header(request)), std::nullopt};
    // A query that says nothing of it may be as odd as it likes.
    if (request.query.find("agent") != std::string::npos) {
        QueryArguments arguments(request.query);
        out.position = arguments.text("as_agent");
        if (arguments.error()) return fail(*arguments.error());
    }
    if (auto ok = check_viewer(out); !ok) return fail(ok.error());
    return out;
}

Result<Viewer> viewer_of(const http::Request& request, const json& body) {
    auto out = viewer_of(request);
    if (!out) return out;
    BodyArguments arguments(body);
    if (auto position = arguments.text("as_agent")) out->position = std::move(*position);
    if (arguments.error()) return fail(*arguments.error());
    if (auto ok = check_viewer(*out); !ok) return fail(ok.error());
    return out;
}

}  // namespace aimem::api
