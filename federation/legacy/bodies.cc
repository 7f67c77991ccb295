#include "federation/legacy/bodies.h"

#include "store/model/json_text.h"
#include "store/model/limits.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace aimem {
namespace {

constexpr std::array<const char*, kLegacyLists> kNames{
    "memories", "deletions", "archives",       "restores",
    "links",    "pendings",  "namespace_meta", "namespace_meta_clears"};

}  // namespace

void LegacyBodies::add(LegacyList list, const nlohmann::json& entry, const std::string& id) {
    const auto at = static_cast<std::size_t>(list);
    std::string text = json_text(entry);
    const bool full = counts_[at] == limits::push_items_accepted ||
                      (bytes_ > 0 && bytes_ + text.size() > kLegacyBytes);
    if (full) finish();
    if (counts_[at]++ > 0) lists_[at] += ',';
    bytes_ += text.size() + 1;
    lists_[at] += text;
    ids_.push_back(id);
}

void LegacyBodies::finish() {
    if (bytes_ == 0) return;
    LegacyBody body;
    body.strict = strict_;
    body.ids = std::exchange(ids_, {});
    for (std::size_t at = 0; at < kLegacyLists; ++at) {
        const bool needed = at == 0;  // it demands memories
        if (counts_[at] == 0 && !needed) continue;
        if (!body.json.empty()) body.json += ',';
        body.json += std::string("\"") + kNames[at] + "\":[" + lists_[at] + ']';
        body.items += counts_[at];
        lists_[at].clear();
        counts_[at] = 0;
    }
    bytes_ = 0;
    done_.push_back(std::move(body));
}

void LegacyBodies::close() {
    finish();
    strict_ = true;
}

void LegacyBodies::lenient() {
    strict_ = false;
}

std::vector<LegacyBody> LegacyBodies::take() {
    finish();
    if (done_.empty()) done_.push_back({"\"memories\":[]", 0, {}, true});
    return std::exchange(done_, {});
}

}  // namespace aimem
