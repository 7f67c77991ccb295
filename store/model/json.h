// The one place that knows the JSON form of memories and links: what doors show
// (facts/federation.md 5.1, 15 fields), and the replicated body, which leaves out the id and
// everything that is local or follows from the stamp. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/model/memory.h"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace aimem {

// Whether arrays and objects lie more than `levels` deep in each other; never recurses deeper.
bool deeper_than(const nlohmann::json& value, std::size_t levels);

nlohmann::json to_json(const Memory& memory);
nlohmann::json to_json(const Archived& archived);  // times are null when unset; tags an array
nlohmann::json to_json(const Link& link);

// A complete memory or link as a peer or an export carries it; strict about types, tolerant of
// unknown fields.
Result<Memory> memory_from_json(const nlohmann::json& value);
Result<Link> link_from_json(const nlohmann::json& value);

nlohmann::json tags_json(const std::vector<std::string>& tags);
std::string tags_text(const std::vector<std::string>& tags);           // column form: a JSON array
std::vector<std::string> tags_from_text(std::string_view json_array);  // a broken text yields none

// metadata.<field> when it is a string, else "".
std::string metadata_text(std::string_view metadata, std::string_view field);
std::string with_metadata_text(std::string_view metadata, std::string_view field,
                               std::string_view value);

// metadata.written_by says who wrote this version, where it was not the author (agent_id). Left as
// it is where there is no room for one more field.
std::string with_writer(std::string_view metadata, std::string_view agent_id);

// The text of a JSON object with sorted keys and no blanks; "{}" for anything else.
std::string canonical_object(std::string_view text);

// Replicated bodies: canonical text, keys sorted, so that equal values have equal signatures.
std::string memory_body(const Memory& memory);
std::string archived_body(const Archived& archived);
std::string link_body(const Link& link);
std::string merged_into_body(
    std::string_view id);  // of a tombstone whose memory lives on under another id

Result<Memory> memory_from_body(std::string_view id, std::string_view body);
Result<Archived> archived_from_body(std::string_view id, std::string_view body);
Result<Link> link_from_body(std::string_view body);
std::string merged_into(std::string_view body);  // "" when the body says nothing of it

}  // namespace aimem
