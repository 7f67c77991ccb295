#include "mcp/agent_label.h"

#include <unistd.h>

#include <array>
#include <cstddef>

namespace aimem::mcp {
namespace {

constexpr std::size_t kPartBytesMax = 56;  // two parts and "ai:@" stay below the 128 of an agent id

bool is_label_char(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
           c == '-' || c == '.';
}

// Every run of other characters becomes one '-'; none at either end.
std::string sanitised(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (is_label_char(c)) {
            out += c;
        } else if (!out.empty() && out.back() != '-') {
            out += '-';
        }
        if (out.size() == kPartBytesMax) break;
    }
    while (!out.empty() && out.back() == '-') out.pop_back();
    out.erase(0, out.find_first_not_of('-'));
    return out;
}

}  // namespace

std::string host_name() {
    std::array<char, 256> buffer{};
    if (::gethostname(buffer.data(), buffer.size() - 1) != 0) return {};
    return buffer.data();
}

std::string agent_label(const AgentNames& names, std::string_view client_name) {
    if (!names.configured.empty()) return names.configured;
    std::string host = sanitised(names.host);
    if (host.empty()) host = "unknown";
    const std::string client = sanitised(client_name);
    return client.empty() ? "host:" + host : "ai:" + client + "@" + host;
}

}  // namespace aimem::mcp
