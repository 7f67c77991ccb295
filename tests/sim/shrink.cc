#include "tests/sim/shrink.h"

#include <algorithm>
#include <utility>

namespace aimem::sim {
namespace {

class Shrinker {
public:
    Shrinker(Schedule schedule, const Runner& run, int runs)
        : best_(std::move(schedule)),
          run_(run),
          left_(runs),
          promise_(promise_of(run_(best_).failure)) {}

    Schedule result() {
        for (bool smaller = true; smaller && left_ > 0;) {
            smaller = fewer_steps();
            smaller = fewer_nodes() || smaller;
        }
        return best_;
    }

private:
    bool accept(const Schedule& candidate) {
        if (left_-- <= 0 || promise_of(run_(candidate).failure) != promise_) return false;
        best_ = candidate;
        return true;
    }

    bool fewer_steps() {
        bool any = false;
        for (std::size_t chunk = std::max<std::size_t>(1, best_.steps.size() / 2); chunk > 0;
             chunk /= 2) {
            // From the end: what comes last depends on what came before it.
            for (std::size_t end = best_.steps.size(); end > 0 && left_ > 0;) {
                const std::size_t begin = end > chunk ? end - chunk : 0;
                Schedule candidate = best_;
                candidate.steps.erase(candidate.steps.begin() + static_cast<std::ptrdiff_t>(begin),
                                      candidate.steps.begin() + static_cast<std::ptrdiff_t>(end));
                any = accept(candidate) || any;
                end = begin;
            }
        }
        return any;
    }

    bool fewer_nodes() {
        if (best_.nodes <= 2) return false;
        Schedule candidate = best_;
        --candidate.nodes;
        candidate.needed = std::min(candidate.needed, candidate.nodes);
        return accept(candidate);
    }

    Schedule best_;
    const Runner& run_;
    int left_;
    std::string promise_;
};

}  // namespace

std::string promise_of(const std::string& failure) {
    return failure.substr(0, failure.find(':'));
}

Schedule shrink(const Schedule& schedule, const Runner& run, int runs) {
    return Shrinker(schedule, run, runs).result();
}

}  // namespace aimem::sim
