// The bytes of a response before its body. Used by server.cc only; I/O thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/http/message.h"

#include <ctime>
#include <string>
#include <string_view>

namespace aimem::http {

// The Date header costs one formatting a second.
class DateText {
public:
    const std::string& now();

private:
    std::time_t second_ = -1;
    std::string text_;
};

struct ReplyForm {
    bool keep_alive = false;
    bool http10 = false;
    bool without_body = false;  // the answer to HEAD
};

bool has_no_body(int status) noexcept;  // 204 and 304, by definition

// Appends status line and headers with the empty line. A header with CR, LF or NUL is left out: it
// would forge a line.
void append_head(std::string& out, const Response& response, const ReplyForm& form,
                 std::string_view date);

}  // namespace aimem::http
