#include "store/query/viewer.h"

#include "store/model/json.h"
#include "store/model/validate.h"

#include <utility>

namespace aimem {
namespace {

constexpr std::string_view kInboxes = "_messages/";
constexpr std::string_view kAgentsDirectory = "_agents";  // who there is, is no secret

thread_local const Viewer* viewer_here = nullptr;

}  // namespace

Result<> check_viewer(const Viewer& viewer) {
    if (!viewer.agent_id.empty())
        if (auto ok = check_agent_id("agent_id", viewer.agent_id); !ok) return ok;
    return viewer.position ? check_namespace("as_agent", *viewer.position) : Result<>{};
}

Sight::Sight(const Viewer& viewer) : agent_id_(viewer.agent_id) {
    if (!viewer.position) return;
    visibility_.emplace(*viewer.position);
    position_ = *viewer.position;
}

bool Sight::sees_namespace(std::string_view ns) const noexcept {
    if (ns == kAgentsDirectory) return true;
    if (ns.starts_with(kInboxes) && !agent_id_.empty())
        return ns.substr(kInboxes.size()) == agent_id_;
    return !visibility_;
}

bool Sight::sees_row(std::string_view ns, std::string_view metadata) const {
    if (sees_namespace(ns)) return true;
    if (ns.starts_with(kInboxes) && !agent_id_.empty())
        return metadata_text(metadata, "agent_id") == agent_id_;  // what he sent
    return visibility_ && visibility_->allows(ns, query::scope_of(metadata));
}

bool Sight::is_bound_by(std::string_view ns) const noexcept {
    if (ns == "*" || !visibility_) return true;
    return position_.starts_with(ns) &&
           (position_.size() == ns.size() || position_[ns.size()] == '/');
}

ReadAs::ReadAs(Viewer viewer)
    : viewer_(std::move(viewer)),
      outer_(std::exchange(viewer_here, &viewer_)) {}

ReadAs::~ReadAs() {
    viewer_here = outer_;
}

const Viewer& current_viewer() noexcept {
    static const Viewer nobody{};
    return viewer_here == nullptr ? nobody : *viewer_here;
}

}  // namespace aimem
