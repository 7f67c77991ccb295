#include "tests/chaos/ledger.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>

namespace aimem::chaos {
namespace {

Status status_of(const test::Reply& reply) {
    if (reply.ok()) return Status::acked;
    return reply.status >= 400 && reply.status < 500 ? Status::rejected : Status::unknown;
}

}  // namespace

std::string Ledger::new_subject() {
    const std::lock_guard lock(mutex_);
    return subjects_.emplace_back(fmt::format("subj{:06}", subjects_.size()));
}

std::size_t Ledger::begin(Verb verb, const std::string& subject, std::size_t node,
                          const std::string& other) {
    const std::lock_guard lock(mutex_);
    LoggedOp& op = ops_.emplace_back();
    op.number = ops_.size() - 1;
    op.verb = verb;
    op.subject = subject;
    op.other = other;
    op.node = node;
    op.start = Clock::now();
    op.end = Clock::time_point::max();
    return op.number;
}

void Ledger::end(std::size_t number, const test::Reply& reply) {
    const std::lock_guard lock(mutex_);
    LoggedOp& op = ops_.at(number);
    op.http_status = reply.status;
    op.status = status_of(reply);
    if (reply.status != 0) op.end = Clock::now();
}

void Ledger::learn_id(const std::string& subject, const std::string& id) {
    const std::lock_guard lock(mutex_);
    ids_[subject] = id;
}

std::optional<std::string> Ledger::id_of(const std::string& subject) const {
    const std::lock_guard lock(mutex_);
    const auto found = ids_.find(subject);
    return found == ids_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<LoggedOp> Ledger::ops() const {
    const std::lock_guard lock(mutex_);
    return ops_;
}

std::vector<std::string> Ledger::subjects() const {
    const std::lock_guard lock(mutex_);
    return subjects_;
}

std::size_t Ledger::count(Status status) const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::count_if(
        ops_.begin(), ops_.end(), [&](const auto& op) { return op.status == status; }));
}

std::string group_of(const std::string& subject) {
    return "grp" + subject.substr(4, 4);
}

std::string title_of(const std::string& subject) {
    return "title of " + subject;
}

std::string content_of(const std::string& subject, std::size_t op) {
    return fmt::format("{} by operation op{:07} in {}", subject, op, group_of(subject));
}

std::optional<Origin> origin_of(const std::string& content) {
    unsigned long subject = 0;
    unsigned long op = 0;
    if (std::sscanf(content.c_str(), "subj%6lu by operation op%7lu", &subject, &op) != 2)
        return std::nullopt;
    return Origin{fmt::format("subj{:06}", subject), op};
}

const char* to_string(Verb verb) {
    switch (verb) {
        case Verb::store: return "store";
        case Verb::update: return "update";
        case Verb::remove: return "delete";
        case Verb::archive: return "archive";
        case Verb::restore: return "restore";
        case Verb::link: return "link";
        case Verb::unlink: return "unlink";
    }
    return "?";
}

const char* to_string(Status status) {
    switch (status) {
        case Status::in_flight: return "in flight";
        case Status::acked: return "confirmed";
        case Status::rejected: return "rejected";
        case Status::unknown: return "unknown";
    }
    return "?";
}

}  // namespace aimem::chaos
