#include "integrations/cli/content.h"

#include "store/model/limits.h"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <string>

namespace aimem::cli {

Result<> replace_by_stdin(nlohmann::json& fields) {
    const auto content = fields.find("content");
    if (content == fields.end() || *content != "-") return {};
    std::string text(limits::content_bytes + 1, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), stdin));
    if (std::ferror(stdin) != 0) return fail(Errc::storage, "cannot read the content from stdin");
    *content = std::move(text);
    return {};
}

}  // namespace aimem::cli
