#include "integrations/cli/tiers.h"

#include <algorithm>
#include <array>

namespace aimem::cli {

Result<> check_feature_tier(const Args& args) {
    constexpr std::array<std::string_view, 4> known{"keyword", "semantic", "smart", "autonomous"};
    const auto tier = args.text("tier");
    if (!tier || std::find(known.begin(), known.end(), *tier) != known.end()) return {};
    return fail(Errc::invalid_argument,
                "invalid tier: accepted are keyword, semantic, smart, autonomous");
}

}  // namespace aimem::cli
