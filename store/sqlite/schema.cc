#include "store/sqlite/schema.h"

#include "store/sqlite/before_migration.h"
#include "store/sqlite/match_score.h"

#include <fmt/core.h>
#include <sqlite3.h>

#include <string>

namespace aimem::sqlite {
namespace {

// As 0.6.3 makes them, so that both programs understand one file.
constexpr const char* kMemoryTables = R"sql(
CREATE TABLE IF NOT EXISTS memories(
  id TEXT PRIMARY KEY, tier TEXT NOT NULL, namespace TEXT NOT NULL DEFAULT 'global', title TEXT NOT NULL,
  content TEXT NOT NULL, tags TEXT NOT NULL DEFAULT '[]', priority INTEGER NOT NULL DEFAULT 5,
  confidence REAL NOT NULL DEFAULT 1.0, source TEXT NOT NULL DEFAULT 'api', access_count INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL, updated_at TEXT NOT NULL, last_accessed_at TEXT, expires_at TEXT,
  metadata TEXT NOT NULL DEFAULT '{}', embedding BLOB);
CREATE UNIQUE INDEX IF NOT EXISTS idx_memories_title_ns ON memories(title, namespace);
CREATE TABLE IF NOT EXISTS memory_links(
  source_id TEXT NOT NULL REFERENCES memories(id) ON DELETE CASCADE,
  target_id TEXT NOT NULL REFERENCES memories(id) ON DELETE CASCADE,
  relation TEXT NOT NULL DEFAULT 'related_to', created_at TEXT NOT NULL,
  valid_from TEXT, valid_until TEXT, observed_by TEXT, signature BLOB,
  PRIMARY KEY(source_id, target_id, relation));
CREATE INDEX IF NOT EXISTS idx_links_target ON memory_links(target_id);
CREATE TABLE IF NOT EXISTS archived_memories(
  id TEXT PRIMARY KEY, tier TEXT NOT NULL, namespace TEXT NOT NULL DEFAULT 'global', title TEXT NOT NULL,
  content TEXT NOT NULL, tags TEXT NOT NULL DEFAULT '[]', priority INTEGER NOT NULL DEFAULT 5,
  confidence REAL NOT NULL DEFAULT 1.0, source TEXT NOT NULL DEFAULT 'api', access_count INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL, updated_at TEXT NOT NULL, last_accessed_at TEXT, expires_at TEXT,
  archived_at TEXT NOT NULL, archive_reason TEXT NOT NULL DEFAULT 'ttl_expired', metadata TEXT NOT NULL DEFAULT '{}');
CREATE INDEX IF NOT EXISTS idx_archived_at ON archived_memories(archived_at);
)sql";

// tier and expires_at stand in the rank indexes so that list can skip rows without reading them.
constexpr const char* kOurIndexes = R"sql(
DROP INDEX IF EXISTS idx_memories_tier;
DROP INDEX IF EXISTS idx_memories_namespace;
DROP INDEX IF EXISTS idx_memories_priority;
DROP INDEX IF EXISTS idx_memories_expires;
DROP INDEX IF EXISTS idx_memories_created_at;
CREATE INDEX idx_memories_created ON memories(created_at);
CREATE INDEX idx_memories_updated ON memories(updated_at);
CREATE INDEX idx_memories_expires ON memories(expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX idx_archived_ns_at ON archived_memories(namespace, archived_at);
)sql";

// Read backwards. Descending, every new row came before all others of its priority, where SQLite
// splits a page anew every few rows and leaves half of it empty.
constexpr const char* kRankIndexes = R"sql(
DROP INDEX IF EXISTS idx_memories_rank;
DROP INDEX IF EXISTS idx_memories_ns_rank;
CREATE INDEX idx_memories_rank ON memories(priority, updated_at, tier, expires_at);
CREATE INDEX idx_memories_ns_rank ON memories(namespace, priority, updated_at, tier, expires_at);
)sql";

