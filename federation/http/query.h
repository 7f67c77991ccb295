// Query strings and forms, and percent-coding. Pure functions over text; no thread, no state.
// Malformed input is an Errc::invalid_argument whose text can be shown to the client.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aimem::http {

inline constexpr std::size_t kQueryPairsMax = 256;

class Query {
public:
    // Names and values are percent-decoded, '+' is a space. Fails on a bad escape, on bytes that
    // are not UTF-8 and beyond kQueryPairsMax pairs.
    static Result<Query> parse(std::string_view text);

    std::optional<std::string_view> get(std::string_view name) const noexcept;  // the first one
    std::size_t count(std::string_view name) const noexcept;  // 2 or more: a duplicate
    const std::vector<std::pair<std::string, std::string>>& pairs() const noexcept {
        return pairs_;
    }

private:
    std::vector<std::pair<std::string, std::string>> pairs_;
};

// One value of a raw query string, read leniently as 0.6.3 reads `api_key` (facts/http.md 2.4): '+'
// stays '+', a bad escape stays as it is.
std::optional<std::string> raw_query_value(std::string_view query, std::string_view name);

// nullopt on a bad escape. Strict: "%zz" and a trailing "%" are errors.
std::optional<std::string> percent_decode(std::string_view text);
std::string percent_encode(std::string_view text);  // keeps A-Z a-z 0-9 - . _ ~
bool is_utf8(std::string_view text) noexcept;       // no overlong forms, no surrogates

}  // namespace aimem::http
