#include "store/store.h"

#include "store/base/log.h"
#include "store/base/paths.h"
#include "store/log/apply.h"
#include "store/log/digest.h"
#include "store/log/feed.h"
#include "store/log/memory_rows.h"
#include "store/log/names.h"
#include "store/model/limits.h"
#include "store/ops/named.h"
#include "store/query/listing.h"
#include "store/query/recall.h"
#include "store/readers.h"
#include "store/sqlite/log_vfs.h"
#include "store/sqlite/schema.h"
#include "store/writer.h"

#include <fmt/core.h>

#include <future>
#include <mutex>
#include <type_traits>
#include <utility>

namespace aimem {
namespace {

constexpr int kStampTries = 3;

}  // namespace

struct Store::Impl {
    Impl(StoreOptions given, std::unique_ptr<sqlite::Database> db)
        : options(std::move(given)),
          readers(options.file, options.readers, options.reader_cache_kib),
          writer(std::move(db), options) {}

    // Every read: a connection of its own, and a failing database as a value.
    template <typename Read>
    auto read(Read&& query) -> std::invoke_result_t<Read&, sqlite::Database&> {
        try {
            const auto db = readers.borrow(current_viewer());
            return query(**db);
        } catch (const sqlite::SqliteError& e) {
            log::error("store.read_failed", "{}", e.what());
            return fail(e.is_busy() ? Errc::busy : Errc::storage,
                        "the database cannot be read; see the log");
        }
    }

    // Reads what peers are told. Rows and registers do not belong together while something that a
    // foreign writer left waits for its stamps; the next transaction, whatever it is, gives them.
    template <typename Read>
    auto read_for_peers(Read&& query) -> std::invoke_result_t<Read&, sqlite::Database&> {
        using Answer = std::invoke_result_t<Read&, sqlite::Database&>;
        for (int tries = 0;; ++tries) {
            bool waits = false;
            auto answer = read([&](sqlite::Database& db) -> Answer {
                const sqlite::ReadTransaction view(db);
                waits = foreign_writes_wait(db);
                if (waits) return fail(Errc::busy, "what another program wrote has no stamps yet");
                return query(db);
            });
            if (!waits || tries == kStampTries) return answer;
            write_nothing();
        }
    }

    // Waits for a transaction of its own, or one it shares.
    void write_nothing() {
        std::promise<void> reached;
        submit<Result<>>([](Committer&) { return Result<>{}; },
                         [&reached](const Result<>&) { reached.set_value(); });
        reached.get_future().wait();
    }

    // Runs `work` in the next transaction and hands its value, or why there is none, to `done`.
    template <typename Value, typename Work, typename Done>
    void submit(Work work, Done done) {
        writer.submit(job_of<Value>(std::move(work), std::move(done)));
    }
    template <typename Value, typename Work, typename Done>
    static Job job_of(Work work, Done done) {
        auto value = std::make_shared<std::optional<Value>>();
        Job job;
        job.run = [value, work = std::move(work)](Committer& committer) {
            *value = work(committer);
        };
        job.done = [value, done = std::move(done)](const Result<>& committed) {
            if (committed)
                done(std::move(**value));
            else
                done(Value(fail(committed.error())));
        };
        return job;
    }

