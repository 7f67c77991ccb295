#include "store/model/memory.h"

namespace aimem {

std::string_view to_string(Tier tier) noexcept {
    switch (tier) {
        case Tier::short_term: return "short";
        case Tier::mid: return "mid";
        case Tier::long_term: return "long";
    }
    return "mid";
}

std::optional<Tier> tier_from(std::string_view text) noexcept {
    if (text == "short") return Tier::short_term;
    if (text == "mid") return Tier::mid;
    if (text == "long") return Tier::long_term;
    return std::nullopt;
}

std::optional<std::int64_t> default_ttl_secs(Tier tier) noexcept {
    switch (tier) {
        case Tier::short_term: return 6 * 3600;
        case Tier::mid: return 7 * 24 * 3600;
        case Tier::long_term: return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace aimem