// So that recall knows which rows their use can lift, and reads no others (query/recall.cc).
constexpr const char* kUseIndex =
    "CREATE INDEX idx_memories_used ON memories(access_count) WHERE access_count > 0";

// So that a sender finds the next row of our own, however many it was sent since
// (store/log/feed.h).
constexpr const char* kOwnRowsIndex =
    "CREATE UNIQUE INDEX repl_own ON repl_row(seq) WHERE foreign_row = 0";

// The text index has two columns that people do not see. `facets` are tokens nobody writes by
// chance, among them the words of the title (aim0h), which are fewer than those of the text; so
// that a query can be narrowed inside the index; query/fts_query.cc knows them too. `weight` has
// one token for each half point that priority and tier give a row, so that match_weight() finds
// them beside the lengths bm25 needs, without reading the row. A row, of memories or of a trigger,
// goes in for {0}.
constexpr const char* kFacets =
    "'aim0n' || hex({0}namespace) || ' aim0t' || {0}tier || ' aim0p' || {0}priority ||"
    "' aim0a' || hex(coalesce(CASE WHEN json_valid({0}metadata) THEN json_extract({0}metadata, "
    "'$.agent_id') END, '')) ||"
    "' aim0s' || coalesce(CASE WHEN json_valid({0}metadata) THEN json_extract({0}metadata, "
    "'$.scope') END, 'private') ||"
    "' aim0h' || replace(replace(replace(replace(replace(replace({0}title, '-', ' '), '_', ' '), "
    "'/', ' '), '.', ' '),"
    "':', ' '), ' ', ' aim0h')";
constexpr const char* kWeight =
    "replace(hex(zeroblob(max(0, min(10, {0}priority)) + CASE {0}tier WHEN 'long' THEN 6 WHEN "
    "'mid' THEN 2 ELSE 0 END)),"
    " '00', 'aim0w ')";

// {0}: facets and weight of the row itself. 0.6.3 has a table of the same name without these two;
// it searches this one just as well.
constexpr const char* kSearchIndex = R"sql(
DROP TRIGGER IF EXISTS memories_ai;
DROP TRIGGER IF EXISTS memories_ad;
DROP TRIGGER IF EXISTS memories_au;
DROP TABLE IF EXISTS memories_fts;
DROP VIEW IF EXISTS memories_indexed;
CREATE VIEW memories_indexed(row, title, content, tags, facets, weight) AS
  SELECT rowid, title, content, tags, {0} FROM memories;
CREATE VIRTUAL TABLE memories_fts USING fts5(title, content, tags, facets, weight,
  content=memories_indexed, content_rowid=row);
INSERT INTO memories_fts(memories_fts) VALUES ('rebuild');
)sql";

// Pages (pgsz, bytes) of twice FTS5's usual size are half as many to write, to merge and to look
// into. A commit merges a level of eight segments, who finds the store quiet one of two
// (log/index_care.h).
constexpr const char* kSearchSettings = R"sql(
INSERT INTO memories_fts(memories_fts, rank) VALUES ('pgsz', 8100);
INSERT INTO memories_fts(memories_fts, rank) VALUES ('automerge', 8);
INSERT INTO memories_fts(memories_fts, rank) VALUES ('usermerge', 2);
)sql";

// {0}, {1}: facets and weight of new and of old. Our own writer keeps the index itself
// (log/text_index.h). The update trigger names its columns: counting an access must not index the
// text again.
constexpr const char* kSearchTriggers = R"sql(
DROP TRIGGER IF EXISTS memories_ai;
DROP TRIGGER IF EXISTS memories_ad;
DROP TRIGGER IF EXISTS memories_au;
CREATE TRIGGER memories_ai AFTER INSERT ON memories WHEN (SELECT guard FROM repl_meta) = 0 BEGIN
  INSERT INTO memories_fts(rowid, title, content, tags, facets, weight)
    VALUES (new.rowid, new.title, new.content, new.tags, {0}); END;
