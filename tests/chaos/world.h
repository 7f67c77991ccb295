// World: what every fault scenario starts from: a mesh with a proxy on each edge, a ledger, a
// driver, a printed seed and the oracle. One thread, but for the Crowds it starts.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/chaos/driver.h"
#include "tests/chaos/oracle.h"
#include "tests/e2e/e2e.h"

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace aimem::chaos {

using test::Fault;
using test::kHealWithin;
using test::Mesh;
using test::MeshOptions;
using test::Reply;

// The small numbers in CI, the large ones with AIMEM_CHAOS_FULL=1.
bool full();
std::size_t sized(std::size_t small, std::size_t large);

// Four nodes, two copies before a write is confirmed, catch-up each second, a proxy on each edge.
MeshOptions four_nodes();
MeshOptions with_nodes(std::size_t nodes, std::size_t writes);

class World {
public:
    explicit World(MeshOptions options = four_nodes());  // started, and the nodes agree

    std::size_t random(std::size_t below) { return rng() % below; }
    std::uint32_t new_seed() { return static_cast<std::uint32_t>(rng()); }

    // Both directions between every node of one side and every node of the other.
    void split(const std::vector<std::size_t>& one, const std::vector<std::size_t>& other,
               Fault fault = Fault::black_hole);
    // Connections broken or bytes kept back by all proxies so far: the proof of a fault.
    std::uint64_t stopped_by_proxies();

    Verdict verdict(OracleOptions options = {});
    void expect_sound(OracleOptions options = {});  // the oracle has nothing to say
    // The negative control: while the fault is not repaired the oracle must find this.
    void expect_broken(const std::string& rule, OracleOptions options = {});

    std::uint32_t seed;
    std::mt19937 rng;
    Mesh mesh;
    Ledger ledger{};
    Driver driver;
};

// For negative controls: they must not wait for what cannot come.
OracleOptions at_once();

}  // namespace aimem::chaos
