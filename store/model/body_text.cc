#include "store/model/body_text.h"

#include "store/model/json.h"
#include "store/model/json_text.h"
#include "store/model/strict_json.h"

#include <nlohmann/json.hpp>

#include <string>

namespace aimem {
namespace {

bool read_confidence(StrictReader& reader, double& out) {
    if (reader.take("1.0,")) {
        out = 1.0;
        return true;
    }
    const std::string_view text = reader.until(',');
    if (text.starts_with('-')) return false;  // -0.0, which a table gives back as 0.0
    return number_from(text, out) && json_text(nlohmann::json(out)) == text && reader.take(",");
}

bool read_metadata(StrictReader& reader, std::string& out) {
    out = reader.object();
    return !out.empty() && canonical_object(out) == out;
}

bool read_tags(StrictReader& reader, std::vector<std::string>& out) {
    if (reader.take("[]")) return true;
    do {
        if (!reader.take(out.empty() ? "[" : ",") || !reader.string(out.emplace_back()))
            return false;
    } while (!reader.take("]"));
    return true;
}

bool read_tier(StrictReader& reader, Tier& out) {
    std::string name;
    if (!reader.string(name)) return false;
    const auto tier = tier_from(name);
    if (tier) out = *tier;
    return tier.has_value();
}

}  // namespace

std::optional<Memory> memory_from_canonical_body(std::string_view id, std::string_view body) {
    StrictReader reader(body);
    Memory m;
    m.id = id;
    bool good = reader.take("{\"confidence\":") && read_confidence(reader, m.confidence) &&
                reader.take("\"content\":") && reader.string(m.content) &&
                reader.take(",\"created_at\":") && reader.string(m.created_at);
    if (good && reader.take(",\"expires_at\":")) good = reader.string(m.expires_at.emplace());
    good = good && reader.take(",\"metadata\":") && read_metadata(reader, m.metadata) &&
           reader.take(",\"namespace\":") && reader.string(m.ns) && reader.take(",\"priority\":") &&
           reader.integer(m.priority) && reader.take(",\"source\":") && reader.string(m.source) &&
           reader.take(",\"tags\":") && read_tags(reader, m.tags) && reader.take(",\"tier\":") &&
           read_tier(reader, m.tier) && reader.take(",\"title\":") && reader.string(m.title) &&
           reader.take("}") && reader.done();
    return good ? std::optional<Memory>(std::move(m)) : std::nullopt;
}

}  // namespace aimem
