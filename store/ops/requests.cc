#include "store/ops/requests.h"

#include "store/base/time_text.h"
#include "store/log/bodies.h"
#include "store/model/json.h"
#include "store/model/json_text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <stdexcept>

namespace aimem {
namespace {

using nlohmann::json;

// A fault of the node is no answer: the request is carried out when it comes again.
bool is_answer(const Result<Committed>& result) {
    if (result) return true;
    switch (result.error().code) {
        case Errc::invalid_argument:
        case Errc::wrong_type:
        case Errc::not_found:
        case Errc::conflict:
        case Errc::denied: return true;
        default: return false;
    }
}

void put_documents(json& out, const Committed& done) {
    if (done.memory) out["memory"] = to_json(*done.memory);
    if (done.link) out["link"] = parse_json(link_body(*done.link));
    if (done.pending) out["pending"] = to_json(*done.pending);
    if (done.standard) out["standard"] = parse_json(body_of(*done.standard));
    if (done.subscription) out["subscription"] = parse_json(body_of(*done.subscription));
}

json note_of(const Result<Committed>& result) {
    if (!result)
        return {{"code", static_cast<int>(result.error().code)}, {"error", result.error().message}};
    const Committed& done = *result;
    json rows = json::array();
    for (const FeedRow& row : done.rows) rows.push_back({row.change.key, row.change.version.stamp});
    json out{{"id", done.id},           {"existed", done.existed}, {"affected", done.affected},
             {"similar", done.similar}, {"more", done.more},       {"aliases", done.aliases},
             {"rows", std::move(rows)}};
    put_documents(out, done);
    if (done.previous) out["previous"] = *done.previous;
    if (done.quorum) out["quorum"] = *done.quorum;
    return out;
}

template <typename Value>
Value kept(Result<Value> read) {
    if (!read) throw std::runtime_error("repl_idem holds no answer: " + read.error().message);
    return std::move(*read);
}

void take_documents(Committed& out, const json& note) {
    if (const auto one = note.find("memory"); one != note.end())
        out.memory = kept(memory_from_json(*one));
    if (const auto one = note.find("link"); one != note.end())
        out.link = kept(link_from_body(json_text(*one)));
    if (const auto one = note.find("standard"); one != note.end())
        out.standard = kept(standard_from_body(json_text(*one)));
    if (const auto one = note.find("subscription"); one != note.end())
        out.subscription = kept(subscription_from_body(json_text(*one)));
    if (const auto one = note.find("pending"); one != note.end()) {
        out.pending = kept(pending_state_from_json(*one));
        if (out.pending->status != "pending" && !out.id.empty()) out.pending->memory_id = out.id;
    }
}

// Its rows are where they stand now: what has been written over since is waited for instead.
FeedRow place_of(sqlite::Database& db, const json& row) {
    FeedRow out;
    out.change.key = row.at(0).get<std::string>();
    out.change.version.stamp = row.at(1).get<std::int64_t>();
    const auto found = find_register(db, out.change.key);
    if (found && !found->foreign) out.seq = found->seq;
    return out;
}

Result<Committed> answer_from(sqlite::Database& db, const json& note) {
    if (note.contains("error"))
        return fail(static_cast<Errc>(note.at("code").get<int>()),
                    note.at("error").get<std::string>());
    Committed out;
    out.repeated = true;
    out.id = note.at("id").get<std::string>();
    out.existed = note.at("existed").get<bool>();
    out.affected = note.at("affected").get<std::int64_t>();
    out.similar = note.at("similar").get<std::vector<std::string>>();
    out.more = note.at("more").get<bool>();
    out.aliases = note.at("aliases").get<std::vector<std::string>>();
    if (note.contains("previous")) out.previous = note.at("previous").get<std::string>();
    if (note.contains("quorum")) out.quorum = note.at("quorum").get<std::int64_t>();
    take_documents(out, note);
    for (const json& row : note.at("rows")) out.rows.push_back(place_of(db, row));
    return out;
}

// The keys and stamps that the notes of an operation name, step by step.
std::vector<GroupMember> rows_of_request(sqlite::Database& db, const std::string& id) {
    std::vector<GroupMember> out;
    for (auto row = db.sql("SELECT answer FROM repl_idem WHERE key >= ?1 AND key < ?2 ORDER BY key")
                        .bind(id + "#", id + "$");
         row.step();)
        for (const json& note : parse_json(row.string(0)))
            if (const auto rows = note.find("rows"); rows != note.end())
                for (const json& one : *rows)
                    out.push_back({one.at(0).get<std::string>(), one.at(1).get<std::int64_t>()});
    return out;
}

bool is_request(sqlite::Database& db, const std::string& id) {
    return db.sql("SELECT 1 FROM repl_idem WHERE key >= ?1 AND key < ?2 LIMIT 1")
        .bind(id + "#", id + "$")
        .step();
}

}  // namespace

std::optional<std::vector<Result<Committed>>> answers_of(sqlite::Database& db,
                                                         const RequestId& request, std::size_t ops,
                                                         std::int64_t now_ns) {
    auto row = db.sql("SELECT request, answer FROM repl_idem WHERE key = ?1 AND at > ?2")
                   .bind(request.key, now_ns - kRequestLifeNs);
    if (!row.step()) return std::nullopt;
    if (row.string(0) != request.body)
        return std::vector<Result<Committed>>(
            ops, fail(Errc::request_reused,
                      "this Idempotency-Key was used for another request; use a new one"));
    const std::string text = row.string(1);
    std::vector<Result<Committed>> out;
    for (const json& note : parse_json(text)) out.push_back(answer_from(db, note));
    return out;
}

void remember(Registers& registers, const RequestId& request,
              const std::vector<Result<Committed>>& answers) {
    if (!std::all_of(answers.begin(), answers.end(), is_answer)) return;
    json notes = json::array();
    for (const auto& one : answers) notes.push_back(note_of(one));
    registers.begin_writing();
    registers.db()
        .sql("INSERT OR REPLACE INTO repl_idem(key, at, request, answer) VALUES (?1, ?2, ?3, ?4)")
        .bind(request.key, registers.now_ns(), request.body, json_text(notes))
        .run();
}

std::int64_t forget_requests(Registers& registers) {
    auto& db = registers.db();
    const std::int64_t before = registers.now_ns() - kRequestLifeNs;
    if (!db.sql("SELECT 1 FROM repl_idem WHERE at <= ?1 LIMIT 1").bind(before).step()) return 0;
    registers.begin_writing();
    db.sql("DELETE FROM repl_idem WHERE at <= ?1").bind(before).run();
    return db.changes();
}

Result<Operation> operation(sqlite::Database& db, const std::string& id) {
    const sqlite::ReadTransaction view(db);
    std::vector<GroupMember> rows;
    const bool known = is_request(db, id);
    if (known) rows = rows_of_request(db, id);
    if (!known)
        for (const char* kind : {"m:", "l:", "p:", "s:"})
            if (const auto found = find_register(db, kind + id))
                rows.push_back({kind + id, found->version.stamp});
    if (!known && rows.empty())
        return fail(Errc::not_found,
                    "no operation, memory, link, pending action or subscription "
                    "of this id is known here");
    Operation out;
    out.rows = rows.size();
    for (const GroupMember& one : rows) {
        const auto found = find_register(db, one.key);
        if (!found || found->version.stamp != one.stamp) out.superseded += 1;
        if (!found) continue;
        if (found->foreign)
            out.foreign = true;
        else
            out.place = std::max(out.place, found->seq);
    }
    return out;
}

std::int64_t own_place_of(sqlite::Database& db, const std::vector<std::string>& keys) {
    std::int64_t place = 0;
    for (const std::string& key : keys)
        if (const auto found = find_register(db, key); found && !found->foreign)
            place = std::max(place, found->seq);
    return place;
}

}  // namespace aimem
