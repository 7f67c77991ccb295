#include "federation/replication/answers.h"

#include "store/model/limits.h"

#include <algorithm>

namespace aimem::repl {

std::string answer_to(sqlite::Database& db, const AskDigest& ask, const Asker& asker,
                      std::int64_t now_ns) {
    const sqlite::ReadTransaction view(db);
    DigestAnswer out;
    out.node = read_identity(db);
    out.cut = std::max(ask.cut, out.node.horizon);
    out.digest = digest_of_range(db, "", "", out.cut);
    out.now = now_ns;
    out.owes = asker.owes;
    out.behind = asker.behind;
    out.you = seen_of_feed(db, asker.node);
    return encode_digest(out);
}

std::string answer_to(sqlite::Database& db, const AskParts& ask, std::size_t parts) {
    const Identity self = read_identity(db);
    return encode_parts(self, digest_parts(db, ask.range.lo, ask.range.hi, parts, ask.cut));
}

std::string answer_to(sqlite::Database& db, const AskListing& ask) {
    const sqlite::ReadTransaction view(db);
    return encode_listing(read_identity(db),
                          list_range(db, ask.range.lo, ask.range.hi, kListingRows));
}

std::string answer_to(sqlite::Database& db, const AskRows& ask) {
    const Identity self = read_identity(db);
    return encode_rows(self, some_changes_of(db, ask.keys, limits::push_bytes));
}

}  // namespace aimem::repl
