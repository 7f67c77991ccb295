#include "tests/store/crash/script.h"

#include "store/log/feed.h"
#include "store/log/registers.h"
#include "store/sqlite/sqlite.h"
#include "store/store.h"
#include "tests/sim/dice.h"
#include "tests/store/core/node.h"
#include "tests/store/crash/some_op.h"

#include <fmt/core.h>
#include <sqlite3.h>

#include <algorithm>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace aimem::crash {
namespace {

constexpr int kPeerTag = 222;
constexpr std::size_t kPeerPage = 5;

template <typename Value>
Value must(Result<Value> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(*result);
}

class Script {
public:
    Script(std::filesystem::path file, const ScriptOptions& options, DiskLog& log)
        : file_(std::move(file)),
          options_(options),
          log_(log),
          dice_(sim::mix(options.seed, 1)),
          rng_(sim::mix(options.seed, 2)) {}

    void run() {
        transaction("open", [this] {
            open();
            return log_.size();
        });
        while (ops_ < options_.ops) {
            clock_.now += dice_.between(1000, 50'000'000);
            if (dice_.chance(1)) clock_.now += dice_.chance(50) ? test::kHour : -test::kHour;
            peer_.clock.now = clock_.now;
            some_transaction();
        }
        transaction("close", [this] {
            store_.reset();
            return log_.size();
        });
    }

    Recording take() { return {log_.take(), std::move(transactions_), std::move(promises_), ops_}; }

private:
    void open() {
        StoreOptions options;
        options.file = file_;
        options.clock = &clock_;
        options.rng = &rng_;
        store_ = must(Store::open(std::move(options)));
        // Small logs make many checkpoints; at times as the product has it.
        const auto pages = dice_.chance(20) ? 1000 : dice_.between(16, 250);
        in_transaction([pages](Registers& registers) {
            registers.db().exec(fmt::format("PRAGMA wal_autocheckpoint = {}", pages));
        });
    }

    void in_transaction(const std::function<void(Registers&)>& work) {
        std::promise<Result<>> done;
        store_->upkeep(work, [&done](Result<> result) { done.set_value(std::move(result)); });
        if (const auto result = done.get_future().get(); !result)
            throw std::runtime_error(result.error().message);
    }

    // `work` makes one transaction and says when somebody was told of it.
    void transaction(std::string what, const std::function<std::size_t()>& work) {
        Transaction made{std::move(what), log_.size(), 0, 0};
        made.answered = work();
        if (options_.early_answers && !transactions_.empty()) made.answered = made.begun;
        if (store_ != nullptr) content_ = content_of(file_);
        made.content = content_;
        transactions_.push_back(std::move(made));
    }

    void promise(std::size_t at, const std::vector<FeedRow>& rows) {
        if (options_.early_answers) at = transactions_.back().answered;
        for (const FeedRow& row : rows)
            promises_.push_back({at, row.change.key, row.change.version});
    }

    void some_transaction() {
        const std::uint64_t kind = dice_.below(100);
        if (kind < 60) return write(1);
        if (kind < 76) return write(2 + static_cast<std::size_t>(dice_.below(7)));
        if (kind < 86) return hear_peer();
        if (kind < 90) return write_as_stranger();
        if (kind < 93) return hear_old_peer();
        if (kind < 95) return tell_peer();
        if (kind < 97) return keep_small_things();
        if (kind < 99) return restart();
        return write(12);
    }

    void write(std::size_t count) {
        std::vector<Op> ops;
        must_read([&](sqlite::Database& db) {
            for (std::size_t i = 0; i < count; ++i) ops.push_back(some_op(db, dice_));
        });
        std::string what(verb_of(ops.front()));
        for (std::size_t i = 1; i < count; ++i) (what += ", ") += verb_of(ops[i]);
        std::vector<Answer> answers;
        transaction(what, [&] {
            answers = commit_together(ops);
            return answers.front().at;
        });
        for (const Answer& answer : answers)
            if (answer.done) promise(answer.at, answer.done->rows);
        ops_ += count;
    }

    struct Answer {
        std::size_t at = 0;
        Result<Committed> done{};
    };
    // What several threads hand in while a commit runs goes into the next one.
    std::vector<Answer> commit_together(const std::vector<Op>& ops) {
        std::promise<void> running;
        std::promise<void> gate;
        if (ops.size() > 1) {
            store_->upkeep(
                [&running, opened = gate.get_future().share()](Registers&) {
                    running.set_value();
                    opened.wait();
                },
                [](const Result<>&) {});
            running.get_future().wait();
        }
        std::vector<std::promise<Answer>> given(ops.size());
        for (std::size_t i = 0; i < ops.size(); ++i)
            store_->commit(ops[i], [this, &to = given[i]](Result<Committed> done) {
                to.set_value({log_.size(), std::move(done)});
            });
        gate.set_value();
        std::vector<Answer> out;
        for (auto& one : given) out.push_back(one.get_future().get());
        return out;
    }

