// The keys that seal the secrets of webhook subscriptions. They are in a file of their own beside
// the database, so that who has the database or a copy of it cannot sign, nor try out secrets
// (facts/mcp-tools.md 11 W26). One key a line, 64 hex digits: the first one seals, each of them
// opens. Nodes that shall sign for each other's subscriptions are given each other's keys.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/clock.h"
#include "store/base/result.h"
#include "store/base/sha256.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aimem {

class WebhookKeys {
public:
    static std::filesystem::path file_of(const std::filesystem::path& database);
    // No file, no keys. Errc::storage: it cannot be read or made, or a line is no key; names the
    // file and the line, never a key.
    static Result<WebhookKeys> read(const std::filesystem::path& file);
    // With a new key, safely on disk, where there was none. Any number of processes at once.
    static Result<WebhookKeys> read_or_make(const std::filesystem::path& file, Rng& rng);
    static Result<WebhookKeys> parse(std::string_view text);

    bool empty() const noexcept { return keys_.empty(); }
    // "sealed.<key>.<nonce>.<text>.<tag>", all in hex, of 32 bytes; another one each time. There
    // must be a key.
    std::string seal(const Sha256& secret, Rng& rng) const;
    // Nothing: the key it was sealed with is not here, or it was tampered with.
    std::optional<Sha256> open(std::string_view sealed) const;

private:
    std::vector<Sha256> keys_{};
};

inline constexpr std::size_t kWebhookSecretBytes = 1024;

// The secret of a webhook as its subscription keeps it: SHA-256, sealed with the key of this
// database, which is made if there is none. Errc::invalid_argument: the secret is too long.
Result<std::string> sealed_secret(const std::filesystem::path& database, std::string_view secret,
                                  Rng& rng = system_rng());

// The name of the key that sealed it: not secret. Nothing when it is not sealed.
std::optional<std::string_view> key_that_sealed(std::string_view text);

}  // namespace aimem
