// Ledger: what the driver of a fault scenario did, one entry an operation: who asked which node for
// what about which subject, from when to when, and what the answer allows one to expect. A subject
// is one memory as people think of it; its name and the operation's number are in the content, so
// whatever a node shows can be traced to the operation that made it. Safe from any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/deadline.h"
#include "tests/support/http.h"

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace aimem::chaos {

using test::Clock;
using test::Millis;

enum class Verb { store, update, remove, archive, restore, link, unlink };

enum class Status {
    in_flight,
    acked,     // 2xx: must be there, or be superseded by a later operation
    rejected,  // 4xx: must have no effect anywhere
    unknown,   // 503, a reset, no answer: everywhere or nowhere
};

struct LoggedOp {
    std::size_t number = 0;
    Verb verb = Verb::store;
    std::string subject{};
    std::string other{};  // the target of a link
    std::size_t node = 0;
    Clock::time_point start{};
    Clock::time_point end{};  // an operation that was never answered has no end: time_point::max()
    int http_status = 0;
    Status status = Status::in_flight;
};

class Ledger {
public:
    std::string new_subject();

    std::size_t begin(Verb verb, const std::string& subject, std::size_t node,
                      const std::string& other = {});
    void end(std::size_t number, const test::Reply& reply);

    // The last id a node answered for this subject.
    void learn_id(const std::string& subject, const std::string& id);
    std::optional<std::string> id_of(const std::string& subject) const;

    std::vector<LoggedOp> ops() const;
    std::vector<std::string> subjects() const;
    std::size_t count(Status status) const;
    std::size_t in_flight() const { return count(Status::in_flight); }

private:
    mutable std::mutex mutex_;
    std::vector<LoggedOp> ops_;               // guarded by mutex_
    std::vector<std::string> subjects_;       // guarded by mutex_
    std::map<std::string, std::string> ids_;  // guarded by mutex_
};

// What a memory's content says about itself.
struct Origin {
    std::string subject{};
    std::size_t op = 0;
};

std::string content_of(const std::string& subject, std::size_t op);
std::optional<Origin> origin_of(const std::string& content);  // nothing: no content of ours
std::string title_of(const std::string& subject);
std::string group_of(const std::string& subject);  // a word that 100 subjects share

const char* to_string(Verb verb);
const char* to_string(Status status);

}  // namespace aimem::chaos