CREATE TRIGGER memories_ad AFTER DELETE ON memories WHEN (SELECT guard FROM repl_meta) = 0 BEGIN
  INSERT INTO memories_fts(memories_fts, rowid, title, content, tags, facets, weight)
    VALUES ('delete', old.rowid, old.title, old.content, old.tags, {1}); END;
CREATE TRIGGER memories_au AFTER UPDATE OF title, content, tags, namespace, tier, priority, metadata ON memories
    WHEN (SELECT guard FROM repl_meta) = 0 BEGIN
  INSERT INTO memories_fts(memories_fts, rowid, title, content, tags, facets, weight)
    VALUES ('delete', old.rowid, old.title, old.content, old.tags, {1});
  INSERT INTO memories_fts(rowid, title, content, tags, facets, weight)
    VALUES (new.rowid, new.title, new.content, new.tags, {0}); END;
)sql";

std::string hidden_of(const char* row) {
    return fmt::format(fmt::runtime(kFacets), row) + ", " + fmt::format(fmt::runtime(kWeight), row);
}

// repl_row is version store, tombstone store and outbox at once (design: replication.md 2.2).
// repl_body keeps the body of a register where the tables above do not reproduce it: clashing
// titles, links, unknown fields, merged memories.
constexpr const char* kReplicationTables = R"sql(
CREATE TABLE repl_meta(id INTEGER PRIMARY KEY CHECK(id = 1), node TEXT NOT NULL, epoch TEXT NOT NULL, tag INTEGER NOT NULL,
  next_seq INTEGER NOT NULL, hlc INTEGER NOT NULL, guard INTEGER NOT NULL DEFAULT 0);
CREATE TABLE repl_row(key TEXT PRIMARY KEY, state INTEGER NOT NULL, stamp INTEGER NOT NULL, sig INTEGER NOT NULL,
  seq INTEGER NOT NULL, foreign_row INTEGER NOT NULL) WITHOUT ROWID;
