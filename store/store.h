// The store's face: start reading here. One SQLite file, opened by any number of processes at once.
// Writes go one transaction at a time: the writer's thread commits whatever has gathered with one
// fsync, and who waits for his own commits it himself when nothing else is under way (writer.h).
// Reads run on connections of their own and are never blocked by a write. All functions may be
// called from any thread; callbacks run on the writer's thread and must only hand the result on.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/clock.h"
#include "store/base/result.h"
#include "store/log/exchange.h"
#include "store/ops/op.h"
#include "store/ops/outcome.h"
#include "store/query/queries.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace aimem {

class Registers;
namespace sqlite {
class Database;
}

struct StoreOptions {
    std::filesystem::path file{};
    std::string own_bell{};  // the doorbell this process listens to: its own commits do not ring it
    std::size_t readers = 2;              // read connections, opened when first used
    std::size_t reader_cache_kib = 8192;  // SQLite page cache of each
    const Clock* clock = &system_clock();
    Rng* rng = &system_rng();
};

// Of the writer of this process, since it began. Buckets count up to and including their bound.
struct CommitCounters {
    static constexpr std::array<double, 9> took_ms{1, 2, 5, 10, 20, 50, 100, 500, 5000};
    static constexpr std::array<double, 8> jobs_in{1, 2, 4, 8, 16, 32, 64, 128};
    std::uint64_t commits = 0, failed = 0, jobs = 0;
    double seconds = 0.0;  // all commits together
    std::array<std::uint64_t, took_ms.size()> took{};
    std::array<std::uint64_t, jobs_in.size()> sizes{};
};

class Store {
public:
    // Opens or creates the file and migrates it. Errc::storage names the file and the reason; a
    // file written by a newer program is refused.
    static Result<std::unique_ptr<Store>> open(StoreOptions options);
    ~Store();  // commits what is queued
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    // --- the one way in
    using CommittedFn = std::function<void(Result<Committed>)>;
    void commit(Op op, CommittedFn done);
    Result<Committed> commit(Op op);  // waits; for the viewer of this thread (query/viewer.h)
    // For who commits by callback: what a viewer with a position does not see he can neither name
    // (the error is that of ops/named.h) nor be told of afterwards.
    Result<Op> named(Op op);
    Result<> hide_unseen(Committed& committed);
    // In one transaction; one that fails does not spoil the others. With `request`, once: the same
    // request again is told what it came to and changes nothing (ops/requests.h).
    void commit_all(std::vector<Op> ops, std::optional<RequestId> request,
                    std::function<void(std::vector<Result<Committed>>)> done);
    void commit_all(std::vector<Op> ops, std::function<void(std::vector<Result<Committed>>)> done) {
        commit_all(std::move(ops), std::nullopt, std::move(done));
    }
    void accept(Delivery delivery, std::function<void(Result<Accepted>)> done);
    void accept(LegacyPush push, std::function<void(Result<LegacyApplied>)> done);

    // Notes that these rows were used; kept in memory and written in batches, lossy by design.
    void touch(const std::vector<std::string>& ids);
    void flush_touches();  // hands them to the writer now
    void flush();          // waits until everything handed in before is on disk

    CommitCounters commit_counters() const;

    // --- reads: what the viewer of this thread may see (query/viewer.h), else everything
    Result<Memory> get(std::string_view id_or_prefix);  // live rows, expired ones included
    Result<MemoryWithLinks> get_with_links(std::string_view id_or_prefix);
    Result<RecallAnswer> recall(const RecallQuery& query);
    Result<std::vector<Memory>> search(const SearchQuery& query);
    Result<std::vector<Memory>> list(const ListQuery& query);
    Result<std::vector<Link>> links_of(std::string_view id);  // both directions; unknown id: none
    Result<std::vector<Archived>> archived(const ArchiveQuery& query);
    Result<Stats> stats();
    Result<> ping();  // O(1): the file answers

    // --- replication
    Result<Identity> identity();
    Result<FeedPage> feed_after(std::int64_t seq, std::size_t rows_max,
                                std::size_t bytes_max);  // own rows only
    Result<FeedPage> changes_after(std::int64_t seq,
                                   std::size_t rows_max);  // every row, whoever wrote it
    Result<std::vector<Change>> changes_of(
        const std::vector<std::string>& keys);  // with the closure of groups
    Result<std::vector<Memory>> updated_since(const std::optional<std::string>& since,
                                              std::size_t rows_max);
    Result<Digest> digest();  // of the whole replicated state
    Result<std::vector<DigestPart>> digest_parts(const std::string& lo, const std::string& hi,
                                                 std::size_t parts);
    Result<std::vector<Change>> versions_in(const std::string& lo,
                                            const std::string& hi);  // bodies left out
    Result<std::vector<PeerCursor>> cursors();
    void save_cursor(PeerCursor cursor);  // with the next commit; loss means re-sending only
    std::int64_t data_version();          // moves when another connection has committed; 2 us

    // What has no function of its own here: upkeep of the registers (store/log/upkeep.h,
    // collect.h) in the next transaction, where it may run again if that fails, and looking on a
    // read connection.
    void upkeep(std::function<void(Registers&)> work, std::function<void(Result<>)> done);
    Result<> look(const std::function<void(sqlite::Database&)>& work);

    // Any query of store/query/*.h, which returns a Result, on a read connection.
    template <typename Query>
    auto ask(Query query) -> std::invoke_result_t<Query&, sqlite::Database&> {
        std::optional<std::invoke_result_t<Query&, sqlite::Database&>> out;
        if (auto ok = look([&](sqlite::Database& db) { out.emplace(query(db)); }); !ok)
            return fail(ok.error());
        return std::move(*out);
    }

    const std::filesystem::path& file() const noexcept;

private:
    struct Impl;
    explicit Store(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace aimem
