#include "store/query/match.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace aimem::query {
namespace {

// All words of one question together walk at most this many entries to learn how common they are.
constexpr std::size_t kCountedRows = 16'384;
// Of one word, from the oldest on, and then half as many from the newest back.
constexpr std::size_t kCountedRowsOfOne = 1'000;
constexpr std::size_t kPairedWords = 3;
constexpr std::size_t kCommonWords = 8;
constexpr int kImportant = 8;        // priority
constexpr std::size_t kEnough = 4;   // a quarter of rows_max found by rare words will do
constexpr std::size_t kCrowded = 3;  // a third of rows_max for pairs of words that are everywhere

struct Count {
    std::size_t rows = 0;
    std::int64_t last_rowid = 0;
};

// To step over rows costs half as much as to count them, so those of a common word are stepped
// over.
Count count_up_to(sqlite::Database& db, const Expression& wanted, std::size_t rows_max) {
    if (rows_max == 0) return {};
    if (auto last = db.sql("SELECT rowid FROM memories_fts WHERE memories_fts MATCH ?1 "
                           "LIMIT 1 OFFSET ?2")
                        .bind(wanted.text, static_cast<std::int64_t>(rows_max - 1));
        last.step())
        return {rows_max, last.int64(0)};
    auto few =
        db.sql("SELECT count(*) FROM memories_fts WHERE memories_fts MATCH ?1").bind(wanted.text);
    few.step();
    return {static_cast<std::size_t>(few.int64(0)), 0};
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

    // How many rows hold each word; for a very common one an estimate.
    void learn_frequencies() {
        const std::size_t most = std::min(kCountedRowsOfOne, kCountedRows * 2 / 3 / words_.size());
        if (auto row = db_.sql("SELECT max(rowid) FROM main.memories").bind(); row.step())
            newest_ = static_cast<double>(row.int64(0));
        for (const std::string& term : question_.terms) {
            const Expression one = word(term, 0);
            const Count count = count_up_to(db_, one, most);
            frequencies_.push_back(estimate(one, count, most));
            is_exact_.push_back(count.rows < most);
            one_word_has_ = std::max(one_word_has_, count.rows);
        }
        if (!question_.narrowed.text.empty() && newest_ > 0) {
            const Count count = count_up_to(db_, question_.narrowed, kCountedRowsOfOne);
            share_ =
                std::min(1.0, estimate(question_.narrowed, count, kCountedRowsOfOne) / newest_);
        }
    }

    // Of so many that they were not counted: as dense between the oldest and the newest of them as
    // at that end where they are rarer, since what was imported at once is dense at one end alone.
    double estimate(const Expression& wanted, const Count& count, std::size_t rows_max) {
        const auto rows = static_cast<double>(count.rows);
        if (count.rows < rows_max || count.last_rowid <= 0) return rows;
        const std::size_t newest = std::max<std::size_t>(1, rows_max / 2);
        auto from = db_.sql(
                           "SELECT rowid FROM memories_fts WHERE memories_fts MATCH ?1 "
                           "ORDER BY rowid DESC LIMIT 1 OFFSET ?2")
                        .bind(wanted.text, static_cast<std::int64_t>(newest - 1));
        if (!from.step()) return rows;
        const auto counted = static_cast<double>(newest);
        const auto first = static_cast<double>(from.int64(0));
        const auto last = static_cast<double>(count.last_rowid);
        const double density = std::min(rows / last, counted / std::max(1.0, newest_ - first + 1));
        return std::max(rows, rows + counted + density * (first - last));
    }

    bool fits(const Expression& wanted) {
        const auto most = static_cast<double>(question_.rows_max);
        const double all = std::accumulate(frequencies_.begin(), frequencies_.end(), 0.0);
        if (all <= most) return true;
        if (question_.need == Need::any_word && question_.narrowed.text.empty() &&
            one_word_has_ > question_.rows_max)
            return false;
        const Expression narrowed = all_of({question_.narrowed, wanted});
        return count_matches(db_, narrowed, question_.rows_max + 1) <= question_.rows_max;
    }

    void collect_by_rarity() {
        const Kinds kinds = sorted_by_rarity();
        if (!kinds.rare.empty()) {
            const Expression rare = any_of(kinds.rare);
            collect(with_optional(rare, any_of(kinds.common), rare), question_.rows_max,
                    kinds.rare_rows_fit ? Order::any : Order::newest_first);
        }
        // A word that is nearly everywhere weighs nothing, and its list is the longest of all: it
        // is asked about only where there is nothing better.
        const bool telling = kinds.common.size() > 1;
        auto asked = telling ? kinds.common : both(kinds.common, kinds.everywhere);
        std::vector<Expression> others;
        while (asked.size() > kPairedWords) {
            others.push_back(std::move(asked.back()));
            asked.pop_back();
        }
        // Every row that is needed has one of the first `certain` of `asked`, its rarest.
        const auto with_others = [&](const Expression& needed, std::size_t certain) {
            const auto last = std::next(asked.begin(), static_cast<std::ptrdiff_t>(certain));
            return with_optional(needed, any_of(others), any_of({asked.begin(), last}));
        };
        // More of them than there are to look at: first those with all three, then fewer.
        std::size_t pairs_max = left();
        if (asked.size() == kPairedWords && rows_of_pairs(asked) > static_cast<double>(left())) {
            collect(with_others(all_of(asked), 1), left(), Order::newest_first);
            pairs_max = std::min(left(), question_.rows_max / kCrowded);
        }
        if (asked.size() > 1 && pairs_max > 0)
            collect(with_others(any_pair_of(asked), asked.size() - 1), pairs_max,
                    Order::newest_first);
        if (telling && asked.size() < kPairedWords && !kinds.everywhere.empty() && left() > 0)
            collect(any_of(asked), left(), Order::newest_first);
        if (few_found()) collect_best_of(any_of(kinds.common));
        if (few_found()) collect_best_of(any_of(both(kinds.common, kinds.everywhere)));
    }

    struct Kinds {
        std::vector<Expression> rare{};        // all rows with one of these are looked at
        std::vector<Expression> common{};      // at most kCommonWords, the rarest first
        std::vector<Expression> everywhere{};  // in half of all rows or more
        bool rare_rows_fit = false;            // for certain
    };

    Kinds sorted_by_rarity() const {
        std::vector<std::size_t> order(words_.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::sort(order.begin(), order.end(),
                  [this](auto a, auto b) { return frequencies_[a] < frequencies_[b]; });
        Kinds out;
        const auto most = static_cast<double>(question_.rows_max);
        double rows = 0;
        double counted = 0;
        out.rare_rows_fit = true;
        for (const std::size_t number : order) {
            rows += frequencies_[number] * share_;
            counted += frequencies_[number];
            if (rows <= most) {
                out.rare.push_back(words_[number]);
                out.rare_rows_fit = counted <= most && is_exact_[number];
            } else if (frequencies_[number] * 2 < newest_) {
                if (out.common.size() < kCommonWords) out.common.push_back(words_[number]);
            } else if (out.common.size() + out.everywhere.size() < kCommonWords) {
                out.everywhere.push_back(words_[number]);
            }
        }
        return out;
    }

    static std::vector<Expression> both(std::vector<Expression> first,
                                        const std::vector<Expression>& then) {
        first.insert(first.end(), then.begin(), then.end());
        return first;
    }

    // How many rows have two of these words, if words meet by chance.
    double rows_of_pairs(const std::vector<Expression>& words) const {
        const auto frequency = [this](const Expression& one) {
            return frequencies_[static_cast<std::size_t>(one.phrases.front())];
        };
        double rows = 0;
        for (std::size_t a = 0; a < words.size(); ++a)
            for (std::size_t b = a + 1; b < words.size(); ++b)
                rows += frequency(words[a]) * frequency(words[b]) / newest_;
        return rows * share_;
    }

    bool few_found() const { return found_.size() <= question_.rows_max / kEnough; }

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
    std::vector<bool> is_exact_{};       // by word: its frequency was counted, not estimated
    std::size_t one_word_has_ = 0;       // so many rows at least
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
