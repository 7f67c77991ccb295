#include "integrations/cli/render.h"

#include "store/base/paths.h"
#include "store/base/time_text.h"

#include <fmt/core.h>
#include <unistd.h>

#include <array>

namespace aimem::cli {
namespace {

constexpr std::size_t kShortIdBytes = 8;

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
}

// C1 controls, U+0080 to U+009F, are two bytes in UTF-8; some terminals obey them.
bool is_c1(std::string_view text, std::size_t at) {
    return text[at] == '\xc2' && at + 1 < text.size() &&
           static_cast<unsigned char>(text[at + 1]) < 0xa0;
}

std::string plain(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (is_c1(text, at)) {
            out += ' ';
            ++at;
        } else {
            out += is_control(text[at]) ? ' ' : text[at];
        }
    }
    return out;
}

std::string indented(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        out += "\n    " + plain(text.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

std::string span_text(std::int64_t seconds) {
    struct Unit {
        std::int64_t seconds;
        char name;
    };
    constexpr std::array<Unit, 3> units{{{86'400, 'd'}, {3'600, 'h'}, {60, 'm'}}};
    for (const Unit& unit : units)
        if (seconds >= unit.seconds) return fmt::format("{}{}", seconds / unit.seconds, unit.name);
    return fmt::format("{}s", seconds);
}

Ink ink_of(Tier tier) {
    switch (tier) {
        case Tier::short_term: return Ink::yellow;
        case Tier::mid: return Ink::cyan;
        case Tier::long_term: return Ink::green;
    }
    return Ink::cyan;
}

std::string head(const Memory& memory) {
    return fmt::format("{} {}",
                       paint(ink_of(memory.tier),
                             fmt::format("[{}/{}]", to_string(memory.tier), short_id(memory.id))),
                       paint(Ink::bold, one_line(memory.title)));
}

std::string facts(const Memory& memory, std::int64_t now_ns) {
    return fmt::format("p={}, ns={}, {}", memory.priority, one_line(memory.ns),
                       age_text(memory.created_at, now_ns));
}

}  // namespace

bool stdout_has_colour() {
    static const bool has = ::isatty(STDOUT_FILENO) == 1 && !env_text("NO_COLOR") &&
                            env_text("TERM").value_or("dumb") != "dumb";
    return has;
}

std::string paint(Ink ink, std::string_view text) {
    if (!stdout_has_colour()) return std::string(text);
    constexpr std::array<int, 5> codes{1, 2, 32, 33, 36};  // in the order of Ink
    return fmt::format("\x1b[{}m{}\x1b[0m", codes.at(static_cast<std::size_t>(ink)), text);
}

std::string age_text(std::string_view rfc3339, std::int64_t now_ns) {
    const auto then = parse_time(rfc3339);
    if (!then) return "at an unknown time";
    const std::int64_t seconds = (now_ns - *then) / kNsPerSecond;
    if (seconds <= -1) return "in " + span_text(-seconds);
    return seconds == 0 ? "just now" : span_text(seconds) + " ago";
}

std::string one_line(std::string_view text) {
    return plain(text);
}

std::string short_id(std::string_view id) {
    return plain(id.substr(0, kShortIdBytes));
}

std::string summary_line(const Memory& memory, std::int64_t now_ns) {
    return fmt::format("{} {}", head(memory),
                       paint(Ink::dim, fmt::format("({})", facts(memory, now_ns))));
}

std::string card(const Memory& memory, double score, std::int64_t now_ns) {
    const std::string about = fmt::format("({}, score {:.3f})", facts(memory, now_ns), score);
    return fmt::format("{} {}{}\n", head(memory), paint(Ink::dim, about), indented(memory.content));
}

std::string count_line(std::size_t count, std::string_view done) {
    return fmt::format("{} {} {}", count, count == 1 ? "memory" : "memories", done);
}

}  // namespace aimem::cli
