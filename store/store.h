// The store's face: start reading here. One SQLite file, opened by any number of processes at once.
// Writes go through one thread per process that commits whatever has gathered in one transaction
// with one fsync; reads run on connections of their own and are never blocked by a write. All
// functions may be called from any thread; callbacks run on the writer thread and must only hand
// the result on. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/clock.h"
#include "store/base/result.h"
#include "store/log/change.h"
#include "store/ops/op.h"
#include "store/query/queries.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aimem {

struct StoreOptions {
    std::filesystem::path file{};
    std::size_t readers = 2;              // read connections, opened when first used
    std::size_t reader_cache_kib = 8192;  // SQLite page cache of each
    const Clock* clock = &system_clock();
    Rng* rng = &system_rng();
};

// What one Op did. On disk (fsync) when it is handed out.
struct Committed {
    std::string id{};  // of the memory, aliases and prefixes resolved; empty for links
    std::optional<Memory>
        memory{};          // as it stands afterwards; for delete and archive as it stood before
    bool existed = false;  // store: merged into a live memory; link: was there already
    std::int64_t affected = 0;    // unlink: links removed
    std::vector<FeedRow> rows{};  // what was written, in feed order; empty when nothing changed
    std::vector<FeedRow> companions{};  // rows that the groups of these bring along to a peer
};

// Who this store is toward its peers. A new epoch (and tag) means: my feed's history is broken,
// read it anew.
struct Identity {
    std::string node{};   // uuid, made with the file
    std::string epoch{};  // 16 hex digits
    int tag = 0;          // 0..999, the last digits of every stamp made here
    std::int64_t next_seq = 1;
};

// Changes from a peer of our kind: rows of its feed that lie in (from, to].
struct Delivery {
    std::string sender{};  // node uuid
    std::string epoch{};
    std::int64_t from = 0;
    std::int64_t to = 0;
    std::vector<FeedRow> rows{};
};

struct Rejected {
    std::int64_t seq = 0;  // the sender's
    std::string why{};
};

// Positions of this store's feed that one job took: (from, to]; empty when from == to.
struct SeqSpan {
    std::int64_t from = 0;
    std::int64_t to = 0;
};

struct Accepted {
    std::size_t applied = 0;
    std::size_t noop = 0;  // older than or equal to what is here
    std::vector<Rejected> rejected{};
    std::int64_t seen = 0;  // of the sender's feed, contiguous, under its epoch
    SeqSpan span{};
};

// Lists from a peer that speaks the wire of 0.6.3 (facts/federation.md 3).
struct LegacyPush {
    std::vector<Memory> memories{};
    std::vector<std::string> deletions{};
    std::vector<std::string> archives{};
    std::vector<std::string> restores{};
    std::vector<Link> links{};
};

struct LegacyApplied {  // rows; names of the response's counters
    std::size_t applied = 0, deleted = 0, archived = 0, restored = 0, links_applied = 0, noop = 0,
                skipped = 0;
    std::vector<std::string> skipped_why{};
    SeqSpan span{};
};

struct PeerCursor {  // how far a peer has this store's feed
    std::string url{};
    std::string node{};   // empty until it has answered
    std::string epoch{};  // the peer's own
    std::int64_t acked = 0;
};

struct FeedPage {
    std::vector<FeedRow>
        rows{};             // with the closure of their groups, which may lie outside (from, to]
    std::int64_t from = 0;  // everything in (from, to] that is ours is among the rows
    std::int64_t to = 0;
    bool more = false;
};

struct Digest {
    std::uint64_t sum = 0;   // of hash64(key, stamp, sig, state) over the registers
    std::int64_t count = 0;  // registers, tombstones included
};

struct DigestPart {  // keys in [lo, hi)
    std::string lo{};
    std::string hi{};
    Digest digest{};
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
    Result<Committed> commit(Op op);  // waits
    void commit_all(std::vector<Op> ops, std::function<void(std::vector<Result<Committed>>)> done);
    void accept(Delivery delivery, std::function<void(Result<Accepted>)> done);
    void accept(LegacyPush push, std::function<void(Result<LegacyApplied>)> done);

    // Notes that these rows were used; kept in memory and written in batches, lossy by design.
    void touch(const std::vector<std::string>& ids);
    void flush_touches();  // hands them to the writer now
    void flush();          // waits until everything handed in before is on disk

    // --- reads
    Result<Memory> get(std::string_view id_or_prefix);  // live rows, expired ones included
    Result<MemoryWithLinks> get_with_links(std::string_view id_or_prefix);
    Result<RecallAnswer> recall(const RecallQuery& query);
    Result<std::vector<Memory>> search(const SearchQuery& query);
    Result<std::vector<Memory>> list(const ListQuery& query);
    Result<std::vector<Link>> links_of(std::string_view id);  // both directions; unknown id: none
    Result<std::vector<std::string>> similar_titles(std::string_view title, std::string_view ns,
                                                    std::string_view except_id);  // ids, at most 5
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
    std::int64_t data_version();          // moves when another process has committed; 2 us

    const std::filesystem::path& file() const noexcept;

private:
    struct Impl;
    explicit Store(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace aimem
