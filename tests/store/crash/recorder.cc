#include "tests/store/crash/recorder.h"

#include "tests/sim/dice.h"

#include <fmt/core.h>
#include <sqlite3.h>

#include <memory>
#include <new>
#include <stdexcept>
#include <string_view>

namespace aimem::crash {
namespace {

struct Recording {
    std::string file;
    DiskLog& log;
    sim::Dice dice;
};
std::unique_ptr<Recording> current;  // set and taken away while no connection is open
sqlite3_vfs* system_vfs = nullptr;

// SQLite hands out szOsFile bytes; behind ours lies the file of the system's VFS.
struct File {
    sqlite3_file base{};
    const char* suffix = nullptr;  // nothing: none of the database's files
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File& of(sqlite3_file* file) {
    return *reinterpret_cast<File*>(file);
}
sqlite3_file* real(sqlite3_file* file) {
    return of(file).real();
}

// The suffix of one of the database's files, as a literal.
const char* suffix_of(const char* name) {
    if (current == nullptr || name == nullptr) return nullptr;
    const std::string_view whole(name);
    if (!whole.starts_with(current->file)) return nullptr;
    for (const char* suffix : {"", "-wal", "-journal"})
        if (whole.substr(current->file.size()) == suffix) return suffix;
    return nullptr;
}

int note(sqlite3_file* f, int rc, DiskEvent event) {
    if (rc != SQLITE_OK || of(f).suffix == nullptr) return rc;
    event.suffix = of(f).suffix;
    current->log.add(std::move(event));
    return rc;
}

int close_file(sqlite3_file* f) {
    return real(f)->pMethods->xClose(real(f));
}
int read_file(sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
    return real(f)->pMethods->xRead(real(f), to, size, at);
}
int write_file(sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
    const int rc = real(f)->pMethods->xWrite(real(f), from, size, at);
    std::string bytes(static_cast<const char*>(from), static_cast<std::size_t>(size));
    return note(f, rc,
                {DiskEvent::Act::write, {}, static_cast<std::size_t>(at), std::move(bytes), false});
}
int truncate_file(sqlite3_file* f, sqlite3_int64 size) {
    const int rc = real(f)->pMethods->xTruncate(real(f), size);
    return note(f, rc, {DiskEvent::Act::truncate, {}, static_cast<std::size_t>(size), {}, false});
}
int sync_file(sqlite3_file* f, int flags) {
    const int rc = real(f)->pMethods->xSync(real(f), flags);
    return note(f, rc, {DiskEvent::Act::sync, {}, 0, {}, false});
}
int size_of_file(sqlite3_file* f, sqlite3_int64* size) {
    return real(f)->pMethods->xFileSize(real(f), size);
}
int lock_file(sqlite3_file* f, int level) {
    return real(f)->pMethods->xLock(real(f), level);
}
int unlock_file(sqlite3_file* f, int level) {
    return real(f)->pMethods->xUnlock(real(f), level);
}
int check_lock(sqlite3_file* f, int* out) {
    return real(f)->pMethods->xCheckReservedLock(real(f), out);
}
int control(sqlite3_file* f, int op, void* arg) {
    return real(f)->pMethods->xFileControl(real(f), op, arg);
}
int sector_size(sqlite3_file* f) {
    return real(f)->pMethods->xSectorSize(real(f));
}
int device(sqlite3_file* f) {
    return real(f)->pMethods->xDeviceCharacteristics(real(f));
}
int shm_map(sqlite3_file* f, int page, int size, int extend, volatile void** out) {
    return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
}
int shm_lock(sqlite3_file* f, int at, int n, int flags) {
    return real(f)->pMethods->xShmLock(real(f), at, n, flags);
}
void shm_barrier(sqlite3_file* f) {
    real(f)->pMethods->xShmBarrier(real(f));
}
int shm_unmap(sqlite3_file* f, int remove) {
    return real(f)->pMethods->xShmUnmap(real(f), remove);
}

sqlite3_io_methods make_methods() {
    sqlite3_io_methods m{};
    m.iVersion = 2;  // no memory maps of the database: every byte comes by xWrite
    m.xClose = close_file;
    m.xRead = read_file;
    m.xWrite = write_file;
    m.xTruncate = truncate_file;
    m.xSync = sync_file;
    m.xFileSize = size_of_file;
    m.xLock = lock_file;
    m.xUnlock = unlock_file;
    m.xCheckReservedLock = check_lock;
    m.xFileControl = control;
    m.xSectorSize = sector_size;
    m.xDeviceCharacteristics = device;
    m.xShmMap = shm_map;
    m.xShmLock = shm_lock;
    m.xShmBarrier = shm_barrier;
    m.xShmUnmap = shm_unmap;
    return m;
}

const sqlite3_io_methods methods = make_methods();

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* f, int flags, int* out) {
    auto* file = new (f) File;
    file->suffix = suffix_of(name);
    const int rc = system_vfs->xOpen(system_vfs, name, file->real(), flags, out);
    file->base.pMethods = file->real()->pMethods != nullptr ? &methods : nullptr;
    return rc;
}

int delete_file(sqlite3_vfs*, const char* name, int sync_folder) {
    const int rc = system_vfs->xDelete(system_vfs, name, sync_folder);
    const char* suffix = suffix_of(name);
    if (rc == SQLITE_OK && suffix != nullptr)
        current->log.add({DiskEvent::Act::remove, suffix, 0, {}, sync_folder != 0});
    return rc;
}

int randomness(sqlite3_vfs*, int size, char* out) {
    for (int i = 0; i < size; ++i) out[i] = static_cast<char>(current->dice.next());
    return size;
}

sqlite3_vfs make_vfs() {
    system_vfs = sqlite3_vfs_find(nullptr);
    sqlite3_vfs out = *system_vfs;
    out.pNext = nullptr;
    out.zName = "recorder";
    out.szOsFile = static_cast<int>(sizeof(File)) + system_vfs->szOsFile;
    out.xOpen = open_file;
    out.xDelete = delete_file;
    out.xRandomness = randomness;
    return out;
}

}  // namespace

std::string describe(const DiskEvent& event) {
    const std::string file = event.suffix.empty() ? "the database" : event.suffix;
    switch (event.act) {
        case DiskEvent::Act::write:
            return fmt::format("write of {} bytes at {} of {}", event.bytes.size(), event.at, file);
        case DiskEvent::Act::truncate: return fmt::format("truncation of {} to {}", file, event.at);
        case DiskEvent::Act::sync: return "sync of " + file;
        case DiskEvent::Act::remove: return "removal of " + file;
    }
    return {};
}

void DiskLog::add(DiskEvent event) {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
}

std::size_t DiskLog::size() const {
    const std::lock_guard lock(mutex_);
    return events_.size();
}

Recorder::Recorder(const std::filesystem::path& file, DiskLog& log, std::uint64_t seed) {
    static sqlite3_vfs vfs = make_vfs();
    if (current != nullptr) throw std::logic_error("one recorder at a time");
    current.reset(new Recording{file.string(), log, sim::Dice(seed)});
    sqlite3_vfs_register(&vfs, 1);
    sqlite3_randomness(0, nullptr);  // drawn anew, from the seed
}

Recorder::~Recorder() {
    sqlite3_vfs_register(system_vfs, 1);
    sqlite3_randomness(0, nullptr);
    current.reset();
}

}  // namespace aimem::crash
