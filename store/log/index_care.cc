#include "store/log/index_care.h"

#include <algorithm>
#include <cstddef>

namespace aimem {
namespace {

constexpr std::size_t kCookieBytes = 4;
constexpr std::uint64_t kSegmentsMax = 2000;   // FTS5_MAX_SEGMENT
constexpr std::uint64_t kSegmentsToMerge = 2;  // usermerge in sqlite/schema.cc
constexpr int kPagesOfStep = 24;               // written

// SQLite's variable-length integers: seven bits a byte, the highest first, nine bytes at most.
class Varints {
public:
    explicit Varints(std::string_view bytes) noexcept : bytes_(bytes) {}

    std::uint64_t next() noexcept {
        std::uint64_t out = 0;
        for (int i = 0; i < 9; ++i) {
            if (at_ == bytes_.size()) {
                ok_ = false;
                return 0;
            }
            const auto byte = static_cast<unsigned char>(bytes_[at_++]);
            if (i == 8) return out << 8U | byte;
            out = out << 7U | (byte & 0x7FU);
            if (byte < 0x80) break;
        }
        return out;
    }
    bool ok() const noexcept { return ok_; }

private:
    std::string_view bytes_;
    std::size_t at_ = 0;
    bool ok_ = true;
};

}  // namespace

std::optional<IndexShape> read_index_shape(std::string_view record) {
    if (record.size() < kCookieBytes) return std::nullopt;
    Varints numbers(record.substr(kCookieBytes));
    const std::uint64_t levels = numbers.next();
    std::uint64_t left = numbers.next();
    numbers.next();  // pages written so far
    if (levels > kSegmentsMax || left > kSegmentsMax) return std::nullopt;
    IndexShape shape;
    for (std::uint64_t i = 0; i < levels && numbers.ok(); ++i) {
        IndexShape::Level& level = shape.levels.emplace_back();
        level.merging = numbers.next();
        level.segments = numbers.next();
        if (level.segments > left || level.merging > level.segments) return std::nullopt;
        left -= level.segments;
        for (std::uint64_t segment = 0; segment < level.segments; ++segment) {
            numbers.next();  // its number
            const std::uint64_t first_page = numbers.next();
            if (numbers.next() < first_page) return std::nullopt;
        }
    }
    if (!numbers.ok() || left > 0) return std::nullopt;
    return shape;
}

bool may_be_merged(const IndexShape& shape) {
    return std::any_of(shape.levels.begin(), shape.levels.end(), [](const auto& level) {
        return level.merging > 0 || level.segments >= kSegmentsToMerge;
    });
}

std::optional<IndexShape> index_shape(sqlite::Database& db) {
    auto row = db.sql("SELECT block FROM memories_fts_data WHERE id = 10").bind();
    return row.step() ? read_index_shape(row.text(0)) : std::nullopt;
}

bool tend_text_index(sqlite::Database& db) {
    const auto shape = index_shape(db);
    if (!shape || !may_be_merged(*shape)) return false;
    sqlite::Transaction transaction(db);
    const std::int64_t before = db.total_changes();
    // Never a negative number, which merges all: each time it adds two levels, and FTS5 reads no
    // index of more than 2000.
    db.sql("INSERT INTO memories_fts(memories_fts, rank) VALUES ('merge', ?1)")
        .bind(kPagesOfStep)
        .run();
    transaction.commit();
    return db.total_changes() - before > 1;  // https://www.sqlite.org/fts5.html#the_merge_command
}

}  // namespace aimem