CREATE UNIQUE INDEX repl_seq ON repl_row(seq);
CREATE TABLE repl_body(key TEXT PRIMARY KEY, a TEXT, b TEXT, body TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX repl_body_a ON repl_body(a, b) WHERE a IS NOT NULL;
CREATE INDEX repl_body_b ON repl_body(b) WHERE b IS NOT NULL;
CREATE TABLE repl_grp(head TEXT NOT NULL, key TEXT NOT NULL, stamp INTEGER NOT NULL, PRIMARY KEY(head, key)) WITHOUT ROWID;
CREATE INDEX repl_grp_key ON repl_grp(key);
CREATE TABLE repl_out(url TEXT PRIMARY KEY, node TEXT NOT NULL, epoch TEXT NOT NULL, acked INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE repl_in(node TEXT PRIMARY KEY, epoch TEXT NOT NULL, seen INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE repl_dirty(kind TEXT NOT NULL, a TEXT NOT NULL, b TEXT NOT NULL, c TEXT NOT NULL,
  PRIMARY KEY(kind, a, b, c)) WITHOUT ROWID;
)sql";

// For repair (store/log/upkeep.h, collect.h). `base`, `recovering`, `horizon`: see Identity.
// repl_in.last_*: the last row that came in order. repl_epoch: epochs this file has left behind.
// repl_contact: when this node was last equal to another, at which place of its own feed and at
// what time by the other's clock; `fresh` is the other's own Identity.fresh. repl_mark: at this
// time every peer had all up to this place.
constexpr const char* kRepairTables = R"sql(
ALTER TABLE repl_meta ADD COLUMN base INTEGER NOT NULL DEFAULT 0;
ALTER TABLE repl_meta ADD COLUMN recovering INTEGER NOT NULL DEFAULT 0;
ALTER TABLE repl_meta ADD COLUMN horizon INTEGER NOT NULL DEFAULT 0;
ALTER TABLE repl_in ADD COLUMN last_key TEXT NOT NULL DEFAULT '';
ALTER TABLE repl_in ADD COLUMN last_stamp INTEGER NOT NULL DEFAULT 0;
CREATE TABLE repl_epoch(epoch TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE repl_contact(node TEXT PRIMARY KEY, epoch TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL,
  fresh INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE repl_mark(seq INTEGER PRIMARY KEY, at INTEGER NOT NULL);
)sql";

// Small documents (store/log/records.h), as 0.6.3 makes their tables. repl_meta.members: nodes that
// vote on decisions, this one included; webhooks_at: place in the feed up to which subscribers were
// told. repl_idem: requests that were carried out, by their key.
constexpr const char* kRecordTables = R"sql(
CREATE TABLE IF NOT EXISTS namespace_meta(
  namespace TEXT PRIMARY KEY, standard_id TEXT NOT NULL, updated_at TEXT NOT NULL, parent_namespace TEXT);
CREATE TABLE IF NOT EXISTS pending_actions(
  id TEXT PRIMARY KEY, action_type TEXT NOT NULL, memory_id TEXT, namespace TEXT NOT NULL,
  payload TEXT NOT NULL DEFAULT '{}', requested_by TEXT NOT NULL, requested_at TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'pending', decided_by TEXT, decided_at TEXT, approvals TEXT NOT NULL DEFAULT '[]');
CREATE INDEX IF NOT EXISTS idx_pending_status ON pending_actions(status);
CREATE TABLE IF NOT EXISTS entity_aliases(
  entity_id TEXT NOT NULL, alias TEXT NOT NULL, created_at TEXT NOT NULL, PRIMARY KEY(entity_id, alias));
CREATE INDEX IF NOT EXISTS idx_entity_aliases_alias ON entity_aliases(alias);
CREATE TABLE IF NOT EXISTS subscriptions(
  id TEXT PRIMARY KEY, url TEXT NOT NULL, events TEXT NOT NULL DEFAULT '*', secret_hash TEXT, namespace_filter TEXT,
  agent_filter TEXT, created_by TEXT, created_at TEXT NOT NULL, last_dispatched_at TEXT,
  dispatch_count INTEGER NOT NULL DEFAULT 0, failure_count INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS idx_links_source_from ON memory_links(source_id, valid_from);
CREATE INDEX idx_pending_requested ON pending_actions(requested_at);
ALTER TABLE repl_meta ADD COLUMN members INTEGER NOT NULL DEFAULT 1;
ALTER TABLE repl_meta ADD COLUMN webhooks_at INTEGER NOT NULL DEFAULT 0;
UPDATE repl_meta SET webhooks_at = next_seq - 1;
CREATE TABLE repl_idem(key TEXT PRIMARY KEY, at INTEGER NOT NULL, request TEXT NOT NULL, answer TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX repl_idem_at ON repl_idem(at);
INSERT OR IGNORE INTO repl_dirty SELECT 'n', namespace, '', '' FROM namespace_meta;
INSERT OR IGNORE INTO repl_dirty SELECT 'p', id, '', '' FROM pending_actions;
INSERT OR IGNORE INTO repl_dirty SELECT 'e', entity_id, alias, '' FROM entity_aliases;
INSERT OR IGNORE INTO repl_dirty SELECT 's', id, '', '' FROM subscriptions;
)sql";

// What memories have been (store/log/past.h). marks: 1 renamed once, 2 archived once, 4 dead.
constexpr const char* kPastTable = R"sql(
CREATE TABLE repl_past(key TEXT PRIMARY KEY, title INTEGER NOT NULL, marks INTEGER NOT NULL, texts TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX repl_past_title ON repl_past(title) WHERE marks >= 4;
)sql";

// repl_parked: store/log/parked.h. repl_pull: how far a peer of 0.6.3 was read (PullMark in
// store/log/upkeep.h). repl_cert: the client certificate a node came with, under mTLS.
// repl_meta.clock_lead: by how much this machine's clock is ahead of a peer's, in ns.
constexpr const char* kPeerTables = R"sql(
CREATE TABLE repl_parked(ours INTEGER NOT NULL, peer TEXT NOT NULL, key TEXT NOT NULL, why TEXT NOT NULL,
  tries INTEGER NOT NULL, place INTEGER NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL,
  PRIMARY KEY(ours, peer, key)) WITHOUT ROWID;
CREATE TABLE repl_pull(url TEXT PRIMARY KEY, since TEXT NOT NULL, full_at INTEGER NOT NULL) WITHOUT ROWID;
ALTER TABLE repl_meta ADD COLUMN clock_lead INTEGER NOT NULL DEFAULT 0;
CREATE TABLE repl_cert(node TEXT PRIMARY KEY, fingerprint TEXT NOT NULL) WITHOUT ROWID;
)sql";

// Identity.fresh, which a contact used to give by itself; shared: up to this place in the feed some
// peer had everything once, whatever became of it.
constexpr const char* kFreshness = R"sql(
ALTER TABLE repl_meta ADD COLUMN fresh INTEGER NOT NULL DEFAULT 0;
ALTER TABLE repl_meta ADD COLUMN shared INTEGER NOT NULL DEFAULT 0;
UPDATE repl_meta SET fresh = (SELECT coalesce(max(at), 0) FROM repl_contact),
  shared = (SELECT coalesce(max(acked), 0) FROM repl_out);
)sql";

// Overwritten versions (store/log/history.h); n grows with each line. Who closed a link, and when:
// columns that 0.6.3 does not name.
constexpr const char* kHistoryTable = R"sql(
CREATE TABLE repl_history(n INTEGER PRIMARY KEY, key TEXT NOT NULL, stamp INTEGER NOT NULL, next INTEGER NOT NULL,
  state INTEGER NOT NULL, foreign_row INTEGER NOT NULL, namespace TEXT NOT NULL, metadata TEXT NOT NULL,
  changed TEXT NOT NULL, shown TEXT, content TEXT, bytes INTEGER NOT NULL);
CREATE UNIQUE INDEX repl_history_key ON repl_history(key, stamp);
ALTER TABLE memory_links ADD COLUMN closed_by TEXT;
ALTER TABLE memory_links ADD COLUMN closed_at TEXT;
)sql";

// {0} letter of the kind, {1} table, {2} first column of its key, {3} second one or an empty text.
constexpr const char* kRecordTriggers = R"sql(
CREATE TRIGGER repl_guard_{1}_ins AFTER INSERT ON {1} WHEN (SELECT guard FROM repl_meta) = 0 BEGIN
  INSERT OR IGNORE INTO repl_dirty VALUES ('{0}', new.{2}, {4}{3}, ''); END;
CREATE TRIGGER repl_guard_{1}_upd AFTER UPDATE ON {1} WHEN (SELECT guard FROM repl_meta) = 0 BEGIN
  INSERT OR IGNORE INTO repl_dirty VALUES ('{0}', old.{2}, {5}{3}, '');
  INSERT OR IGNORE INTO repl_dirty VALUES ('{0}', new.{2}, {4}{3}, ''); END;
CREATE TRIGGER repl_guard_{1}_del AFTER DELETE ON {1} WHEN (SELECT guard FROM repl_meta) = 0 BEGIN
  INSERT OR IGNORE INTO repl_dirty VALUES ('{0}', old.{2}, {5}{3}, ''); END;
)sql";

