// The rows of a push as encode_row writes them, one after the other and without a tree. A row in
// any other form is handed out as text. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/log/change.h"
#include "store/model/strict_json.h"

#include <optional>
#include <string_view>

namespace aimem {

class RowReader {
public:
    // `text`: what stands between the brackets of the array.
    explicit RowReader(std::string_view text) noexcept : reader_(text) {}

    struct Row {
        std::string_view text{};
        std::optional<FeedRow> known{};  // the row that encode_row would write so
    };
    std::optional<Row> next();  // nothing at the end, and where no row begins
    bool done() const noexcept { return reader_.done() && !cut_; }

private:
    StrictReader reader_;
    bool first_ = true;
    bool cut_ = false;  // nothing stood behind a comma
};

}  // namespace aimem
