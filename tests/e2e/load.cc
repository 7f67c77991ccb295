#include "tests/e2e/load.h"

#include "tests/e2e/e2e.h"
#include "tests/support/eventually.h"

namespace aimem::test {

Load::Load(std::vector<std::uint16_t> ports, std::size_t writers, std::string prefix)
    : ports_(std::move(ports)),
      prefix_(std::move(prefix)) {
    for (std::size_t k = 0; k < writers; ++k)
        threads_.emplace_back([this, k] { write_until_stopped(k); });
}

Load::~Load() {
    stop();
}

void Load::stop() {
    stopping_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
}

void Load::write_until_stopped(std::size_t writer) {
    HttpClient http(ports_[writer % ports_.size()], Millis(5000));
    for (std::size_t n = 0; !stopping_; ++n) {
        const std::string title = prefix_ + "-" + std::to_string(writer) + "-" + std::to_string(n);
        ++in_flight_;
        const Reply reply = store(http, title);
        --in_flight_;
        {
            const std::lock_guard lock(mutex_);
            if (reply.status == 201)
                acked_.insert(title);
            else if (reply.status == 0 || reply.status == 503)
                unknown_.insert(title);
            else
                strange_.push_back(reply.text());
        }
        if (reply.status == 201)
            ++acked_count_;
        else
            pause_for(Millis(10));  // its node is gone or alone: do not spin
    }
}

}  // namespace aimem::test
