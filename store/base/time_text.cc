#include "store/base/time_text.h"

#include <chrono>

namespace aimem {
namespace {

// Reads exactly `width` digits at `at` and moves on; nothing if one of them is no digit.
std::optional<int> digits(std::string_view text, std::size_t& at, std::size_t width) {
    if (at + width > text.size()) return std::nullopt;
    int value = 0;
    for (const std::size_t end = at + width; at < end; ++at) {
        if (text[at] < '0' || text[at] > '9') return std::nullopt;
        value = value * 10 + (text[at] - '0');
    }
    return value;
}

bool literal(std::string_view text, std::size_t& at, std::string_view accepted) {
    if (at >= text.size() || accepted.find(text[at]) == std::string_view::npos) return false;
    ++at;
    return true;
}

std::optional<std::int64_t> fraction_ns(std::string_view text, std::size_t& at) {
    std::int64_t ns = 0;
    std::int64_t unit = kNsPerSecond / 10;
    const std::size_t first = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10)
        ns += unit * (text[at] - '0');
    if (at == first) return std::nullopt;
    return ns;
}

std::optional<std::int64_t> offset_seconds(std::string_view text, std::size_t& at) {
    if (literal(text, at, "Zz")) return 0;
    const bool west = at < text.size() && text[at] == '-';
    if (!literal(text, at, "+-")) return std::nullopt;
    const auto hours = digits(text, at, 2);
    if (!hours || !literal(text, at, ":")) return std::nullopt;
    const auto minutes = digits(text, at, 2);
    if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    const std::int64_t seconds = *hours * 3600 + *minutes * 60;
    return west ? -seconds : seconds;
}

// Over the zeros that are there; several times on the path of every write, so by hand.
void put_digits(std::string& text, std::size_t at, std::size_t width, std::int64_t value) {
    for (std::size_t i = at + width; value > 0 && i > at; value /= 10)
        text[--i] = static_cast<char>('0' + value % 10);
}

}  // namespace

std::string time_text(std::int64_t ns) {
    namespace c = std::chrono;
    std::int64_t seconds_part = ns / kNsPerSecond;
    std::int64_t rest = ns % kNsPerSecond;
    if (rest < 0) {
        rest += kNsPerSecond;
        --seconds_part;
    }
    const c::sys_seconds instant{c::seconds{seconds_part}};
    const auto day = c::floor<c::days>(instant);
    const c::year_month_day date{day};
    const c::hh_mm_ss clock{instant - day};
    std::string text = "0000-00-00T00:00:00.000000000+00:00";
    put_digits(text, 0, 4, int{date.year()});
    put_digits(text, 5, 2, unsigned{date.month()});
    put_digits(text, 8, 2, unsigned{date.day()});
    put_digits(text, 11, 2, clock.hours().count());
    put_digits(text, 14, 2, clock.minutes().count());
    put_digits(text, 17, 2, clock.seconds().count());
    put_digits(text, 20, 9, rest);
    return text;
}

std::optional<std::int64_t> parse_time(std::string_view text) {
    namespace c = std::chrono;
    std::size_t at = 0;
    const auto year = digits(text, at, 4);
    if (!year || !literal(text, at, "-")) return std::nullopt;
    const auto month = digits(text, at, 2);
    if (!month || !literal(text, at, "-")) return std::nullopt;
    const auto day = digits(text, at, 2);
    if (!day || !literal(text, at, "Tt ")) return std::nullopt;
    const auto hour = digits(text, at, 2);
    if (!hour || !literal(text, at, ":")) return std::nullopt;
    const auto minute = digits(text, at, 2);
    if (!minute || !literal(text, at, ":")) return std::nullopt;
    const auto second = digits(text, at, 2);
    if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    std::int64_t ns = 0;
    if (literal(text, at, ".")) {
        const auto part = fraction_ns(text, at);
        if (!part) return std::nullopt;
        ns = *part;
    }
    const auto offset = offset_seconds(text, at);
    if (!offset || at != text.size()) return std::nullopt;
    const c::year_month_day date{c::year{*year}, c::month{static_cast<unsigned>(*month)},
                                 c::day{static_cast<unsigned>(*day)}};
    // int64 nanoseconds reach from 1678 to 2262; refuse what would overflow.
    if (!date.ok() || *year < 1700 || *year > 2261) return std::nullopt;
    const std::int64_t days = c::sys_days{date}.time_since_epoch().count();
    const std::int64_t seconds = days * 86400 + *hour * 3600 + *minute * 60 + *second - *offset;
    return seconds * kNsPerSecond + ns;
}

std::string normal_time(std::string_view text) {
    const auto ns = parse_time(text);
    return ns ? time_text(*ns) : std::string(text);
}

}  // namespace aimem
