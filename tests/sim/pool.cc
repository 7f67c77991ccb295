#include "tests/sim/pool.h"

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>

namespace aimem::sim {
namespace {

constexpr std::size_t kStep = 16;
constexpr std::size_t kFineMax = 1024;  // up to here a list for each step, then one for each power
constexpr std::size_t kPooledMax = 64 << 10;
constexpr std::size_t kFineLists = kFineMax / kStep + 1;
constexpr std::size_t kLists = kFineLists + 7;
constexpr std::size_t kChunk = 1 << 20;

struct alignas(kStep) Head {
    std::size_t size = 0;  // of what follows, as it was rounded up
};

struct Free {
    Free* next = nullptr;
};

// Of one thread. What another thread frees goes to that one's lists.
struct Pool {
    std::array<Free*, kLists> lists;
    char* at;
    std::size_t left;
};
thread_local constinit Pool pool{};

std::size_t rounded(std::size_t size) {
    if (size <= kFineMax) return std::max(kStep, (size + kStep - 1) & ~(kStep - 1));
    return size <= kPooledMax ? std::bit_ceil(size) : size;
}

std::size_t list_of(std::size_t size) {
    if (size <= kFineMax) return size / kStep;
    return kFineLists - 1 + static_cast<std::size_t>(std::countr_zero(size / kFineMax));
}

void* fresh(std::size_t bytes) {
    if (pool.left < bytes) {
        pool.at = static_cast<char*>(std::malloc(kChunk));
        pool.left = pool.at != nullptr ? kChunk : 0;
        if (pool.at == nullptr) return nullptr;
    }
    void* out = pool.at;
    pool.at += bytes;
    pool.left -= bytes;
    return out;
}

void* take(std::size_t wanted) {
    const std::size_t size = rounded(wanted);
    if (size <= kPooledMax) {
        Free*& list = pool.lists[list_of(size)];
        if (list != nullptr) {
            Free* found = list;
            list = found->next;
            return found;
        }
    }
    void* memory =
        size <= kPooledMax ? fresh(size + sizeof(Head)) : std::malloc(size + sizeof(Head));
    if (memory == nullptr) return nullptr;
    return new (memory) Head{size} + 1;
}

Head* head_of(void* block) {
    return static_cast<Head*>(block) - 1;
}

void give_back(void* block) {
    if (block == nullptr) return;
    const std::size_t size = head_of(block)->size;
    if (size > kPooledMax) {
        std::free(head_of(block));
        return;
    }
    Free*& list = pool.lists[list_of(size)];
    list = new (block) Free{list};
}

void* sqlite_take(int size) {
    return take(static_cast<std::size_t>(size));
}
int sqlite_size(void* block) {
    return block == nullptr ? 0 : static_cast<int>(head_of(block)->size);
}
void* sqlite_resize(void* block, int size) {
    if (sqlite_size(block) >= size) return block;
    void* out = sqlite_take(size);
    if (out == nullptr) return nullptr;
    std::memcpy(out, block, static_cast<std::size_t>(sqlite_size(block)));
    give_back(block);
    return out;
}
int sqlite_round(int size) {
    return static_cast<int>(rounded(static_cast<std::size_t>(size)));
}
int sqlite_begin(void*) {
    return SQLITE_OK;
}
void sqlite_end(void*) {}

}  // namespace

void give_sqlite_the_pool() {
    static const sqlite3_mem_methods methods{sqlite_take,  give_back,    sqlite_resize, sqlite_size,
                                             sqlite_round, sqlite_begin, sqlite_end,    nullptr};
    sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}

}  // namespace aimem::sim

void* operator new(std::size_t size) {
    void* out = aimem::sim::take(size);
    if (out == nullptr) throw std::bad_alloc();
    return out;
}
void operator delete(void* block) noexcept {
    aimem::sim::give_back(block);
}
void operator delete(void* block, std::size_t) noexcept {
    aimem::sim::give_back(block);
}

#else

namespace aimem::sim {
void give_sqlite_the_pool() {}
}  // namespace aimem::sim

#endif
