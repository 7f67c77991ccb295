#include "store/base/paths.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <vector>

namespace aimem {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFolder = "ai-memory";
constexpr std::size_t kPasswdBytes = 16'384;

const char* raw_env(const char* name) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here ever calls setenv
    return std::getenv(name);
}

Result<fs::path> home_folder() {
    if (const auto home = env_text("HOME"); home && home->front() == '/') return fs::path(*home);
    std::array<char, kPasswdBytes> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
        found != nullptr && found->pw_dir != nullptr && found->pw_dir[0] == '/')
        return fs::path(found->pw_dir);
    return fail(Errc::invalid_argument,
                "cannot find your home folder: set HOME to an absolute path, or name the file");
}

// A relative XDG folder is to be ignored, says its specification.
Result<fs::path> xdg_folder(const char* variable, std::string_view below_home) {
    if (const auto set = env_text(variable); set && set->front() == '/')
        return fs::path(*set) / kFolder;
    auto home = home_folder();
    if (!home) return home;
    return *home / below_home / kFolder;
}

}  // namespace

std::optional<std::string> env_text(const char* name) {
    const char* value = raw_env(name);
    if (value == nullptr || *value == '\0') return std::nullopt;
    return std::string(value);
}

bool env_present(const char* name) {
    return raw_env(name) != nullptr;
}

Result<fs::path> expand_home(std::string_view path) {
    if (path.empty() || path.front() != '~') return fs::path(path);
    if (path.size() > 1 && path[1] != '/')
        return fail(Errc::invalid_argument,
                    fmt::format("{}: only ~/ is understood, not the home of another user", path));
    auto home = home_folder();
    if (!home) return home;
    return path.size() <= 2 ? *home : *home / path.substr(2);
}

Result<fs::path> default_database() {
    auto folder = xdg_folder("XDG_DATA_HOME", ".local/share");
    if (!folder) return folder;
    return *folder / "memory.db";
}

Result<fs::path> config_file() {
    auto folder = xdg_folder("XDG_CONFIG_HOME", ".config");
    if (!folder) return folder;
    return *folder / "config.toml";
}

Result<> make_private_folders(const fs::path& file) {
    std::vector<fs::path> missing;
    std::error_code error;
    for (fs::path folder = fs::absolute(file, error).parent_path(); !fs::exists(folder, error);
         folder = folder.parent_path()) {
        if (error || folder == folder.root_path()) break;
        missing.push_back(folder);
    }
    // One by one, because create_directories() would leave the mode to the umask.
    for (auto folder = missing.rbegin(); folder != missing.rend(); ++folder) {
        if (::mkdir(folder->c_str(), S_IRWXU) != 0 && errno != EEXIST)
            return fail(Errc::storage,
                        fmt::format("cannot make the folder {}: {}", folder->string(),
                                    std::generic_category().message(errno)));
    }
    return {};
}

void make_private_file(const fs::path& file) noexcept {
    const int made = ::open(file.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (made >= 0) ::close(made);
}

}  // namespace aimem
