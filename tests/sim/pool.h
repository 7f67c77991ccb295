// Memory for a program that makes and drops small worlds all the time: free lists by size for each
// thread, for C++ and for SQLite. Nothing is given back to the system. Not under a sanitizer, which
// brings an allocator of its own. SPDX-License-Identifier: Apache-2.0
#pragma once

namespace aimem::sim {

void give_sqlite_the_pool();  // before SQLite is used at all

}  // namespace aimem::sim
