#include "store/log/records.h"

#include "store/log/bodies.h"
#include "store/model/json.h"

#include <algorithm>

namespace aimem {
namespace {

constexpr int kParentsMax = 8;  // above the root of a namespace

struct Shape {  // of a live body: the key it belongs under, and what repl_body is looked up by
    std::string key{};
    std::optional<std::string> a{};
    std::optional<std::string> b{};
};

template <typename Value, typename ToShape>
Result<Shape> shape_of(const Result<Value>& value, ToShape to_shape) {
    if (!value) return fail(value.error());
    return to_shape(*value);
}

Result<Shape> shape_of(Kind kind, std::string_view body) {
    switch (kind) {
        case Kind::standard:
            return shape_of(standard_from_body(body), [](const Standard& one) {
                return Shape{record_key(Kind::standard, one.ns), one.standard_id, std::nullopt};
            });
        case Kind::pending:
            return shape_of(pending_from_body(body), [](const PendingAction& one) {
                return Shape{record_key(Kind::pending, one.id), std::nullopt, std::nullopt};
            });
        case Kind::approval:
            return shape_of(approval_from_body(body), [](const Approval& one) {
                return Shape{pair_key(Kind::approval, one.pending_id, one.agent_id), one.pending_id,
                             std::nullopt};
            });
        case Kind::ballot:
            return shape_of(ballot_from_body(body), [](const Ballot& one) {
                return Shape{pair_key(Kind::ballot, one.pending_id, one.node), one.pending_id,
                             std::nullopt};
            });
        case Kind::decision:
            return shape_of(decision_from_body(body), [](const Decision& one) {
                return Shape{record_key(Kind::decision, one.pending_id), std::nullopt,
                             std::nullopt};
            });
        case Kind::alias:
            return shape_of(alias_from_body(body), [](const Alias& one) {
                return Shape{pair_key(Kind::alias, one.entity_id, one.alias), one.entity_id,
                             one.alias};
            });
        case Kind::subscription:
            return shape_of(subscription_from_body(body), [](const Subscription& one) {
                return Shape{record_key(Kind::subscription, one.id), std::nullopt, std::nullopt};
            });
        case Kind::memory:
        case Kind::link: break;
    }
    return fail(Errc::invalid_argument, "unknown kind of key");
}

// The bodies of one kind that name `a`, in the order of their keys.
std::vector<std::string> bodies_of(sqlite::Database& db, Kind kind, std::string_view a) {
    const std::string lo{static_cast<char>(kind), ':'};
    const std::string hi{static_cast<char>(kind), ';'};
    std::vector<std::string> out;
    for (auto row = db.sql("SELECT body FROM repl_body WHERE a = ?1 AND key >= ?2 AND key < ?3 "
                           "ORDER BY key")
                        .bind(a, lo, hi);
         row.step();)
        out.push_back(row.string(0));
    return out;
}

std::string approvals_text(const PendingState& state) {
    std::string out = "[";
    for (const Approval& one : state.approvals) {
        // Agent ids have no character that JSON would escape.
        if (out.size() > 1) out += ',';
        out +=
            "{\"agent_id\":\"" + one.agent_id + "\",\"approved_at\":\"" + one.approved_at + "\"}";
    }
    return out + "]";
}

void refresh_pending(Registers& registers, std::string_view id) {
    auto& db = registers.db();
    const auto state = pending_state(db, id);
    if (!state) {
        db.sql("DELETE FROM pending_actions WHERE id = ?1").bind(id).run();
        return;
    }
    db.sql(
          "INSERT OR REPLACE INTO pending_actions(id, action_type, memory_id, namespace, payload, "
          "requested_by, requested_at, status, decided_by, decided_at, approvals) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")
        .bind(id, state->action.action_type, state->action.memory_id, state->action.ns,
              state->action.payload, state->action.requested_by, state->action.requested_at,
              state->status, state->decided_by, state->decided_at, approvals_text(*state))
        .run();
}

void show_standard(sqlite::Database& db, std::string_view ns) {
    const auto one = standard_of(db, ns);
    if (!one) {
        db.sql("DELETE FROM namespace_meta WHERE namespace = ?1").bind(ns).run();
        return;
    }
    db.sql(
          "INSERT OR REPLACE INTO namespace_meta(namespace, standard_id, updated_at, "
          "parent_namespace) VALUES (?1, ?2, ?3, ?4)")
        .bind(one->ns, one->standard_id, one->updated_at, one->parent)
        .run();
}

void show_alias(sqlite::Database& db, const Alias& one, bool live) {
    if (live)
        db.sql(
              "INSERT OR REPLACE INTO entity_aliases(entity_id, alias, created_at) "
              "VALUES (?1, ?2, ?3)")
            .bind(one.entity_id, one.alias, one.created_at)
            .run();
    else
        db.sql("DELETE FROM entity_aliases WHERE entity_id = ?1 AND alias = ?2")
            .bind(one.entity_id, one.alias)
            .run();
}

void show_subscription(sqlite::Database& db, std::string_view id, const std::string& body) {
    if (body.empty()) {
        db.sql("DELETE FROM subscriptions WHERE id = ?1").bind(id).run();
        return;
    }
    const auto one = subscription_from_body(body);
    if (!one) throw std::logic_error("an unchecked change was applied: " + one.error().message);
    db.sql(
          "INSERT INTO subscriptions(id, url, events, secret_hash, namespace_filter, agent_filter, "
          "created_by, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(id) DO "
          "UPDATE SET url = excluded.url, events = excluded.events, secret_hash = "
          "excluded.secret_hash, namespace_filter = excluded.namespace_filter, agent_filter = "
          "excluded.agent_filter, created_by = excluded.created_by, created_at = "
          "excluded.created_at")
        .bind(one->id, one->url, one->events, one->secret_hash, one->namespace_filter,
              one->agent_filter, one->created_by, one->created_at)
        .run();
}

template <typename Value>
std::optional<Value> kept(sqlite::Database& db, Kind kind, std::string_view name,
                          Result<Value> (*read)(std::string_view)) {
    const auto body = stored_body(db, record_key(kind, name));
    if (!body) return std::nullopt;
    auto value = read(body->body);
    return value ? std::optional<Value>(std::move(*value)) : std::nullopt;
}

void show(Registers& registers, Kind kind, std::string_view name, const std::string& old_body,
          const std::string& body) {
    auto& db = registers.db();
    const std::string& any = body.empty() ? old_body : body;
    switch (kind) {
        case Kind::standard: show_standard(db, name); break;
        case Kind::pending:
        case Kind::decision: refresh_pending(registers, name); break;
        case Kind::approval:
            if (const auto one = approval_from_body(any))
                refresh_pending(registers, one->pending_id);
            break;
        case Kind::alias:
            if (const auto one = alias_from_body(any)) show_alias(db, *one, !body.empty());
            break;
        case Kind::subscription: show_subscription(db, name, body); break;
        case Kind::ballot:
        case Kind::memory:
        case Kind::link: break;
    }
}

Change live(std::string key, std::string body) {
    return {std::move(key), State::live, {}, std::move(body), {}};
}
Change gone(std::string key) {
    return {std::move(key), State::dead, {}, {}, {}};
}

std::vector<Change> standard_changes(sqlite::Database& db, std::string_view ns) {
    auto row = db.sql(
                     "SELECT standard_id, parent_namespace, updated_at FROM namespace_meta WHERE "
                     "namespace = ?1")
                   .bind(ns);
    const std::string key = record_key(Kind::standard, ns);
    if (!row.step()) return {gone(key)};
    const Standard one{std::string(ns), row.string(0), row.maybe_text(1), row.string(2)};
    return {live(key, body_of(one))};
}

std::vector<Change> pending_changes(sqlite::Database& db, std::string_view id) {
    auto row =
        db.sql(
              "SELECT action_type, memory_id, namespace, payload, requested_by, "
              "requested_at, status, decided_by, decided_at FROM pending_actions WHERE id = ?1")
            .bind(id);
    if (!row.step()) return {};  // what was asked for stays on record
    const PendingAction action{std::string(id), row.string(0), row.maybe_text(1), row.string(2),
                               row.string(3),   row.string(4), row.string(5)};
    std::vector<Change> out{live(record_key(Kind::pending, id), body_of(action))};
    if (row.string(6) != "pending")
        out.push_back(
            live(record_key(Kind::decision, id),
                 body_of(Decision{std::string(id), row.string(6) == "approved",
                                  row.maybe_text(7).value_or(""), row.maybe_text(8).value_or(""),
                                  row.maybe_text(1), action})));
    return out;
}

std::vector<Change> subscription_changes(sqlite::Database& db, std::string_view id) {
    auto row = db.sql(
                     "SELECT url, events, secret_hash, namespace_filter, agent_filter, created_by, "
                     "created_at FROM subscriptions WHERE id = ?1")
                   .bind(id);
    const std::string key = record_key(Kind::subscription, id);
    if (!row.step()) return {gone(key)};
    const Subscription one{std::string(id),   row.string(0),     row.string(1),
                           row.maybe_text(2), row.maybe_text(3), row.maybe_text(4),
                           row.maybe_text(5), row.string(6)};
    return {live(key, body_of(one))};
}

}  // namespace

Result<> check_record(const Change& change) {
    const auto kind = kind_of(change.key);
    const auto bad = [](const char* why) {
        return fail(Errc::invalid_argument, why);
    };
    if (!kind) return bad("unknown kind of key");
    if (change.state == State::archived) return bad("only memories can be archived");
    if (change.state == State::dead)
        return change.body.empty() ? Result<>{} : bad("a tombstone carries no body");
    const auto shape = shape_of(*kind, change.body);
    if (!shape) return fail(shape.error());
    return shape->key == change.key ? Result<>{} : bad("key does not name what is in the body");
}

void materialise_record(Registers& registers, const Change& change) {
    const Kind kind = *kind_of(change.key);
    const auto before = stored_body(registers.db(), change.key);
    if (change.state == State::live) {
        auto shape = shape_of(kind, change.body);
        if (!shape)
            throw std::logic_error("an unchecked change was applied: " + shape.error().message);
        registers.keep_body(change.key, {std::move(shape->a), std::move(shape->b), change.body});
    } else if (before) {
        registers.drop_body(change.key);
    }
    show(registers, kind, id_of_key(change.key), before ? before->body : std::string{},
         change.state == State::live ? change.body : std::string{});
}

std::optional<Standard> standard_of(sqlite::Database& db, std::string_view ns) {
    return kept(db, Kind::standard, ns, standard_from_body);
}

std::vector<Standard> standards_of(sqlite::Database& db, std::string_view ns) {
    std::vector<std::string> chain;  // special first
    for (std::string_view at = ns; !at.empty();) {
        chain.emplace_back(at);
        const auto slash = at.rfind('/');
        at = slash == std::string_view::npos ? std::string_view{} : at.substr(0, slash);
    }
    for (int i = 0; i < kParentsMax && !chain.empty(); ++i) {
        const auto root = standard_of(db, chain.back());
        if (!root || !root->parent || *root->parent == "*" ||
            std::find(chain.begin(), chain.end(), *root->parent) != chain.end())
            break;
        chain.push_back(*root->parent);
    }
    if (ns != "*") chain.emplace_back("*");
    std::vector<Standard> out;
    for (auto one = chain.rbegin(); one != chain.rend(); ++one)
        if (auto standard = standard_of(db, *one)) out.push_back(std::move(*standard));
    return out;
}

std::vector<std::string> namespaces_of_standard(sqlite::Database& db, std::string_view memory_id) {
    std::vector<std::string> out;
    for (const std::string& body : bodies_of(db, Kind::standard, memory_id))
        if (auto one = standard_from_body(body)) out.push_back(std::move(one->ns));
    return out;
}

std::optional<PendingState> pending_state(sqlite::Database& db, std::string_view id) {
    auto action = kept(db, Kind::pending, id, pending_from_body);
    if (!action) return std::nullopt;
    PendingState out{std::move(*action)};
    for (const std::string& body : bodies_of(db, Kind::approval, id))
        if (auto one = approval_from_body(body)) out.approvals.push_back(std::move(*one));
    std::sort(out.approvals.begin(), out.approvals.end(), [](const auto& x, const auto& y) {
        return std::tie(x.approved_at, x.agent_id) < std::tie(y.approved_at, y.agent_id);
    });
    if (auto decision = kept(db, Kind::decision, id, decision_from_body)) {
        out.status = decision->approved ? "approved" : "rejected";
        out.decided_by = std::move(decision->decided_by);
        out.decided_at = std::move(decision->decided_at);
        out.memory_id = std::move(decision->memory_id);
    }
    return out;
}

std::vector<Ballot> ballots_of(sqlite::Database& db, std::string_view pending_id) {
    std::vector<Ballot> out;
    for (const std::string& body : bodies_of(db, Kind::ballot, pending_id))
        if (auto one = ballot_from_body(body)) out.push_back(std::move(*one));
    return out;
}

std::vector<Alias> aliases_of(sqlite::Database& db, std::string_view entity_id) {
    std::vector<Alias> out;
    for (const std::string& body : bodies_of(db, Kind::alias, entity_id))
        if (auto one = alias_from_body(body)) out.push_back(std::move(*one));
    std::sort(out.begin(), out.end(), [](const Alias& x, const Alias& y) {
        return std::tie(x.created_at, x.alias) < std::tie(y.created_at, y.alias);
    });
    return out;
}

std::optional<Subscription> subscription_of(sqlite::Database& db, std::string_view id) {
    return kept(db, Kind::subscription, id, subscription_from_body);
}

std::string time_said_in(const Change& change) {
    for (const char* field :
         {"updated_at", "requested_at", "decided_at", "approved_at", "created_at"})
        if (auto said = metadata_text(change.body, field); !said.empty()) return said;
    return {};
}

std::vector<Change> record_changes(sqlite::Database& db, Kind kind, std::string_view a,
                                   std::string_view b) {
    switch (kind) {
        case Kind::standard: return standard_changes(db, a);
        case Kind::pending: return pending_changes(db, a);
        case Kind::subscription: return subscription_changes(db, a);
        case Kind::alias: {
            auto row =
                db.sql("SELECT created_at FROM entity_aliases WHERE entity_id = ?1 AND alias = ?2")
                    .bind(a, b);
            const std::string key = pair_key(Kind::alias, a, b);
            if (!row.step()) return {gone(key)};
            return {live(key, body_of(Alias{std::string(a), std::string(b), row.string(0)}))};
        }
        case Kind::memory:
        case Kind::link:
        case Kind::approval:
        case Kind::ballot:
        case Kind::decision: break;
    }
    return {};
}

}  // namespace aimem
