// Driver: operations on a mesh over HTTP, each in the Ledger from before it is sent. One thread a
// Driver; Crowd is several of them doing a random mix until told to stop.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/chaos/ledger.h"
#include "tests/support/mesh.h"

#include <nlohmann/json_fwd.hpp>

#include <atomic>
#include <cstdint>
#include <map>
#include <thread>
#include <vector>

namespace aimem::chaos {

class Driver {
public:
    Driver(const test::Mesh& mesh, Ledger& ledger, Millis patience = Millis(5000))
        : mesh_(mesh),
          ledger_(ledger),
          patience_(patience) {}

    test::Reply store(std::size_t node, const std::string& subject);
    test::Reply update(std::size_t node, const std::string& subject);
    // With more than the content; what is not in `fields` stays.
    test::Reply update(std::size_t node, const std::string& subject, const nlohmann::json& fields);
    test::Reply remove(std::size_t node, const std::string& subject);
    test::Reply remove_id(std::size_t node, const std::string& subject, const std::string& id);
    test::Reply archive(std::size_t node, const std::string& subject);
    test::Reply restore(std::size_t node, const std::string& subject);
    test::Reply link(std::size_t node, const std::string& from, const std::string& to);
    test::Reply unlink(std::size_t node, const std::string& from, const std::string& to);
    // All of them in one request.
    test::Reply store_bulk(std::size_t node, const std::vector<std::string>& subjects);

    // So many new ones, stored and confirmed, however often a busy machine misses a quorum; throws
    // std::runtime_error when one never is.
    std::vector<std::string> seed(std::size_t node, std::size_t count);

private:
    test::HttpClient& http(std::size_t node);

    const test::Mesh& mesh_;
    Ledger& ledger_;
    Millis patience_;
    std::map<std::size_t, test::HttpClient> clients_{};
};

// Stores one new subject after the other at a steady pace, on a thread of its own.
class PacedWriter {
public:
    PacedWriter(const test::Mesh& mesh, Ledger& ledger, std::size_t node, Millis pace);
    ~PacedWriter();
    PacedWriter(const PacedWriter&) = delete;
    PacedWriter& operator=(const PacedWriter&) = delete;

    std::vector<double> stop();  // milliseconds each write took

private:
    std::atomic<bool> stopping_{false};
    std::vector<double> took_{};  // the thread's, until it has ended
    std::thread thread_;
};

struct CrowdOptions {
    std::size_t threads = 4;
    std::vector<std::size_t> nodes{};   // thread k asks nodes[k % size]
    std::vector<std::string> shared{};  // subjects all threads work on, beside new ones
    std::uint32_t seed = 0;
    Millis pace{0};  // between two operations of one thread
};

class Crowd {
public:
    Crowd(const test::Mesh& mesh, Ledger& ledger, CrowdOptions options);
    ~Crowd() { stop(); }
    Crowd(const Crowd&) = delete;
    Crowd& operator=(const Crowd&) = delete;

    void stop();  // lets what is in flight end

private:
    void work(std::size_t k);
    void one_op(Driver& driver, std::size_t node, std::uint32_t dice, const std::string& subject);

    const test::Mesh& mesh_;
    Ledger& ledger_;
    const CrowdOptions options_;
    std::atomic<bool> stopping_{false};
    std::vector<std::thread> threads_;
};

}  // namespace aimem::chaos
