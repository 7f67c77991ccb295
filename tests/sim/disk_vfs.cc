#include "tests/sim/disk_vfs.h"

#include "tests/sim/disk.h"

#include <sqlite3.h>

#include <cstring>
#include <memory>
#include <new>

namespace aimem::sim {
namespace {

constexpr int kSectorBytes = 4096;
constexpr int kWriteLock = 0;  // place of the writer's lock in the shared memory of a WAL

struct File {
    sqlite3_file base{};
    SimDisk* disk = nullptr;  // nothing: a temporary file
    std::string suffix{};
    std::uint64_t process = 0;
    std::unique_ptr<SimFile> temporary{};
};

File& of(sqlite3_file* file) {
    return *reinterpret_cast<File*>(file);
}

bool usable(File& file, DiskUse kind) {
    return file.disk == nullptr || (file.disk->alive(file.process) && file.disk->use(kind));
}

SimFile& content(File& file) {
    return file.disk != nullptr ? file.disk->file(file.suffix) : *file.temporary;
}

int close_file(sqlite3_file* f) {
    of(f).~File();
    return SQLITE_OK;
}

int read_file(sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
    if (!usable(of(f), DiskUse::read)) return SQLITE_IOERR_READ;
    const auto answer = content(of(f)).read(static_cast<char*>(to), static_cast<std::size_t>(size),
                                            static_cast<std::size_t>(at));
    return answer == DiskAnswer::ok ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
    File& file = of(f);
    if (!usable(file, DiskUse::write)) return SQLITE_IOERR_WRITE;
    SimFile& to = content(file);
    const auto end = static_cast<std::size_t>(at) + static_cast<std::size_t>(size);
    if (file.disk != nullptr && file.disk->faults.full && end > to.size()) return SQLITE_FULL;
    to.write({static_cast<const char*>(from), static_cast<std::size_t>(size)},
             static_cast<std::size_t>(at));
    return SQLITE_OK;
}

int truncate_file(sqlite3_file* f, sqlite3_int64 size) {
    if (!usable(of(f), DiskUse::write)) return SQLITE_IOERR_TRUNCATE;
    content(of(f)).truncate(static_cast<std::size_t>(size));
    return SQLITE_OK;
}

int sync_file(sqlite3_file* f, int) {
    if (!usable(of(f), DiskUse::sync)) return SQLITE_IOERR_FSYNC;
    content(of(f)).sync();
    return SQLITE_OK;
}

int size_of_file(sqlite3_file* f, sqlite3_int64* size) {
    File& file = of(f);
    if (file.disk != nullptr && !file.disk->alive(file.process)) return SQLITE_IOERR_FSTAT;
    *size = static_cast<sqlite3_int64>(content(file).size());
    return SQLITE_OK;
}

int lock_file(sqlite3_file*, int) {
    return SQLITE_OK;
}
int check_lock(sqlite3_file*, int* held) {
    *held = 0;
    return SQLITE_OK;
}
int control(sqlite3_file*, int, void*) {
    return SQLITE_NOTFOUND;
}
int sector_size(sqlite3_file*) {
    return kSectorBytes;
}
int device(sqlite3_file*) {
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

int shm_map(sqlite3_file* f, int region, int size, int, volatile void** out) {
    File& file = of(f);
    *out = nullptr;
    if (!file.disk->alive(file.process)) return SQLITE_IOERR_SHMMAP;
    auto& memory = file.disk->shared_memory();
    while (memory.size() <= static_cast<std::size_t>(region))
        memory.push_back(std::make_unique<char[]>(static_cast<std::size_t>(size)));
    *out = memory[static_cast<std::size_t>(region)].get();
    return SQLITE_OK;
}

int shm_lock(sqlite3_file* f, int at, int, int flags) {
    File& file = of(f);
    const int wanted = SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE;
    const bool write = at == kWriteLock && (flags & wanted) == wanted;
    return write && file.disk->busy() ? SQLITE_BUSY : SQLITE_OK;
}

void shm_barrier(sqlite3_file*) {}

int shm_unmap(sqlite3_file* f, int) {
    File& file = of(f);
    // A dead process takes nothing with it that its successor may be using already.
    if (file.disk->alive(file.process)) file.disk->shared_memory().clear();
    return SQLITE_OK;
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
    m.xUnlock = lock_file;
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

const sqlite3_io_methods kMethods = make_methods();

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* f, int flags, int* out) {
    auto* file = new (f) File;
    if (out != nullptr) *out = flags;
    if (name == nullptr) {
        file->temporary = std::make_unique<SimFile>();
    } else {
        file->disk = SimDisk::find(name, file->suffix);
        const bool there = file->disk != nullptr && file->disk->exists(file->suffix);
        const bool dead = file->disk != nullptr && file->disk->dead();
        if (file->disk == nullptr || dead || (!there && (flags & SQLITE_OPEN_CREATE) == 0)) {
            file->~File();
            return SQLITE_CANTOPEN;
        }
        file->process = file->disk->process();
        file->disk->file(file->suffix);  // makes it
    }
    file->base.pMethods = &kMethods;
    return SQLITE_OK;
}

int delete_file(sqlite3_vfs*, const char* name, int) {
    std::string suffix;
    SimDisk* disk = SimDisk::find(name, suffix);
    if (disk == nullptr || disk->dead()) return SQLITE_IOERR_DELETE;
    if (!disk->exists(suffix)) return SQLITE_IOERR_DELETE_NOENT;
    disk->remove(suffix);
    return SQLITE_OK;
}

int access_file(sqlite3_vfs*, const char* name, int, int* out) {
    std::string suffix;
    const SimDisk* disk = SimDisk::find(name, suffix);
    *out = disk != nullptr && disk->exists(suffix) ? 1 : 0;
    return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* name, int size, char* out) {
    sqlite3_snprintf(size, out, "%s", name);
    return SQLITE_OK;
}

int randomness(sqlite3_vfs*, int size, char* out) {
    std::memset(out, 7, static_cast<std::size_t>(size));
    return size;
}
int sleep_for_us(sqlite3_vfs*, int us) {
    return us;
}
int current_time(sqlite3_vfs*, sqlite3_int64* out) {
    *out = 212'000'000'000'000;
    return SQLITE_OK;
}

sqlite3_vfs make_vfs() {
    sqlite3_vfs out{};
    out.iVersion = 2;
    out.szOsFile = static_cast<int>(sizeof(File));
    out.mxPathname = 256;
    out.zName = kSimVfs;
    out.xOpen = open_file;
    out.xDelete = delete_file;
    out.xAccess = access_file;
    out.xFullPathname = full_path;
    out.xRandomness = randomness;
    out.xSleep = sleep_for_us;
    out.xCurrentTimeInt64 = current_time;
    return out;
}

int register_once() {
    // No counters that all threads share. Refused when SQLite is running already, which is fine.
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 1200, 400);  // statements are made all the time
    static sqlite3_vfs vfs = make_vfs();
    return sqlite3_vfs_register(&vfs, 0);
}

}  // namespace

void register_sim_vfs() {
    static const int registered = register_once();
    (void)registered;
}

}  // namespace aimem::sim