// What another program writes to the memory tables (0.6.3 on the same file, a person with sqlite3)
// is noted here and stamped by the next writer of ours, whose connection fires no triggers.
constexpr const char* kGuardTriggers = R"sql(
CREATE TRIGGER repl_guard_ins AFTER INSERT ON memories WHEN (SELECT guard FROM repl_meta) = 0 BEGIN
  INSERT OR IGNORE INTO repl_dirty VALUES ('m', new.id, '', ''); END;
CREATE TRIGGER repl_guard_upd AFTER UPDATE OF id, tier, namespace, title, content, tags, priority, confidence, source,
    created_at, updated_at, expires_at, metadata ON memories WHEN (SELECT guard FROM repl_meta) = 0 BEGIN
  INSERT OR IGNORE INTO repl_dirty VALUES ('m', old.id, '', '');
  INSERT OR IGNORE INTO repl_dirty VALUES ('m', new.id, '', ''); END;
CREATE TRIGGER repl_guard_del AFTER DELETE ON memories WHEN (SELECT guard FROM repl_meta) = 0 BEGIN
  INSERT OR IGNORE INTO repl_dirty VALUES ('m', old.id, '', ''); END;
CREATE TRIGGER repl_guard_arch_ins AFTER INSERT ON archived_memories WHEN (SELECT guard FROM repl_meta) = 0 BEGIN
  INSERT OR IGNORE INTO repl_dirty VALUES ('m', new.id, '', ''); END;
