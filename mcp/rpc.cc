#include "mcp/rpc.h"

#include "mcp/json_scan.h"
#include "mcp/limits.h"
#include "store/model/json_text.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace aimem::mcp {
namespace {

using nlohmann::json;

Message invalid(int error_code, std::string text, std::optional<RequestId> id = std::nullopt) {
    Message message;
    message.error = {.code = error_code, .message = std::move(text)};
    message.id = std::move(id);
    return message;
}

bool is_integer_text(std::string_view text) {
    if (!text.empty() && text.front() == '-') text.remove_prefix(1);
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// From the raw text of an id; nullopt for null, 1.5, true, [] and {}.
std::optional<RequestId> id_from(const std::string& raw) {
    if (is_integer_text(raw)) return RequestId{raw, "i" + raw};
    if (raw.empty() || raw.front() != '"') return std::nullopt;
    std::string repaired = raw;  // the echo keeps the caller's own bytes
    scan_message(repaired);
    const json value = parse_json(repaired);
    if (!value.is_string()) return std::nullopt;
    return RequestId{raw, "s" + value.get_ref<const std::string&>()};
}

const char* text_of(ScanFault fault) {
    switch (fault) {
        case ScanFault::too_deep: return "Invalid request: nested too deeply";
        case ScanFault::too_many_values: return "Invalid request: too many values in one message";
        case ScanFault::not_utf8: return "Parse error: not UTF-8";
        case ScanFault::none: break;
    }
    return "";
}

// The scan looks for a plain "id"; a key written with escapes is found in the parsed form only.
std::string raw_id(const Scan& scan, const json& object) {
    if (!scan.id.empty()) return scan.id;
    const auto found = object.find("id");
    return found == object.end() ? std::string() : to_text(*found);
}

Message classify(const Scan& scan, json&& object) {
    const auto method = object.find("method");
    const bool has_method = method != object.end();
    if (!has_method && (object.contains("result") || object.contains("error"))) {
        Message message;
        message.kind = MessageKind::response;
        return message;
    }
    const std::string raw = raw_id(scan, object);
    std::optional<RequestId> id = id_from(raw);
    if (!raw.empty() && !id) {
        return invalid(code::invalid_request, "Invalid request: id must be a string or an integer");
    }
    const auto version = object.find("jsonrpc");
    if (version == object.end() || *version != "2.0") {
        return invalid(code::invalid_request, "Invalid request: jsonrpc must be \"2.0\"",
                       std::move(id));
    }
    if (!has_method || !method->is_string()) {
        return invalid(code::invalid_request, "Invalid request: method must be a string",
                       std::move(id));
    }
    Message message;
    message.kind = id ? MessageKind::request : MessageKind::notification;
    message.id = std::move(id);
    message.method = method->get<std::string>();
    const auto params = object.find("params");
    const bool given = params != object.end() && !params->is_null();
    if (given && params->is_object()) {
        message.params = std::make_shared<const json>(std::move(*params));
    } else if (!given || message.kind == MessageKind::notification) {
        message.params = std::make_shared<const json>(json::object());
    } else {
        return invalid(code::invalid_params, "Invalid params: params must be an object",
                       std::move(message.id));
    }
    return message;
}

Message decode_one(std::string text) {
    const Scan scan = scan_message(text);
    if (scan.fault == ScanFault::not_utf8) return invalid(code::parse_error, text_of(scan.fault));
    if (scan.fault != ScanFault::none) {
        return invalid(code::invalid_request, text_of(scan.fault), id_from(scan.id));
    }
    json value = parse_json(text);
    if (value.is_discarded()) return invalid(code::parse_error, "Parse error");
    if (!value.is_object()) {
        return invalid(code::invalid_request, "Invalid request: a message must be an object");
    }
    return classify(scan, std::move(value));
}

Decoded decode_array(std::string text, Batches batches) {
    Decoded decoded;
    if (batches == Batches::refused) {
        decoded.messages.push_back(invalid(
            code::invalid_request, "Invalid request: batches are not part of this revision"));
        return decoded;
    }
    const Scan scan = scan_message(text);
    if (scan.fault != ScanFault::none) {
        const int error_code =
            scan.fault == ScanFault::not_utf8 ? code::parse_error : code::invalid_request;
        decoded.messages.push_back(invalid(error_code, text_of(scan.fault)));
        return decoded;
    }
    if (!json::accept(text)) {
        decoded.messages.push_back(invalid(code::parse_error, "Parse error"));
        return decoded;
    }
    const auto elements = split_array(text);
    if (elements.empty()) {
        decoded.messages.push_back(invalid(code::invalid_request, "Invalid request: empty batch"));
        return decoded;
    }
    decoded.is_batch = true;
    for (const std::string_view element : elements) {
        Message message = decode_one(std::string(element));
        if (message.kind == MessageKind::request && message.method == "initialize") {
            message =
                invalid(code::invalid_request, "Invalid request: initialize must not be in a batch",
                        std::move(message.id));
        }
        decoded.messages.push_back(std::move(message));
    }
    return decoded;
}

}  // namespace

Decoded decode_line(std::string line, Batches batches) {
    const std::size_t first = line.find_first_not_of(" \t\r\n");
    if (first == std::string::npos) return {};
    if (line[first] == '[') return decode_array(std::move(line), batches);
    Decoded decoded;
    decoded.messages.push_back(decode_one(std::move(line)));
    return decoded;
}

std::string to_text(const json& value) {
    return json_text(value);
}

std::string json_string(std::string_view text) {
    return to_text(json(text));
}

std::string excerpt(std::string_view word) {
    if (word.size() <= kEchoedNameMax) return std::string(word);
    std::size_t end = kEchoedNameMax;
    while (end > 0 && (static_cast<unsigned char>(word[end]) & 0xC0) == 0x80) --end;
    return std::string(word.substr(0, end)) + "...";
}

std::optional<std::string> id_key(const json& id) {
    if (id.is_string()) return "s" + id.get_ref<const std::string&>();
    if (id.is_number_integer()) return "i" + to_text(id);
    return std::nullopt;
}

std::string result_reply(const RequestId& id, std::string_view result) {
    return fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{}}})", id.raw, result);
}

std::string error_reply(const std::optional<RequestId>& id, const RpcError& error) {
    std::string reply = R"({"jsonrpc":"2.0",)";
    // No id member at all where none could be read: null fails the MCP schema of every revision.
    if (id) reply += fmt::format(R"("id":{},)", id->raw);
    reply +=
        fmt::format(R"("error":{{"code":{},"message":{})", error.code, json_string(error.message));
    if (!error.data.empty()) reply += fmt::format(R"(,"data":{})", error.data);
    return reply + "}}";
}

}  // namespace aimem::mcp
