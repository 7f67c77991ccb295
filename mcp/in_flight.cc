#include "mcp/in_flight.h"

#include "mcp/limits.h"

namespace aimem::mcp {

InFlight::Ticket InFlight::admit(const RequestId& id, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    if (count_ >= kInFlightMax || bytes_ + bytes > kInFlightBytesMax) return nullptr;
    auto ticket = std::make_shared<Entry>();
    ticket->key = id.key;
    ticket->bytes = bytes;
    newest_[id.key] = ticket;
    ++count_;
    bytes_ += bytes;
    return ticket;
}

void InFlight::cancel(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto found = newest_.find(key);
    if (found == newest_.end()) return;
    found->second->cancelled = true;
    newest_.erase(found);
}

bool InFlight::finish(const Ticket& ticket) {
    const std::lock_guard lock(mutex_);
    --count_;
    bytes_ -= ticket->bytes;
    const auto found = newest_.find(ticket->key);
    if (found != newest_.end() && found->second == ticket) newest_.erase(found);
    return !ticket->cancelled;
}

std::size_t InFlight::count() const {
    const std::lock_guard lock(mutex_);
    return count_;
}

}  // namespace aimem::mcp
