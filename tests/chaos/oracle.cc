#include "tests/chaos/oracle.h"

#include "tests/support/eventually.h"

#include <fmt/core.h>

#include <algorithm>
#include <sstream>

namespace aimem::chaos {

using nlohmann::json;

namespace {

using History = std::vector<LoggedOp>;  // of one subject

bool makes_row(const LoggedOp& op) {
    return op.verb == Verb::store || op.verb == Verb::update || op.verb == Verb::restore;
}
bool writes_text(const LoggedOp& op) {
    return op.verb == Verb::store || op.verb == Verb::update;
}
bool is_link(const LoggedOp& op) {
    return op.verb == Verb::link || op.verb == Verb::unlink;
}
bool may_count(const LoggedOp& op) {
    return op.status != Status::rejected;
}

std::string name(const LoggedOp& op) {
    return fmt::format("{} {} (op{:07}, node {}, {} {})", to_string(op.verb), op.subject, op.number,
                       op.node, to_string(op.status), op.http_status);
}

// A node's rows by the subject that their text names.
struct Shown {
    std::map<std::string, std::vector<const json*>> live{};
    std::map<std::string, std::vector<const json*>> archived{};
};

class Judge {
public:
    Judge(const std::vector<LoggedOp>& ops, const std::map<std::string, std::string>& ids,
          const std::vector<Snapshot>& nodes)
        : ops_(ops),
          ids_(ids),
          nodes_(nodes) {
        for (const LoggedOp& op : ops_)
            if (!is_link(op)) histories_[op.subject].push_back(op);
    }

    Verdict run() {
        for (const Snapshot& node : nodes_) {
            const Shown shown = group(node);
            for (const auto& [subject, history] : histories_) fate(node, shown, subject, history);
            links(node);
        }
        for (std::size_t i = 1; i < nodes_.size(); ++i) compare(nodes_[0], nodes_[i]);
        return std::move(verdict_);
    }

private:
    // D3 and D5 on the way.
    Shown group(const Snapshot& node) {
        Shown out;
        for (const std::string& id : node.listed_twice)
            verdict_.add("D5", fmt::format("node {} lists {} twice", node.node, id));
        const auto sort = [&](const auto& rows, auto& into, const char* list) {
            for (const auto& [id, row] : rows) {
                const auto origin = origin_of(row.value("content", ""));
                if (!origin || !known(*origin)) {
                    verdict_.add("D5", fmt::format("node {} has a foreign row in {}: {}", node.node,
                                                   list, row.dump()));
                    continue;
                }
                const LoggedOp& op = ops_[origin->op];
                if (!may_count(op))
                    verdict_.add("D3", fmt::format("node {} shows {}", node.node, name(op)));
                into[origin->subject].push_back(&row);
            }
        };
        sort(node.live, out.live, "its list");
        sort(node.archived, out.archived, "its archive");
        return out;
    }

    bool known(const Origin& origin) const {
        return origin.op < ops_.size() && ops_[origin.op].subject == origin.subject &&
               writes_text(ops_[origin.op]);
    }

    // Not superseded for certain.
    static std::vector<LoggedOp> candidates(const History& history) {
        std::vector<LoggedOp> out;
        for (const LoggedOp& op : history) {
            const bool superseded =
                std::any_of(history.begin(), history.end(), [&](const LoggedOp& later) {
                    return later.status == Status::acked && later.start > op.end;
                });
            if (may_count(op) && !superseded) out.push_back(op);
        }
        return out;
    }

    static bool explains(const LoggedOp& op, const std::vector<const json*>* live,
                         const std::vector<const json*>* archived) {
        if (op.verb == Verb::remove) return live == nullptr;
        if (op.verb == Verb::archive) return live == nullptr && archived != nullptr;
        if (live == nullptr) return false;
        if (op.verb == Verb::restore) return true;
        const auto origin = origin_of(live->front()->value("content", ""));
        return origin && origin->op == op.number;
    }

    void fate(const Snapshot& node, const Shown& shown, const std::string& subject,
              const History& history) {
        const auto rows = [&](const auto& map) {
            const auto found = map.find(subject);
            return found == map.end() ? nullptr : &found->second;
        };
        const auto* live = rows(shown.live);
        const auto* archived = rows(shown.archived);
        if (live != nullptr && live->size() > 1)
            verdict_.add(
                "D5", fmt::format("node {} shows {} {} times", node.node, subject, live->size()));
        const auto possible = candidates(history);
        const bool never_was = std::none_of(history.begin(), history.end(), [](const auto& op) {
            return op.status == Status::acked;
        });
        if (never_was && live == nullptr) return;
        const bool explained = std::any_of(possible.begin(), possible.end(), [&](const auto& op) {
            return explains(op, live, archived);
        });
        if (explained) return;
        std::string what =
            fmt::format("node {}: {} is {}", node.node, subject, state(live, archived));
        for (const LoggedOp& op : possible) what += "; possible: " + name(op);
        verdict_.add("D1", what);
    }

