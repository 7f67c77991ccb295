// What 0.6.3 asks a language model, answered by counting words: expand_query, auto_tag,
// detect_contradiction. Each says so ("method":"keyword"). SPDX-License-Identifier: Apache-2.0
#include "store/query/words.h"

#include "mcp/tools/call_help.h"
#include "mcp/tools/paging.h"
#include "mcp/tools/schema_parts.h"
#include "mcp/tools/tables.h"
#include "store/query/listing.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace aimem::mcp {
namespace {

using nlohmann::json;

constexpr const char* kMethod = "keyword";
constexpr std::size_t kExpandedTerms = 8;
constexpr std::size_t kNewTags = 5;

constexpr std::string_view kExpandIn =
    AIMEM_IN(R"("query":{"type":"string","minLength":1,"maxLength":65536},)" AIMEM_PAGE(
        "8", "50") "," AIMEM_AS_AGENT) R"("required":["query"],)" AIMEM_CLOSED;
constexpr std::string_view kExpandOut =
    AIMEM_OUT(R"("original":{"type":"string"},"expanded_terms":)" AIMEM_TEXTS
              R"(,"method":{"type":"string"},)" AIMEM_PAGE_OUT);
constexpr std::string_view kTagIn = AIMEM_IN(
    R"("id":)" AIMEM_ID_OR_PREFIX
    R"(,"limit":{"type":"integer","minimum":1,"maximum":20,"default":5},)" AIMEM_ASKER) R"("required":["id"],)" AIMEM_CLOSED;
constexpr std::string_view kTagOut =
    AIMEM_OUT(R"("id":{"type":"string"},"new_tags":)" AIMEM_TEXTS R"(,"all_tags":)" AIMEM_TEXTS
              R"(,"method":{"type":"string"})");
constexpr std::string_view kContradictIn =
    AIMEM_IN(R"("id_a":)" AIMEM_ID_OR_PREFIX R"(,"id_b":)" AIMEM_ID_OR_PREFIX
             "," AIMEM_AS_AGENT) R"("required":["id_a","id_b"],)" AIMEM_CLOSED;
constexpr std::string_view kContradictOut = AIMEM_OUT(
    R"("contradicts":{"type":"boolean"},"memory_a":{"type":"object"},"memory_b":{"type":"object"},"method":{"type":"string"},"reasons":)" AIMEM_TEXTS);

Result<ToolAnswer> memory_expand_query(const ToolCall& call) {
    const std::string asked = text_of(call, "query");
    const auto page = page_of(call, kExpandedTerms);
    if (!page) return fail(page.error());
    const auto terms = ask(call, [&](sqlite::Database& db) {
        return query::related_words(db, asked, page->rows_wanted());
    });
    if (!terms) return fail(terms.error());
    json out{{"original", asked}, {"method", kMethod}};
    put_page(out, "expanded_terms", *terms, 0, *page);
    return answered(out);
}

Result<ToolAnswer> memory_auto_tag(const ToolCall& call) {
    const auto memory =
        ask(call, [&](sqlite::Database& db) { return query::get(db, text_of(call, "id")); });
    if (!memory) return fail(memory.error());
    const std::size_t limit = call.arguments.value("limit", kNewTags);
    const auto words = ask(call, [&](sqlite::Database& db) {
        return query::telling_words(db, memory->title + ' ' + memory->content, limit);
    });
    if (!words) return fail(words.error());
    std::vector<std::string> fresh;
    for (const std::string& one : *words)
        if (std::find(memory->tags.begin(), memory->tags.end(), one) == memory->tags.end())
            fresh.push_back(one);
    json out{
        {"id", memory->id}, {"new_tags", fresh}, {"all_tags", memory->tags}, {"method", kMethod}};
    if (fresh.empty()) return answered(out);
    UpdateMemory op{.id = memory->id, .agent_id = asker_of(call).agent_id, .add_tags = fresh};
    const auto done = commit(call, std::move(op));
    if (!done) return fail(done.error());
    out["all_tags"] = done->memory->tags;
    return answered(out);
}

Result<ToolAnswer> memory_detect_contradiction(const ToolCall& call) {
    std::vector<Memory> both;
    for (const char* name : {"id_a", "id_b"}) {
        auto one =
            ask(call, [&](sqlite::Database& db) { return query::get(db, text_of(call, name)); });
        if (!one) return fail(one.error().code, std::string(name) + ": " + one.error().message);
        both.push_back(*std::move(one));
    }
    const query::Contrast seen = query::contrast(both[0], both[1]);
    json reasons = json::array();
    if (seen.contradicts) {
        reasons.push_back("one topic, other content");
        if (seen.negation_differs) reasons.push_back("one denies");
        if (seen.numbers_differ) reasons.push_back("numbers differ");
    }
    const auto rounded = [](double value) {
        return std::round(value * 1000.0) / 1000.0;
    };
    return answered({{"contradicts", seen.contradicts},
                     {"memory_a", {{"id", both[0].id}, {"title", both[0].title}}},
                     {"memory_b", {{"id", both[1].id}, {"title", both[1].title}}},
                     {"title_likeness", rounded(seen.title_likeness)},
                     {"content_likeness", rounded(seen.content_likeness)},
                     {"reasons", std::move(reasons)},
                     {"method", kMethod}});
}

constexpr std::array<Tool, 3> kWordTable{{
    {"memory_expand_query", "Find related words",
     "Words that go with those of a query in the titles and tags that are stored. Counts words, "
     "asks no model.",
     Effect::reads, kExpandIn, kExpandOut, &memory_expand_query, kGraph},
    {"memory_auto_tag", "Tag a memory",
     "Add the words that tell most about a memory to its tags. Counts words, asks no model.",
     Effect::adds, kTagIn, kTagOut, &memory_auto_tag, kGraph},
    {"memory_detect_contradiction", "Compare two memories",
     "Whether two memories seem to disagree: one topic, other words, numbers or a denial. Counts "
     "words, asks no model; judge yourself.",
     Effect::reads, kContradictIn, kContradictOut, &memory_detect_contradiction, kGraph},
}};

}  // namespace

std::span<const Tool> word_table() {
    return kWordTable;
}

}  // namespace aimem::mcp
