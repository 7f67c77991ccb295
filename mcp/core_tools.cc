#include "mcp/core_tools.h"

#include "mcp/tool_registry.h"

#include <array>

namespace aimem::mcp {
namespace {

// Schemas are what the client shows its model and what schema_check.cc enforces; kept small, since
// every session pays for them in tokens. Bounds are those of store/model/limits.h.

constexpr std::string_view kStoreIn = R"({"type":"object","properties":{
"title":{"type":"string","minLength":1,"maxLength":512,"description":"What you would search for; the key within its namespace"},
"content":{"type":"string","minLength":1,"maxLength":65536},
"namespace":{"type":"string","minLength":1,"maxLength":512,"default":"global","description":"Project or area; / makes levels"},
"tier":{"type":"string","enum":["short","mid","long"],"default":"mid","description":"Life: hours, a week, for good"},
"tags":{"type":"array","items":{"type":"string","minLength":1,"maxLength":128},"maxItems":50},
"priority":{"type":"integer","minimum":1,"maximum":10,"default":5},
"confidence":{"type":"number","minimum":0,"maximum":1,"default":1},
"source":{"type":"string","enum":["user","claude","hook","api","cli","import","consolidation","system","chaos","notify"],"default":"claude"},
"scope":{"type":"string","enum":["private","team","unit","org","collective"]},
"metadata":{"type":"object"},
"agent_id":{"type":"string","minLength":1,"maxLength":128,"description":"Author; default: you"}},
"required":["title","content"],"additionalProperties":false})";
constexpr std::string_view kStoreOut = R"({"type":"object","properties":{
"id":{"type":"string"},"tier":{"type":"string"},"title":{"type":"string"},"namespace":{"type":"string"},"agent_id":{"type":"string"},
"duplicate":{"type":"boolean"},"action":{"type":"string"},"potential_contradictions":{"type":"array","items":{"type":"string"}}},
"required":["id","tier","title","namespace","agent_id"]})";

constexpr std::string_view kRecallIn = R"({"type":"object","properties":{
"context":{"type":"string","minLength":1,"maxLength":65536,"description":"Words of the topic; any may match"},
"namespace":{"type":"string","minLength":1,"maxLength":512,"description":"a/b also looks in a"},
"limit":{"type":"integer","minimum":1,"maximum":50,"default":10},
"tags":{"type":"string","minLength":1,"maxLength":128,"description":"One tag"},
"since":{"type":"string","description":"Created at or after, RFC 3339"},
"until":{"type":"string","description":"Created at or before, RFC 3339"},
"as_agent":{"type":"string","minLength":1,"maxLength":512,"description":"See only what this namespace position may see"},
"budget_tokens":{"type":"integer","minimum":1,"maximum":10000000,"description":"Leave out what does not fit"},
"format":{"type":"string","enum":["json","toon","toon_compact"],"default":"json"}},
"required":["context"],"additionalProperties":false})";
constexpr std::string_view kRecallOut = R"({"type":"object","properties":{
"memories":{"type":"array","items":{"type":"object"}},"count":{"type":"integer"},"mode":{"type":"string"},
"tokens_used":{"type":"integer"},"budget_tokens":{"type":"integer"}},
"required":["memories","count","mode","tokens_used"]})";

constexpr std::string_view kSearchIn = R"({"type":"object","properties":{
"query":{"type":"string","minLength":1,"maxLength":65536},
"namespace":{"type":"string","minLength":1,"maxLength":512,"description":"Exact"},
"tier":{"type":"string","enum":["short","mid","long"]},
"tags":{"type":"string","minLength":1,"maxLength":128,"description":"One tag"},
"limit":{"type":"integer","minimum":1,"maximum":200,"default":20},
"agent_id":{"type":"string","minLength":1,"maxLength":128,"description":"Author"},
"as_agent":{"type":"string","minLength":1,"maxLength":512},
"format":{"type":"string","enum":["json","toon","toon_compact"],"default":"json"}},
"required":["query"],"additionalProperties":false})";
constexpr std::string_view kSearchOut = R"({"type":"object","properties":{
"results":{"type":"array","items":{"type":"object"}},"count":{"type":"integer"}},"required":["results","count"]})";

constexpr std::string_view kListIn = R"({"type":"object","properties":{
"namespace":{"type":"string","minLength":1,"maxLength":512,"description":"Exact"},
"tier":{"type":"string","enum":["short","mid","long"]},
"tags":{"type":"string","minLength":1,"maxLength":128,"description":"One tag"},
"limit":{"type":"integer","minimum":1,"maximum":200,"default":20},
"offset":{"type":"integer","minimum":0,"maximum":100000000,"default":0},
"agent_id":{"type":"string","minLength":1,"maxLength":128,"description":"Author"},
"format":{"type":"string","enum":["json","toon","toon_compact"],"default":"json"}},
"additionalProperties":false})";
constexpr std::string_view kListOut = R"({"type":"object","properties":{
"memories":{"type":"array","items":{"type":"object"}},"count":{"type":"integer"},"next_offset":{"type":"integer"}},
"required":["memories","count"]})";

constexpr std::string_view kIdIn = R"({"type":"object","properties":{
"id":{"type":"string","minLength":1,"maxLength":128,"description":"Id or a unique beginning of it"}},
"required":["id"],"additionalProperties":false})";
constexpr std::string_view kGetOut = R"({"type":"object","properties":{
"id":{"type":"string"},"title":{"type":"string"},"content":{"type":"string"},"namespace":{"type":"string"},"tier":{"type":"string"},
"tags":{"type":"array","items":{"type":"string"}},"metadata":{"type":"object"},"links":{"type":"array","items":{"type":"object"}}},
"required":["id","title","content","namespace","tier","tags","links"]})";