    StoreOptions options;
    Readers readers;
    std::mutex touch_mutex;
    Touches touches;  // guarded by touch_mutex
    std::mutex version_mutex;
    std::unique_ptr<sqlite::Database> version_db;  // guarded by version_mutex
    Writer writer;  // last: its thread uses nothing above after it ended
};

Result<std::unique_ptr<Store>> Store::open(StoreOptions options) {
    try {
        // Memories, and the keys webhooks are signed with: SQLite would ask the umask alone. Its
        // log and index take the mode of the file.
        make_private_file(options.file);
        auto db = std::make_unique<sqlite::Database>(options.file, sqlite::OpenMode::read_write,
                                                     sqlite::gathering_vfs());
        sqlite::migrate(*db, options.file, *options.clock, *options.rng);
        sqlite::configure(*db, options.reader_cache_kib);
        db->exec("PRAGMA cache_spill = OFF");  // as the gathering VFS wants it
        return std::unique_ptr<Store>(
            new Store(std::make_unique<Impl>(std::move(options), std::move(db))));
    } catch (const sqlite::SchemaTooNew& e) {
        return fail(Errc::storage, e.what());
    } catch (const std::exception& e) {
        return fail(Errc::storage, fmt::format("cannot open the database {}: {}",
                                               options.file.string(), e.what()));
    }
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Store::~Store() {
    flush();
}

void Store::commit(Op op, CommittedFn done) {
    impl_->submit<Result<Committed>>(
        [op = std::move(op)](Committer& committer) { return committer.execute(op); },
        std::move(done));
}

Result<Committed> Store::commit(Op op) {
    auto named = this->named(std::move(op));
    if (!named) return fail(named.error());
    std::promise<Result<Committed>> answer;
    impl_->writer.commit(Impl::job_of<Result<Committed>>(
        [op = std::move(*named)](Committer& committer) { return committer.execute(op); },
        [&answer](Result<Committed> done) { answer.set_value(std::move(done)); }));
    auto done = answer.get_future().get();
    if (done)
        if (auto ok = hide_unseen(*done); !ok) return fail(ok.error());
    return done;
}

Result<Op> Store::named(Op op) {
    if (!current_viewer().position) return op;
    const auto find = [&](sqlite::Database& db) {
        return find_named(db, op);
    };
    const auto seen = impl_->read(find);
    if (seen) return op;
    if (seen.error().code != Errc::not_found) return fail(seen.error());
    // What is not there for anybody gets the answer of the verb, or of a request that comes again.
    const ReadAs all({});
    if (impl_->read(find)) return fail(seen.error());
    return op;
}

Result<> Store::hide_unseen(Committed& committed) {
    if (!current_viewer().position || committed.similar.empty()) return {};
    return impl_->read([&](sqlite::Database& db) -> Result<> {
        std::erase_if(committed.similar, [&](const std::string& id) { return !is_live(db, id); });
        return {};
    });
}

void Store::commit_all(std::vector<Op> ops, std::optional<RequestId> request,
                       std::function<void(std::vector<Result<Committed>>)> done) {
    using All = Result<std::vector<Result<Committed>>>;
    const std::size_t count = ops.size();
    impl_->submit<All>([ops = std::move(ops), request = std::move(request)](
                           Committer& committer) { return All(committer.execute(ops, request)); },
                       [count, done = std::move(done)](All all) {
                           if (all)
                               done(std::move(*all));
                           else
                               done(std::vector<Result<Committed>>(count, fail(all.error())));
                       });
}

void Store::accept(Delivery delivery, std::function<void(Result<Accepted>)> done) {
    impl_->submit<Result<Accepted>>(
        [delivery = std::move(delivery)](Committer& committer) {
            return Result<Accepted>(committer.accept(delivery));
        },
        std::move(done));
}

void Store::accept(LegacyPush push, std::function<void(Result<LegacyApplied>)> done) {
    impl_->submit<Result<LegacyApplied>>(
        [push = std::move(push)](Committer& committer) {
            return Result<LegacyApplied>(committer.accept(push));
        },
        std::move(done));
}

CommitCounters Store::commit_counters() const {
    return impl_->writer.counters();
}

void Store::touch(const std::vector<std::string>& ids) {
    const std::lock_guard lock(impl_->touch_mutex);
    for (const auto& id : ids)
        if (impl_->touches.size() < limits::touch_buffer_ids || impl_->touches.contains(id))
            impl_->touches[id] += 1;
}

void Store::flush_touches() {
    Touches touches;
    {
        const std::lock_guard lock(impl_->touch_mutex);
        touches.swap(impl_->touches);
    }
    if (touches.empty()) return;
    impl_->submit<Result<>>(
        [touches = std::move(touches)](Committer& committer) {
            committer.touch(touches);
            return Result<>{};
        },
        [](const Result<>& done) {
            if (!done) log::warn("store.touches_lost", "{}", done.error().message);
        });
}

void Store::flush() {
    flush_touches();
    impl_->write_nothing();  // jobs run in order: after everything handed in before
}

Result<Memory> Store::get(std::string_view id) {
    return impl_->read([&](sqlite::Database& db) { return query::get(db, id); });
}

Result<MemoryWithLinks> Store::get_with_links(std::string_view id) {
    return impl_->read([&](sqlite::Database& db) { return query::get_with_links(db, id); });
}

Result<RecallAnswer> Store::recall(const RecallQuery& query) {
    auto answer = impl_->read([&](sqlite::Database& db) {
        return query::recall(db, query, impl_->options.clock->now_ns());
    });
    if (answer) {
        std::vector<std::string> ids;
        for (const Hit& hit : answer->hits) ids.push_back(hit.memory.id);
        touch(ids);
    }
    return answer;
}

Result<std::vector<Memory>> Store::search(const SearchQuery& query) {
    return impl_->read([&](sqlite::Database& db) {
        return query::search(db, query, impl_->options.clock->now_ns());
    });
}

Result<std::vector<Memory>> Store::list(const ListQuery& query) {
    return impl_->read([&](sqlite::Database& db) {
        return query::list(db, query, impl_->options.clock->now_ns());
    });
}

Result<std::vector<Link>> Store::links_of(std::string_view id) {
    return impl_->read([&](sqlite::Database& db) { return query::links_of(db, id); });
}

Result<std::vector<Archived>> Store::archived(const ArchiveQuery& query) {
    return impl_->read([&](sqlite::Database& db) { return query::archived(db, query); });
}

Result<Stats> Store::stats() {
    return impl_->read([&](sqlite::Database& db) {
        auto stats = query::stats(db, impl_->options.clock->now_ns());
        std::error_code ignored;
        const auto size = std::filesystem::file_size(impl_->options.file, ignored);
        if (stats && !ignored) stats->db_size_bytes = static_cast<std::int64_t>(size);
        return stats;
    });
}

Result<> Store::ping() {
    return impl_->read([](sqlite::Database& db) -> Result<> {
        auto row = db.sql("SELECT 1 FROM repl_meta WHERE id = 1").bind();
        if (row.step()) return {};
        return fail(Errc::storage, "the database has lost its identity");
    });
}

Result<Identity> Store::identity() {
    return impl_->read_for_peers(
        [](sqlite::Database& db) -> Result<Identity> { return read_identity(db); });
}

Result<FeedPage> Store::feed_after(std::int64_t seq, std::size_t rows_max, std::size_t bytes_max) {
    return impl_->read_for_peers([&](sqlite::Database& db) -> Result<FeedPage> {
        return own_rows_after(db, seq, rows_max, bytes_max);
    });
}

Result<FeedPage> Store::changes_after(std::int64_t seq, std::size_t rows_max) {
    return impl_->read_for_peers([&](sqlite::Database& db) -> Result<FeedPage> {
        return all_rows_after(db, seq, rows_max);
    });
}

Result<std::vector<Change>> Store::changes_of(const std::vector<std::string>& keys) {
    return impl_->read_for_peers([&](sqlite::Database& db) -> Result<std::vector<Change>> {
        return aimem::changes_of(db, keys);
    });
}

Result<std::vector<Memory>> Store::updated_since(const std::optional<std::string>& since,
                                                 std::size_t rows_max) {
    return impl_->read(
        [&](sqlite::Database& db) { return query::updated_since(db, since, rows_max); });
}

Result<Digest> Store::digest() {
    return impl_->read(
        [](sqlite::Database& db) -> Result<Digest> { return digest_of_range(db, "", ""); });
}

Result<std::vector<DigestPart>> Store::digest_parts(const std::string& lo, const std::string& hi,
                                                    std::size_t parts) {
    return impl_->read([&](sqlite::Database& db) -> Result<std::vector<DigestPart>> {
        return aimem::digest_parts(db, lo, hi, parts);
    });
}

Result<std::vector<Change>> Store::versions_in(const std::string& lo, const std::string& hi) {
    return impl_->read([&](sqlite::Database& db) -> Result<std::vector<Change>> {
        return aimem::versions_in(db, lo, hi);
    });
}

Result<std::vector<PeerCursor>> Store::cursors() {
    return impl_->read(
        [](sqlite::Database& db) -> Result<std::vector<PeerCursor>> { return read_cursors(db); });
}

void Store::save_cursor(PeerCursor cursor) {
    impl_->submit<Result<>>(
        [cursor = std::move(cursor)](Committer& committer) {
            committer.save_cursor(cursor);
            return Result<>{};
        },
        [](const Result<>& done) {
            if (!done) log::warn("store.cursor_not_saved", "{}", done.error().message);
        });
}

void Store::upkeep(std::function<void(Registers&)> work, std::function<void(Result<>)> done) {
    impl_->submit<Result<>>(
        [work = std::move(work)](Committer& committer) {
            work(committer.registers());
            return Result<>{};
        },
        std::move(done));
}

Result<> Store::look(const std::function<void(sqlite::Database&)>& work) {
    return impl_->read_for_peers([&](sqlite::Database& db) -> Result<> {
        work(db);
        return {};
    });
}

std::int64_t Store::data_version() {
    const std::lock_guard lock(impl_->version_mutex);
    try {
        if (!impl_->version_db)
            impl_->version_db = std::make_unique<sqlite::Database>(impl_->options.file,
                                                                   sqlite::OpenMode::read_only);
        return impl_->version_db->data_version();
    } catch (const sqlite::SqliteError& e) {
        log::warn("store.data_version", "{}", e.what());
        return 0;
    }
}

const std::filesystem::path& Store::file() const noexcept {
    return impl_->options.file;
}

}  // namespace aimem
