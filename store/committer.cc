#include "store/committer.h"

#include "store/base/time_text.h"
#include "store/log/apply.h"
#include "store/log/feed.h"
#include "store/log/planted.h"
#include "store/model/limits.h"
#include "store/ops/apply_op.h"
#include "store/ops/decision.h"
#include "store/ops/foreign.h"
#include "store/ops/intake.h"
#include "store/ops/requests.h"

namespace aimem {
namespace {

constexpr std::size_t kHistoriesMax = 1024;  // senders whose early rows are remembered

}  // namespace

Committer::Committer(sqlite::Database& db, const Clock& clock, Rng& rng)
    : db_(db),
      clock_(clock),
      ids_(rng) {
    db_.set_triggers(sqlite::Triggers::silent);
}

void Committer::begin() {
    if (planted(Fault::ack_before_durable)) db_.exec("PRAGMA synchronous = OFF");
    transaction_.emplace(db_);
    ids_.begin();
    registers_.emplace(db_, clock_.now_ns());
    committed_seq_ = registers_->mark().next_seq - 1;
    adopt_foreign_writes(*registers_);
}

OpContext Committer::context() {
    return OpContext(*registers_, ids_, titles_);
}

Result<Committed> Committer::execute(const Op& op) {
    if (auto ok = check_op(op); !ok) return fail(ok.error());
    const auto mark = registers_->mark();
    const std::int64_t changes = db_.total_changes();
    OpContext context = this->context();
    auto done = apply_op(context, op);
    if (done) return done;
    if (db_.total_changes() != changes)
        throw std::logic_error("a verb wrote before it failed: " + done.error().message);
    registers_->rewind(mark);
    return done;
}

std::vector<Result<Committed>> Committer::execute(const std::vector<Op>& ops,
                                                  const std::optional<RequestId>& request) {
    if (request)
        if (auto known = answers_of(db_, *request, ops.size(), registers_->now_ns()))
            return std::move(*known);
    std::vector<Result<Committed>> out;
    out.reserve(ops.size());
    for (const Op& op : ops) out.push_back(execute(op));
    if (request) remember(*registers_, *request, out);
    return out;
}

Accepted Committer::accept(const Delivery& delivery) {
    const std::int64_t before = registers_->mark().next_seq;
    const std::string history = delivery.sender + "/" + delivery.epoch;
    Accepted out = accept_delivery(*registers_, delivery, ahead_[history]);
    if (out.too_old) return out;
    OpContext context = this->context();
    answer_ballots(context, delivery);
    out.span = span_since(before);
    arrived_.emplace_back(history, FeedRange{delivery.from, delivery.to});
    arrived_.emplace_back(history, FeedRange{0, out.seen});
    return out;
}

LegacyApplied Committer::accept(const LegacyPush& push) {
    const std::int64_t before = registers_->mark().next_seq;
    LegacyApplied out = accept_legacy(*registers_, push);
    OpContext context = this->context();
    for (const auto& one : push.decisions)
        (take_legacy_decision(context, one.id, one.approved, one.decider) ? out.decisions_applied
                                                                          : out.noop) += 1;
    for (const PendingState& one : push.pendings) finish_legacy_decision(context, one.action.id);
    out.span = span_since(before);
    return out;
}

// What a delivery made this node write itself (ballots, a seal, a tombstone told again) is ours to
// send: then the span is empty, and says only where the feed ends now, so that the senders look
// into the file.
SeqSpan Committer::span_since(std::int64_t before) {
    const std::int64_t end = registers_->mark().next_seq - 1;
    const bool own =
        end >= before && db_.sql(
                                "SELECT 1 FROM repl_row INDEXED BY repl_own WHERE seq >= ?1 AND "
                                "foreign_row = 0 LIMIT 1")
                             .bind(before)
                             .step();
    return {own ? end : before - 1, end};
}

void Committer::save_cursor(const PeerCursor& cursor) {
    registers_->begin_writing();
    write_cursor(db_, cursor);
}

void Committer::touch(const Touches& touches) {
    registers_->begin_writing();
    const std::string now = time_text(clock_.now_ns());
    for (const auto& [id, times] : touches)
        db_.sql(
               "UPDATE memories SET access_count = min(access_count + ?2, ?3), last_accessed_at = "
               "?4 WHERE id = ?1")
            .bind(id, times, limits::access_count_max, now)
            .run();
}

bool Committer::commit() {
    // The first one writes whatever it was asked: then a no-op is not answered before the disk has
    // what made it one.
    const bool written = registers_->mark().writing;
    if (!synced_ && !planted(Fault::recovered_log_unsynced)) registers_->write_anyway();
    registers_->finish();
    transaction_->commit();
    synced_ = true;
    transaction_.reset();
    registers_.reset();
    if (ahead_.size() > kHistoriesMax) ahead_.clear();
    for (const auto& [history, range] : arrived_) ahead_[history].add(range);
    arrived_.clear();
    return written;
}

void Committer::rollback() noexcept {
    arrived_.clear();
    titles_.rewind(committed_seq_);
    registers_.reset();
    transaction_.reset();
}

}  // namespace aimem
