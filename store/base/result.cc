#include "store/base/result.h"

namespace aimem {

std::string_view to_string(Errc code) noexcept {
    switch (code) {
        case Errc::invalid_argument: return "invalid_argument";
        case Errc::wrong_type: return "wrong_type";
        case Errc::not_found: return "not_found";
        case Errc::conflict: return "conflict";
        case Errc::denied: return "denied";
        case Errc::request_reused: return "request_reused";
        case Errc::quorum_not_met: return "quorum_not_met";
        case Errc::busy: return "busy";
        case Errc::shutting_down: return "shutting_down";
        case Errc::disk_full: return "disk_full";
        case Errc::storage: return "storage";
        case Errc::peer: return "peer";
    }
    return "unknown";
}

}  // namespace aimem