    static std::string state(const std::vector<const json*>* live,
                             const std::vector<const json*>* archived) {
        if (live != nullptr) return "live with '" + live->front()->value("content", "") + "'";
        return archived != nullptr ? "archived" : "not there";
    }

    // Links between subjects that were only ever written: nothing but an unlink may take them away.
    void links(const Snapshot& node) {
        for (const LoggedOp& op : ops_) {
            if (!is_link(op) || op.status != Status::acked) continue;
            if (!steady(op.subject) || !steady(op.other)) continue;
            const bool contested =
                std::any_of(ops_.begin(), ops_.end(), [&](const LoggedOp& other) {
                    return is_link(other) && other.verb != op.verb && other.subject == op.subject &&
                           other.other == op.other && may_count(other) && other.end >= op.start;
                });
            if (contested) continue;
            const bool there =
                node.links.count(link_name(ids_.at(op.subject), ids_.at(op.other))) != 0;
            if (there != (op.verb == Verb::link))
                verdict_.add("D1", fmt::format("node {}: {} to {} did not last", node.node,
                                               name(op), op.other));
        }
    }

    bool steady(const std::string& subject) const {
        const auto found = histories_.find(subject);
        return found != histories_.end() && ids_.count(subject) != 0 &&
               std::all_of(found->second.begin(), found->second.end(),
                           [](const LoggedOp& op) { return makes_row(op) || !may_count(op); });
    }

    void compare(const Snapshot& one, const Snapshot& two) {
        const auto tell = [&](const char* what, const std::string& where) {
            verdict_.add("D4", fmt::format("nodes {} and {} differ in {}: {}", one.node, two.node,
                                           what, where));
        };
        if (!(one.digest == two.digest)) tell("digest", one.digest.hash + " " + two.digest.hash);
        if (one.links != two.links)
            tell("links", fmt::format("{} {}", one.links.size(), two.links.size()));
        compare_rows(one, two, one.live, two.live, "their lists");
        compare_rows(one, two, one.archived, two.archived, "their archives");
    }

    // An unknown operation that only one of them shows is D2 as well.
    void compare_rows(const Snapshot& one, const Snapshot& two,
                      const std::map<std::string, json>& left,
                      const std::map<std::string, json>& right, const char* list) {
        const auto half = [&](const json& row) {
            const auto origin = origin_of(row.value("content", ""));
            if (!origin || !known(*origin) || ops_[origin->op].status != Status::unknown) return;
            verdict_.add("D2", fmt::format("one of nodes {} and {} shows {}", one.node, two.node,
                                           name(ops_[origin->op])));
        };
        for (const auto& [id, row] : left) {
            const auto found = right.find(id);
            if (found != right.end() && found->second == row) continue;
            verdict_.add(
                "D4",
                fmt::format("nodes {} and {} differ in {}: {} {}", one.node, two.node, list,
                            row.dump(), found == right.end() ? "nothing" : found->second.dump()));
            half(row);
            if (found != right.end()) half(found->second);
        }
        for (const auto& [id, row] : right) {
            if (left.count(id) != 0) continue;
            verdict_.add("D4", fmt::format("nodes {} and {} differ in {}: nothing {}", one.node,
                                           two.node, list, row.dump()));
            half(row);
        }
    }

    const std::vector<LoggedOp>& ops_;
    const std::map<std::string, std::string>& ids_;
    const std::vector<Snapshot>& nodes_;
    std::map<std::string, History> histories_{};
    Verdict verdict_{};
};

}  // namespace

bool Verdict::broke(const std::string& rule) const {
    return std::any_of(findings_.begin(), findings_.end(),
                       [&](const Finding& one) { return one.rule == rule; });
}

std::string Verdict::text() const {
    constexpr std::size_t kShown = 3;
    std::map<std::string, std::size_t> counts;
    std::ostringstream out;
    for (const Finding& one : findings_)
        if (++counts[one.rule] <= kShown) out << one.rule << ": " << one.text << "\n";
    for (const auto& [rule, count] : counts) out << rule << " broken " << count << " times\n";
    return std::move(out).str();
}

void Verdict::take(Verdict other) {
    std::move(other.findings_.begin(), other.findings_.end(), std::back_inserter(findings_));
}

Verdict judge(const std::vector<LoggedOp>& ops, const std::map<std::string, std::string>& ids,
              const std::vector<Snapshot>& nodes) {
    return Judge(ops, ids, nodes).run();
}

}  // namespace aimem::chaos
