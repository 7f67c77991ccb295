#include "store/log/change.h"

#include "store/base/hash.h"

#include <fmt/core.h>

namespace aimem {

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
    return fmt::format("l:{:016x}{:016x}", hash64(triple, 1), hash64(triple, 2));
}

std::string_view id_of_key(std::string_view key) noexcept {
    return key.size() < 2 ? std::string_view{} : key.substr(2);
}

std::int64_t sig_of(State state, std::string_view body) noexcept {
    return static_cast<std::int64_t>(hash64(body, static_cast<std::uint64_t>(state)) >> 1);
}

}  // namespace aimem
