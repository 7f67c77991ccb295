#include "store/log/text_facets.h"

#include "store/model/strict_json.h"

#include <algorithm>
#include <string_view>

namespace aimem {
namespace {

constexpr int kWeightMax = 10;

struct Signed {
    std::string agent{};
    std::string scope = "private";
};

std::optional<Signed> signed_by(std::string_view metadata) {
    Signed out;
    const bool flat = is_flat_object(metadata, [&](const std::string& name, std::string& text) {
        if (name == "agent_id") out.agent.swap(text);
        if (name == "scope") out.scope.swap(text);
        return true;
    });
    return flat ? std::optional<Signed>(std::move(out)) : std::nullopt;
}

void append_hex(std::string& out, std::string_view bytes) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += digits[byte >> 4U];
        out += digits[byte & 0x0fU];
    }
}

void append_title(std::string& out, std::string_view title) {
    out += " aim0h";
    for (const char c : title) {
        if (std::string_view("-_/.: ").find(c) == std::string_view::npos)
            out += c;
        else
            out += " aim0h";
    }
}

int tier_weight(Tier tier) {
    return tier == Tier::long_term ? 6 : tier == Tier::mid ? 2 : 0;
}

}  // namespace

std::optional<HiddenText> hidden_text_of(const Memory& memory) {
    const auto author = signed_by(memory.metadata);
    if (!author) return std::nullopt;
    HiddenText out;
    out.facets.reserve(2 * (memory.ns.size() + author->agent.size()) + 3 * memory.title.size() +
                       64);
    out.facets += "aim0n";
    append_hex(out.facets, memory.ns);
    out.facets += " aim0t";
    out.facets += to_string(memory.tier);
    out.facets += " aim0p" + std::to_string(memory.priority) + " aim0a";
    append_hex(out.facets, author->agent);
    out.facets += " aim0s" + author->scope;
    append_title(out.facets, memory.title);
    const int weight = std::clamp(memory.priority, 0, kWeightMax) + tier_weight(memory.tier);
    for (int i = 0; i < weight; ++i) out.weight += "aim0w ";
    return out;
}

}  // namespace aimem
