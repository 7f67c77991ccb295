#include "store/sqlite/predicate.h"

#include <sqlite3.h>

#include <array>
#include <exception>
#include <memory>
#include <utility>

namespace aimem::sqlite {
namespace {

using Predicate = std::function<bool(PredicateValues)>;

std::string_view value_text(sqlite3_value* value) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
    if (text == nullptr) return {};
    return {text, static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

// No exception may cross SQLite's frames.
void ask_predicate(sqlite3_context* context, int count, sqlite3_value** values) {
    std::array<std::string_view, kPredicateValuesMax> texts{};
    for (int i = 0; i < count; ++i) texts.at(static_cast<std::size_t>(i)) = value_text(values[i]);
    const auto& predicate = *static_cast<const Predicate*>(sqlite3_user_data(context));
    try {
        const bool yes = predicate(PredicateValues(texts.data(), static_cast<std::size_t>(count)));
        sqlite3_result_int(context, yes ? 1 : 0);
    } catch (const std::exception& error) {
        sqlite3_result_error(context, error.what(), -1);
    }
}

void drop_predicate(void* predicate) {
    const std::unique_ptr<Predicate> owned(static_cast<Predicate*>(predicate));
}

}  // namespace

void add_predicate(Database& db, const char* name, int values,
                   std::function<bool(PredicateValues)> predicate) {
    auto owned = std::make_unique<Predicate>(std::move(predicate));
    // SQLite drops it, also when this fails.
    const int rc =
        sqlite3_create_function_v2(db.handle(), name, values, SQLITE_UTF8, owned.release(),
                                   ask_predicate, nullptr, nullptr, drop_predicate);
    if (rc != SQLITE_OK) throw SqliteError(rc, sqlite3_errmsg(db.handle()));
}

}  // namespace aimem::sqlite
