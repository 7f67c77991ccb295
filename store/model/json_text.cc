#include "store/model/json_text.h"

#include "store/model/strict_json.h"

#include <nlohmann/json.hpp>

#include <cstdint>

namespace aimem {
namespace {

using nlohmann::json;

constexpr int kQuickLevels = 16;

bool read_value(StrictReader& reader, json& out, int levels);

bool read_object(StrictReader& reader, json& out, int levels) {
    if (levels == 0) return false;
    out = json::object();
    auto& members = out.get_ref<json::object_t&>();
    reader.space();
    if (reader.take("}")) return true;
    std::string name;
    do {
        reader.space();
        if (!reader.string(name)) return false;
        reader.space();
        if (!reader.take(":") || !read_value(reader, members[name], levels - 1)) return false;
    } while (reader.take(","));
    return reader.take("}");
}

bool read_array(StrictReader& reader, json& out, int levels) {
    if (levels == 0) return false;
    out = json::array();
    auto& items = out.get_ref<json::array_t&>();
    reader.space();
    if (reader.take("]")) return true;
    do {
        if (!read_value(reader, items.emplace_back(), levels - 1)) return false;
    } while (reader.take(","));
    return reader.take("]");
}

template <typename Number>
bool read_number(std::string_view text, json& out) {
    Number number{};
    if (!number_from(text, number)) return false;
    out = number;
    return true;
}

bool read_bare(StrictReader& reader, json& out) {
    if (reader.take("true")) {
        out = true;
    } else if (reader.take("false")) {
        out = false;
    } else if (reader.take("null")) {
        out = nullptr;
    } else {
        const auto [kind, text] = reader.number();
        switch (kind) {
            case StrictReader::Number::natural: return read_number<std::uint64_t>(text, out);
            case StrictReader::Number::negative: return read_number<std::int64_t>(text, out);
            case StrictReader::Number::real: return read_number<double>(text, out);
            case StrictReader::Number::none: return false;
        }
    }
    return true;
}

// A value with the white space around it. False: something that only the library reads.
bool read_value(StrictReader& reader, json& out, int levels) {
    reader.space();
    bool read = false;
    if (reader.rest().starts_with('"')) {
        out = std::string();
        read = reader.string(out.get_ref<std::string&>());
    } else if (reader.take("{")) {
        read = read_object(reader, out, levels);
    } else if (reader.take("[")) {
        read = read_array(reader, out, levels);
    } else {
        read = read_bare(reader, out);
    }
    reader.space();
    return read;
}

}  // namespace

json parse_json(std::string_view text) {
    // The library looks at each byte three times; what most texts are made of can be had at once.
    // These escapes it alone reads: then not first half of the text without it.
    const bool all_plain =
        text.find("\\u") == std::string_view::npos && text.find("\\/") == std::string_view::npos;
    json value;
    StrictReader reader(text);
    if (all_plain && read_value(reader, value, kQuickLevels) && reader.done()) return value;
    value = nullptr;
    return json::parse(text, nullptr, false);
}

std::string json_text(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace aimem
