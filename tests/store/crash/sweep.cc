#include "tests/store/crash/sweep.h"

#include "store/log/bodies.h"
#include "store/log/feed.h"
#include "store/log/registers.h"
#include "store/sqlite/before_migration.h"
#include "store/store.h"
#include "tests/sim/dice.h"
#include "tests/sim/disk_vfs.h"
#include "tests/store/core/node.h"
#include "tests/store/crash/files.h"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <future>
#include <iostream>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <thread>
#include <unordered_map>
#include <utility>

namespace aimem::crash {
namespace {

constexpr std::size_t kProgress = 500;  // places of one thread between two lines

// What was found in one database, whichever crash left it.
struct Finding {
    std::string wrong{};       // in itself
    std::size_t promises = 0;  // so many of the recording's are kept, from the first one on
};

class Findings {  // shared by the threads
public:
    std::optional<Finding> find(std::uint64_t content) {
        const std::lock_guard lock(mutex_);
        const auto at = by_content_.find(content);
        return at == by_content_.end() ? std::nullopt : std::optional<Finding>(at->second);
    }
    void add(std::uint64_t content, Finding finding) {
        const std::lock_guard lock(mutex_);
        by_content_.emplace(content, std::move(finding));
    }
    std::size_t size() const { return by_content_.size(); }

private:
    std::mutex mutex_;
    std::unordered_map<std::uint64_t, Finding> by_content_;  // guarded by mutex_
};

void must(const Result<>& result) {
    if (!result) throw std::runtime_error(result.error().message);
}

void in_transaction(Store& store, const std::function<void(Registers&)>& work) {
    std::promise<Result<>> done;
    store.upkeep(work, [&done](Result<> result) { done.set_value(std::move(result)); });
    must(done.get_future().get());
}

std::size_t promises_kept(sqlite::Database& db, const std::vector<Promise>& promises) {
    const auto broken = [&](const Promise& promise) {
        const auto found = find_register(db, promise.key);
        return !found || found->version < promise.version;
    };
    return static_cast<std::size_t>(std::find_if(promises.begin(), promises.end(), broken) -
                                    promises.begin());
}

// The feed, page by page, has every register at its place, once.
std::string feed_gaps(sqlite::Database& db) {
    std::set<std::string> there;
    std::int64_t from = 0;
    for (bool more = true; more;) {
        const FeedPage page = all_rows_after(db, from, 100);
        for (const FeedRow& row : page.rows) {
            const auto found = find_register(db, row.change.key);
            if (!found || found->version != row.change.version || found->seq != row.seq)
                return "the feed has another version of " + row.change.key;
            there.insert(row.change.key);
        }
        from = page.to;
        more = page.more;
    }
    auto row = db.sql("SELECT count(*) FROM repl_row").bind();
    const bool all = row.step() && row.int64(0) == static_cast<std::int64_t>(there.size());
    return all ? "" : "the feed does not lead to every register";
}

// Signatures are checked over the bodies that the tables give back: the digest of the registers is
// that of the tables.
Finding look_through(Store& store, const std::vector<Promise>& promises) {
    Finding out;
    must(store.look([&](sqlite::Database& db) { out.promises = promises_kept(db, promises); }));
    store.flush();  // its transaction takes up what foreign writers left
    in_transaction(store,
                   [&](Registers& registers) { out.wrong = test::contradiction(registers.db()); });
    if (out.wrong.empty())
        must(store.look([&](sqlite::Database& db) { out.wrong = feed_gaps(db); }));
    StoreMemory op;
    op.title = "after the crash";
    op.content = "it goes on";
    const auto done = store.commit(op);
    if (!done && out.wrong.empty()) out.wrong = "nothing can be stored: " + done.error().message;
    return out;
}

void write_file(const std::filesystem::path& file, const std::string& bytes) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

class Sweeper {  // of one thread: every `threads`th place of the selection
public:
    Sweeper(const Recording& recording, const SweepOptions& options,
            const std::filesystem::path& file, Findings& findings)
        : recording_(recording),
          options_(options),
          file_(file),
          findings_(findings) {}

    void run(unsigned mine, std::atomic<bool>& stop) {
        sim::SimDisk disk;  // known to this thread alone
        disk_ = &disk;
        std::size_t selected = 0;
        for (std::size_t place = 0; place <= recording_.events.size() && !stop; ++place) {
            if (place > 0) files_.apply(recording_.events[place - 1]);
            if (place < options_.first || (place - options_.first) % options_.every != 0) continue;
            if (selected == options_.count) return;
            if (selected++ % options_.threads != mine) continue;
            crash_at(place);
            if (++result.places % kProgress == 0)
                std::cerr << fmt::format("place {} of {}, {} broken\n", place,
                                         recording_.events.size(), result.broken.size());
            if (result.broken.size() >= options_.broken_max) stop = true;
        }
    }

    SweepResult result{};

private:
    struct Reopened {
        std::string wrong{};
        std::uint64_t content = 0;
    };

    void crash_at(std::size_t place) {
        judge(place, false, "killed", reopen(files_.shown()));
        if (files_.settled()) return;  // a power cut leaves the same
        if (!lasting_ || lasting_since_ != files_.syncs()) lasting_ = reopen(files_.lasting());
        lasting_since_ = files_.syncs();
        judge(place, true, "power cut, nothing unsynced kept", *lasting_);
        sim::Dice dice(sim::mix(options_.seed, place));
        judge(place, true, "power cut, torn", reopen(files_.torn(dice)));
    }

