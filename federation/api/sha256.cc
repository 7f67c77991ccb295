#include "federation/api/sha256.h"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace aimem::api {

std::string sha256_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("SHA-256 is not to be had");
    std::string out;
    for (unsigned i = 0; i < size; ++i) {
        const unsigned byte = digest.at(i);
        out += digits[byte >> 4U];
        out += digits[byte & 15U];
    }
    return out;
}

}  // namespace aimem::api
