#include "store/base/webhook_keys.h"

#include "store/base/text.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace aimem {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSealed = "sealed.";
constexpr std::size_t kNameDigits = 16;   // of a key, in hex
constexpr std::size_t kNonceDigits = 32;  // 128 bits
constexpr std::size_t kHashDigits = 64;
constexpr std::size_t kFileBytes = 65'536;  // a thousand keys

std::string name_of(const Sha256& key) {
    return to_hex(hmac_sha256(as_bytes(key), "name")).substr(0, kNameDigits);
}

// One block of key stream is all it takes: what is sealed is as long as a hash.
Sha256 mixed(const Sha256& key, std::string_view nonce, Sha256 bytes) {
    const Sha256 stream = hmac_sha256(as_bytes(key), fmt::format("seal.{}", nonce));
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] ^= stream[i];
    return bytes;
}

std::string tag_of(const Sha256& key, std::string_view nonce, std::string_view text) {
    return to_hex(hmac_sha256(as_bytes(key), fmt::format("tag.{}.{}", nonce, text)));
}

struct Parts {
    std::string_view key{}, nonce{}, text{}, tag{};
};

std::optional<Parts> parts_of(std::string_view sealed) {
    constexpr std::array sizes{kNameDigits, kNonceDigits, kHashDigits, kHashDigits};
    if (!sealed.starts_with(kSealed)) return std::nullopt;
    sealed.remove_prefix(kSealed.size());
    std::array<std::string_view, sizes.size()> parts{};
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        const bool last = i + 1 == sizes.size();
        const auto end = last ? sealed.size() : sealed.find('.');
        if (end != sizes[i]) return std::nullopt;
        parts[i] = sealed.substr(0, end);
        sealed.remove_prefix(last ? end : end + 1);
    }
    return Parts{parts[0], parts[1], parts[2], parts[3]};
}

// In the same time wherever they differ.
bool same(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    unsigned differ = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        differ |= static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^
                                        static_cast<unsigned char>(b[i]));
    return differ == 0;
}

Sha256 random_bytes(Rng& rng) {
    Sha256 out{};
    for (std::size_t i = 0; i < out.size(); i += sizeof(std::uint64_t)) {
        const std::uint64_t bits = rng.next();
        for (std::size_t b = 0; b < sizeof bits; ++b)
            out[i + b] = static_cast<unsigned char>(bits >> (8 * b));
    }
    return out;
}

auto cannot(std::string_view what, const fs::path& file, int why) {
    return fail(Errc::storage, fmt::format("cannot {} the webhook keys in {}: {}", what,
                                           file.string(), std::generic_category().message(why)));
}

// Whether all of it is on disk.
bool written(int file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t some = ::write(file, text.data(), text.size());
        if (some < 0 && errno != EINTR) return false;
        if (some > 0) text.remove_prefix(static_cast<std::size_t>(some));
    }
    return ::fsync(file) == 0;
}

// Under another name first, so that nobody ever reads half a key; another process's counts if it
// was faster.
Result<> make(const fs::path& file, Rng& rng) {
    const fs::path fresh = file.string() + "." + uuid4(rng);
    const int made =
        ::open(fresh.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (made < 0) return cannot("make", file, errno);
    const Sha256 key = random_bytes(rng);
    bool kept = written(made, fmt::format("# {}\n{}\n", name_of(key), to_hex(key)));
    ::close(made);
    kept = kept && (::link(fresh.c_str(), file.c_str()) == 0 || errno == EEXIST);
    const int why = errno;
    ::unlink(fresh.c_str());
    if (!kept) return cannot("make", file, why);
    const int folder = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        ::fsync(folder);
        ::close(folder);
    }
    return {};
}

}  // namespace

std::optional<std::string_view> key_that_sealed(std::string_view text) {
    const auto parts = parts_of(text);
    if (!parts) return std::nullopt;
    return parts->key;
}

Result<std::string> sealed_secret(const fs::path& database, std::string_view secret, Rng& rng) {
    if (secret.size() > kWebhookSecretBytes)
        return fail(Errc::invalid_argument,
                    fmt::format("secret must be at most {} bytes", kWebhookSecretBytes));
    const auto keys = WebhookKeys::read_or_make(WebhookKeys::file_of(database), rng);
    if (!keys) return fail(keys.error());
    return keys->seal(sha256(secret), rng);
}

fs::path WebhookKeys::file_of(const fs::path& database) {
    return database.string() + ".webhook-keys";
}

Result<WebhookKeys> WebhookKeys::parse(std::string_view text) {
    WebhookKeys out;
    for (int line = 1; !text.empty(); ++line) {
        const auto end = std::min(text.find('\n'), text.size());
        const std::string_view one = trim(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (one.empty() || one.front() == '#') continue;
        const auto key = sha256_from_hex(one);
        if (!key)
            return fail(Errc::storage,
                        fmt::format("line {} is no key: 64 hex digits are one", line));
        out.keys_.push_back(*key);
    }
    return out;
}

Result<WebhookKeys> WebhookKeys::read(const fs::path& file) {
    std::error_code error;
    if (!fs::exists(file, error)) {
        if (error) return cannot("read", file, error.value());
        return WebhookKeys{};
    }
    std::ifstream in(file, std::ios::binary);
    std::string text(kFileBytes, '\0');
    if (!in) return cannot("read", file, errno);
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    auto out = parse(text);
    if (!out) return fail(out.error().code, file.string() + ": " + out.error().message);
    return out;
}

Result<WebhookKeys> WebhookKeys::read_or_make(const fs::path& file, Rng& rng) {
    auto found = read(file);
    if (!found || !found->empty()) return found;
    if (auto ok = make(file, rng); !ok) return fail(ok.error());
    found = read(file);
    if (found && found->empty())
        return fail(Errc::storage, file.string() + " has no key: remove it, a new one is made");
    return found;
}

std::string WebhookKeys::seal(const Sha256& secret, Rng& rng) const {
    const Sha256& key = keys_.front();
    const std::string nonce = to_hex(random_bytes(rng)).substr(0, kNonceDigits);
    const std::string text = to_hex(mixed(key, nonce, secret));
    return fmt::format("{}{}.{}.{}.{}", kSealed, name_of(key), nonce, text,
                       tag_of(key, nonce, text));
}

std::optional<Sha256> WebhookKeys::open(std::string_view sealed) const {
    const auto parts = parts_of(sealed);
    if (!parts) return std::nullopt;
    for (const Sha256& key : keys_) {
        if (!same(tag_of(key, parts->nonce, parts->text), parts->tag)) continue;
        if (const auto text = sha256_from_hex(parts->text)) return mixed(key, parts->nonce, *text);
    }
    return std::nullopt;
}

}  // namespace aimem
