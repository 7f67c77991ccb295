// Tools that answer with each kind of content, fail, report progress and write to the client's log.
// SPDX-License-Identifier: Apache-2.0
#include "mcp/limits.h"
#include "tests/mcp/conformance/server.h"

#include <nlohmann/json.hpp>
#include <poll.h>

#include <algorithm>
#include <array>
#include <atomic>

namespace aimem::mcp::conformance {

using nlohmann::json;

const std::string_view kPixelPng =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg"
    "==";
const std::string_view kSilenceWav = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";

json text_block(std::string_view text) {
    return {{"type", "text"}, {"text", text}};
}

json image_block() {
    return {{"type", "image"}, {"data", kPixelPng}, {"mimeType", "image/png"}};
}

namespace {

constexpr std::string_view kNoArguments = R"({"type":"object","additionalProperties":false})";
constexpr std::string_view kAnything = R"({"type":"object"})";
constexpr int kStepMs = 50;

constexpr std::array<std::string_view, 8> kLevels{"debug", "info",     "notice", "warning",
                                                  "error", "critical", "alert",  "emergency"};
constexpr std::size_t kInfo = 1;
std::atomic<std::size_t> g_level{kInfo};  // of the handshake era; one client for each process

std::optional<std::size_t> level_of(const json& name) {
    const auto found = std::find(kLevels.begin(), kLevels.end(), name);
    if (found == kLevels.end()) return std::nullopt;
    return static_cast<std::size_t>(found - kLevels.begin());
}

void pause(int ms) {
    ::poll(nullptr, 0, ms);
}

ToolAnswer blocks(const json& content) {
    return {.result = to_text({{"content", content}, {"structuredContent", json::object()}})};
}

json embedded(std::string_view uri, std::string_view mime_type, const std::string& text) {
    return {{"type", "resource"},
            {"resource", {{"uri", uri}, {"mimeType", mime_type}, {"text", text}}}};
}

Result<ToolAnswer> simple_text(const ToolCall& /*call*/) {
    return blocks(json::array({text_block("This is a simple text response for testing.")}));
}

Result<ToolAnswer> image(const ToolCall& /*call*/) {
    return blocks(json::array({image_block()}));
}

Result<ToolAnswer> audio(const ToolCall& /*call*/) {
    return blocks(
        json::array({{{"type", "audio"}, {"data", kSilenceWav}, {"mimeType", "audio/wav"}}}));
}

Result<ToolAnswer> embedded_resource(const ToolCall& /*call*/) {
    return blocks(json::array({embedded("test://embedded-resource", "text/plain",
                                        "This is an embedded resource content.")}));
}

Result<ToolAnswer> mixed(const ToolCall& /*call*/) {
    return blocks(json::array({text_block("Multiple content types test:"), image_block(),
                               embedded("test://mixed-content-resource", "application/json",
                                        R"({"test":"data","value":123})")}));
}

Result<ToolAnswer> failing(const ToolCall& /*call*/) {
    return fail(Errc::conflict, "This tool intentionally returns an error for testing");
}

// Pauses longer than those between two notices of progress, and before the reply.
Result<ToolAnswer> with_progress(const ToolCall& call) {
    for (const int done : {1, 50, 100}) {
        if (call.progress) call.progress(done);
        pause(static_cast<int>(kProgressPause.count()) + 10);
    }
    return blocks(json::array({text_block("Done, with progress.")}));
}

// Before 2026-07-28 the session has a level, since then the request.
bool wants_info(const json& params) {
    const json meta = params.value("_meta", json::object());
    if (!meta.contains("io.modelcontextprotocol/protocolVersion")) return g_level <= kInfo;
    const auto level = meta.find("io.modelcontextprotocol/logLevel");
    return level != meta.end() && level_of(*level).value_or(kLevels.size()) <= kInfo;
}

Result<ToolAnswer> with_logging(const ToolCall& call) {
    for (const std::string_view said :
         {"Tool execution started", "Tool processing data", "Tool execution completed"}) {
        if (wants_info(call.params) && call.notify) {
            call.notify(to_text({{"jsonrpc", "2.0"},
                                 {"method", "notifications/message"},
                                 {"params", {{"level", "info"}, {"data", said}}}}));
        }
        pause(kStepMs);
    }
    return blocks(json::array({text_block("Done, with a log.")}));
}

constexpr std::array<Tool, 9> kTools{{
    {"test_simple_text", "Text", "One block of text.", Effect::reads, kNoArguments, kAnything,
     &simple_text},
    {"test_image_content", "Image", "One picture.", Effect::reads, kNoArguments, kAnything, &image},
    {"test_audio_content", "Audio", "One sound.", Effect::reads, kNoArguments, kAnything, &audio},
    {"test_embedded_resource", "Resource", "One resource.", Effect::reads, kNoArguments, kAnything,
     &embedded_resource},
    {"test_multiple_content_types", "Mixed", "Three kinds of content.", Effect::reads, kNoArguments,
     kAnything, &mixed},
    {"test_error_handling", "Error", "Always fails.", Effect::reads, kNoArguments, kAnything,
     &failing},
    {"test_tool_with_progress", "Progress", "Says how far it is.", Effect::reads, kNoArguments,
     kAnything, &with_progress},
    {"test_tool_with_logging", "Logging", "Writes to the client's log.", Effect::reads,
     kNoArguments, kAnything, &with_logging},
    {"test_logging_tool", "Logging", "Writes to the client's log if the request says so.",
     Effect::reads, kNoArguments, kAnything, &with_logging},
}};

}  // namespace

std::span<const Tool> content_tools() {
    return kTools;
}

MethodResult set_log_level(const json& params) {
    const auto level = level_of(params.value("level", json()));
    if (!level) {
        return tl::unexpected<RpcError>(RpcError{
            .code = code::invalid_params, .message = "Invalid params: level is no log level"});
    }
    g_level = *level;
    return "{}";
}

}  // namespace aimem::mcp::conformance
