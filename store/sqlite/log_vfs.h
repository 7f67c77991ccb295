// The system's SQLite VFS with one difference: what a commit writes to the write-ahead log goes to
// the kernel in one piece. SQLite writes each page as two small pieces, a frame's header and its
// page; a commit of one memory is twenty pages, so forty calls. The pieces gather here until the
// last frame of a commit, a sync, or any other use of the file; other connections look no further
// than the commit they know of, so they miss nothing. Only for a connection that never spills its
// cache (PRAGMA cache_spill = OFF) once it shares the file: pieces of a transaction that is rolled
// back must not be left lying here. SPDX-License-Identifier: Apache-2.0
#pragma once

namespace aimem::sqlite {

// The name for Database's constructor, over the VFS of that name; null: the default one. Throws
// SqliteError.
const char* gathering_vfs(const char* over = nullptr);

}  // namespace aimem::sqlite
