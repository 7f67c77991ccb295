// The tools that everybody needs: their schemas and what they say of themselves.
// SPDX-License-Identifier: Apache-2.0
#include "mcp/tools/schema_parts.h"
#include "mcp/tools/tables.h"

#include <array>

namespace aimem::mcp {
namespace {

constexpr std::string_view kStoreIn = AIMEM_IN(
    R"("title":{"type":"string","minLength":1,"maxLength":512,"description":"What you would search for; the key within its namespace"},)"
    R"("content":{"type":"string","minLength":1,"maxLength":65536},)"
    R"("namespace":{"type":"string","minLength":1,"maxLength":512,"default":"global","description":"Project or area; / makes levels"},)"
    R"("tier":{"type":"string","enum":["short","mid","long"],"default":"mid","description":"Life: hours, a week, for good"},)"
    R"("tags":)" AIMEM_TAGS
    R"(,"priority":{"type":"integer","minimum":1,"maximum":10,"default":5},)"
    R"("confidence":{"type":"number","minimum":0,"maximum":1,"default":1},)"
    R"("source":{"type":"string","enum":["user","claude","hook","api","cli","import","consolidation","system","chaos","notify"],"default":"claude"},)"
    R"("scope":{"type":"string","enum":["private","team","unit","org","collective"]},)"
    R"("metadata":{"type":"object"},)"
    R"("on_conflict":{"type":"string","enum":["merge","version","error"],"default":"merge","description":"If the title is there: update it, keep both, refuse"},)" AIMEM_ASKER) R"("required":["title","content"],)" AIMEM_CLOSED;
constexpr std::string_view kStoreOut = AIMEM_OUT(
    R"("id":{"type":"string"},"tier":{"type":"string"},"title":{"type":"string"},"namespace":{"type":"string"},"agent_id":{"type":"string"},)"
    R"("duplicate":{"type":"boolean"},"potential_contradictions":)" AIMEM_TEXTS
    "," AIMEM_QUEUED_OUT);

constexpr std::string_view kRecallIn = AIMEM_IN(
    R"("context":{"type":"string","minLength":1,"maxLength":65536,"description":"Words of the topic; any may match"},)"
    R"("namespace":{"type":"string","minLength":1,"maxLength":512,"description":"a/b also looks in a"},)"
    R"("tags":{"type":"string","minLength":1,"maxLength":128,"description":"One tag"},)"
    R"("since":)" AIMEM_TIME R"(,"until":)" AIMEM_TIME
    R"(,"context_tokens":{"type":"array","items":{"type":"string","maxLength":1024},"maxItems":64,"description":"More words"},)" AIMEM_AS_AGENT
    "," AIMEM_PAGE(
        "10", "50") "," AIMEM_FORMAT("toon_compact")) R"("required":["context"],)" AIMEM_CLOSED;
constexpr std::string_view kRecallOut =
    AIMEM_OUT(R"("memories":)" AIMEM_OBJECTS R"(,"mode":{"type":"string"},)" AIMEM_PAGE_OUT);

constexpr std::string_view kSearchIn = AIMEM_IN(
    R"("query":{"type":"string","minLength":1,"maxLength":65536},)"
    R"("namespace":)" AIMEM_NAMESPACE R"(,"tier":)" AIMEM_TIER
    R"(,"tags":{"type":"string","minLength":1,"maxLength":128,"description":"One tag"},)" AIMEM_AUTHOR
    "," AIMEM_AS_AGENT "," AIMEM_PAGE(
        "20", "200") "," AIMEM_FORMAT("toon_compact")) R"("required":["query"],)" AIMEM_CLOSED;
constexpr std::string_view kSearchOut = AIMEM_OUT(R"("results":)" AIMEM_OBJECTS "," AIMEM_PAGE_OUT);

constexpr std::string_view kListIn =
    AIMEM_IN(R"("namespace":)" AIMEM_NAMESPACE R"(,"tier":)" AIMEM_TIER
             R"(,"tags":{"type":"string","minLength":1,"maxLength":128,"description":"One tag"},)"
             R"("since":)" AIMEM_TIME R"(,"until":)" AIMEM_TIME "," AIMEM_AUTHOR "," AIMEM_AS_AGENT
             "," AIMEM_PAGE("20", "200") "," AIMEM_FORMAT("toon_compact")) AIMEM_CLOSED;
constexpr std::string_view kMemoriesOut =
    AIMEM_OUT(R"("memories":)" AIMEM_OBJECTS "," AIMEM_PAGE_OUT);

constexpr std::string_view kGetIn =
    AIMEM_IN(R"("id":)" AIMEM_ID_OR_PREFIX "," AIMEM_AS_AGENT) R"("required":["id"],)" AIMEM_CLOSED;
constexpr std::string_view kGetOut = AIMEM_OUT(
    R"("id":{"type":"string"},"title":{"type":"string"},"content":{"type":"string"},"namespace":{"type":"string"},"links":)" AIMEM_OBJECTS);

constexpr std::string_view kUpdateIn = AIMEM_IN(
    R"("id":)" AIMEM_ID_OR_PREFIX R"(,"title":{"type":"string","minLength":1,"maxLength":512},)"
    R"("content":{"type":"string","minLength":1,"maxLength":65536},)"
    R"("tier":)" AIMEM_TIER R"(,"namespace":)" AIMEM_NAMESPACE R"(,"tags":)" AIMEM_TAGS
    R"(,"priority":{"type":"integer","minimum":1,"maximum":10},)"
    R"("confidence":{"type":"number","minimum":0,"maximum":1},)"
    R"("expires_at":{"type":"string","nullable":true,"description":"RFC 3339; empty for never"},)"
    R"("metadata":{"type":"object","description":"Replaces all; the author stays"},)" AIMEM_ASKER) R"("required":["id"],)" AIMEM_CLOSED;
constexpr std::string_view kUpdateOut =
    AIMEM_OUT(R"("updated":{"type":"boolean"},"memory":{"type":"object"})");

constexpr std::string_view kDeleteIn =
    AIMEM_IN(R"("id":)" AIMEM_ID_OR_PREFIX "," AIMEM_ASKER) R"("required":["id"],)" AIMEM_CLOSED;
constexpr std::string_view kDeleteOut =
    AIMEM_OUT(R"("deleted":{"type":"boolean"},"id":{"type":"string"},)" AIMEM_QUEUED_OUT);

constexpr std::string_view kGetManyIn = AIMEM_IN(
    R"("ids":{"type":"array","items":)" AIMEM_ID_OR_PREFIX
    R"(,"minItems":1,"maxItems":100},)" AIMEM_AS_AGENT
    "," AIMEM_PAGE("100", "100") "," AIMEM_FORMAT("json")) R"("required":["ids"],)" AIMEM_CLOSED;
constexpr std::string_view kGetManyOut =
    AIMEM_OUT(R"("memories":)" AIMEM_OBJECTS R"(,"missing":)" AIMEM_TEXTS "," AIMEM_PAGE_OUT);

constexpr std::string_view kSessionIn =
    AIMEM_IN(R"("namespace":)" AIMEM_NAMESPACE "," AIMEM_AS_AGENT
             "," AIMEM_PAGE("10", "50") "," AIMEM_FORMAT("toon_compact")) AIMEM_CLOSED;
constexpr std::string_view kSessionOut =
    AIMEM_OUT(R"("memories":)" AIMEM_OBJECTS
              R"(,"mode":{"type":"string"},"unread_messages":{"type":"integer"},)" AIMEM_PAGE_OUT);

constexpr std::array<Tool, 9> kCoreTable{{
    {"memory_store", "Store a memory",
     "Keep one fact, decision or preference beyond this session. The same title in the same "
     "namespace updates the memory that is there. Returns its id, and ids of similar titles.",
     Effect::settles, kStoreIn, kStoreOut, &memory_store},
    {"memory_recall", "Recall memories",
     "Find memories about a topic, best first, with the rules of the namespace. Use before "
     "answering from earlier work.",
     Effect::reads, kRecallIn, kRecallOut, &memory_recall},
    {"memory_search", "Search memories",
     "Find memories that contain every word of the query. Use for exact terms.", Effect::reads,
     kSearchIn, kSearchOut, &memory_search},
    {"memory_list", "List memories",
     "Browse by namespace, tier, tag, author or time, highest priority first, then newest.",
     Effect::reads, kListIn, kMemoriesOut, &memory_list},
    {"memory_get", "Get a memory", "Read one memory by its id, with its links.", Effect::reads,
     kGetIn, kGetOut, &memory_get},
    {"memory_update", "Update a memory",
     "Change the given fields of one memory; the others stay. Returns it as it is now.",
     Effect::destroys, kUpdateIn, kUpdateOut, &memory_update},
    {"memory_delete", "Delete a memory", "Remove one memory and its links for good, on all nodes.",
     Effect::destroys, kDeleteIn, kDeleteOut, &memory_delete},
    {"memory_get_many", "Get several memories",
     "Read up to 100 memories by their ids, in that order; says which were not found.",
     Effect::reads, kGetManyIn, kGetManyOut, &memory_get_many, kGraph | kAdmin},
    {"memory_session_start", "Begin a session",
     "What to know when a session begins: the rules of the namespace and its most important "
     "memories.",
     Effect::reads, kSessionIn, kSessionOut, &memory_session_start, kGraph},
}};

}  // namespace

std::span<const Tool> core_table() {
    return kCoreTable;
}

}  // namespace aimem::mcp
