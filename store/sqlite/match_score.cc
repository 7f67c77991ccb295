#include "store/sqlite/match_score.h"

#include <sqlite3.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <new>
#include <string_view>
#include <vector>

namespace aimem::sqlite {
namespace {

constexpr double kK1 = 1.2;
constexpr double kB = 0.75;
constexpr double kLeastIdf = 1e-6;  // a word in more than half of all rows still counts for a hair
constexpr int kTextColumns = 3;     // title, content, tags; what is behind them has no length
constexpr int kWeightColumn = 4;

// Made for the first row of a query, kept by FTS5 until its end.
struct Plan {
    std::vector<int> word_of_phrase{};  // -1: does not score
    std::vector<double> idf{};          // by word
    std::vector<int> frequency{};       // by word; scratch of one row
    double mean_tokens = 1.0;
};

// "3:120" or "-"; false when it is neither.
bool read_phrase(std::string_view text, double rows_total, Plan& plan) {
    if (text == "-") {
        plan.word_of_phrase.push_back(-1);
        return true;
    }
    unsigned word = 0;
    double rows = 0;
    const char* end = text.data() + text.size();
    const auto number = std::from_chars(text.data(), end, word);
    if (number.ec != std::errc{} || number.ptr == end || *number.ptr != ':' || word > 0xffff)
        return false;
    if (std::from_chars(number.ptr + 1, end, rows).ec != std::errc{}) return false;
    if (plan.idf.size() <= word) plan.idf.resize(word + 1);
    plan.idf[word] = std::max(kLeastIdf, std::log((rows_total - rows + 0.5) / (rows + 0.5)));
    plan.word_of_phrase.push_back(static_cast<int>(word));
    return true;
}

int make_plan(const Fts5ExtensionApi& api, Fts5Context* fts, std::string_view text, Plan& plan) {
    sqlite3_int64 rows = 0;
    if (const int rc = api.xRowCount(fts, &rows); rc != SQLITE_OK) return rc;
    sqlite3_int64 tokens = 0;
    for (int column = 0; column < kTextColumns; ++column) {
        sqlite3_int64 of_column = 0;
        if (const int rc = api.xColumnTotalSize(fts, column, &of_column); rc != SQLITE_OK)
            return rc;
        tokens += of_column;
    }
    if (rows > 0 && tokens > 0)
        plan.mean_tokens = static_cast<double>(tokens) / static_cast<double>(rows);
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        if (!read_phrase(text.substr(0, comma), static_cast<double>(rows), plan))
            return SQLITE_MISMATCH;
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    plan.frequency.resize(plan.idf.size());
    const auto phrases = static_cast<std::size_t>(api.xPhraseCount(fts));
    return plan.word_of_phrase.size() == phrases ? SQLITE_OK : SQLITE_MISMATCH;
}

int count_words(const Fts5ExtensionApi& api, Fts5Context* fts, Plan& plan) {
    std::fill(plan.frequency.begin(), plan.frequency.end(), 0);
    for (std::size_t phrase = 0; phrase < plan.word_of_phrase.size(); ++phrase) {
        if (plan.word_of_phrase[phrase] < 0) continue;
        Fts5PhraseIter at{};
        int column = 0;
        int offset = 0;
        int found = 0;
        int rc = api.xPhraseFirst(fts, static_cast<int>(phrase), &at, &column, &offset);
        if (rc != SQLITE_OK) return rc;
        for (; column >= 0; api.xPhraseNext(fts, &at, &column, &offset)) ++found;
        int& frequency = plan.frequency[static_cast<std::size_t>(plan.word_of_phrase[phrase])];
        frequency = std::max(frequency, found);
    }
    return SQLITE_OK;
}

int score(const Fts5ExtensionApi& api, Fts5Context* fts, Plan& plan, double& out) {
    if (const int rc = count_words(api, fts, plan); rc != SQLITE_OK) return rc;
    int tokens = 0;
    for (int column = 0; column < kTextColumns; ++column) {
        int of_column = 0;
        if (const int rc = api.xColumnSize(fts, column, &of_column); rc != SQLITE_OK) return rc;
        tokens += of_column;
    }
    const double length = kK1 * (1.0 - kB + kB * static_cast<double>(tokens) / plan.mean_tokens);
    for (std::size_t word = 0; word < plan.idf.size(); ++word) {
        const double frequency = plan.frequency[word];
        out += plan.idf[word] * (frequency * (kK1 + 1.0)) / (frequency + length);
    }
    return SQLITE_OK;
}

void match_score(const Fts5ExtensionApi* api, Fts5Context* fts, sqlite3_context* result, int count,
                 sqlite3_value** values) {
    if (count != 1) return sqlite3_result_error(result, "match_score needs a plan", -1);
    auto* plan = static_cast<Plan*>(api->xGetAuxdata(fts, 0));
    if (plan == nullptr) {
        std::unique_ptr<Plan> fresh(new (std::nothrow) Plan);
        if (!fresh) return sqlite3_result_error_nomem(result);
        const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(values[0]));
        const auto bytes = static_cast<std::size_t>(sqlite3_value_bytes(values[0]));
        int rc = SQLITE_NOMEM;
        try {
            rc = make_plan(*api, fts, {text == nullptr ? "" : text, bytes}, *fresh);
        } catch (const std::bad_alloc&) {
            return sqlite3_result_error_nomem(result);  // no exception may cross SQLite's frames
        }
        if (rc == SQLITE_OK) {
            plan = fresh.release();
            rc = api->xSetAuxdata(fts, plan, [](void* old) { delete static_cast<Plan*>(old); });
        }
        if (rc != SQLITE_OK) return sqlite3_result_error_code(result, rc);
    }
    double out = 0.0;
    if (const int rc = score(*api, fts, *plan, out); rc != SQLITE_OK)
        return sqlite3_result_error_code(result, rc);
    sqlite3_result_double(result, out);
}

void match_weight(const Fts5ExtensionApi* api, Fts5Context* fts, sqlite3_context* result,
                  int /*count*/, sqlite3_value** /*values*/) {
    int tokens = 0;
    if (const int rc = api->xColumnSize(fts, kWeightColumn, &tokens); rc != SQLITE_OK)
        return sqlite3_result_error_code(result, rc);
    sqlite3_result_int(result, tokens);
}

void check(int rc, Database& db) {
    if (rc != SQLITE_OK)
        throw SqliteError(rc, std::string("match_score: ") + sqlite3_errmsg(db.handle()));
}

}  // namespace

void register_match_score(Database& db) {
    fts5_api* api = nullptr;
    sqlite3_stmt* stmt = nullptr;
    check(sqlite3_prepare_v2(db.handle(), "SELECT fts5(?1)", -1, &stmt, nullptr), db);
    int rc = sqlite3_bind_pointer(stmt, 1, static_cast<void*>(&api), "fts5_api_ptr", nullptr);
    if (rc == SQLITE_OK) sqlite3_step(stmt);
    rc = sqlite3_finalize(stmt);
    check(rc, db);
    if (api == nullptr) throw SqliteError(SQLITE_ERROR, "match_score: this SQLite has no FTS5");
    check(api->xCreateFunction(api, "match_score", nullptr, match_score, nullptr), db);
    check(api->xCreateFunction(api, "match_weight", nullptr, match_weight, nullptr), db);
}

}  // namespace aimem::sqlite
