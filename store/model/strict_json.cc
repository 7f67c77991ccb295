#include "store/model/strict_json.h"

#include "store/base/text.h"

#include <utility>

namespace aimem {
namespace {

// What the letter behind a backslash stands for; '\0': not one of the short escapes we write.
constexpr char unescaped(char letter) noexcept {
    switch (letter) {
        case 'n': return '\n';
        case 't': return '\t';
        case 'r': return '\r';
        case 'b': return '\b';
        case 'f': return '\f';
        case '"':
        case '\\': return letter;
        default: return '\0';
    }
}

constexpr bool stands_for_itself(char c) noexcept {
    return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

}  // namespace

bool StrictReader::take(std::string_view literal) noexcept {
    if (text_.substr(at_, literal.size()) != literal) return false;
    at_ += literal.size();
    return true;
}

bool StrictReader::string(std::string& out) {
    if (!take("\"")) return false;
    out.clear();
    unsigned char all = 0;
    for (;;) {
        const std::size_t begin = at_;
        for (at_ = plain_end(text_, at_); at_ < text_.size() && stands_for_itself(text_[at_]);
             at_ = plain_end(text_, at_))
            all |= static_cast<unsigned char>(text_[at_++]);
        out.append(text_, begin, at_ - begin);
        if (take("\"")) return all < 0x80 || is_utf8(out);
        if (at_ + 1 >= text_.size() || text_[at_] != '\\') return false;
        const char c = unescaped(text_[at_ + 1]);
        if (c == '\0') return false;
        out += c;
        at_ += 2;
    }
}

std::pair<StrictReader::Number, std::string_view> StrictReader::number() noexcept {
    std::size_t end = at_;
    const auto next_is = [&](std::string_view any) {
        return end < text_.size() && any.find(text_[end]) != std::string_view::npos;
    };
    const auto digits = [&] {
        const std::size_t first = end;
        while (end < text_.size() && text_[end] >= '0' && text_[end] <= '9') ++end;
        return end - first;
    };
    Number kind = Number::natural;
    if (next_is("-")) {
        kind = Number::negative;
        ++end;
    }
    const bool zero = next_is("0");
    const std::size_t whole = digits();
    if (whole == 0 || (zero && whole > 1)) return {Number::none, {}};
    if (next_is(".")) {
        kind = Number::real;
        ++end;
        if (digits() == 0) return {Number::none, {}};
    }
    if (next_is("eE")) {
        kind = Number::real;
        ++end;
        if (next_is("+-")) ++end;
        if (digits() == 0) return {Number::none, {}};
    }
    const std::size_t begin = std::exchange(at_, end);
    return {kind, text_.substr(begin, end - begin)};
}

void StrictReader::space() noexcept {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
        ++at_;
}

std::string_view StrictReader::until(char end) noexcept {
    const auto found = text_.find(end, at_);
    if (found == std::string_view::npos) return {};
    const std::size_t begin = std::exchange(at_, found);
    return text_.substr(begin, found - begin);
}

std::string_view StrictReader::object() noexcept {
    if (at_ >= text_.size() || text_[at_] != '{') return {};
    std::size_t depth = 0;
    for (std::size_t end = at_; end < text_.size(); ++end) {
        const char c = text_[end];
        if (c == '"') end = string_end(text_, end + 1);
        if (c == '{') ++depth;
        if (c != '}' || --depth > 0) continue;
        const std::size_t begin = std::exchange(at_, end + 1);
        return text_.substr(begin, at_ - begin);
    }
    return {};
}

std::size_t string_end(std::string_view text, std::size_t at) noexcept {
    for (std::size_t quote = text.find('"', at); quote != std::string_view::npos;) {
        const std::size_t escape = text.substr(0, quote).find('\\', at);
        if (escape == std::string_view::npos) return quote;
        at = escape + 2;
        if (at > quote) quote = text.find('"', at);
    }
    return text.size();
}

}  // namespace aimem
