#include "store/base/text.h"

#include <cstdint>
#include <cstring>

namespace aimem {
namespace {

constexpr std::string_view kSpace = " \t\r\n\f\v";

unsigned byte_at(std::string_view text, std::size_t at) noexcept {
    return static_cast<unsigned char>(text[at]);
}

// Length of the valid sequence that starts at `at`, or 0.
std::size_t sequence_at(std::string_view s, std::size_t at) noexcept {
    const unsigned lead = byte_at(s, at);
    if (lead < 0x80) return 1;
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || at + length > s.size()) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte_at(s, at + i) & 0xc0) != 0x80) return 0;
    const unsigned second = byte_at(s, at + 1);
    if (lead == 0xe0 && second < 0xa0) return 0;
    if (lead == 0xed && second > 0x9f) return 0;
    if (lead == 0xf0 && second < 0x90) return 0;
    if (lead == 0xf4 && second > 0x8f) return 0;
    return length;
}

constexpr std::uint64_t kEach = 0x0101010101010101ULL;
constexpr std::uint64_t kHighBits = kEach * 0x80;

// Not 0 where a byte of the word is 0; which one it is may be wrong.
constexpr std::uint64_t any_zero(std::uint64_t word) noexcept {
    return (word - kEach) & ~word & kHighBits;
}

constexpr bool all_plain(std::uint64_t word) noexcept {
    const std::uint64_t below_space = (word - kEach * 0x20) & ~word;
    return ((word | below_space) & kHighBits) == 0 && any_zero(word ^ (kEach * 0x7f)) == 0 &&
           any_zero(word ^ (kEach * '"')) == 0 && any_zero(word ^ (kEach * '\\')) == 0;
}

constexpr bool is_plain(char c) noexcept {
    return c >= ' ' && c < '\x7f' && c != '"' && c != '\\';
}

}  // namespace

std::size_t plain_end(std::string_view text, std::size_t at) noexcept {
    std::uint64_t word = 0;
    for (; at + sizeof word <= text.size(); at += sizeof word) {
        std::memcpy(&word, text.data() + at, sizeof word);
        if (!all_plain(word)) break;
    }
    while (at < text.size() && is_plain(text[at])) ++at;
    return at;
}

bool is_utf8(std::string_view bytes) noexcept {
    for (std::size_t at = plain_end(bytes, 0); at < bytes.size(); at = plain_end(bytes, at)) {
        const std::size_t length = sequence_at(bytes, at);
        if (length == 0) return false;
        at += length;
    }
    return true;
}

std::size_t count_chars(std::string_view utf8) noexcept {
    const std::size_t ascii = plain_end(utf8, 0);
    std::size_t count = ascii;
    for (const char c : utf8.substr(ascii))
        count += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
    return count;
}

std::string_view trim(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

bool has_control_char(std::string_view utf8, std::string_view allowed) noexcept {
    for (std::size_t at = plain_end(utf8, 0); at < utf8.size(); at = plain_end(utf8, at + 1)) {
        const unsigned c = byte_at(utf8, at);
        const bool c0 = c < 0x20 || c == 0x7f;
        const bool c1 = c == 0xc2 && at + 1 < utf8.size() && byte_at(utf8, at + 1) < 0xa0;
        if (c1) return true;
        if (c0 && allowed.find(utf8[at]) == std::string_view::npos) return true;
    }
    return false;
}

std::string lower_ascii(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

}  // namespace aimem
