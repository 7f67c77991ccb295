#include "store/base/hash.h"

#include <bit>
#include <cstddef>
#include <cstring>

namespace aimem {
namespace {

struct Lanes {
    std::uint64_t a, b, c, d;

    void round() noexcept {
        a += b;
        b = std::rotl(b, 13) ^ a;
        a = std::rotl(a, 32);
        c += d;
        d = std::rotl(d, 16) ^ c;
        a += d;
        d = std::rotl(d, 21) ^ a;
        c += b;
        b = std::rotl(b, 17) ^ c;
        c = std::rotl(c, 32);
    }
};

}  // namespace

std::uint64_t hash64(std::string_view bytes, std::uint64_t salt) noexcept {
    const std::uint64_t k0 = 0x0706050403020100ULL ^ salt;
    const std::uint64_t k1 = 0x0f0e0d0c0b0a0908ULL;
    Lanes s{k0 ^ 0x736f6d6570736575ULL, k1 ^ 0x646f72616e646f6dULL, k0 ^ 0x6c7967656e657261ULL,
            k1 ^ 0x7465646279746573ULL};
    const std::size_t whole = bytes.size() / 8 * 8;
    for (std::size_t at = 0; at < whole; at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + at, 8);
        s.d ^= word;
        s.round();
        s.round();
        s.a ^= word;
    }
    std::uint64_t last = static_cast<std::uint64_t>(bytes.size()) << 56;
    for (std::size_t at = whole; at < bytes.size(); ++at)
        last |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at]))
                << (8 * (at - whole));
    s.d ^= last;
    s.round();
    s.round();
    s.a ^= last;
    s.c ^= 0xff;
    for (int i = 0; i < 4; ++i) s.round();
    return s.a ^ s.b ^ s.c ^ s.d;
}

}  // namespace aimem
