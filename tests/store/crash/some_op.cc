#include "tests/store/crash/some_op.h"

#include "store/base/time_text.h"

#include <fmt/core.h>

#include <array>
#include <optional>

namespace aimem::crash {
namespace {

constexpr std::uint64_t kTitles = 240;
constexpr std::array<const char*, 4> kRelations{"related_to", "supersedes", "contradicts",
                                                "derived_from"};
constexpr std::array<Tier, 3> kTiers{Tier::short_term, Tier::mid, Tier::long_term};

std::string some_text(sim::Dice& dice) {
    // Some do not fit a page.
    const std::uint64_t words = dice.chance(4) ? 800 + dice.below(900) : 3 + dice.below(40);
    std::string out;
    for (std::uint64_t i = 0; i < words; ++i) out += fmt::format("word{} ", dice.below(5000));
    return out;
}

std::string some_title(sim::Dice& dice) {
    return fmt::format("title {}", dice.below(kTitles));
}

std::string id_at(sqlite::Statement& nth, std::uint64_t at) {
    auto row = nth.bind(static_cast<std::int64_t>(at));
    return row.step() ? row.string(0) : std::string("nobody");
}

std::uint64_t count_of(sqlite::Statement& count) {
    auto row = count.bind();
    return row.step() ? static_cast<std::uint64_t>(row.int64(0)) : 0;
}

std::string some_archived(sqlite::Database& db, sim::Dice& dice) {
    const std::uint64_t count = count_of(db.sql("SELECT count(*) FROM archived_memories"));
    return id_at(db.sql("SELECT id FROM archived_memories ORDER BY id LIMIT 1 OFFSET ?1"),
                 dice.below(count));
}

StoreMemory some_store(sim::Dice& dice) {
    StoreMemory op;
    op.title = some_title(dice);
    op.content = some_text(dice);
    op.ns = dice.chance(20) ? "other" : "global";
    if (dice.chance(50)) op.tier = kTiers[dice.below(kTiers.size())];
    if (dice.chance(30)) op.tags = {fmt::format("tag{}", dice.below(9)), "crash"};
    if (dice.chance(30)) op.priority = static_cast<int>(1 + dice.below(10));
    op.agent_id = "ai:crash";
    op.find_similar = dice.chance(20);
    return op;
}

UpdateMemory some_update(sqlite::Database& db, sim::Dice& dice) {
    UpdateMemory op;
    op.id = some_id(db, dice);
    if (dice.chance(80)) op.content = some_text(dice);
    if (dice.chance(15)) op.title = some_title(dice);
    if (dice.chance(20)) op.tier = kTiers[dice.below(kTiers.size())];
    if (dice.chance(20)) op.metadata = fmt::format(R"({{"n":{}}})", dice.below(1000));
    return op;
}

Memory some_memory(sim::Dice& dice, std::int64_t now_ns) {
    Memory memory;
    memory.id = uuid4(dice);
    memory.title = some_title(dice);
    memory.content = some_text(dice);
    memory.created_at = time_text(now_ns);
    memory.updated_at = memory.created_at;
    return memory;
}

}  // namespace

std::string some_id(sqlite::Database& db, sim::Dice& dice) {
    const std::uint64_t count = count_of(db.sql("SELECT count(*) FROM memories"));
    return id_at(db.sql("SELECT id FROM memories ORDER BY id LIMIT 1 OFFSET ?1"),
                 dice.below(count));
}

Op some_op(sqlite::Database& db, sim::Dice& dice) {
    const std::uint64_t verb = dice.below(100);
    if (verb < 32) return some_store(dice);
    if (verb < 52) return some_update(db, dice);
    if (verb < 57) return PromoteMemory{some_id(db, dice)};
    if (verb < 65) return DeleteMemory{some_id(db, dice)};
    if (verb < 73) return ArchiveMemory{some_id(db, dice), "crash sweep"};
    if (verb < 80) return RestoreMemory{some_archived(db, dice)};
    const std::string source = some_id(db, dice);
    const std::string target = some_id(db, dice);
    if (verb < 93) return LinkMemories{source, target, kRelations[dice.below(kRelations.size())]};
    std::string from = source;
    std::string to = target;
    auto row = db.sql(
                     "SELECT source_id, target_id FROM memory_links ORDER BY 1, 2 LIMIT 1 "
                     "OFFSET ?1")
                   .bind(static_cast<std::int64_t>(dice.below(20)));
    if (row.step()) {
        from = row.string(0);
        to = row.string(1);
    }
    return UnlinkMemories{from, to, std::nullopt};
}

LegacyPush some_push(sqlite::Database& db, sim::Dice& dice, std::int64_t now_ns) {
    LegacyPush out;
    out.memories = {some_memory(dice, now_ns), some_memory(dice, now_ns)};
    if (dice.chance(50)) out.deletions = {some_id(db, dice)};
    if (dice.chance(50)) out.archives = {some_id(db, dice)};
    if (dice.chance(50)) out.restores = {some_archived(db, dice)};
    if (dice.chance(50))
        out.links = {{some_id(db, dice), some_id(db, dice), "related_to", time_text(now_ns)}};
    return out;
}

void write_raw(sqlite::Database& db, sim::Dice& dice, std::size_t number) {
    const std::string id = some_id(db, dice);
    const std::uint64_t kind = dice.below(10);
    if (kind < 2) {
        db.sql("DELETE FROM memories WHERE id = ?1").bind(id).run();
    } else if (kind < 5) {
        const std::string now = time_text(1'780'000'000'000'000'000);
        db.sql(
              "INSERT INTO memories(id, tier, namespace, title, content, created_at, updated_at) "
              "VALUES (?1, 'mid', 'global', ?2, ?3, ?4, ?4)")
            .bind(uuid4(dice), fmt::format("foreign {}", number), some_text(dice), now)
            .run();
    } else {
        db.sql("UPDATE memories SET content = ?2 WHERE id = ?1").bind(id, some_text(dice)).run();
    }
}

}  // namespace aimem::crash
