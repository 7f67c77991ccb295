#include "mcp/tool_result.h"

#include "mcp/rpc.h"

#include <fmt/core.h>

namespace aimem::mcp {
namespace {

// What to tell the model: the message where it is about the caller's own input, a fixed sentence
// where it may hold paths or SQL (those are in the log).
std::string text_of(const Error& error) {
    switch (error.code) {
        case Errc::invalid_argument:
        case Errc::wrong_type:
        case Errc::busy:
        case Errc::conflict:
        case Errc::denied:
        case Errc::request_reused: return error.message;
        case Errc::not_found:
            return error.message + "; use memory_search or memory_list to find ids";
        case Errc::quorum_not_met: return error.message + "; it is stored on this machine";
        case Errc::shutting_down: return "the server is shutting down; nothing was changed";
        case Errc::disk_full: return "the disk is full; nothing was changed";
        case Errc::storage:
            if (error.message.starts_with(kCannotOpen)) return error.message;
            return "the memory database failed; nothing was changed, the server's log (stderr) "
                   "says why";
        case Errc::peer: return "another node did not answer; try again";
    }
    return error.message;
}

}  // namespace

std::string answer_result(const ToolAnswer& answer, Revision revision) {
    const std::string text = json_string(answer.text.empty() ? answer.structured : answer.text);
    std::string result = fmt::format(R"({{"content":[{{"type":"text","text":{}}}])", text);
    if (has_structured_results(revision)) {
        result += fmt::format(R"(,"structuredContent":{})", answer.structured);
    }
    return result + "}";
}

std::string error_result(const Error& error) {
    return fmt::format(R"({{"content":[{{"type":"text","text":{}}}],"isError":true}})",
                       json_string(text_of(error)));
}

}  // namespace aimem::mcp
