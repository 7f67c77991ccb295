#include "tests/bench/floors.h"

#include "tests/support/percentile.h"
#include "tests/support/socket.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace aimem::bench {
namespace {

using test::Clock;
using test::Deadline;
using test::Fd;
using test::Millis;
using test::ms_since;

constexpr int kRounds = 300;
constexpr std::size_t kPage = 4096;

std::vector<double> fdatasync_times(const std::filesystem::path& file, bool append) {
    const Fd fd(::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
    if (!fd.open()) test::throw_errno("open " + file.string());
    const std::vector<char> page(kPage, 'x');
    std::vector<double> times;
    for (int i = 0; i < kRounds; ++i) {
        const auto at = append ? static_cast<off_t>(kPage) * i : 0;
        const auto start = Clock::now();
        if (::pwrite(fd.get(), page.data(), page.size(), at) < 0) test::throw_errno("pwrite");
        if (::fdatasync(fd.get()) != 0) test::throw_errno("fdatasync");
        times.push_back(ms_since(start));
    }
    return times;
}

// One byte there and back between two threads: the least a request and its answer can cost.
std::vector<double> loopback_round_trips() {
    const Fd listener = test::listen_on(0);
    const Deadline deadline(Millis(10'000));
    std::thread echo([&listener, deadline] {
        const Fd peer(::accept(listener.get(), nullptr, nullptr));
        test::set_nodelay(peer.get());
        std::array<char, 64> bytes{};
        for (;;) {
            const std::size_t n =
                test::receive_some(peer.get(), bytes.data(), bytes.size(), deadline);
            if (n == 0) return;
            test::send_all(peer.get(), {bytes.data(), n}, deadline);
        }
    });
    std::vector<double> times;
    {
        const Fd client = test::connect_to(test::port_of(listener), deadline);
        std::array<char, 64> bytes{};
        for (int i = 0; i < kRounds * 10; ++i) {
            const auto start = Clock::now();
            test::send_all(client.get(), "x", deadline);
            test::receive_some(client.get(), bytes.data(), bytes.size(), deadline);
            times.push_back(ms_since(start));
        }
    }
    echo.join();
    return times;
}

struct CloseDatabase {
    void operator()(sqlite3* db) const { ::sqlite3_close(db); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

void execute(sqlite3* db, const std::string& sql) {
    if (::sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        throw std::runtime_error(std::string("sqlite: ") + ::sqlite3_errmsg(db));
}

std::vector<double> plain_inserts(const std::filesystem::path& file) {
    sqlite3* raw = nullptr;
    ::sqlite3_open(file.c_str(), &raw);
    const Database db(raw);
    execute(db.get(),
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "CREATE TABLE t(id INTEGER PRIMARY KEY, content TEXT)");
    const std::string insert = "INSERT INTO t(content) VALUES('" + std::string(600, 'x') + "')";
    std::vector<double> times;
    for (int i = 0; i < kRounds; ++i) {
        const auto start = Clock::now();
        execute(db.get(), insert);
        times.push_back(ms_since(start));
    }
    return times;
}

}  // namespace

Floors measure_floors(const std::filesystem::path& folder, Report& report) {
    report.section("floors of this machine");
    const auto append = fdatasync_times(folder / "append", true);
    const auto overwrite = fdatasync_times(folder / "overwrite", false);
    const auto round_trips = loopback_round_trips();
    report.row({.what = "fdatasync after appending 4 KiB", .samples_ms = append});
    report.row({.what = "fdatasync after overwriting 4 KiB", .samples_ms = overwrite});
    report.row({.what = "loopback round trip", .samples_ms = round_trips});
    report.row({.what = "plain SQLite insert, WAL, synchronous=FULL",
                .samples_ms = plain_inserts(folder / "plain.db")});
    return Floors{test::percentile(append, 0.5), test::percentile(round_trips, 0.5)};
}

}  // namespace aimem::bench
