// Nodes of 0.6.3 in the simulated world (old_peer.h): they are pushed to like any peer, and push
// themselves what their clients do, once and once more, and never again.
// SPDX-License-Identifier: Apache-2.0
#include "store/base/hash.h"
#include "tests/sim/world.h"

#include <fmt/core.h>

namespace aimem::sim {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRetryPause{250};
constexpr milliseconds kTimeout{200};
constexpr std::size_t kOldTitles = 4;

}  // namespace

std::int64_t World::old_clock() const {
    const SimClock clock(now_);
    return clock.now_ns() + days_.count();
}

// A client of the old node stores, edits or deletes.
void World::write_old(const Step& step) {
    if (old_.empty()) return;
    auto& [id, peer] =
        *std::next(old_.begin(), static_cast<std::ptrdiff_t>(step.node % old_.size()));
    Dice dice(step.seed);
    const std::string text = fmt::format("old text {}", dice.below(1000));
    std::string body;
    const auto what = dice.below(20);
    if (what < 11) {
        const bool shared = dice.chance(25);
        body = peer.store(uuid4(dice),
                          fmt::format("{}title {}", shared ? "" : "old ", dice.below(kOldTitles)),
                          text, old_clock());
    } else if (what < 17) {
        body = peer.edit(dice, text, old_clock());
    } else {
        body = peer.remove(dice);
    }
    if (body.empty()) return;
    for (const auto& [key, memory] : peer.live())
        if (memory.content.rfind("old ", 0) == 0) history_.came_over_old_wire(memory);
    for (const Ptr& member : members_) push_old(id, member->id, body, 2);
}

void World::push_old(MemberId from, MemberId to, const std::string& body, int tries) {
    if (tries == 0) return;
    const auto answered = std::make_shared<bool>(false);
    const auto again = [this, from, to, body, tries, answered] {
        if (std::exchange(*answered, true)) return;
        at(now_ + kRetryPause,
           [this, from, to, body, tries] { push_old(from, to, body, tries - 1); });
    };
    at(now_ + kTimeout, again);
    const Answer answer = [this, from, to, answered, again](repl::PushEnd end, int status,
                                                            const std::string&) {
        const bool good = end == repl::PushEnd::answered && status == 200;
        for (const Instant delay : network_.send(to, from, Network::Lane::answer))
            at(now_ + delay, [answered, again, good] {
                if (good)
                    *answered = true;
                else
                    again();
            });
    };
    for (const Instant delay : network_.send(from, to, Network::Lane::request))
        at(now_ + delay, [this, from, to, body, answer] { arrive(from, to, body, answer); });
}

void World::old_takes(MemberId id, const std::string& body, const Answer& answer) {
    const std::string reply = old_.at(id).take(body, old_clock());
    say("old n{} answers {}", id, reply);
    note(10, id, hash64(reply));
    answer(repl::PushEnd::answered, 200, reply);
}

// What an old node pushed to one of ours.
void World::take_lists(Member& member, const PushIn& in, const Answer& answer) {
    // Nothing more is written once all is healed.
    if (healing_) return answer(repl::PushEnd::answered, 503, "");
    std::optional<LegacyApplied> applied;
    const auto done = attempt(member, [&](Committer& committer) {
        applied = committer.accept(in.legacy);
        history_.adopted(member);
    });
    if (done == Attempt::died) return answer(repl::PushEnd::broken, 0, "connection reset");
    if (done == Attempt::failed) return answer(repl::PushEnd::answered, 503, "");
    say("n{} takes {} rows of an old node", member.id, applied->applied);
    feed(member, repl::ForeignApplied{{applied->span.from, applied->span.to}, {}, {}});
    answer(repl::PushEnd::answered, 200, "{}");
}

}  // namespace aimem::sim
