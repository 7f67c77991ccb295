// The two columns of the text index that people do not see, made here for a new row as the view
// memories_indexed makes them (sqlite/schema.cc), which costs several times as much; a test holds
// the two together. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/model/memory.h"

#include <optional>
#include <string>

namespace aimem {

struct HiddenText {
    std::string facets{};
    std::string weight{};
};

// Nothing when the metadata holds more than texts: the view tells then.
std::optional<HiddenText> hidden_text_of(const Memory& memory);

}  // namespace aimem
