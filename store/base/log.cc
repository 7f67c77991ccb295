#include "store/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <memory>
#include <string>

namespace aimem::log {
namespace {

spdlog::level::level_enum spd(Level level) {
    switch (level) {
        case Level::debug: return spdlog::level::debug;
        case Level::info: return spdlog::level::info;
        case Level::warn: return spdlog::level::warn;
        case Level::error: return spdlog::level::err;
        case Level::off: return spdlog::level::off;
    }
    return spdlog::level::warn;
}

Level level_from_environment() {
    const char* text = std::getenv("AI_MEMORY_LOG");  // NOLINT(concurrency-mt-unsafe): read once
    const std::string name = text != nullptr ? text : "";
    if (name == "debug") return Level::debug;
    if (name == "info") return Level::info;
    if (name == "error") return Level::error;
    if (name == "off") return Level::off;
    return Level::warn;
}

spdlog::logger& logger() {
    static const auto instance = [] {
        auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        auto made = std::make_shared<spdlog::logger>("ai-memory", std::move(sink));
        made->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
        made->set_level(spd(level_from_environment()));
        made->flush_on(spdlog::level::debug);
        return made;
    }();
    return *instance;
}

}  // namespace

void set_level(Level level) {
    logger().set_level(spd(level));
}

void set_level_unless_named(Level level) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread is started
    if (std::getenv("AI_MEMORY_LOG") == nullptr) set_level(level);
}

bool enabled(Level level) {
    return logger().should_log(spd(level));
}

void line(Level level, std::string_view event, std::string_view text) {
    logger().log(spd(level), "{} {}", event, text);
}

}  // namespace aimem::log
