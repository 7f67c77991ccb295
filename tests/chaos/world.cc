#include "tests/chaos/world.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <stdexcept>

namespace aimem::chaos {
namespace {

constexpr Millis kStartWithin{60'000};  // a busy machine takes its time; no fault has begun

std::uint32_t wanted_seed() {
    const char* wanted = std::getenv("AI_MEMORY_SEED");
    return wanted == nullptr ? std::random_device{}()
                             : static_cast<std::uint32_t>(std::strtoul(wanted, nullptr, 10));
}

}  // namespace

bool full() {
    const char* wanted = std::getenv("AIMEM_CHAOS_FULL");
    return wanted != nullptr && std::string(wanted) == "1";
}

std::size_t sized(std::size_t small, std::size_t large) {
    return full() ? large : small;
}

MeshOptions with_nodes(std::size_t nodes, std::size_t writes) {
    MeshOptions options;
    options.nodes = nodes;
    options.writes = writes;
    options.proxies = true;
    return options;
}

MeshOptions four_nodes() {
    return with_nodes(4, 2);
}

OracleOptions at_once() {
    OracleOptions options;
    options.within = Millis(0);
    return options;
}

World::World(MeshOptions options)
    : seed(wanted_seed()),
      rng(seed),
      mesh(test::programs(), std::move(options)),
      driver(mesh, ledger) {
    fmt::print("AI_MEMORY_SEED={}\n", seed);
    mesh.start_all();
    if (!mesh.await_equal_digests(kStartWithin))
        throw std::runtime_error("the nodes do not agree at the start\n" + mesh.describe());
}

void World::split(const std::vector<std::size_t>& one, const std::vector<std::size_t>& other,
                  Fault fault) {
    for (const std::size_t a : one) {
        for (const std::size_t b : other) {
            mesh.proxy(a, b).set(fault);
            mesh.proxy(b, a).set(fault);
        }
    }
}

std::uint64_t World::stopped_by_proxies() {
    std::uint64_t sum = 0;
    for (std::size_t a = 0; a < mesh.size(); ++a) {
        for (std::size_t b = 0; b < mesh.size(); ++b) {
            if (a == b) continue;
            const test::ProxyCounters seen = mesh.proxy(a, b).counters();
            sum += seen.bytes_held + seen.refusals;
        }
    }
    return sum;
}

Verdict World::verdict(OracleOptions options) {
    if (options.within == OracleOptions{}.within) options.within = kHealWithin;
    return check(mesh, ledger, options);
}

void World::expect_sound(OracleOptions options) {
    const Verdict found = verdict(std::move(options));
    EXPECT_TRUE(found.ok()) << found.text() << "seed " << seed << "\n" << mesh.describe();
    fmt::print("{} operations: {} confirmed, {} unknown, {} rejected\n", ledger.ops().size(),
               ledger.count(Status::acked), ledger.count(Status::unknown),
               ledger.count(Status::rejected));
}

void World::expect_broken(const std::string& rule, OracleOptions options) {
    const Verdict found = verdict(std::move(options));
    EXPECT_TRUE(found.broke(rule)) << "the control: " << rule << " should be broken here, but:\n"
                                   << found.text();
}

}  // namespace aimem::chaos