CREATE TRIGGER repl_guard_arch_upd AFTER UPDATE ON archived_memories WHEN (SELECT guard FROM repl_meta) = 0 BEGIN
  INSERT OR IGNORE INTO repl_dirty VALUES ('m', old.id, '', '');
  INSERT OR IGNORE INTO repl_dirty VALUES ('m', new.id, '', ''); END;
CREATE TRIGGER repl_guard_arch_del AFTER DELETE ON archived_memories WHEN (SELECT guard FROM repl_meta) = 0 BEGIN
  INSERT OR IGNORE INTO repl_dirty VALUES ('m', old.id, '', ''); END;
CREATE TRIGGER repl_guard_link_ins AFTER INSERT ON memory_links WHEN (SELECT guard FROM repl_meta) = 0 BEGIN
  INSERT OR IGNORE INTO repl_dirty VALUES ('l', new.source_id, new.target_id, new.relation); END;
CREATE TRIGGER repl_guard_link_upd AFTER UPDATE OF source_id, target_id, relation, created_at ON memory_links
    WHEN (SELECT guard FROM repl_meta) = 0 BEGIN
  INSERT OR IGNORE INTO repl_dirty VALUES ('l', old.source_id, old.target_id, old.relation);
  INSERT OR IGNORE INTO repl_dirty VALUES ('l', new.source_id, new.target_id, new.relation); END;
CREATE TRIGGER repl_guard_link_del AFTER DELETE ON memory_links WHEN (SELECT guard FROM repl_meta) = 0 BEGIN
  INSERT OR IGNORE INTO repl_dirty VALUES ('l', old.source_id, old.target_id, old.relation); END;
)sql";

// Everything a file of 0.6.3 already holds is taken up like the work of a foreign writer.
constexpr const char* kAdoptExistingRows = R"sql(
INSERT OR IGNORE INTO repl_dirty SELECT 'm', id, '', '' FROM memories;
INSERT OR IGNORE INTO repl_dirty SELECT 'm', id, '', '' FROM archived_memories;
INSERT OR IGNORE INTO repl_dirty SELECT 'l', source_id, target_id, relation FROM memory_links;
)sql";

void make_version_1(Database& db, Rng& rng) {
    db.exec(kMemoryTables);
    db.exec(kOurIndexes);
    db.exec(kReplicationTables);
    db.sql("INSERT INTO repl_meta VALUES (1, ?1, ?2, ?3, 1, 0, 0)")
        .bind(uuid4(rng), fmt::format("{:016x}", rng.next()),
              static_cast<std::int64_t>(rng.next() % 1000))
        .run();
    db.exec(kGuardTriggers);
    db.exec(kAdoptExistingRows);
}

