#include "federation/replication/row_reader.h"

#include "store/model/body_text.h"

namespace aimem {
namespace {

bool read_state(StrictReader& reader, State& out) {
    int state = 0;
    if (!reader.integer(state) || state < 1 || state > 3) return false;
    out = static_cast<State>(state);
    return true;
}

// A row without a group whose body, if it has one, is that of a live memory in its canonical text:
// any other body is written anew from its tree, so that it has one text.
std::optional<FeedRow> read_row(std::string_view text) {
    StrictReader reader(text);
    FeedRow row;
    Change& change = row.change;
    bool good = reader.take("{\"k\":") && reader.string(change.key) && change.key.size() >= 3 &&
                reader.take(",\"st\":") && read_state(reader, change.state) &&
                reader.take(",\"ts\":\"") && reader.integer(change.version.stamp) &&
                reader.take("\",\"sig\":\"") && reader.integer(change.version.sig) &&
                reader.take("\",\"q\":\"") && reader.integer(row.seq) && reader.take("\"");
    if (good && reader.take(",\"b\":")) {
        change.body = reader.object();
        good = change.state == State::live &&
               memory_from_canonical_body(id_of_key(change.key), change.body).has_value();
    }
    good = good && reader.take("}") && reader.done();
    return good ? std::optional<FeedRow>(std::move(row)) : std::nullopt;
}

}  // namespace

std::optional<RowReader::Row> RowReader::next() {
    if (!first_ && !reader_.take(",")) return std::nullopt;
    Row row;
    row.text = reader_.object();
    cut_ = row.text.empty() && !first_;
    if (row.text.empty()) return std::nullopt;
    first_ = false;
    row.known = read_row(row.text);
    return row;
}

}  // namespace aimem
