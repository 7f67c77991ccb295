// One request as the client puts it on the wire. Internal to client.cc; pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/http/message.h"
#include "federation/http/url.h"

#include <string>
#include <string_view>
#include <utility>

namespace aimem::http {

struct Call {
    Call(Verb v, std::string b) : verb(v), body(std::move(b)) {}

    Verb verb;
    std::string head{};
    std::string body;
};

// Fills call.head. "" if the request can be sent, else why not.
std::string write_head(Call& call, const Url& base, std::string_view path, const Headers& headers);

}  // namespace aimem::http
