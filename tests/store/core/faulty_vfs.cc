#include "tests/store/core/faulty_vfs.h"

#include <sqlite3.h>

#include <new>

namespace aimem::test {
namespace {

Faults faults;
sqlite3_vfs* system_vfs = nullptr;

// SQLite hands out szOsFile bytes; behind ours lies the file of the system's VFS.
struct File {
    sqlite3_file base{};
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

sqlite3_file* real(sqlite3_file* file) {
    return reinterpret_cast<File*>(file)->real();
}

int close_file(sqlite3_file* f) {
    return real(f)->pMethods->xClose(real(f));
}
int read_file(sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
    return real(f)->pMethods->xRead(real(f), to, size, at);
}
int write_file(sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
    ++faults.writes;
    if (faults.bytes_left >= 0 && (faults.bytes_left -= size) < 0) {
        faults.bytes_left = 0;
        return SQLITE_FULL;
    }
    return real(f)->pMethods->xWrite(real(f), from, size, at);
}
int truncate_file(sqlite3_file* f, sqlite3_int64 size) {
    return real(f)->pMethods->xTruncate(real(f), size);
}
int sync_file(sqlite3_file* f, int flags) {
    if (faults.syncs_left >= 0 && --faults.syncs_left < 0) return SQLITE_IOERR_FSYNC;
    return real(f)->pMethods->xSync(real(f), flags);
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
    m.iVersion = 2;
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
    const int rc = system_vfs->xOpen(system_vfs, name, file->real(), flags, out);
    file->base.pMethods = file->real()->pMethods != nullptr ? &methods : nullptr;
    return rc;
}

sqlite3_vfs make_vfs() {
    system_vfs = sqlite3_vfs_find(nullptr);
    sqlite3_vfs out = *system_vfs;
    out.pNext = nullptr;
    out.zName = kFaultyVfs;
    out.szOsFile = static_cast<int>(sizeof(File)) + system_vfs->szOsFile;
    out.xOpen = open_file;
    return out;
}

}  // namespace

Faults& faulty_vfs() {
    static sqlite3_vfs vfs = make_vfs();
    static const int registered = sqlite3_vfs_register(&vfs, 0);
    (void)registered;
    return faults;
}

}  // namespace aimem::test
