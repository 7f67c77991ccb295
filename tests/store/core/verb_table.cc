#include "tests/store/verb_table.h"

#include <cstdint>

namespace aimem::test {
namespace {

StoreMemory memory(const std::string& title) {
    StoreMemory op;
    op.title = title;
    op.content = "text of " + title;
    op.ns = "team/x";
    op.tags = std::vector<std::string>{"t"};
    op.agent_id = "ai:alice";
    return op;
}

}  // namespace

Stage prepare(const CommitFn& commit) {
    Stage stage;
    commit(RegisterAgent{"ai:alice", "ai:model", {"read"}});
    commit(RegisterAgent{"ai:bob", "human", {}});
    stage.a = commit(memory("A"));
    stage.b = commit(memory("B"));
    stage.c = commit(memory("C"));
    commit(LinkMemories{stage.a, stage.b, "related_to", {}, {}, "ai:alice"});
    stage.archived = commit(memory("Old"));
    commit(ArchiveMemory{stage.archived, "archive", {}});
    // A namespace that wants approval, and a request that waits.
    StoreMemory rules = memory("Rules");
    rules.ns = "gated";
    const std::string standard = commit(rules);
    commit(SetStandard{"gated", standard, std::nullopt,
                       R"({"write":"approve","delete":"approve","promote":"approve"})",
                       "ai:alice"});
    StoreMemory wanted = memory("Wanted");
    wanted.ns = "gated";
    stage.pending = commit(wanted);
    stage.subscription = commit(SubscribeEvents{{"", "https://example.com/hook", "*", std::nullopt,
                                                 std::nullopt, std::nullopt, "ai:alice", ""}});
    return stage;
}

const std::vector<VerbRow>& verb_table() {
    static const std::vector<VerbRow> table{
        {"store",
         [](const Stage&) -> Op {
             return memory("New");
         }},
        {"store again",
         [](const Stage&) -> Op {
             return memory("A");
         }},
        {"update",
         [](const Stage& s) -> Op {
             UpdateMemory op;
             op.id = s.a;
             op.title = "A renamed";
             op.priority = 1;
             op.confidence = 0.25;
             op.tags = std::vector<std::string>{};
             op.expires_at = "";
             return op;
         }},
        {"promote",
         [](const Stage& s) -> Op {
             return PromoteMemory{s.a, std::nullopt, "ai:alice"};
         }},
        {"promote up",
         [](const Stage& s) -> Op {
             return PromoteMemory{s.a, "team", "ai:alice"};
         }},
        {"delete",
         [](const Stage& s) -> Op {
             return DeleteMemory{s.a, "ai:alice"};
         }},
        {"archive",
         [](const Stage& s) -> Op {
             return ArchiveMemory{s.a, "done", "ai:alice"};
         }},
        {"restore",
         [](const Stage& s) -> Op {
             return RestoreMemory{s.archived, "ai:alice"};
         }},
        {"purge",
         [](const Stage&) -> Op {
             return PurgeArchive{std::nullopt, "team/x", "ai:alice"};
         }},
        {"forget",
         [](const Stage&) -> Op {
             return ForgetMemories{"team/x", "text", std::nullopt, "ai:alice"};
         }},
        {"expire",
         [](const Stage&) -> Op {
             return ExpireMemories{};
         }},
        {"consolidate",
         [](const Stage& s) -> Op {
             return ConsolidateMemories{{s.a, s.b}, "A and B", "both", std::nullopt, "ai:alice"};
         }},
        {"import",
         [](const Stage&) -> Op {
             ImportMemory op;
             op.memory.id = "11111111-2222-4333-8444-555555555555";
             op.memory.ns = "team/x";
             op.memory.title = "Imported";
             op.memory.content = "from elsewhere";
             op.memory.source = "import";
             op.memory.created_at = op.memory.updated_at = "2026-01-02T03:04:05+00:00";
             return op;
         }},
        {"link",
         [](const Stage& s) -> Op {
             return LinkMemories{s.b, s.c, "supersedes", {}, {}, "ai:alice"};
         }},
        {"unlink",
         [](const Stage& s) -> Op {
             return UnlinkMemories{s.a, s.b, std::nullopt, "ai:alice"};
         }},
        {"invalidate",
         [](const Stage& s) -> Op {
             return InvalidateLink{s.a, s.b, "related_to", "2026-06-01T00:00:00Z", "ai:alice"};
         }},
        {"entity",
         [](const Stage&) -> Op {
             return RegisterEntity{
                 "Kestrel", "team/x", {"kes", " the bird "}, std::nullopt, "ai:alice"};
         }},
        {"agent",
         [](const Stage&) -> Op {
             return RegisterAgent{"ai:carol", "ai:other", {"write"}};
         }},
        {"pending",
         [](const Stage&) -> Op {
             StoreMemory op = memory("Queued");
             op.ns = "gated";
             return op;
         }},
        {"approve",
         [](const Stage& s) -> Op {
             return DecideAction{s.pending, true, "ai:bob"};
         }},
        {"reject",
         [](const Stage& s) -> Op {
             return DecideAction{s.pending, false, "ai:bob"};
         }},
        {"standard",
         [](const Stage& s) -> Op {
             return SetStandard{"team/x", s.b, "team", R"({"write":"any"})", "ai:alice"};
         }},
        {"clear standard",
         [](const Stage&) -> Op {
             return ClearStandard{"gated", "ai:alice"};
         }},
        {"notify",
         [](const Stage&) -> Op {
             return NotifyAgent{"ai:alice", "ai:bob", "Hello", "come and see", 7, Tier::mid};
         }},
        {"subscribe",
         [](const Stage&) -> Op {
             return SubscribeEvents{{"", "https://example.com/two", "memory_store", std::nullopt,
                                     "team/x", std::nullopt, "ai:bob", ""}};
         }},
        {"unsubscribe",
         [](const Stage& s) -> Op {
             return UnsubscribeEvents{s.subscription, "ai:alice"};
         }},
    };
    return table;
}

}  // namespace aimem::test
