#include "store/sqlite/log_vfs.h"

#include "store/sqlite/sqlite.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <vector>

namespace aimem::sqlite {
namespace {

constexpr std::size_t kGatheredMax = 4U << 20U;  // bytes
constexpr std::size_t kPieceMax =
    64U << 10U;                   // bytes; the system's VFS takes less than 128 KiB at a time
constexpr int kFrameHeader = 24;  // https://www.sqlite.org/fileformat2.html#walformat

// Lies in front of the system's own file object, which follows it in the same allocation.
struct LogFile {
    sqlite3_file base;
    sqlite3_file* real;
    std::vector<char>* gathered;
    sqlite3_int64 offset;  // of the first gathered byte
    bool last_frame;       // the header written last ends a commit
};

LogFile& log_of(sqlite3_file* file) {
    return *reinterpret_cast<LogFile*>(file);
}

const sqlite3_io_methods& real_of(const LogFile& log) {
    return *log.real->pMethods;
}

// Whatever the outcome nothing is left: SQLite rolls back what could not be written.
int flush(LogFile& log) {
    auto& gathered = *log.gathered;
    int rc = SQLITE_OK;
    for (std::size_t at = 0; at < gathered.size() && rc == SQLITE_OK; at += kPieceMax) {
        const auto size = std::min(kPieceMax, gathered.size() - at);
        rc = real_of(log).xWrite(log.real, gathered.data() + at, static_cast<int>(size),
                                 log.offset + static_cast<sqlite3_int64>(at));
    }
    gathered.clear();
    return rc;
}

bool ends_a_commit(const char* frame_header) {
    return std::memcmp(frame_header + 4, "\0\0\0\0", 4) != 0;
}

int log_close(sqlite3_file* file) {
    LogFile& log = log_of(file);
    delete log.gathered;
    return real_of(log).xClose(log.real);
}

int log_read(sqlite3_file* file, void* into, int size, sqlite3_int64 offset) {
    LogFile& log = log_of(file);
    const int rc = flush(log);
    return rc == SQLITE_OK ? real_of(log).xRead(log.real, into, size, offset) : rc;
}

int log_write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
    LogFile& log = log_of(file);
    auto& gathered = *log.gathered;
    const auto* bytes = static_cast<const char*>(from);
    const bool goes_on = log.offset + static_cast<sqlite3_int64>(gathered.size()) == offset;
    if (!goes_on || gathered.size() > kGatheredMax)
        if (const int rc = flush(log); rc != SQLITE_OK) return rc;
    if (gathered.empty()) log.offset = offset;
    try {
        gathered.insert(gathered.end(), bytes, bytes + size);
    } catch (const std::bad_alloc&) {
        gathered.clear();
        return SQLITE_IOERR_NOMEM;
    }
    const bool ended = log.last_frame && size != kFrameHeader;
    log.last_frame = size == kFrameHeader && ends_a_commit(bytes);
    return ended ? flush(log) : SQLITE_OK;
}

int log_truncate(sqlite3_file* file, sqlite3_int64 size) {
    LogFile& log = log_of(file);
    const int rc = flush(log);
    return rc == SQLITE_OK ? real_of(log).xTruncate(log.real, size) : rc;
}

int log_sync(sqlite3_file* file, int flags) {
    LogFile& log = log_of(file);
    const int rc = flush(log);
    return rc == SQLITE_OK ? real_of(log).xSync(log.real, flags) : rc;
}

int log_size(sqlite3_file* file, sqlite3_int64* size) {
    LogFile& log = log_of(file);
    const int rc = flush(log);
    return rc == SQLITE_OK ? real_of(log).xFileSize(log.real, size) : rc;
}

int log_lock(sqlite3_file* file, int level) {
    return real_of(log_of(file)).xLock(log_of(file).real, level);
}
int log_unlock(sqlite3_file* file, int level) {
    return real_of(log_of(file)).xUnlock(log_of(file).real, level);
}
int log_check_lock(sqlite3_file* file, int* out) {
    return real_of(log_of(file)).xCheckReservedLock(log_of(file).real, out);
}
int log_control(sqlite3_file* file, int op, void* argument) {
    return real_of(log_of(file)).xFileControl(log_of(file).real, op, argument);
}
int log_sector_size(sqlite3_file* file) {
    return real_of(log_of(file)).xSectorSize(log_of(file).real);
}
int log_characteristics(sqlite3_file* file) {
    return real_of(log_of(file)).xDeviceCharacteristics(log_of(file).real);
}

// Version 1: no shared memory and no mapping, which a log never has.
constexpr sqlite3_io_methods kLogMethods = {1,
                                            log_close,
                                            log_read,
                                            log_write,
                                            log_truncate,
                                            log_sync,
                                            log_size,
                                            log_lock,
                                            log_unlock,
                                            log_check_lock,
                                            log_control,
                                            log_sector_size,
                                            log_characteristics,
                                            nullptr,
                                            nullptr,
                                            nullptr,
                                            nullptr,
                                            nullptr,
                                            nullptr};

int open_file(sqlite3_vfs* ours, sqlite3_filename name, sqlite3_file* file, int flags,
              int* out_flags) {
    auto* const real = static_cast<sqlite3_vfs*>(ours->pAppData);
    if ((flags & SQLITE_OPEN_WAL) == 0) return real->xOpen(real, name, file, flags, out_flags);
    LogFile& log = log_of(file);
    log.base.pMethods = nullptr;
    log.real = reinterpret_cast<sqlite3_file*>(&log + 1);
    log.offset = 0;
    log.last_frame = false;
    log.gathered = new (std::nothrow) std::vector<char>;
    if (log.gathered == nullptr) return SQLITE_NOMEM;
    const int rc = real->xOpen(real, name, log.real, flags, out_flags);
    if (log.real->pMethods == nullptr)
        delete log.gathered;
    else
        log.base.pMethods = &kLogMethods;  // asks to be closed, even after a failed open
    return rc;
}

// One for each VFS that has been the system's: a test may put its own there.
struct OverVfs {
    std::string name{};
    sqlite3_vfs vfs{};
};

std::unique_ptr<OverVfs> make_over(sqlite3_vfs* real) {
    auto over = std::make_unique<OverVfs>();
    over->name = std::string("gathering-") + real->zName;
    over->vfs = *real;
    over->vfs.pNext = nullptr;
    over->vfs.zName = over->name.c_str();
    over->vfs.pAppData = real;
    over->vfs.szOsFile += static_cast<int>(sizeof(LogFile));
    over->vfs.xOpen = open_file;
    if (const int rc = sqlite3_vfs_register(&over->vfs, 0); rc != SQLITE_OK)
        throw SqliteError(rc, "register the VFS " + over->name);
    return over;
}

}  // namespace

const char* gathering_vfs(const char* over_name) {
    static std::mutex mutex;
    static std::map<sqlite3_vfs*, std::unique_ptr<OverVfs>> known;
    const std::lock_guard lock(mutex);
    configure_library();
    sqlite3_vfs* const real = sqlite3_vfs_find(over_name);
    if (real == nullptr) throw SqliteError(SQLITE_NOTFOUND, "no such VFS");
    auto& over = known[real];
    if (!over) over = make_over(real);
    return over->name.c_str();
}

}  // namespace aimem::sqlite
