#include "store/query/match.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace aimem::query {
namespace {

// All words of one question together walk at most this many entries to learn how common they are.
constexpr std::size_t kCountedRows = 16'384;
constexpr std::size_t kCountedRowsOfOne = 3'000;
constexpr std::size_t kPairedWords = 3;
constexpr std::size_t kCommonWords = 8;
constexpr int kImportant = 8;       // priority
constexpr std::size_t kEnough = 4;  // a quarter of rows_max found by rare words will do

struct Count {
    std::size_t rows = 0;
    std::int64_t last_rowid = 0;
};

Count count_up_to(sqlite::Database& db, const Expression& wanted, std::size_t rows_max) {
    auto row = db.sql(
                     "SELECT count(*), max(rowid) FROM (SELECT rowid FROM memories_fts "
                     "WHERE memories_fts MATCH ?1 LIMIT ?2)")
                   .bind(wanted.text, static_cast<std::int64_t>(rows_max));
    row.step();
    return {static_cast<std::size_t>(row.int64(0)), row.int64(1)};
}

class Matcher {
public:
    Matcher(sqlite::Database& db, const Question& question) : db_(db), question_(question) {
        for (const std::string& term : question.terms) {
            const int number = static_cast<int>(words_.size());
            words_.push_back(word(term, number));
        }
    }

    std::vector<Match> run() {
        if (words_.empty() || question_.rows_max == 0) return {};
        learn_frequencies();
        const bool every = question_.need == Need::every_word;
        const Expression wanted = every ? all_of(words_) : any_of(words_);
        if (fits(wanted))
            collect(wanted, question_.rows_max, Order::any);
        else if (every)
            collect_best_of(wanted);
        else
            collect_by_rarity();
        std::vector<Match> out;
        out.reserve(found_.size());
        for (const auto& [rowid, match] : found_) out.push_back(match);
        return out;
    }

private:
    enum class Order { any, newest_first };

    // How many rows hold each word. For a very common one that is estimated from how densely it
    // occurs among the first rows: its weight is small either way.
    void learn_frequencies() {
        const std::size_t most = std::min(kCountedRowsOfOne, kCountedRows / words_.size());
        if (auto row = db_.sql("SELECT max(rowid) FROM memories").bind(); row.step())
            newest_ = static_cast<double>(row.int64(0));
        for (const std::string& term : question_.terms)
            frequencies_.push_back(estimate(word(term, 0), most));
        if (!question_.narrowed.text.empty() && newest_ > 0)
            share_ = std::min(1.0, estimate(question_.narrowed, kCountedRowsOfOne) / newest_);
    }

    double estimate(const Expression& wanted, std::size_t rows_max) {
        const Count count = count_up_to(db_, wanted, rows_max);
        const auto rows = static_cast<double>(count.rows);
        if (count.rows < rows_max || count.last_rowid <= 0) return rows;
        return std::max(rows, rows * newest_ / static_cast<double>(count.last_rowid));
    }

    bool fits(const Expression& wanted) {
        const auto most = static_cast<double>(question_.rows_max);
        const double all = std::accumulate(frequencies_.begin(), frequencies_.end(), 0.0);
        if (all <= most) return true;
        const Expression narrowed = all_of({question_.narrowed, wanted});
        return count_matches(db_, narrowed, question_.rows_max + 1) <= question_.rows_max;
    }

    void collect_by_rarity() {
        std::vector<std::size_t> order(words_.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::sort(order.begin(), order.end(),
                  [this](auto a, auto b) { return frequencies_[a] < frequencies_[b]; });
        std::vector<Expression> rare;
        std::vector<Expression> common;
        double rows = 0;
        for (const std::size_t number : order) {
            rows += frequencies_[number] * share_;
            const bool fit = rows <= static_cast<double>(question_.rows_max);
            (fit ? rare : common).push_back(words_[number]);
        }
        if (common.size() > kCommonWords) common.resize(kCommonWords);
        if (!rare.empty())
            collect(with_optional(any_of(rare), any_of(common)), question_.rows_max,
                    Order::newest_first);
        if (common.size() > 1 && left() > 0) {
            const auto paired = static_cast<std::ptrdiff_t>(std::min(common.size(), kPairedWords));
            collect(any_pair_of({common.begin(), common.begin() + paired}), left(),
                    Order::newest_first);
        }
        if (found_.size() <= question_.rows_max / kEnough) collect_best_of(any_of(common));
    }

    void collect_best_of(const Expression& wanted) {
        if (wanted.text.empty()) return;
        collect(all_of({of_priority_at_least(kImportant), wanted}), (left() + 1) / 2,
                Order::newest_first);
        collect(wanted, left(), Order::newest_first);
    }

    std::size_t left() const {
        return question_.rows_max - std::min(question_.rows_max, found_.size());
    }

    void collect(const Expression& wanted, std::size_t rows_max, Order order) {
        const Expression narrowed = all_of({question_.narrowed, wanted});
        auto& statement =
            order == Order::any
                ? db_.sql(
                      "SELECT rowid, match_score(memories_fts, ?2), match_weight(memories_fts) "
                      "FROM memories_fts WHERE memories_fts MATCH ?1 LIMIT ?3")
                : db_.sql(
                      "SELECT rowid, match_score(memories_fts, ?2), match_weight(memories_fts) "
                      "FROM memories_fts WHERE memories_fts MATCH ?1 "
                      "ORDER BY rowid DESC LIMIT ?3");
        for (auto row = statement.bind(narrowed.text, plan_of(narrowed),
                                       static_cast<std::int64_t>(rows_max));
             row.step();) {
            Match& match = found_[row.int64(0)];
            match.rowid = row.int64(0);
            match.relevance = std::max(match.relevance, row.real(1));
            match.weight = 0.5 * row.real(2);
        }
    }

    std::string plan_of(const Expression& wanted) const {
        std::string plan;
        for (const int number : wanted.phrases) {
            if (!plan.empty()) plan += ',';
            if (number == Expression::facet)
                plan += '-';
            else
                plan += fmt::format("{}:{:.0f}", number,
                                    frequencies_[static_cast<std::size_t>(number)]);
        }
        return plan;
    }

    sqlite::Database& db_;
    const Question& question_;
    std::vector<Expression> words_{};
    std::vector<double> frequencies_{};  // by word, in the whole store
    double newest_ = 0.0;                // rowid
    double share_ = 1.0;                 // of the store that is left after narrowing
    std::unordered_map<std::int64_t, Match> found_{};
};

}  // namespace

std::size_t count_matches(sqlite::Database& db, const Expression& wanted, std::size_t rows_max) {
    return count_up_to(db, wanted, rows_max).rows;
}

std::vector<Match> best_matches(sqlite::Database& db, const Question& question) {
    return Matcher(db, question).run();
}

}  // namespace aimem::query
