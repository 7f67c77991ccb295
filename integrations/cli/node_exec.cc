#include "integrations/cli/node_exec.h"

#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace aimem::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProgram = "ai-memory-node";

}  // namespace

Error become_node(std::vector<std::string> words) {
    std::error_code error;
    const fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
    if (error) return {Errc::storage, "cannot find the folder of this program: " + error.message()};
    const std::array<fs::path, 2> places{
        folder / kProgram, (folder / "../libexec/ai-memory" / kProgram).lexically_normal()};
    for (const fs::path& program : places) {
        if (::access(program.c_str(), X_OK) != 0) continue;
        std::string name = program.string();
        std::vector<char*> argv{name.data()};
        for (std::string& word : words) argv.push_back(word.data());
        argv.push_back(nullptr);
        ::execv(program.c_str(), argv.data());
        const std::string why = std::generic_category().message(errno);
        return {Errc::storage, fmt::format("cannot start {}: {}", program.string(), why)};
    }
    return {Errc::not_found, fmt::format("{} is not installed: looked for {} and {}", kProgram,
                                         places[0].string(), places[1].string())};
}

}  // namespace aimem::cli
