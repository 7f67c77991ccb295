// One pass over the bytes of a message before it is parsed: is it UTF-8, how deep and how large is
// it, what is the exact text of its top-level "id". It needs no memory in proportion to the depth,
// so that hostile nesting costs nothing. Pure; any thread. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aimem::mcp {

enum class ScanFault { none, not_utf8, too_deep, too_many_values };

struct Scan {
    ScanFault fault = ScanFault::none;
    std::string id{};  // raw JSON text of the top-level "id", as sent; empty when there was none
};

// Replaces escapes of lone surrogates (\ud83d without its partner: a cut emoji of a JavaScript
// client) by \ufffd in place: the parser would refuse the whole message for them.
Scan scan_message(std::string& text);

// The elements of a JSON array, as views into it. Only for text that is a valid array.
std::vector<std::string_view> split_array(std::string_view array);

}  // namespace aimem::mcp
