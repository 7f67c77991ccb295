#include "store/log/change.h"

#include "store/base/hash.h"

#include <fmt/core.h>

namespace aimem {

namespace {

std::string hashed(Kind kind, std::string_view text) {
    return fmt::format("{}:{:016x}{:016x}", static_cast<char>(kind), hash64(text, 1),
                       hash64(text, 2));
}

}  // namespace

std::optional<Kind> kind_of(std::string_view key) noexcept {
    constexpr std::string_view known = "mlnpvbxes";
    if (key.size() < 3 || key[1] != ':' || known.find(key[0]) == std::string_view::npos)
        return std::nullopt;
    return static_cast<Kind>(key[0]);
}

std::string memory_key(std::string_view id) {
    return "m:" + std::string(id);
}

std::string link_key(std::string_view source_id, std::string_view target_id,
                     std::string_view relation) {
    std::string triple(source_id);
    triple += '\0';
    triple += target_id;
    triple += '\0';
    triple += relation;
    return hashed(Kind::link, triple);
}

std::string record_key(Kind kind, std::string_view name) {
    std::string key{static_cast<char>(kind), ':'};
    return key += name;
}

std::string pair_key(Kind kind, std::string_view first, std::string_view second) {
    std::string pair(first);
    pair += '\0';
    pair += second;
    return hashed(kind, pair);
}

std::string_view id_of_key(std::string_view key) noexcept {
    return key.size() < 2 ? std::string_view{} : key.substr(2);
}

std::int64_t sig_of(State state, std::string_view body) noexcept {
    return static_cast<std::int64_t>(hash64(body, static_cast<std::uint64_t>(state)) >> 1);
}

}  // namespace aimem
