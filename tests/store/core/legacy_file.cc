#include "tests/store/core/legacy_file.h"

#include <sqlite3.h>

#include <memory>
#include <stdexcept>

namespace aimem::test {
namespace {

constexpr const char* kTables = R"sql(
PRAGMA journal_mode = WAL;
CREATE TABLE memories(
  id TEXT PRIMARY KEY, tier TEXT NOT NULL, namespace TEXT NOT NULL DEFAULT 'global',
  title TEXT NOT NULL, content TEXT NOT NULL, tags TEXT NOT NULL DEFAULT '[]',
  priority INTEGER NOT NULL DEFAULT 5, confidence REAL NOT NULL DEFAULT 1.0,
  source TEXT NOT NULL DEFAULT 'api', access_count INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL, updated_at TEXT NOT NULL, last_accessed_at TEXT, expires_at TEXT,
  metadata TEXT NOT NULL DEFAULT '{}', embedding BLOB,
  scope_idx TEXT GENERATED ALWAYS AS (CASE WHEN json_valid(metadata) THEN
    coalesce(json_extract(metadata, '$.scope'), 'private') ELSE 'private' END) VIRTUAL,
  agent_id_idx TEXT GENERATED ALWAYS AS (CASE WHEN json_valid(metadata) THEN
    json_extract(metadata, '$.agent_id') END) VIRTUAL);
CREATE UNIQUE INDEX idx_memories_title_ns ON memories(title, namespace);
CREATE INDEX idx_memories_tier ON memories(tier);
CREATE INDEX idx_memories_namespace ON memories(namespace);
CREATE INDEX idx_memories_priority ON memories(priority DESC);
CREATE INDEX idx_memories_expires ON memories(expires_at);
CREATE INDEX idx_memories_scope_idx ON memories(scope_idx);
CREATE INDEX idx_memories_agent_id ON memories(agent_id_idx);
CREATE INDEX idx_memories_created_at ON memories(created_at);
CREATE TABLE memory_links(
  source_id TEXT NOT NULL REFERENCES memories(id) ON DELETE CASCADE,
  target_id TEXT NOT NULL REFERENCES memories(id) ON DELETE CASCADE,
  relation TEXT NOT NULL DEFAULT 'related_to', created_at TEXT NOT NULL, valid_from TEXT,
  valid_until TEXT, observed_by TEXT, signature BLOB, PRIMARY KEY(source_id, target_id, relation));
CREATE INDEX idx_links_temporal_src ON memory_links(source_id, valid_from, valid_until);
CREATE INDEX idx_links_temporal_tgt ON memory_links(target_id, valid_from, valid_until);
CREATE INDEX idx_links_relation ON memory_links(relation, valid_from);
CREATE VIRTUAL TABLE memories_fts USING fts5(title, content, tags, content=memories,
  content_rowid=rowid);
CREATE TRIGGER memories_ai AFTER INSERT ON memories BEGIN
  INSERT INTO memories_fts(rowid, title, content, tags)
  VALUES (new.rowid, new.title, new.content, new.tags); END;
CREATE TRIGGER memories_ad AFTER DELETE ON memories BEGIN
  INSERT INTO memories_fts(memories_fts, rowid, title, content, tags)
  VALUES ('delete', old.rowid, old.title, old.content, old.tags); END;
CREATE TRIGGER memories_au AFTER UPDATE ON memories BEGIN
  INSERT INTO memories_fts(memories_fts, rowid, title, content, tags)
  VALUES ('delete', old.rowid, old.title, old.content, old.tags);
  INSERT INTO memories_fts(rowid, title, content, tags)
  VALUES (new.rowid, new.title, new.content, new.tags); END;
CREATE TABLE archived_memories(
  id TEXT PRIMARY KEY, tier TEXT NOT NULL, namespace TEXT NOT NULL DEFAULT 'global',
  title TEXT NOT NULL, content TEXT NOT NULL, tags TEXT NOT NULL DEFAULT '[]',
  priority INTEGER NOT NULL DEFAULT 5, confidence REAL NOT NULL DEFAULT 1.0,
  source TEXT NOT NULL DEFAULT 'api', access_count INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL, updated_at TEXT NOT NULL, last_accessed_at TEXT, expires_at TEXT,
  archived_at TEXT NOT NULL, archive_reason TEXT NOT NULL DEFAULT 'ttl_expired',
  metadata TEXT NOT NULL DEFAULT '{}');
CREATE INDEX idx_archived_namespace ON archived_memories(namespace);
CREATE INDEX idx_archived_at ON archived_memories(archived_at);
CREATE TABLE namespace_meta(namespace TEXT PRIMARY KEY, standard_id TEXT, updated_at TEXT NOT NULL,
  parent_namespace TEXT);
CREATE TABLE pending_actions(id TEXT PRIMARY KEY, action_type TEXT NOT NULL, memory_id TEXT,
  namespace TEXT NOT NULL, payload TEXT NOT NULL DEFAULT '{}', requested_by TEXT NOT NULL,
  requested_at TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'pending', decided_by TEXT,
  decided_at TEXT, approvals TEXT NOT NULL DEFAULT '[]');
CREATE TABLE schema_version(version INTEGER NOT NULL);
INSERT INTO schema_version VALUES (16);
)sql";

constexpr const char* kRows = R"sql(
INSERT INTO memories(id, tier, namespace, title, content, tags, priority, confidence, source,
  access_count, created_at, updated_at, last_accessed_at, expires_at, metadata) VALUES
 ('11111111-1111-4111-8111-111111111111', 'long', 'global', 'First', 'the quick brown fox',
  '["a","b"]', 8, 0.5, 'claude', 12, '2026-04-01T10:00:00.123456+00:00',
  '2026-04-02T11:00:00.654321+00:00', '2026-04-03T00:00:00+00:00', NULL,
  '{"agent_id":"ai:one","scope":"team"}'),
 ('22222222-2222-4222-8222-222222222222', 'mid', 'work/x', 'Second', 'a lazy dog', '[]', 5, 1.0,
  'api', 0, '2026-04-01T10:00:00+00:00', '2026-04-01T10:00:00+00:00', NULL,
  '2027-04-08T10:00:00+00:00', '{}');
INSERT INTO archived_memories(id, tier, namespace, title, content, created_at, updated_at,
  archived_at, archive_reason) VALUES
 ('33333333-3333-4333-8333-333333333333', 'short', 'global', 'Third', 'gone',
  '2026-03-01T10:00:00+00:00', '2026-03-01T10:00:00+00:00', '2026-03-02T10:00:00.5+00:00',
  'ttl_expired');
INSERT INTO memory_links(source_id, target_id, relation, created_at, valid_from, valid_until,
  observed_by) VALUES
 ('11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222', 'supersedes',
  '2026-04-02T12:00:00+00:00', '2026-04-01T10:00:00.123456+00:00', '2026-05-01T00:00:00+00:00',
  'ai:one');
INSERT INTO namespace_meta VALUES ('global', '11111111-1111-4111-8111-111111111111',
  '2026-04-02T12:00:00+00:00', NULL);
INSERT INTO pending_actions(id, action_type, namespace, requested_by, requested_at) VALUES
 ('p1', 'store', 'global', 'ai:one', '2026-04-02T12:00:00+00:00');
)sql";

struct Close {
    void operator()(sqlite3* db) const noexcept { sqlite3_close(db); }
};

}  // namespace

void run_sql(const std::filesystem::path& file, const std::string& statements) {
    sqlite3* raw = nullptr;
    const int rc = sqlite3_open(file.c_str(), &raw);
    const std::unique_ptr<sqlite3, Close> db(raw);
    if (rc != SQLITE_OK ||
        sqlite3_exec(raw, statements.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        throw std::runtime_error(std::string("plain connection: ") + sqlite3_errmsg(raw));
}

void make_legacy_file(const std::filesystem::path& file) {
    run_sql(file, kTables);
    run_sql(file, kRows);
}

}  // namespace aimem::test
