#include "federation/http/query.h"

#include <algorithm>
#include <cstdint>

namespace aimem::http {
namespace {

enum class Plus { stays, is_space };
enum class BadEscape { fails, stays };

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::optional<std::string> decode(std::string_view text, Plus plus, BadEscape bad) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus == Plus::is_space) {
            out += ' ';
        } else if (text[i] == '%') {
            const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
            if (high >= 0 && low >= 0) {
                out += static_cast<char>(high * 16 + low);
                i += 2;
            } else if (bad == BadEscape::stays) {
                out += '%';
            } else {
                return std::nullopt;
            }
        } else {
            out += text[i];
        }
    }
    return out;
}

// Calls `visit(name, value)` for each pair until it returns false.
template <typename Visit>
void for_each_pair(std::string_view text, Visit&& visit) {
    while (!text.empty()) {
        const auto end = std::min(text.find('&'), text.size());
        const std::string_view pair = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (pair.empty()) continue;
        const auto equals = std::min(pair.find('='), pair.size());
        const auto value = pair.substr(std::min(equals + 1, pair.size()));
        if (!visit(pair.substr(0, equals), value)) return;
    }
}

// Length of the sequence that begins with `lead`, 0 if none does.
std::size_t utf8_length(unsigned char lead) noexcept {
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return 2;
    if (lead >= 0xE0 && lead <= 0xEF) return 3;
    if (lead >= 0xF0 && lead <= 0xF4) return 4;
    return 0;
}

}  // namespace

Result<Query> Query::parse(std::string_view text) {
    Query query;
    std::string problem;
    for_each_pair(text, [&](std::string_view name, std::string_view value) {
        auto key = decode(name, Plus::is_space, BadEscape::fails);
        auto decoded = decode(value, Plus::is_space, BadEscape::fails);
        if (!key || !decoded) {
            problem = "a '%' is not followed by two hex digits";
        } else if (!is_utf8(*key) || !is_utf8(*decoded)) {
            problem = "it is not UTF-8 once decoded";
        } else if (query.pairs_.size() == kQueryPairsMax) {
            problem = "more than " + std::to_string(kQueryPairsMax) + " pairs";
        } else {
            query.pairs_.emplace_back(std::move(*key), std::move(*decoded));
        }
        return problem.empty();
    });
    if (!problem.empty()) return fail(Errc::invalid_argument, "query string: " + problem);
    return query;
}

std::optional<std::string_view> Query::get(std::string_view name) const noexcept {
    for (const auto& [key, value] : pairs_)
        if (key == name) return value;
    return std::nullopt;
}

std::size_t Query::count(std::string_view name) const noexcept {
    return static_cast<std::size_t>(std::count_if(
        pairs_.begin(), pairs_.end(), [name](const auto& pair) { return pair.first == name; }));
}

std::optional<std::string> raw_query_value(std::string_view query, std::string_view name) {
    std::optional<std::string> found;
    for_each_pair(query, [&](std::string_view key, std::string_view value) {
        if (key == name) found = decode(value, Plus::stays, BadEscape::stays);
        return !found;
    });
    return found;
}

std::optional<std::string> percent_decode(std::string_view text) {
    return decode(text, Plus::stays, BadEscape::fails);
}

std::string percent_encode(std::string_view text) {
    static constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        const bool kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        if (kept) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += kHex[byte >> 4];
        out += kHex[byte & 15];
    }
    return out;
}

bool is_utf8(std::string_view text) noexcept {
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const std::size_t length = utf8_length(lead);
        if (length == 0 || i + length > text.size()) return false;
        for (std::size_t k = 1; k < length; ++k)
            if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
        const auto second = length > 1 ? static_cast<unsigned char>(text[i + 1]) : 0u;
        if (lead == 0xE0 && second < 0xA0) return false;  // overlong
        if (lead == 0xED && second > 0x9F) return false;  // a surrogate
        if (lead == 0xF0 && second < 0x90) return false;  // overlong
        if (lead == 0xF4 && second > 0x8F) return false;  // above U+10FFFF
        i += length;
    }
    return true;
}

}  // namespace aimem::http
