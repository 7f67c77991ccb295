#include "integrations/cli/session.h"

#include "store/base/clock.h"
#include "store/base/paths.h"
#include "store/model/json_text.h"
#include "store/model/validate.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <system_error>
#include <utility>

namespace aimem::cli {
namespace {

// "host:" and the name of this machine, in the characters an agent id may have.
std::string host_label() {
    std::array<char, 256> buffer{};
    if (::gethostname(buffer.data(), buffer.size() - 1) != 0) buffer.fill('\0');
    std::string name(buffer.data());
    constexpr std::string_view accepted =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    for (char& c : name)
        if (accepted.find(c) == std::string_view::npos) c = '-';
    return "host:" + (name.empty() ? std::string("unknown") : name.substr(0, 64));
}

Result<std::unique_ptr<Store>> open_store(const std::filesystem::path& file) {
    StoreOptions options;
    options.file = file;
    options.readers = 1;
    return Store::open(std::move(options));
}

}  // namespace

Session::Session(Globals globals, Config config)
    : globals_(std::move(globals)),
      config_(std::move(config)) {}
Session::~Session() = default;

Result<std::filesystem::path> Session::file() const {
    return database_path(globals_.db, config_);
}

Result<Store*> Session::existing() {
    const auto path = file();
    if (!path) return fail(path.error());
    std::error_code error;
    const auto type = std::filesystem::status(*path, error).type();
    if (type == std::filesystem::file_type::not_found)
        return fail(Errc::not_found, fmt::format("no database at {} yet", path->string()));
    if (type == std::filesystem::file_type::none)
        return fail(Errc::storage,
                    fmt::format("cannot look at {}: {}", path->string(), error.message()));
    return keep(open_store(*path));
}

Result<Store*> Session::or_new() {
    return keep(open_new());
}

Result<std::unique_ptr<Store>> Session::open_new() const {
    const auto path = file();
    if (!path) return fail(path.error());
    if (auto ok = make_private_folders(*path); !ok) return fail(ok.error());
    return open_store(*path);
}

Result<Store*> Session::keep(Result<std::unique_ptr<Store>> store) {
    if (!store) return fail(store.error());
    auto viewer = this->viewer();
    if (!viewer) return fail(viewer.error());
    store_ = std::move(*store);
    reader_.emplace(std::move(*viewer));
    return store_.get();
}

Result<Caller> Session::caller() const {
    auto named = named_agent();
    if (!named) return fail(named.error());
    Caller out;
    out.agent_id = named->empty() ? host_label() : std::move(*named);
    out.source = "cli";
    out.now_ns = system_clock().now_ns();
    return out;
}

Result<std::string> Session::named_agent() const {
    const auto named = globals_.agent_id ? globals_.agent_id : env_text("AI_MEMORY_AGENT_ID");
    if (!named) return std::string{};
    if (auto ok = check_agent_id("agent_id", *named); !ok) return fail(ok.error());
    return *named;
}

Result<Viewer> Session::viewer() const {
    auto named = named_agent();
    if (!named) return fail(named.error());
    Viewer out{std::move(*named), globals_.as_agent};
    if (!out.position) out.position = env_text("AI_MEMORY_AS_AGENT");
    if (auto ok = check_viewer(out); !ok) return fail(ok.error());
    return out;
}

void Session::print(const nlohmann::json& value) {
    line(json_text(value));
}

// A failed write is found by main, which looks at the stream's state once, at the end.
void Session::line(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fputc('\n', stdout);
}

void Session::notice(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fputc('\n', stderr);
}

void Session::answer(const nlohmann::json& value, std::string_view text) {
    if (json())
        print(value);
    else
        line(text);
}

}  // namespace aimem::cli
