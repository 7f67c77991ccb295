// Args: what one command line gave, by the argument's long name ("tier", "ttl-secs"). fields()
// turns it into the JSON object the shared decoders of store/ops/intake.h read, so that a mistake
// has the same message at every door: text that should be a number and is not stays text there.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/query/queries.h"

#include <nlohmann/json_fwd.hpp>

#include "integrations/cli/command.h"
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aimem::cli {

std::string_view long_name(const Arg& arg);  // "tier" of "-t,--tier", "context" of "context"

class Args {
public:
    explicit Args(const Command& command) : command_(&command) {}
    void give(const Arg& arg, std::vector<std::string> values);

    bool has(std::string_view name) const { return values_.contains(name); }
    std::optional<std::string> text(std::string_view name) const;  // the first value
    std::vector<std::string> texts(std::string_view name) const;
    Result<std::optional<std::size_t>> size(
        std::string_view name) const;  // a whole number, 0 or more

    // Everything given, under the doors' names: ttl-secs is ttl_secs. A flag is true.
    nlohmann::json fields() const;

private:
    const Command* command_;
    std::map<std::string, std::vector<std::string>, std::less<>> values_{};
};

enum class TierFilter : bool { no, yes };  // whether --tier is that of a memory

// The filters that list, search and recall share: namespace, tier, tags, agent-id, since, until.
Result<Filter> filter_of(const Args& args, TierFilter tier_filter);
// --limit, at most `most`.
Result<std::size_t> limit_of(const Args& args, std::size_t standard, std::size_t most);

}  // namespace aimem::cli