    // SQLite recovers every image, in memory; a store opens each database that this has not led to
    // before, on a real file.
    Reopened reopen(const sim::DiskImage& image) {
        ++result.reopened;
        try {
            Reopened out;
            out.content = recover(image);
            if (out.content != 0 && findings_.find(out.content)) return out;
            for (const char* suffix : {"", "-wal", "-shm", "-journal"})
                std::filesystem::remove(file_.string() + suffix);
            for (const auto& [suffix, bytes] : image.files)
                write_file(file_.string() + suffix, bytes);
            return open_and_look(out.content);
        } catch (const std::exception& e) {
            return {e.what(), 0};
        }
    }

    // What is in the database then; 0 while the file is being made.
    std::uint64_t recover(const sim::DiskImage& image) {
        const auto database = image.files.find("");
        if (database == image.files.end() || database->second.empty()) return 0;
        disk_->restore(image);
        sqlite::Database db(disk_->name(), sqlite::OpenMode::read_write, sim::kSimVfs);
        const std::uint64_t out = schema_version(db) == 0 ? 0 : content_of(db);
        disk_->kill();  // or closing would move the log into the database
        return out;
    }

    Reopened open_and_look(std::uint64_t recovered) {
        StoreOptions options;
        options.file = file_;
        options.clock = &clock_;
        options.rng = &rng_;
        const auto store = Store::open(std::move(options));
        if (!store) return {store.error().message, 0};
        Reopened out;
        out.content = content_of(file_);
        if (recovered != 0 && out.content != recovered)
            return {"a store opens another database than SQLite recovered", out.content};
        if (!findings_.find(out.content))
            findings_.add(out.content, look_through(**store, recording_.promises));
        return out;
    }

    void judge(std::size_t place, bool power_cut, const char* how, const Reopened& found) {
        std::string why = found.wrong;
        if (why.empty()) why = broken_at(place, found.content);
        if (!why.empty())
            result.broken.push_back(
                {place, power_cut, fmt::format("{} {}: {}", how, where(place), why)});
    }

    // The last transaction that was answered before this place, or none.
    std::size_t answered_at(std::size_t place) const {
        const auto& all = recording_.transactions;
        return static_cast<std::size_t>(
            std::find_if(all.begin(), all.end(),
                         [&](const Transaction& one) { return one.answered > place; }) -
            all.begin());
    }

    std::string broken_at(std::size_t place, std::uint64_t content) const {
        const auto finding = findings_.find(content);
        if (!finding->wrong.empty()) return finding->wrong;
        const auto& promises = recording_.promises;
        if (finding->promises < promises.size() && promises[finding->promises].at <= place)
            return fmt::format("an answered write is lost: {} @{}", promises[finding->promises].key,
                               promises[finding->promises].version.stamp);
        // All or nothing: the state after the last answered transaction, or after the one under
        // way.
        const auto& all = recording_.transactions;
        const std::size_t answered = answered_at(place);
        if (answered == 0) return {};  // the file was being made
        const bool before = content == all[answered - 1].content;
        const bool after = answered < all.size() && content == all[answered].content;
        return before || after ? "" : "neither what was answered nor what was under way";
    }

    std::string where(std::size_t place) const {
        const auto& all = recording_.transactions;
        const std::size_t under_way = answered_at(place);
        return fmt::format("at place {} (after {}; {})", place,
                           place == 0 ? "nothing" : describe(recording_.events[place - 1]),
                           under_way == all.size() ? "all done" : all[under_way].what);
    }

    const Recording& recording_;
    const SweepOptions& options_;
    const std::filesystem::path file_;
    Findings& findings_;
    Files files_;
    sim::SimDisk* disk_ = nullptr;
    test::ManualClock clock_{};
    test::SeededRng rng_{1};
    std::optional<Reopened> lasting_{};
    std::uint64_t lasting_since_ = 0;
};

}  // namespace

SweepResult sweep(const Recording& recording, const SweepOptions& options,
                  const std::filesystem::path& folder) {
    sim::register_sim_vfs();
    Findings findings;
    std::atomic<bool> stop{false};
    std::vector<std::unique_ptr<Sweeper>> sweepers;
    for (unsigned i = 0; i < options.threads; ++i)
        sweepers.push_back(std::make_unique<Sweeper>(
            recording, options, folder / fmt::format("crash{}.db", i), findings));
    {
        std::vector<std::jthread> threads;
        for (unsigned i = 0; i < options.threads; ++i)
            threads.emplace_back([&, i] { sweepers[i]->run(i, stop); });
    }
    SweepResult out;
    for (const auto& one : sweepers) {
        out.places += one->result.places;
        out.reopened += one->result.reopened;
        out.broken.insert(out.broken.end(), one->result.broken.begin(), one->result.broken.end());
    }
    std::sort(out.broken.begin(), out.broken.end(),
              [](const Broken& a, const Broken& b) { return a.place < b.place; });
    out.contents = findings.size();
    return out;
}

}  // namespace aimem::crash
