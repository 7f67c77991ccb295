// Reads plain JSON piece by piece: rows whose layout is known beforehand, without building a tree,
// and what parse_json (json_text.h) can have at once. It says no to what is written in another way,
// however valid; whoever asks then goes the long way. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace aimem {

// False where `text` is no number, or one that does not fit.
template <typename T>
bool number_from(std::string_view text, T& out) noexcept {
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, out);
    return error == std::errc{} && stopped == end;
}

class StrictReader {
public:
    explicit StrictReader(std::string_view text) noexcept : text_(text) {}

    bool take(std::string_view literal) noexcept;  // stays where it is when that is not next
    // A string written as json_text writes it, \u escapes left out. Nothing but valid UTF-8.
    bool string(std::string& out);
    enum class Number { none, natural, negative, real };
    // The number that is next, by the grammar of RFC 8259 section 6; stays when there is none.
    std::pair<Number, std::string_view> number() noexcept;
    // An integer as std::to_string writes it.
    template <typename Integer>
    bool integer(Integer& out) noexcept {
        const auto [kind, text] = number();
        return kind != Number::real && text != "-0" && number_from(text, out);
    }
    void space() noexcept;  // passes over white space
    // What stands before the next `end`, which is left; empty when there is none.
    std::string_view until(char end) noexcept;
    // An object with all that is in it; empty when it does not end. What is inside is not looked
    // at.
    std::string_view object() noexcept;

    bool done() const noexcept { return at_ == text_.size(); }
    std::string_view rest() const noexcept { return text_.substr(at_); }

private:
    std::string_view text_;
    std::size_t at_ = 0;
};

// Where the closing quote of a JSON string is that `at` lies in; the size of the text when there is
// none. Linear, whatever the text.
std::size_t string_end(std::string_view text, std::size_t at) noexcept;

// Whether `object` is {"name":"text", ...} and nothing else, as most metadata is. Tells each pair
// to `seen`, which may say no.
template <typename Seen>
bool is_flat_object(std::string_view object, Seen seen) {
    StrictReader reader(object);
    if (!reader.take("{")) return false;
    std::string name;
    std::string text;
    for (bool first = true; !reader.take("}"); first = false) {
        if (!first && !reader.take(",")) return false;
        if (!reader.string(name) || !reader.take(":") || !reader.string(text)) return false;
        if (!seen(name, text)) return false;
    }
    return reader.done();
}

}  // namespace aimem
