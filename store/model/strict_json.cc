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
        while (at_ < text_.size() && stands_for_itself(text_[at_]))
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

std::string_view StrictReader::until(char end) noexcept {
    const auto found = text_.find(end, at_);
    if (found == std::string_view::npos) return {};
    const std::size_t begin = std::exchange(at_, found);
    return text_.substr(begin, found - begin);
}

std::string_view StrictReader::object() noexcept {
    if (at_ >= text_.size() || text_[at_] != '{') return {};
    std::size_t depth = 0;
    bool quoted = false;
    for (std::size_t end = at_; end < text_.size(); ++end) {
        const char c = text_[end];
        if (c == '"') quoted = !quoted;
        if (quoted && c == '\\') ++end;
        if (quoted || (c != '{' && c != '}')) continue;
        if (c == '{')
            ++depth;
        else
            --depth;
        if (depth > 0) continue;
        const std::size_t begin = std::exchange(at_, end + 1);
        return text_.substr(begin, at_ - begin);
    }
    return {};
}

}  // namespace aimem
