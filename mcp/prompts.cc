#include "mcp/prompts.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <array>
#include <string_view>

namespace aimem::mcp {
namespace {

using nlohmann::json;

constexpr std::size_t kArgumentBytesMax = 512;

struct PromptArgument {
    std::string_view name{};
    std::string_view description{};
    std::string_view sentence{};  // added when it is given
};

constexpr std::array<PromptArgument, 3> kRecallArguments{{
    {"namespace", "Project or area to work in",
     "Work in namespace \"{}\": pass it with every call."},
    {"tag", "Tag to narrow by", "Narrow recalls with tags \"{}\" and store with that tag."},
    {"agent", "Whose memories matter most", "Memories by agent \"{}\" matter most here."},
}};

constexpr std::string_view kRecallFirst =
    R"(You have a long-term memory. House rules:
1. RECALL FIRST: call memory_recall with the topic before you answer from earlier work; say so when it finds nothing.
2. Store what will matter again with memory_store: one fact, decision or preference a memory, a title one would search for.
3. A correction by the user is stored at once: tier long, priority 9.
4. Answers come as TOON, a compact table with the content as its last column; pass format json for plain JSON.
5. Tiers: short lasts hours, mid a week, long for good.
6. DEDUP: the same title in the same namespace updates the memory that is there; on_conflict version keeps both.
7. Pass the namespace of the project with every call; rules of the namespace come with each recall and hold.
8. Use a few plain tags. memory_capabilities tells once what else this server can do.)";

constexpr std::string_view kWorkflow =
    R"(Memory, a line a verb:
STORE        memory_store: one fact a memory, title and content; the same title updates
RECALL       memory_recall: any of the words, best first, before answering; TOON by default
SEARCH       memory_search: every word, exact terms
LIST         memory_list: browse by namespace, tier, tag, author; next_cursor goes on
GET          memory_get: one memory with its links; memory_get_many for several
PROMOTE      memory_promote: keep for good, or copy to the namespace above
CONSOLIDATE  memory_consolidate: one memory with your summary in place of many
LINK         memory_link: related_to, supersedes, contradicts, derived_from
TAG          memory_auto_tag: telling words as tags
EXPAND       memory_expand_query: words that go with those of a query
CONTRADICT   memory_detect_contradiction: whether two memories seem to disagree
Tools that are not listed here: memory_capabilities names the profile that has them.)";

tl::unexpected<RpcError> bad(std::string text) {
    return tl::unexpected<RpcError>(
        RpcError{.code = code::invalid_params, .message = "Invalid params: " + std::move(text)});
}

std::string message_text(std::string_view description, const std::string& text) {
    const json content{{"type", "text"}, {"text", text}};
    const json messages = json::array({{{"role", "user"}, {"content", content}}});
    return to_text({{"description", description}, {"messages", messages}});
}

constexpr std::string_view kRecallAbout = "House rules for working with this memory";
constexpr std::string_view kWorkflowAbout = "The memory tools on one page";

MethodResult recall_first(const json& arguments) {
    std::string text(kRecallFirst);
    for (const auto& entry : arguments.items()) {
        const PromptArgument* known = nullptr;
        for (const PromptArgument& one : kRecallArguments)
            if (one.name == entry.key()) known = &one;
        if (known == nullptr)
            return bad(fmt::format("{}: unknown argument; accepted are namespace, tag, agent",
                                   excerpt(entry.key())));
        if (!entry.value().is_string()) return bad(fmt::format("{} must be a string", known->name));
        const auto& value = entry.value().get_ref<const std::string&>();
        if (value.size() > kArgumentBytesMax)
            return bad(fmt::format("{} may have at most {} bytes", known->name, kArgumentBytesMax));
        if (!value.empty()) text += "\n" + fmt::format(fmt::runtime(known->sentence), value);
    }
    return message_text(kRecallAbout, text);
}

}  // namespace

std::string prompts_text() {
    json arguments = json::array();
    for (const PromptArgument& one : kRecallArguments)
        arguments.push_back(
            {{"name", one.name}, {"description", one.description}, {"required", false}});
    return to_text({{"prompts",
                     {{{"name", "recall-first"},
                       {"title", "Recall first"},
                       {"description", kRecallAbout},
                       {"arguments", std::move(arguments)}},
                      {{"name", "memory-workflow"},
                       {"title", "Memory workflow"},
                       {"description", kWorkflowAbout}}}}});
}

MethodResult prompt_text(const json& params) {
    const auto name = params.find("name");
    if (name == params.end() || !name->is_string())
        return bad("name must be a string, the prompt's name");
    const auto given = params.find("arguments");
    const json arguments =
        given == params.end() || given->is_null() ? json::object() : json(*given);
    if (!arguments.is_object()) return bad("arguments must be an object");
    if (*name == "recall-first") return recall_first(arguments);
    if (*name == "memory-workflow" && arguments.empty())
        return message_text(kWorkflowAbout, std::string(kWorkflow));
    if (*name == "memory-workflow") return bad("memory-workflow takes no arguments");
    return bad("unknown prompt " + excerpt(name->get_ref<const std::string&>()) +
               "; there are recall-first and memory-workflow");
}

}  // namespace aimem::mcp
