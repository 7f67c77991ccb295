// The feature tiers of 0.6.3 (keyword, semantic, smart, autonomous), which existing set-ups name
// with --tier. So far there is keyword search only; the others mean the same, as they do in 0.6.3
// when a model cannot be loaded. The answer says which mode it used.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"

#include "integrations/cli/args.h"
#include <string_view>

namespace aimem::cli {

inline constexpr std::string_view kFeatureTierHelp =
    "keyword, semantic, smart or autonomous; so far all of them search by keyword";

Result<> check_feature_tier(const Args& args);  // --tier

}  // namespace aimem::cli
