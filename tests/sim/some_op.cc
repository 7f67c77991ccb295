#include "tests/sim/some_op.h"

#include "store/base/time_text.h"

#include <fmt/core.h>

#include <array>
#include <optional>

namespace aimem::sim {
namespace {

constexpr const char* kAgent = "ai:sim";
constexpr const char* kTeam = "team";  // under rules, in some schedules
constexpr std::array<const char*, 3> kDeciders{"human:one", "human:two", "human:three"};

std::string text_at(sqlite::Statement::Cursor row) {
    return row.step() ? row.string(0) : std::string("none");
}

std::vector<std::string> column(sqlite::Statement& all) {
    std::vector<std::string> out;
    for (auto row = all.bind(); row.step();) out.push_back(row.string(0));
    return out;
}

std::string one_of(const std::vector<std::string>& all, Dice& dice) {
    return all.empty() ? "none" : all[dice.below(all.size())];
}

std::vector<std::string> live_ids(sqlite::Database& db) {
    return column(db.sql("SELECT id FROM memories WHERE namespace = 'global' ORDER BY id"));
}

std::string oldest(sqlite::Database& db) {
    return text_at(db.sql("SELECT id FROM memories ORDER BY created_at, id LIMIT 1").bind());
}

std::string some_text(Dice& dice) {
    return fmt::format("text {}", dice.below(1000));
}
std::string some_title(Dice& dice) {
    return fmt::format("title {}", dice.below(kTitles));
}

StoreMemory some_store(Dice& dice) {
    StoreMemory op;
    op.content = some_text(dice);
    op.title = some_title(dice);
    op.agent_id = kAgent;
    return op;
}

UpdateMemory some_update(sqlite::Database& db, Dice& dice) {
    UpdateMemory op;
    op.id = some_id(db, dice);
    if (dice.chance(50)) op.title = some_title(dice);
    op.content = some_text(dice);
    op.priority = static_cast<int>(dice.between(1, 10));
    return op;
}

ConsolidateMemories some_consolidation(sqlite::Database& db, Dice& dice) {
    auto ids = live_ids(db);
    ConsolidateMemories op;
    const std::size_t wanted = 2 + static_cast<std::size_t>(dice.below(2));
    while (!ids.empty() && op.ids.size() < wanted) {
        const auto at = static_cast<std::ptrdiff_t>(dice.below(ids.size()));
        op.ids.push_back(ids[static_cast<std::size_t>(at)]);
        ids.erase(ids.begin() + at);
    }
    op.title = fmt::format("summary {}", dice.below(100));
    op.summary = some_text(dice);
    op.agent_id = dice.chance(50) ? kAgent : "";
    return op;
}

ForgetMemories some_forgetting(Dice& dice) {
    ForgetMemories op;
    op.pattern = fmt::format("{}", dice.below(kTitles));
    return op;
}

ImportMemory some_import(sqlite::Database& db, Dice& dice) {
    ImportMemory op;
    op.memory.id = dice.chance(30) ? some_id(db, dice) : uuid4(dice);
    if (op.memory.id == "none") op.memory.id = uuid4(dice);
    op.memory.title = some_title(dice);
    op.memory.content = some_text(dice);
    op.memory.created_at = time_text(1'777'000'000'000'000'000 - dice.between(0, 1'000'000'000));
    op.memory.updated_at = op.memory.created_at;
    op.agent_id = kAgent;
    return op;
}

Op some_link_op(sqlite::Database& db, Dice& dice) {
    auto& all = db.sql("SELECT source_id || '|' || target_id FROM memory_links ORDER BY 1");
    const std::string pair = one_of(column(all), dice);
    const auto bar = pair.find('|');
    if (bar == std::string::npos || dice.chance(40))
        return LinkMemories{some_id(db, dice), some_id(db, dice), "related_to"};
    const std::string from = pair.substr(0, bar);
    const std::string to = pair.substr(bar + 1);
    if (dice.chance(60)) return UnlinkMemories{from, to, std::nullopt};
    return InvalidateLink{from, to, "related_to", std::nullopt, {}};
}

// The small documents: entities, agents, messages, subscriptions, standards.
Op some_document(sqlite::Database& db, Dice& dice) {
    switch (dice.below(7)) {
        case 0:
            return RegisterEntity{fmt::format("thing {}", dice.below(3)),
                                  "global",
                                  {fmt::format("alias {}", dice.below(5))},
                                  std::nullopt,
                                  kAgent};
        case 1:
            return RegisterAgent{fmt::format("ai:agent{}", dice.below(3)),
                                 "ai:sim",
                                 {fmt::format("skill{}", dice.below(4))}};
        case 2: return NotifyAgent{kAgent, "ai:other", some_title(dice), some_text(dice)};
        case 3: {
            Subscription one;
            one.url = "https://example.org/hook";
            one.created_by = kAgent;
            return SubscribeEvents{one};
        }
        case 4:
            return UnsubscribeEvents{
                one_of(column(db.sql("SELECT id FROM subscriptions ORDER BY id")), dice), kAgent};
        case 5: return ClearStandard{"notes", {}};
        default: return SetStandard{"notes", one_of(live_ids(db), dice), {}, {}, {}};
    }
}

Op some_sweep(Dice& dice) {
    switch (dice.below(4)) {
        case 0: return ExpireMemories{};
        case 1: return some_forgetting(dice);
        default: return PurgeArchive{};
    }
}

Op any_op(sqlite::Database& db, Dice& dice) {
    const std::uint64_t at = dice.below(100);
    if (at < 34) return some_store(dice);
    if (at < 50) return some_update(db, dice);
    if (at < 58) return DeleteMemory{some_id(db, dice), {}};
    if (at < 65) return ArchiveMemory{some_id(db, dice), "sim", {}};
    if (at < 72) return RestoreMemory{some_id(db, dice), {}};
    if (at < 82) return some_link_op(db, dice);
    if (at < 87) return some_consolidation(db, dice);
    if (at < 89) return PromoteMemory{some_id(db, dice), std::nullopt, {}};
    if (at < 91) return some_import(db, dice);
    if (at < 94) return some_sweep(dice);
    return some_document(db, dice);
}

// A namespace in which writing wants approval: by a person, or by two of three registered agents.
std::vector<Op> rules(Dice& dice) {
    StoreMemory text;
    text.title = "rules";
    text.content = "how this team writes";
    text.ns = kTeam;
    text.agent_id = "human:boss";
    text.new_id = uuid4(dice);
    const bool consensus = dice.chance(25);
    const std::string policy = fmt::format(
        R"({{"write":"approve","promote":"approve","delete":"{}","approver":{}}})",
        dice.chance(50) ? "approve" : "any", consensus ? R"({"consensus":2})" : R"("human")");
    SetStandard standard{kTeam, *text.new_id, {}, policy, "human:boss"};
    std::vector<Op> out{text, standard};
    if (consensus)
        for (const char* agent : kDeciders) out.emplace_back(RegisterAgent{agent, "human", {}});
    return out;
}

Op ask(sqlite::Database& db, Dice& dice) {
    const std::string there = one_of(
        column(db.sql("SELECT id FROM memories WHERE namespace = 'team' ORDER BY id")), dice);
    if (there != "none" && dice.chance(30)) return DeleteMemory{there, kAgent};
    if (there != "none" && dice.chance(20)) return PromoteMemory{there, std::nullopt, kAgent};
    StoreMemory op = some_store(dice);
    op.ns = kTeam;
    return op;
}

Op decide(sqlite::Database& db, Dice& dice, std::optional<bool> approve) {
    auto& open = db.sql("SELECT id FROM pending_actions WHERE status = 'pending' ORDER BY id");
    const std::string id = one_of(column(open), dice);
    if (!approve) approve = dice.chance(60);
    return DecideAction{id, *approve, kDeciders[dice.below(kDeciders.size())]};
}

StoreMemory store_with_end(Dice& dice) {
    StoreMemory op = some_store(dice);
    op.tier = Tier::short_term;
    op.ttl_secs = dice.between(1, 3600);
    return op;
}

}  // namespace

std::string some_id(sqlite::Database& db, Dice& dice) {
    auto& all = db.sql("SELECT id FROM memories UNION SELECT id FROM archived_memories ORDER BY 1");
    return one_of(column(all), dice);
}

std::vector<Op> some_ops(sqlite::Database& db, Dice& dice, Verb verb) {
    switch (verb) {
        case Verb::any: return {any_op(db, dice)};
        case Verb::store: return {some_store(dice)};
        case Verb::rewrite: {
            UpdateMemory op;
            op.id = oldest(db);
            op.content = some_text(dice);
            return {op};
        }
        case Verb::remove: return {DeleteMemory{oldest(db), {}}};
        case Verb::consolidate: return {some_consolidation(db, dice)};
        case Verb::rewrite_summary: {
            UpdateMemory op;
            op.id = text_at(
                db.sql("SELECT id FROM memories WHERE title LIKE 'summary%' ORDER BY id").bind());
            op.content = some_text(dice);
            return {op};
        }
        case Verb::rules: return rules(dice);
        case Verb::ask: return {ask(db, dice)};
        case Verb::decide: return {decide(db, dice, std::nullopt)};
        case Verb::approve: return {decide(db, dice, true)};
        case Verb::reject: return {decide(db, dice, false)};
        case Verb::store_with_end: return {store_with_end(dice)};
        case Verb::expire: return {ExpireMemories{}};
    }
    return {};
}

}  // namespace aimem::sim
