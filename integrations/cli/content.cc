#include "integrations/cli/content.h"

#include "store/base/webhook_keys.h"
#include "store/model/limits.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <string>

namespace aimem::cli {
namespace {

// One byte more than `most` tells that there is too much.
Result<std::string> stdin_text(const char* what, std::size_t most) {
    std::string text(most + 1, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), stdin));
    if (std::ferror(stdin) != 0)
        return fail(Errc::storage, fmt::format("cannot read the {} from stdin", what));
    return text;
}

}  // namespace

Result<> replace_by_stdin(nlohmann::json& fields) {
    const auto content = fields.find("content");
    if (content == fields.end() || *content != "-") return {};
    auto text = stdin_text("content", limits::content_bytes);
    if (!text) return fail(text.error());
    *content = std::move(*text);
    return {};
}

Result<std::string> secret_from(std::string_view text_or_dash) {
    std::string secret(text_or_dash);
    if (secret == "-") {
        auto text = stdin_text("secret", kWebhookSecretBytes + 1);
        if (!text) return text;
        secret = std::move(*text);
        if (secret.ends_with('\n')) secret.pop_back();
    }
    if (secret.empty() || secret.size() > kWebhookSecretBytes)
        return fail(Errc::invalid_argument,
                    fmt::format("secret must have 1 to {} bytes", kWebhookSecretBytes));
    return secret;
}

}  // namespace aimem::cli
