// Node: one store without threads for the tests of the core: a file (or memory), its connection,
// its committer, a clock that stands still and a seeded source of ids. One thread. Unexpected
// failures throw. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/clock.h"
#include "store/committer.h"
#include "store/log/digest.h"
#include "store/sqlite/sqlite.h"
#include "store/store.h"

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace aimem::test {

inline constexpr std::int64_t kNoon = 1'790'000'000'000'000'000;  // ns; some day in 2026
inline constexpr std::int64_t kSecond = 1'000'000'000;
inline constexpr std::int64_t kHour = 3600 * kSecond;

class ManualClock final : public aimem::Clock {
public:
    std::int64_t now_ns() const override { return now; }
    std::int64_t now = kNoon;
};

class SeededRng final : public aimem::Rng {
public:
    explicit SeededRng(std::uint64_t seed) : engine_(seed) {}
    std::uint64_t next() override { return engine_(); }

private:
    std::mt19937_64 engine_;
};

class Node {
public:
    // In memory; `tag` marks its stamps.
    explicit Node(int tag = 7);
    // On a file, which is migrated when opened.
    Node(const std::filesystem::path& file, int tag);
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    sqlite::Database& db() noexcept { return *db_; }
    Committer& committer() noexcept { return committer_; }

    // Each in a transaction of its own.
    Result<Committed> execute(const Op& op);
    std::vector<Result<Committed>> execute_all(const std::vector<Op>& ops);
    Committed must(const Op& op);  // throws when it fails
    std::string store(const std::string& title, const std::string& content = "text");  // the id
    Accepted accept(const Delivery& delivery);
    Accepted accept(std::vector<Change> changes);
    LegacyApplied accept(const LegacyPush& push);
    bool idle_commit();  // begin and commit; what commit() says
    void another_program(const std::string& writes);

    Digest digest();
    std::int64_t next_seq();
    std::int64_t hlc();
    std::int64_t stamp_of(const std::string& key);  // 0: no register
    Change change(const std::string& key);          // as it would be shipped
    std::vector<Change> changes();                  // every register
    Memory memory(const std::string& id);           // throws when it is not live
    bool live(const std::string& id);
    std::int64_t count(const std::string& sql);  // one number
    std::string text(const std::string& sql);    // all rows, one line each, columns with '|'

    // Everything people can see that must be equal on every node: memories, archived_memories,
    // memory_links without the local counters.
    std::string tables();

    ManualClock clock{};

private:
    SeededRng rng_;
    std::unique_ptr<sqlite::Database> db_;
    Committer committer_;
};

// Why the registers and the tables of this store do not fit together; empty when they do. Every
// register must ship what check_change accepts, every row must have its register, links must be
// those of the live link registers, clocks and guard must be at rest.
std::string contradiction(sqlite::Database& db);

// Changes made by hand, with the right signature.
Memory a_memory(const std::string& title, const std::string& content = "text");
Change live_change(const std::string& id, const Memory& memory, std::int64_t stamp);
Change archived_change(const std::string& id, const Memory& memory, std::int64_t stamp);
Change dead_change(const std::string& id, std::int64_t stamp);
Change merged_change(const std::string& id, const std::string& into, std::int64_t stamp);
Change link_change(const std::string& source, const std::string& target, std::int64_t stamp,
                   const std::string& relation = "related_to");
Change unlink_change(const std::string& source, const std::string& target, std::int64_t stamp,
                     const std::string& relation = "related_to");
Change with_group(Change head, std::vector<GroupMember> others);

// The number after which a random test can be repeated: AIMEM_TEST_SEED, or a fixed one.
std::uint64_t test_seed();
// How often a random test runs its loop: AIMEM_TEST_ROUNDS, or `usual`.
int test_rounds(int usual);

}  // namespace aimem::test
