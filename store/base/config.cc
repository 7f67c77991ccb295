#include "store/base/config.h"

#include "store/base/paths.h"
#include "store/base/text.h"

#include <fmt/core.h>
#include <toml.hpp>

#include <array>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>
#include <vector>

namespace aimem {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kFileBytesMax = 1u << 20;

tl::unexpected<Error> bad(std::string message) {
    return fail(Errc::invalid_argument, std::move(message));
}

Result<std::string> text_of(const toml::value& value) {
    if (!value.is_string()) return bad("must be text in quotes");
    std::string text = value.as_string().str;
    if (trim(text).empty()) return bad("must not be empty");
    return text;
}

Result<> set_db(Config& config, const toml::value& value) {
    const auto text = text_of(value);
    if (!text) return fail(text.error());
    auto path = expand_home(*text);
    if (!path) return bad("only ~/ is understood, not the home of another user");
    if (!path->is_absolute()) return bad("must be an absolute path, or begin with ~/");
    config.db = std::move(*path);
    return {};
}

Result<> set_api_key(Config& config, const toml::value& value) {
    auto text = text_of(value);
    if (!text) return fail(text.error());
    config.api_key = std::move(*text);
    return {};
}

struct Key {
    std::string_view name;
    Result<> (*set)(Config&, const toml::value&);
};
constexpr std::array<Key, 2> kKeys{{{"api_key", set_api_key}, {"db", set_db}}};

Result<> set_key(Config& config, const std::string& name, const toml::value& value) {
    std::string known;
    for (const Key& key : kKeys) {
        if (key.name == name) return key.set(config, value);
        known += (known.empty() ? "" : ", ") + std::string(key.name);
    }
    return bad("is not a known key; known are " + known);
}

struct Mistake {
    std::uint_least32_t line = 0;
    std::string text{};
};

// The key on a line that is not TOML; what follows it may be a secret.
std::string key_on(std::string_view line) {
    const auto end = line.find('=');
    const auto key = trim(line.substr(0, end));
    return end == std::string_view::npos || key.empty() ? "" : fmt::format(" near '{}'", key);
}

Result<Config> read_table(const toml::table& table, const std::string& file_name) {
    Config config;
    std::optional<Mistake> first;  // the table has no order of its own
    for (const auto& [name, value] : table) {
        const auto ok = set_key(config, name, value);
        const auto line = value.location().line();
        if (!ok && (!first || line < first->line))
            first = Mistake{line, fmt::format("'{}' {}", name, ok.error().message)};
    }
    if (first) return bad(fmt::format("{}:{}: {}", file_name, first->line, first->text));
    return config;
}

}  // namespace

Result<Config> parse_config(std::string_view text, const std::string& file_name) {
    try {
        std::istringstream in{std::string(text)};
        const toml::value root = toml::parse(in, file_name);
        return read_table(root.as_table(), file_name);
    } catch (const toml::exception& error) {
        const auto& where = error.location();
        return bad(fmt::format("{}:{}: not valid TOML{}", file_name, where.line(),
                               key_on(where.line_str())));
    } catch (
        const std::exception&) {  // of toml11's number conversions; its text may quote the line
        return bad(file_name + ": not valid TOML");
    }
}

Result<Config> load_config() {
    if (env_present("AI_MEMORY_NO_CONFIG")) return Config{};
    const auto path = config_file();
    if (!path) return Config{};  // no home folder, so no file; a needed path complains for itself
    std::error_code error;
    const auto status = fs::status(*path, error);
    if (status.type() == fs::file_type::not_found) return Config{};
    if (status.type() != fs::file_type::regular)
        return bad(
            fmt::format("{}: {}", path->string(), error ? error.message() : "is not a file"));
    const auto size = fs::file_size(*path, error);
    if (size > kFileBytesMax)
        return bad(fmt::format("{}: larger than {} bytes", path->string(), kFileBytesMax));
    std::ifstream in(*path, std::ios::binary);
    if (!in) {
        const std::string why = std::generic_category().message(errno);
        return bad(fmt::format("{}: cannot be read: {}", path->string(), why));
    }
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    return parse_config(text, path->string());
}

Result<fs::path> database_path(const std::optional<std::string>& flag, const Config& config) {
    auto named = flag;
    if (!named) named = env_text("AI_MEMORY_DB");
    if (!named) return config.db ? Result<fs::path>(*config.db) : default_database();
    if (named->empty()) return bad("--db: the path of the database is empty");
    auto path = expand_home(*named);
    if (!path) return path;
    return fs::absolute(*path);
}

}  // namespace aimem
