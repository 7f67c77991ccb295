#include "mcp/json_scan.h"

#include "mcp/limits.h"
#include "store/base/text.h"
#include "store/model/strict_json.h"

#include <cstddef>
#include <optional>

namespace aimem::mcp {
namespace {

bool is_space(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

// The value of \uXXXX at `at`, if there is one.
std::optional<unsigned> escaped_unit(std::string_view text, std::size_t at) noexcept {
    if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
    unsigned unit = 0;
    for (std::size_t i = at + 2; i < at + 6; ++i) {
        const char c = text[i];
        unsigned digit = 0;
        if (c >= '0' && c <= '9') {
            digit = static_cast<unsigned>(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            digit = static_cast<unsigned>(c - 'a') + 10;
        } else if (c >= 'A' && c <= 'F') {
            digit = static_cast<unsigned>(c - 'A') + 10;
        } else {
            return std::nullopt;
        }
        unit = unit * 16 + digit;
    }
    return unit;
}

bool is_high(unsigned unit) noexcept {
    return unit >= 0xD800 && unit <= 0xDBFF;
}
bool is_low(unsigned unit) noexcept {
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

// The end of the string that opens at `open` (position of the closing quote, or the text's end).
// Notes the places of lone surrogates.
std::size_t scan_string(std::string_view text, std::size_t open, std::vector<std::size_t>& lone) {
    std::size_t at = open + 1;
    while (at < text.size() && text[at] != '"') {
        if (text[at] != '\\') {
            at = plain_end(text, at + 1);
            continue;
        }
        const auto unit = escaped_unit(text, at);
        if (!unit) {
            at += 2;
            continue;
        }
        if (is_high(*unit)) {
            const auto next = escaped_unit(text, at + 6);
            if (next && is_low(*next)) {
                at += 12;
                continue;
            }
        }
        if (is_high(*unit) || is_low(*unit)) lone.push_back(at);
        at += 6;
    }
    return at;
}

// Follows keys and values of the outermost object, enough to cut out the value of "id".
class TopLevel {
public:
    void key(std::string_view name) noexcept {
        if (value_from_ == 0) key_is_id_ = name == "id";
    }
    void colon(std::size_t at) noexcept { value_from_ = at + 1; }
    void end_of_member(std::string_view text, std::size_t at, std::string& id) {
        if (key_is_id_ && value_from_ != 0) {
            id = trimmed(text.substr(value_from_, at - value_from_));
        }
        key_is_id_ = false;
        value_from_ = 0;
    }

private:
    bool key_is_id_ = false;
    std::size_t value_from_ = 0;  // 0: still at the key
};

void scan_structure(std::string_view text, Scan& scan, std::vector<std::size_t>& lone) {
    const bool is_object = !trimmed(text).empty() && trimmed(text).front() == '{';
    TopLevel top;
    std::size_t depth = 0;
    std::size_t values = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '"') {
            const std::size_t open = at;
            at = scan_string(text, open, lone);
            if (depth == 1 && is_object && at < text.size()) {
                top.key(text.substr(open + 1, at - open - 1));
            }
        } else if (c == '{' || c == '[') {
            ++values;
            if (++depth > kDepthMax) scan.fault = ScanFault::too_deep;
        } else if (c == '}' || c == ']') {
            if (depth == 1 && is_object) top.end_of_member(text, at, scan.id);
            if (depth > 0) --depth;
        } else if (c == ',') {
            ++values;
            if (depth == 1 && is_object) top.end_of_member(text, at, scan.id);
        } else if (c == ':' && depth == 1 && is_object) {
            top.colon(at);
        }
    }
    if (scan.fault == ScanFault::none && values > kValuesMax) {
        scan.fault = ScanFault::too_many_values;
    }
}

}  // namespace

Scan scan_message(std::string& text) {
    Scan scan;
    if (!is_utf8(text)) {
        scan.fault = ScanFault::not_utf8;
        return scan;
    }
    std::vector<std::size_t> lone;
    scan_structure(text, scan, lone);
    for (const std::size_t at : lone) text.replace(at + 2, 4, "fffd");
    return scan;
}

std::vector<std::string_view> split_array(std::string_view array) {
    std::vector<std::string_view> elements;
    std::size_t depth = 0;
    std::size_t from = 0;
    for (std::size_t at = 0; at < array.size(); ++at) {
        const char c = array[at];
        if (c == '"') {
            at = string_end(array, at + 1);
        } else if (c == '{' || c == '[') {
            if (++depth == 1) from = at + 1;
        } else if ((c == ',' && depth == 1) || ((c == '}' || c == ']') && --depth == 0)) {
            const std::string_view element = trimmed(array.substr(from, at - from));
            if (!element.empty()) elements.push_back(element);
            from = at + 1;
        }
    }
    return elements;
}

}  // namespace aimem::mcp
