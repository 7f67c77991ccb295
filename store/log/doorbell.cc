#include "store/log/doorbell.h"

#include "store/base/hash.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

namespace aimem {
namespace {

// With "/proc/self/fd/1234567/" before and ".bell-node" behind it fits into sun_path (108 bytes).
constexpr std::size_t kBellFileNameMax = 70;

struct Address {
    sockaddr_un value{};
    socklen_t length = 0;
};

// "/proc/self/fd/<folder>/<name>": however deep the folder lies.
Address address_in(int folder, const std::string& name) {
    Address out;
    out.value.sun_family = AF_UNIX;
    const std::string path = fmt::format("/proc/self/fd/{}/{}", folder, name);
    const std::size_t size = std::min(path.size(), sizeof out.value.sun_path - 1);
    std::memcpy(out.value.sun_path, path.data(), size);
    out.length = static_cast<socklen_t>(sizeof out.value.sun_family + size + 1);
    return out;
}

int open_folder(const std::filesystem::path& file) {
    const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

// FILE.bell-LISTENER; a name too long for an address stands as its hash.
std::string bell_name(const std::filesystem::path& file, std::string_view listener) {
    const std::string name = file.filename().string();
    if (name.size() <= kBellFileNameMax) return fmt::format("{}.bell-{}", name, listener);
    return fmt::format("{:016x}.bell-{}", hash64(name), listener);
}

// Which socket file this is, so that nobody removes that of a successor.
std::pair<dev_t, ino_t> place_of(const std::filesystem::path& path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) return {};
    return {found.st_dev, found.st_ino};
}

const sockaddr* plain(const Address& address) {
    return reinterpret_cast<const sockaddr*>(&address.value);
}

}  // namespace

DoorbellRinger::DoorbellRinger(const std::filesystem::path& file, std::string own)
    : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
      folder_(open_folder(file)),
      name_(file),
      own_(std::move(own)) {}

DoorbellRinger::~DoorbellRinger() {
    if (socket_ >= 0) ::close(socket_);
    if (folder_ >= 0) ::close(folder_);
}

void DoorbellRinger::ring() noexcept {
    tell("1");
}

void DoorbellRinger::ask() noexcept {
    tell("?");
}

void DoorbellRinger::tell(const char* what) noexcept {
    if (socket_ < 0 || folder_ < 0) return;
    for (const std::string_view listener : kBellListeners) {
        if (listener == own_) continue;
        const Address to = address_in(folder_, bell_name(name_, listener));
        // Nobody there, or a full queue that already promises a look: both are fine.
        (void)::sendto(socket_, what, 1, MSG_DONTWAIT | MSG_NOSIGNAL, plain(to), to.length);
    }
}

DoorbellListener::DoorbellListener(const std::filesystem::path& file, std::string_view listener)
    : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
      path_(file.parent_path() / bell_name(file, listener)) {
    const int folder = open_folder(file);
    const auto fail_with = [&](const char* doing) {
        const int code = errno;
        if (socket_ >= 0) ::close(socket_);
        if (folder >= 0) ::close(folder);
        throw std::system_error(code, std::generic_category(),
                                std::string(doing) + " " + path_.string());
    };
    if (socket_ < 0 || folder < 0) fail_with("doorbell");
    ::unlink(path_.c_str());
    const Address at = address_in(folder, bell_name(file, listener));
    if (::bind(socket_, plain(at), at.length) != 0) fail_with("bind doorbell");
    ::close(folder);
    place_ = place_of(path_);
}

DoorbellListener::~DoorbellListener() {
    if (place_of(path_) == place_) ::unlink(path_.c_str());
    if (socket_ >= 0) ::close(socket_);
}

bool DoorbellListener::drain() noexcept {
    char bytes[16];
    bool rung = false;
    asked_ = false;
    while (::recv(socket_, bytes, sizeof bytes, MSG_DONTWAIT) > 0) {
        rung = true;
        asked_ = asked_ || bytes[0] == '?';
    }
    return rung;
}

}  // namespace aimem
