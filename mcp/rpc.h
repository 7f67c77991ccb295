// JSON-RPC 2.0 as MCP uses it: one line of text in, messages out; and the text of replies. Pure;
// never throws for what a peer sent: a broken message is a value of kind `invalid` with the error
// to send. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <tl/expected.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aimem::mcp {

// Parsed once by the reader and only read afterwards, by whichever thread serves the request.
using JsonPtr = std::shared_ptr<const nlohmann::json>;

namespace code {
enum Code : int {
    parse_error = -32700,
    invalid_request = -32600,
    method_not_found = -32601,
    invalid_params = -32602,
    internal_error = -32603,
    resource_not_found = -32002,   // before 2026-07-28, which says invalid_params
    missing_capability = -32021,   // 2026-07-28
    unsupported_version = -32022,  // 2026-07-28
};
}  // namespace code

struct RpcError {
    int code = 0;
    std::string message{};
    std::string data{};  // JSON text; empty: no such member
};

// A result object as JSON text, or the error to answer with. A result of another type than
// "complete" begins with that: {"resultType":"input_required",...
using MethodResult = tl::expected<std::string, RpcError>;

// `raw` is echoed byte by byte (9007199254740993 must not pass through a double); `key` tells 1
// from "1".
struct RequestId {
    std::string raw{};
    std::string key{};
};

enum class MessageKind { request, notification, response, invalid };

struct Message {
    MessageKind kind = MessageKind::invalid;
    std::optional<RequestId> id{};  // of a request; of an invalid message where it could be read
    std::string method{};
    JsonPtr params{};  // an object, never null, in requests and notifications
    RpcError error{};  // of an invalid message
};

enum class Batches { refused, served };

struct Decoded {
    bool is_batch = false;
    std::vector<Message> messages{};
};

Decoded decode_line(std::string line, Batches batches);

std::string result_reply(const RequestId& id, std::string_view result);
std::string error_reply(const std::optional<RequestId>& id, const RpcError& error);

// The one way a JSON value leaves the process: compact, and bad bytes of an old database replaced.
std::string to_text(const nlohmann::json& value);
std::string json_string(std::string_view text);  // as a JSON string

// At most kEchoedNameMax bytes of a caller's word, cut between characters: for error messages.
std::string excerpt(std::string_view word);

// The key of an id that is given as a value (cancellation); nullopt when it is no string or
// integer.
std::optional<std::string> id_key(const nlohmann::json& id);

}  // namespace aimem::mcp
