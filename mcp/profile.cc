#include "mcp/profile.h"

namespace aimem::mcp {

std::string_view name_of(Profile profile) noexcept {
    switch (profile) {
        case Profile::core: return "core";
        case Profile::graph: return "graph";
        case Profile::admin: return "admin";
        case Profile::full: return "full";
    }
    return "";
}

Result<Profile> profile_from(std::string_view name) {
    for (const Profile one : {Profile::core, Profile::graph, Profile::admin, Profile::full})
        if (name_of(one) == name) return one;
    return fail(Errc::invalid_argument, "invalid profile: accepted are core, graph, admin, full");
}

}  // namespace aimem::mcp