    void hear_peer() {
        const std::uint64_t count = 1 + dice_.below(4);
        for (std::uint64_t i = 0; i < count; ++i)
            peer_.execute(some_op(peer_.db(), dice_));  // refused ones are nothing to deliver
        ops_ += count;
        const FeedPage page = own_rows_after(peer_.db(), peer_told_, kPeerPage, SIZE_MAX);
        const Identity self = read_identity(peer_.db());
        peer_told_ = page.to;
        accept_page({self.node, self.epoch, page.from, page.to, page.rows, self.base});
    }

    void accept_page(const Delivery& delivery) {
        std::promise<std::pair<std::size_t, Result<Accepted>>> answer;
        std::size_t at = 0;
        transaction(fmt::format("{} rows of a peer", delivery.rows.size()), [&] {
            store_->accept(delivery, [&](Result<Accepted> done) {
                answer.set_value({log_.size(), std::move(done)});
            });
            auto [when, done] = answer.get_future().get();
            if (!must(std::move(done)).rejected.empty())
                throw std::runtime_error("a good row was refused");
            at = when;
            return at;
        });
        promise(at, delivery.rows);
    }

    void tell_peer() {
        const FeedPage page = must(store_->feed_after(told_peer_, 64, SIZE_MAX));
        const Identity self = must(store_->identity());
        told_peer_ = page.to;
        peer_.accept(Delivery{self.node, self.epoch, page.from, page.to, page.rows, self.base});
    }

    // A program that knows nothing of registers.
    void write_as_stranger() {
        transaction("a foreign write", [this] {
            sqlite::Database db(file_, sqlite::OpenMode::read_write);
            db.exec("PRAGMA foreign_keys = ON");
            write_raw(db, dice_, ops_);
            return log_.size();
        });
        transaction("its stamps", [this] {
            store_->flush();
            return log_.size();
        });
        ++ops_;
    }

    void hear_old_peer() {
        LegacyPush push;
        must_read([&](sqlite::Database& db) { push = some_push(db, dice_, clock_.now_ns()); });
        transaction("lists of an old peer", [&] {
            std::promise<std::size_t> at;
            store_->accept(push, [&](const Result<LegacyApplied>&) { at.set_value(log_.size()); });
            return at.get_future().get();
        });
        ++ops_;
    }

    void keep_small_things() {
        transaction("a cursor", [this] {
            store_->save_cursor({"http://peer", must(store_->identity()).node, "e",
                                 static_cast<std::int64_t>(ops_)});
            store_->flush();
            return log_.size();
        });
        std::vector<std::string> ids;
        must_read([&](sqlite::Database& db) { ids = {some_id(db, dice_), some_id(db, dice_)}; });
        transaction("touches", [&] {
            store_->touch(ids);
            store_->flush();
            return log_.size();
        });
    }

    void restart() {
        transaction("a restart", [this] {
            store_.reset();
            // A person with sqlite3 looks meanwhile: whoever closes last moves the log into the
            // database and removes it.
            if (dice_.chance(50)) {
                sqlite::Database db(file_, sqlite::OpenMode::read_write);
                db.exec("SELECT count(*) FROM memories");
            }
            open();
            return log_.size();
        });
    }

    void must_read(const std::function<void(sqlite::Database&)>& work) {
        if (const auto done = store_->look(work); !done)
            throw std::runtime_error(done.error().message);
    }

    const std::filesystem::path file_;
    const ScriptOptions options_;
    DiskLog& log_;
    sim::Dice dice_;
    test::SeededRng rng_;
    test::ManualClock clock_{};
    test::Node peer_{kPeerTag};
    std::int64_t peer_told_ = 0;  // how far we have the peer's feed
    std::int64_t told_peer_ = 0;  // how far it has ours
    std::size_t ops_ = 0;
    std::uint64_t content_ = 0;
    std::vector<Transaction> transactions_;
    std::vector<Promise> promises_;
    std::unique_ptr<Store> store_;
};

}  // namespace

Recording record(const std::filesystem::path& file, const ScriptOptions& options) {
    DiskLog log;
    const Recorder recorder(file, log, sim::mix(options.seed, 3));
    Script script(file, options, log);
    script.run();
    return script.take();
}

std::uint64_t content_of(const std::filesystem::path& file) {
    sqlite::Database db(file, sqlite::OpenMode::read_write);
    return content_of(db);
}

std::uint64_t content_of(sqlite::Database& db) {
    sqlite3_int64 size = 0;
    const std::unique_ptr<unsigned char, decltype(&sqlite3_free)> bytes(
        sqlite3_serialize(db.handle(), "main", &size, 0), &sqlite3_free);
    if (bytes == nullptr) throw std::runtime_error("the database cannot be read as a whole");
    return std::hash<std::string_view>{}(
        {reinterpret_cast<const char*>(bytes.get()), static_cast<std::size_t>(size)});
}

}  // namespace aimem::crash
