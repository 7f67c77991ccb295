#include "store/query/match.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace aimem::query {
namespace {

// All words of one question together walk at most this many entries to learn how common they are.
constexpr std::size_t kCountedRows = 24'576;
constexpr std::size_t kCountedRowsOfOne = 8'192;
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
            words_.push_back(question.titles_only ? word_in_title(term, number)
                                                  : word(term, number));
        }
    }

    std::vector<Match> run() {
        if (words_.empty() || question_.rows_max == 0) return {};
        learn_frequencies();
        const bool every = question_.need == Need::every_word;
        const Expression wanted = every ? all_of(words_) : any_of(words_);
        const Expression narrowed = all_of({question_.narrowed, wanted});
        if (count_matches(db_, narrowed, question_.rows_max + 1) <= question_.rows_max)
            collect(wanted, question_.rows_max);
        else if (every)
            collect_best_of(wanted);
        else
            collect_any();
        std::vector<Match> out;
        out.reserve(found_.size());
        for (const auto& [rowid, relevance] : found_) out.push_back({rowid, relevance});
        return out;
    }

private:
    // How many rows hold each word. For a very common one that is estimated from how densely it
    // occurs among the first rows: its weight is small either way.
    void learn_frequencies() {
        const std::size_t most = std::min(kCountedRowsOfOne, kCountedRows / words_.size());
        std::int64_t newest = 0;
        if (auto row = db_.sql("SELECT max(rowid) FROM memories").bind(); row.step())
            newest = row.int64(0);
        for (const Expression& one : words_) {
            const Count count = count_up_to(db_, one, most);
            const auto rows = static_cast<double>(count.rows);
            const bool all_seen = count.rows < most || count.last_rowid <= 0;
            frequencies_.push_back(all_seen ? rows
                                            : rows * static_cast<double>(newest) /
                                                  static_cast<double>(count.last_rowid));
        }
    }

    double narrowed_frequency(std::size_t number) {
        if (question_.narrowed.text.empty()) return frequencies_[number];
        const Expression one = all_of({question_.narrowed, words_[number]});
        return static_cast<double>(count_matches(db_, one, question_.rows_max + 1));
    }

    void collect_any() {
        std::vector<std::pair<double, std::size_t>> order;
        for (std::size_t i = 0; i < words_.size(); ++i)
            order.emplace_back(narrowed_frequency(i), i);
        std::sort(order.begin(), order.end());
        std::vector<Expression> rare;
        std::vector<Expression> common;
        double rows = 0;
        for (const auto& [frequency, number] : order) {
            rows += frequency;
            const bool fits = rows <= static_cast<double>(question_.rows_max);
            (fits ? rare : common).push_back(words_[number]);
        }
        if (common.size() > kCommonWords) common.resize(kCommonWords);
        if (!rare.empty()) collect(with_optional(any_of(rare), any_of(common)), question_.rows_max);
        if (common.size() > 1 && left() > 0) {
            const auto paired = static_cast<std::ptrdiff_t>(std::min(common.size(), kPairedWords));
            collect(any_pair_of({common.begin(), common.begin() + paired}), left());
        }
        if (found_.size() < question_.rows_max / kEnough) collect_best_of(any_of(common));
    }

    void collect_best_of(const Expression& wanted) {
        if (wanted.text.empty()) return;
        collect(all_of({of_priority_at_least(kImportant), wanted}), (left() + 1) / 2);
        collect(wanted, left());
    }

    std::size_t left() const {
        return question_.rows_max - std::min(question_.rows_max, found_.size());
    }

    void collect(const Expression& wanted, std::size_t rows_max) {
        const Expression narrowed = all_of({question_.narrowed, wanted});
        for (auto row =
                 db_.sql("SELECT rowid, match_score(memories_fts, ?2) FROM memories_fts "
                         "WHERE memories_fts MATCH ?1 ORDER BY rowid DESC LIMIT ?3")
                     .bind(narrowed.text, plan_of(narrowed), static_cast<std::int64_t>(rows_max));
             row.step();) {
            double& relevance = found_[row.int64(0)];
            relevance = std::max(relevance, row.real(1));
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
    std::unordered_map<std::int64_t, double> found_{};
};

}  // namespace

std::size_t count_matches(sqlite::Database& db, const Expression& wanted, std::size_t rows_max) {
    return count_up_to(db, wanted, rows_max).rows;
}

std::vector<Match> best_matches(sqlite::Database& db, const Question& question) {
    return Matcher(db, question).run();
}

}  // namespace aimem::query
