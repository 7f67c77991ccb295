// The wall in front of spdlog. One line an event: log::warn("peer.down", "peer={} why={}", url,
// why). Everything goes to stderr; stdout belongs to the MCP protocol and to command output. error
// = a person must act; warn = degraded; info = start, stop, peer up or down; debug = each request.
// Never the content of a memory, never a secret. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/core.h>

#include <string_view>

namespace aimem::log {

enum class Level { debug, info, warn, error, off };

void set_level(Level level);               // default: warn, or what AI_MEMORY_LOG names
void set_level_unless_named(Level level);  // AI_MEMORY_LOG wins
bool enabled(Level level);
void line(Level level, std::string_view event, std::string_view text);

template <typename... Args>
void at(Level level, std::string_view event, fmt::format_string<Args...> text, Args&&... args) {
    if (enabled(level)) line(level, event, fmt::format(text, std::forward<Args>(args)...));
}
template <typename... Args>
void debug(std::string_view event, fmt::format_string<Args...> text, Args&&... args) {
    at(Level::debug, event, text, std::forward<Args>(args)...);
}
template <typename... Args>
void info(std::string_view event, fmt::format_string<Args...> text, Args&&... args) {
    at(Level::info, event, text, std::forward<Args>(args)...);
}
template <typename... Args>
void warn(std::string_view event, fmt::format_string<Args...> text, Args&&... args) {
    at(Level::warn, event, text, std::forward<Args>(args)...);
}
template <typename... Args>
void error(std::string_view event, fmt::format_string<Args...> text, Args&&... args) {
    at(Level::error, event, text, std::forward<Args>(args)...);
}

}  // namespace aimem::log
