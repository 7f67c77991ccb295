// Every bound of the MCP server in one place, with its unit. Crossing one gives an error to the
// request concerned and leaves the process alive. Source: mcp protocol notes, "limits".
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>

namespace aimem::mcp {

inline constexpr std::size_t kLineBytesMax = std::size_t{16} << 20;  // the SDKs allow 10 MiB
inline constexpr std::size_t kReadChunkBytes = std::size_t{64} << 10;
inline constexpr std::size_t kDepthMax = 128;       // nested arrays and objects in one message
inline constexpr std::size_t kValuesMax = 250'000;  // keeps the parsed form of 16 MiB small
inline constexpr std::size_t kInFlightMax = 1'024;  // requests read and not yet answered
inline constexpr std::size_t kInFlightBytesMax = std::size_t{64} << 20;  // their text together
inline constexpr std::size_t kSubscriptionsMax = 1'024;          // streams and resources together
inline constexpr std::chrono::milliseconds kWatchPause{80};      // between looks for changes
inline constexpr std::chrono::milliseconds kProgressPause{100};  // between notices of progress
inline constexpr std::size_t kEchoedNameMax = 128;  // bytes of a caller's word in an error text
// The SDK clients send SIGTERM 2 s after they closed stdin, so that both together stay below 1.5 s.
inline constexpr std::chrono::milliseconds kShutdownGrace{1'000};  // for requests already read
inline constexpr std::chrono::milliseconds kUnreadGrace{400};      // for a reply nobody takes

}  // namespace aimem::mcp