constexpr std::string_view kUpdateIn = R"({"type":"object","properties":{
"id":{"type":"string","minLength":1,"maxLength":128,"description":"Id or a unique beginning of it"},
"title":{"type":"string","minLength":1,"maxLength":512},
"content":{"type":"string","minLength":1,"maxLength":65536},
"tier":{"type":"string","enum":["short","mid","long"]},
"namespace":{"type":"string","minLength":1,"maxLength":512},
"tags":{"type":"array","items":{"type":"string","minLength":1,"maxLength":128},"maxItems":50,"description":"Replaces all"},
"priority":{"type":"integer","minimum":1,"maximum":10},
"confidence":{"type":"number","minimum":0,"maximum":1},
"expires_at":{"type":"string","nullable":true,"description":"RFC 3339; empty for never"},
"metadata":{"type":"object","description":"Replaces all; the author stays"}},
"required":["id"],"additionalProperties":false})";
constexpr std::string_view kUpdateOut = R"({"type":"object","properties":{
"updated":{"type":"boolean"},"memory":{"type":"object"}},"required":["updated","memory"]})";

constexpr std::string_view kDeleteOut = R"({"type":"object","properties":{
"deleted":{"type":"boolean"},"id":{"type":"string"}},"required":["deleted","id"]})";

constexpr std::string_view kPromoteOut = R"({"type":"object","properties":{
"promoted":{"type":"boolean"},"mode":{"type":"string"},"id":{"type":"string"},"tier":{"type":"string"}},
"required":["promoted","mode","id","tier"]})";

constexpr std::string_view kLinkIn = R"({"type":"object","properties":{
"source_id":{"type":"string","minLength":1,"maxLength":128},
"target_id":{"type":"string","minLength":1,"maxLength":128},
"relation":{"type":"string","enum":["related_to","supersedes","contradicts","derived_from"],"default":"related_to"}},
"required":["source_id","target_id"],"additionalProperties":false})";
constexpr std::string_view kLinkOut = R"({"type":"object","properties":{
"linked":{"type":"boolean"},"existed":{"type":"boolean"},"source_id":{"type":"string"},"target_id":{"type":"string"},"relation":{"type":"string"}},
"required":["linked","source_id","target_id","relation"]})";

constexpr std::string_view kGetLinksOut = R"({"type":"object","properties":{
"links":{"type":"array","items":{"type":"object"}},"count":{"type":"integer"}},"required":["links","count"]})";

constexpr std::string_view kNothingIn = R"({"type":"object","additionalProperties":false})";
constexpr std::string_view kCapabilitiesOut = R"({"type":"object","properties":{
"version":{"type":"string"},"agent_id":{"type":"string"},"features":{"type":"object"},"tools":{"type":"object"},"limits":{"type":"object"}},
"required":["version","features","tools","limits"]})";

constexpr std::array<Tool, 11> kCoreTools{{
    {"memory_store", "Store a memory",
     "Keep one fact, decision or preference beyond this session. The same title in the same "
     "namespace "
     "updates the memory that is there. Returns its id, and ids of similar titles.",
     Effect::settles, kStoreIn, kStoreOut, &memory_store},
    {"memory_recall", "Recall memories",
     "Find memories about a topic, best first. Use before answering from earlier work. Returns "
     "whole "
     "memories with scores.",
     Effect::reads, kRecallIn, kRecallOut, &memory_recall},
    {"memory_search", "Search memories",
     "Find memories that contain every word of the query. Use for exact terms. Returns whole "
     "memories.",
     Effect::reads, kSearchIn, kSearchOut, &memory_search},
    {"memory_list", "List memories",
     "Browse memories by namespace, tier, tag or author, highest priority first, then newest. "
     "Returns whole "
     "memories, and next_offset when there are more.",
     Effect::reads, kListIn, kListOut, &memory_list},
    {"memory_get", "Get a memory",
     "Read one memory by its id. Returns all its fields and its links.", Effect::reads, kIdIn,
     kGetOut, &memory_get},
    {"memory_update", "Update a memory",
     "Change the given fields of one memory; the others stay. Returns the memory as it is now.",
     Effect::destroys, kUpdateIn, kUpdateOut, &memory_update},
    {"memory_delete", "Delete a memory",
     "Remove one memory and its links for good, on all nodes. Returns its id.", Effect::destroys,
     kIdIn, kDeleteOut, &memory_delete},
    {"memory_promote", "Keep a memory for good",
     "Make one memory long-lived: tier long, no expiry. Returns its id and tier.", Effect::settles,
     kIdIn, kPromoteOut, &memory_promote},
    {"memory_link", "Link two memories",
     "Say how one memory relates to another. Returns the link; existed tells whether it was there.",
     Effect::settles, kLinkIn, kLinkOut, &memory_link},
    {"memory_get_links", "Get links of a memory",
     "List the links from and to one memory. Returns them with their relation.", Effect::reads,
     kIdIn, kGetLinksOut, &memory_get_links},
    {"memory_capabilities", "What this server can do",
     "Show version, features, tools, limits and who you are here. Use when unsure what is "
     "supported.",
     Effect::reads, kNothingIn, kCapabilitiesOut, &memory_capabilities},
}};

}  // namespace

std::span<const Tool> core_tools() {
    return kCoreTools;
}

}  // namespace aimem::mcp