// A new file has yet to hear what its node may have known in an earlier life.
void make_version_2(Database& db, bool new_file) {
    db.exec(kRepairTables);
    db.exec(fmt::format(fmt::runtime(kSearchIndex), hidden_of("")));
    db.exec(fmt::format(fmt::runtime(kSearchTriggers), hidden_of("new."), hidden_of("old.")));
    if (new_file) db.exec("UPDATE repl_meta SET recovering = 1");
}

void make_record_triggers(Database& db, const char* kind, const char* table, const char* first,
                          const char* second) {
    const bool pair = *second != '\0';
    db.exec(fmt::format(fmt::runtime(kRecordTriggers), kind, table, first, pair ? second : "''",
                        pair ? "new." : "", pair ? "old." : ""));
}

void make_version_3(Database& db) {
    db.exec(kRecordTables);
    make_record_triggers(db, "n", "namespace_meta", "namespace", "");
    make_record_triggers(db, "p", "pending_actions", "id", "");
    make_record_triggers(db, "e", "entity_aliases", "entity_id", "alias");
    make_record_triggers(db, "s", "subscriptions", "id", "");
    // Closing a link is a write like any other.
    db.exec(R"sql(
DROP TRIGGER IF EXISTS repl_guard_link_upd;
CREATE TRIGGER repl_guard_link_upd AFTER UPDATE OF source_id, target_id, relation, created_at, valid_from, valid_until,
    observed_by ON memory_links WHEN (SELECT guard FROM repl_meta) = 0 BEGIN
  INSERT OR IGNORE INTO repl_dirty VALUES ('l', old.source_id, old.target_id, old.relation);
  INSERT OR IGNORE INTO repl_dirty VALUES ('l', new.source_id, new.target_id, new.relation); END;
)sql");
}

bool holds_memories(Database& db) {
    return db.sql("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'memories'")
        .bind()
        .step();
}

std::int64_t known_version(Database& db, const std::filesystem::path& file) {
    const std::int64_t found = schema_version(db);
    if (found > kSchemaVersion)
        throw SchemaTooNew(
            fmt::format("{} was written by a newer ai-memory (schema {}, this program knows {}); "
                        "upgrade this program",
                        file.string(), found, kSchemaVersion));
    return found;
}

}  // namespace

void configure(Database& db, std::size_t cache_kib) {
    // Debian's SQLite overwrites all it frees: each page that a merge of the text index gives back
    // went through the log as zeros. FAST overwrites only what is written anyway.
    db.exec(fmt::format(
        "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;"
        "PRAGMA secure_delete = FAST; PRAGMA wal_autocheckpoint = 4000;"
        "PRAGMA cache_size = -{};",
        cache_kib));
    register_match_score(db);
}

void migrate(Database& db, const std::filesystem::path& file, const Clock& /*clock*/, Rng& rng) {
    const std::int64_t found = known_version(db, file);
    if (found == kSchemaVersion) return;
    use_write_ahead_log(db);
    if (holds_memories(db)) keep_copy(db, file, found, rng);
    Transaction transaction(db);
    // Another process may have been quicker while we waited for the lock.
    const std::int64_t version = known_version(db, file);
    if (version == kSchemaVersion) return;
    if (version < 1) make_version_1(db, rng);
    if (version < 2) make_version_2(db, version < 1);
    if (version < 3) make_version_3(db);
    if (version < 4) db.exec(kPastTable);
    if (version < 5) db.exec(kPeerTables);
    if (version < 6) db.exec(kFreshness);
    if (version < 7) db.exec(kHistoryTable);
    if (version < 8) db.exec(kUseIndex);
    if (version < 9) db.exec(kOwnRowsIndex);
    if (version < 10) db.exec(kSearchSettings);
    if (version < 11) db.exec(kRankIndexes);
    db.exec(fmt::format("PRAGMA user_version = {}", kSchemaVersion));
    transaction.commit();
}

}  // namespace aimem::sqlite
