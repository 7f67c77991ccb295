#include "mcp/server.h"

#include "mcp/limits.h"
#include "store/base/log.h"

#include <string>
#include <utility>

namespace aimem::mcp {

Server::Server(Protocol& protocol, LineReader& reader, LineWriter& writer)
    : protocol_(protocol),
      reader_(reader),
      writer_(writer),
      strand_([this] { work(); }) {}

Server::~Server() {
    finish();
}

void Server::serve() {
    read_all();
    finish();
}

void Server::read_all() {
    std::string line;
    while (true) {
        switch (reader_.next(line)) {
            case ReadEvent::end: return;
            case ReadEvent::too_long: writer_.write_line(Protocol::line_too_long()); continue;
            case ReadEvent::line: break;
        }
        Taken taken = protocol_.take(std::move(line));
        line.clear();
        if (!taken.reply.empty()) writer_.write_line(taken.reply);
        if (taken.job) push(std::move(*taken.job));
    }
}

void Server::push(Job job) {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    changed_.notify_all();
}

std::optional<Job> Server::pop() {
    std::unique_lock lock(mutex_);
    busy_ = false;
    changed_.notify_all();
    changed_.wait(lock, [this] { return closed_ || !jobs_.empty(); });
    if (jobs_.empty()) return std::nullopt;
    busy_ = true;
    std::optional<Job> job = std::move(jobs_.front());
    jobs_.pop_front();
    return job;
}

void Server::work() {
    while (auto job = pop()) {
        const std::string reply = protocol_.run(std::move(*job));
        if (!reply.empty()) writer_.write_line(reply);
    }
}

// Waits for what was read, then drops the rest: a job that has begun always ends, so that a write
// is either whole or not there.
void Server::finish() {
    if (!strand_.joinable()) return;
    {
        std::unique_lock lock(mutex_);
        closed_ = true;
        changed_.notify_all();
        changed_.wait_for(lock, kShutdownGrace, [this] { return jobs_.empty() && !busy_; });
        if (!jobs_.empty()) log::warn("mcp.dropped_at_end", "requests={}", jobs_.size());
        jobs_.clear();
    }
    for (const std::string& line : protocol_.farewells()) writer_.write_line(line);
    writer_.give_up();
    strand_.join();
}

}  // namespace aimem::mcp
