// Pieces of JSON schemas that many tools share, as string literals to be joined with R"(...)". Kept
// small, since every session pays for them in tokens; bounds are those of store/model/limits.h.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#define AIMEM_ID R"({"type":"string","minLength":1,"maxLength":128})"
#define AIMEM_ID_OR_PREFIX \
    R"({"type":"string","minLength":1,"maxLength":128,"description":"Id or a unique beginning of it"})"
#define AIMEM_NAMESPACE R"({"type":"string","minLength":1,"maxLength":512})"
#define AIMEM_TIER R"({"type":"string","enum":["short","mid","long"]})"
#define AIMEM_RELATION \
    R"({"type":"string","enum":["related_to","supersedes","contradicts","derived_from"]})"
#define AIMEM_TIME R"({"type":"string","minLength":1,"maxLength":64,"description":"RFC 3339"})"
#define AIMEM_TAGS \
    R"({"type":"array","items":{"type":"string","minLength":1,"maxLength":128},"maxItems":50})"
#define AIMEM_TEXTS R"({"type":"array","items":{"type":"string"}})"
#define AIMEM_OBJECTS R"({"type":"array","items":{"type":"object"}})"
#define AIMEM_STRING R"({"type":"string"})"
#define AIMEM_INTEGER R"({"type":"integer"})"
#define AIMEM_FLAG R"({"type":"boolean"})"

// Members; each ends without a comma.
#define AIMEM_ASKER \
    R"("agent_id":{"type":"string","minLength":1,"maxLength":128,"description":"Who asks; default: you"})"
#define AIMEM_AUTHOR \
    R"("agent_id":{"type":"string","minLength":1,"maxLength":128,"description":"Author"})"
#define AIMEM_AS_AGENT                                              \
    R"("as_agent":{"type":"string","minLength":1,"maxLength":512,)" \
    R"("description":"See only what this namespace position may"})"
#define AIMEM_PAGE(standard, most)                                                                   \
    R"("limit":{"type":"integer","minimum":1,"maximum":)" most R"(,"default":)" standard             \
    R"(},"cursor":{"type":"string","maxLength":64,"description":"next_cursor of the page before"},)" \
    R"("budget_tokens":{"type":"integer","minimum":1,"maximum":10000000})"
#define AIMEM_FORMAT(standard)                                                                \
    R"("format":{"type":"string","enum":["json","toon","toon_compact"],"default":")" standard \
    R"("})"

#define AIMEM_IN(members) R"({"type":"object","properties":{)" members R"(},)"
#define AIMEM_CLOSED R"("additionalProperties":false})"
#define AIMEM_OUT(members) R"({"type":"object","properties":{)" members R"(}})"
#define AIMEM_PAGE_OUT \
    R"("count":{"type":"integer"},"next_cursor":{"type":"string"},"tokens_used":{"type":"integer"})"
// What a store, delete or promote answers when a policy wants approval first.
#define AIMEM_QUEUED_OUT R"("status":{"type":"string"},"pending_id":{"type":"string"})"
