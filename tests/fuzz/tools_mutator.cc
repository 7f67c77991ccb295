// Mutates calls of tools as what they are: lines of a name and an object. Bytes alone would hardly
// ever make an object that gets past the parser. SPDX-License-Identifier: Apache-2.0
#include "mcp/rpc.h"
#include "mcp/tool_registry.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <sstream>
#include <string_view>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace aimem::fuzz {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 36> kTexts{"$id",
                                                  "$id",
                                                  "$id",
                                                  "a",
                                                  "Tea",
                                                  "the memory of a heron",
                                                  "a/b",
                                                  "a/b/c",
                                                  "global",
                                                  "_messages/x",
                                                  "related_to",
                                                  "supersedes",
                                                  "ai:x@y",
                                                  "human:x",
                                                  "2026-01-01T00:00:00Z",
                                                  "2026-13-01T00:00:00Z",
                                                  "2026-01-01T00:00:00.123456789+14:00",
                                                  "long",
                                                  "short",
                                                  "mid",
                                                  "",
                                                  " ",
                                                  "*",
                                                  "\"",
                                                  "a AND (b",
                                                  "-a",
                                                  "NEAR(a b)",
                                                  "title:a",
                                                  "%",
                                                  "_",
                                                  "a,b,,c",
                                                  "\xC3\xA9\xF0\x9F\x8D\xB5",
                                                  "x\ny\t|z",
                                                  "https://example.org/h",
                                                  "99999999999999999999",
                                                  "{}"};
constexpr std::array<std::int64_t, 12> kNumbers{0,  1,   -1,  2,     10,         50,
                                                51, 200, 201, 65536, 2147483648, INT64_MAX};
constexpr std::size_t kLinesMax = 12;

class Mutation {
public:
    explicit Mutation(unsigned seed) : dice_(seed) {}

    std::string of(const std::string& input) {
        std::istringstream in(input);
        for (std::string line; std::getline(in, line);) lines_.push_back(line);
        const std::size_t what = lines_.empty() ? 0 : below(8);
        if (what <= 1 && lines_.size() < kLinesMax) {
            lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(below(lines_.size() + 1)),
                          fresh());
        } else if (what == 2 && lines_.size() > 1) {
            lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(below(lines_.size())));
        } else if (what == 3 && lines_.size() > 1) {
            std::swap(lines_[below(lines_.size())], lines_[below(lines_.size())]);
        } else {
            std::string& line = lines_[below(lines_.size())];
            line = changed(line);
        }
        std::string out;
        for (const std::string& line : lines_) out += line + "\n";
        return out;
    }

private:
    std::size_t below(std::size_t n) { return dice_() % n; }
    std::string text() { return std::string(kTexts[below(kTexts.size())]); }

    json scalar() {
        switch (below(6)) {
            case 0: return nullptr;
            case 1: return below(2) == 0;
            case 2: return kNumbers[below(kNumbers.size())];
            case 3: return static_cast<double>(below(100)) / 50.0;
            case 4: return json::array({text(), text()});
            default: return text();
        }
    }

    // Mostly what the schema asks for.
    json value(const json& schema) {
        const std::string type = schema.value("type", "");
        if (below(12) == 0) return scalar();
        if (schema.contains("enum")) return schema["enum"][below(schema["enum"].size())];
        if (type == "integer" && schema.contains("maximum") && below(2) == 0)
            return schema.value("minimum", 0) + static_cast<int>(below(3));
        if (type == "integer") return kNumbers[below(kNumbers.size())];
        if (type == "number") return static_cast<double>(below(100)) / 50.0;
        if (type == "boolean") return below(2) == 0;
        if (type == "object") return object(schema);
        if (type != "array") return below(20) == 0 ? std::string(below(4000), 'x') : text();
        json list = json::array();
        for (std::size_t i = below(4); i > 0; --i)
            list.push_back(value(schema.value("items", json::object())));
        return list;
    }

    json object(const json& schema) {
        json made = json::object();
        const json required = schema.value("required", json::array());
        const json properties = schema.value("properties", json::object());
        for (const auto& [name, property] : properties.items()) {
            const bool needed = std::find(required.begin(), required.end(), name) != required.end();
            if (needed || below(3) == 0) made[name] = value(property);
        }
        if (below(20) == 0) made[text()] = scalar();
        return made;
    }

    static const mcp::ToolRegistry& registry() {
        static const mcp::ToolRegistry all(mcp::all_tools());
        return all;
    }

    std::string fresh() {
        const auto tools = registry().tools();
        const mcp::RegisteredTool& tool =
            below(4) == 0 ? *registry().find("memory_store") : tools[below(tools.size())];
        return std::string(tool.tool.name) + " " + mcp::to_text(object(*tool.input_schema));
    }

    std::string changed(const std::string& line) {
        const std::size_t space = std::min(line.find(' '), line.size());
        const mcp::RegisteredTool* tool = registry().find(line.substr(0, space));
        json arguments = json::parse(line.substr(space), nullptr, false);
        if (tool == nullptr || !arguments.is_object()) return fresh();
        const json& schema = *tool->input_schema;
        const json properties = schema.value("properties", json::object());
        if (properties.empty() || below(10) == 0) return fresh();
        auto one = properties.begin();
        std::advance(one, static_cast<std::ptrdiff_t>(below(properties.size())));
        if (below(6) == 0) {
            arguments.erase(one.key());
        } else {
            arguments[one.key()] = value(*one);
        }
        return std::string(tool->tool.name) + " " + mcp::to_text(arguments);
    }

    std::minstd_rand dice_;
    std::vector<std::string> lines_;
};

}  // namespace
}  // namespace aimem::fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
    if (seed % 4 == 0) return LLVMFuzzerMutate(data, size, max_size);
    const std::string made =
        aimem::fuzz::Mutation(seed).of(std::string(reinterpret_cast<const char*>(data), size));
    const std::size_t kept = std::min(made.size(), max_size);
    std::memcpy(data, made.data(), kept);
    return kept;
}
