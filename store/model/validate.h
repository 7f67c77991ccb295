// The rules every stored value meets, whichever door or peer it comes from (facts/mcp-tools.md 3.8,
// facts/federation.md 6.4). Messages name the field and what is accepted. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/model/memory.h"

#include <array>
#include <string_view>

namespace aimem {

Result<> check_id(std::string_view field, std::string_view id);
Result<> check_title(std::string_view field, std::string_view title);
Result<> check_content(std::string_view field, std::string_view content);
Result<> check_namespace(std::string_view field, std::string_view ns);
Result<> check_tags(const std::vector<std::string>& tags);
Result<> check_priority(std::int64_t priority);
Result<> check_confidence(double confidence);
Result<> check_source(std::string_view source);
Result<> check_agent_id(std::string_view field, std::string_view agent_id);
Result<> check_scope(std::string_view scope);
// The relations of links.
inline constexpr std::array<std::string_view, 4> kRelations{"related_to", "supersedes",
                                                            "contradicts", "derived_from"};
Result<> check_relation(std::string_view relation);
Result<> check_time(std::string_view field, std::string_view text);
Result<> check_metadata(std::string_view json_text);  // an object, bounded in bytes and depth
Result<> check_link(std::string_view source_id, std::string_view target_id,
                    std::string_view relation);

// All of the above for one whole memory, as a peer may send it. `source` may be unknown there: a
// newer node may know more of them (traps.md 4.7, tolerant readers).
Result<> check_memory(const Memory& memory);

}  // namespace aimem
