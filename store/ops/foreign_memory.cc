#include "store/ops/foreign_memory.h"

#include "store/base/time_text.h"
#include "store/log/apply.h"
#include "store/log/memory_rows.h"
#include "store/log/past.h"
#include "store/model/json.h"
#include "store/model/validate.h"

#include <algorithm>
#include <optional>

namespace aimem {
namespace {

struct Incoming {
    std::string key{};
    std::int64_t stamp = 0;
    std::int64_t text = 0;  // text_sig
    Memory memory{};
};

Change as_change(const Incoming& in, const Memory& memory, std::int64_t stamp) {
    return {in.key, State::live, {stamp, 0}, memory_body(memory), {}};
}

// Tier and expiry as far as they rise: nothing else of an echo says more than what is here.
bool raise(Memory& memory, const Memory& echo) {
    const Memory before = memory;
    memory.tier = std::max(memory.tier, echo.tier);
    if (memory.tier == Tier::long_term || !echo.expires_at)
        memory.expires_at.reset();
    else if (memory.expires_at && *memory.expires_at < *echo.expires_at)
        memory.expires_at = echo.expires_at;
    return !(memory == before);
}

LegacyDone write_here(Registers& registers, Change change) {
    change.version.sig = sig_of(change.state, change.body);
    apply_change(registers, change, Origin::here);
    return LegacyDone::applied;
}

LegacyDone onto_live(Registers& registers, const Incoming& in, const Register& old) {
    auto here = memory_of(registers.db(), in.key, State::live);
    if (!here || in.stamp <= old.version.stamp)
        return apply_legacy_change(registers, as_change(in, in.memory, in.stamp));
    if (in.text == text_sig(*here)) {
        const bool far = in.stamp > registers.now_ns() + kFutureTolerance;
        // A time far ahead is taken over, or no later edit of ours would count there.
        if (raise(*here, in.memory) || far)
            return apply_legacy_change(registers, as_change(in, *here, in.stamp));
        registers.observe_stamp(in.stamp);
        return LegacyDone::noop;
    }
    if (!past_of(registers.db(), in.key).had(in.text))
        return apply_legacy_change(registers, as_change(in, in.memory, in.stamp));
    raise(*here, in.memory);
    return write_here(registers, as_change(in, *here, registers.next_stamp_over(in.key, in.stamp)));
}

// What is gone here and comes back as it was is no news; the sender is told again.
LegacyDone onto_gone(Registers& registers, const Incoming& in, const Register& old) {
    const auto shelved = memory_of(registers.db(), in.key, old.state);
    const bool known =
        (shelved && text_sig(*shelved) == in.text) || past_of(registers.db(), in.key).had(in.text);
    if (in.stamp > old.version.stamp && !known)
        return apply_legacy_change(registers, as_change(in, in.memory, in.stamp));
    if (in.stamp <= old.version.stamp) {
        registers.put_again(in.key);
        return LegacyDone::noop;
    }
    // Under a newer time than the sender's, or it would still win over the next node it reaches.
    Change gone{in.key, old.state, {registers.next_stamp_over(in.key, in.stamp), 0}, {}, {}};
    gone.body = body_of(registers.db(), in.key, old.state);
    return write_here(registers, std::move(gone));
}

// The same memory may have another id there: of one that was deleted here and existed before that,
// this is a copy.
bool is_copy_of_dead(Registers& registers, const Incoming& in) {
    auto& db = registers.db();
    if (live_id(db, in.memory.ns, in.memory.title)) return false;
    const auto made = parse_time(in.memory.created_at).value_or(in.stamp);
    for (const std::string& key : dead_of_title(db, title_sig(in.memory.ns, in.memory.title))) {
        const auto found = registers.find(key);
        if (found && found->state == State::dead && made <= found->version.stamp &&
            past_of(db, key).had(in.text))
            return true;
    }
    return false;
}

// 0 for a time that is one, but lies where no stamp reaches.
std::optional<std::int64_t> stamp_said(const std::string& text) {
    if (const auto stamp = parse_time(text)) return stamp;
    const bool elsewhere = text.size() > 4 && parse_time("2260" + text.substr(4));
    return elsewhere ? std::optional<std::int64_t>(0) : std::nullopt;
}

LegacyDone onto_nothing(Registers& registers, const Incoming& in) {
    if (!is_copy_of_dead(registers, in))
        return apply_legacy_change(registers, as_change(in, in.memory, in.stamp));
    const std::int64_t stamp = registers.next_stamp_over(in.key, in.stamp);
    return write_here(registers, {in.key, State::dead, {stamp, 0}, {}, {}});
}

}  // namespace

LegacyDone apply_legacy_change(Registers& registers, Change change) {
    change.version.sig = sig_of(change.state, change.body);
    if (const auto ok = check_change(change); !ok) return LegacyDone::skipped;
    return apply_change(registers, change, Origin::peer) ? LegacyDone::applied : LegacyDone::noop;
}

Result<LegacyDone> accept_legacy_memory(Registers& registers, const Memory& memory) {
    if (auto ok = check_memory(memory); !ok) return fail(ok.error());
    const auto stamp = stamp_said(memory.updated_at);
    if (!stamp) return fail(Errc::invalid_argument, "updated_at is no RFC 3339 timestamp");
    Incoming in{memory_key(memory.id), *stamp, 0, memory};
    in.memory.created_at = normal_time(memory.created_at);
    if (memory.expires_at) in.memory.expires_at = normal_time(*memory.expires_at);
    if (in.stamp <= 0 || in.stamp > kStampMax) in.stamp = registers.next_stamp(in.key);
    in.text = text_sig(in.memory);
    const auto old = registers.find(in.key);
    if (!old) return onto_nothing(registers, in);
    return old->state == State::live ? onto_live(registers, in, *old)
                                     : onto_gone(registers, in, *old);
}

}  // namespace aimem
