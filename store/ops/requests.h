// Requests that were carried out, so that one that comes again (after a lost answer, a 503 or a
// kill -9) is answered as before and has no second effect. The note of a request is written in the
// transaction of its Ops (repl_idem); it is this node's own and never replicated.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/log/registers.h"
#include "store/ops/op.h"
#include "store/ops/outcome.h"
#include "store/sqlite/sqlite.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aimem {

inline constexpr std::int64_t kRequestLifeNs = 86'400'000'000'000;  // a day

// What the Ops of this request came to when it was carried out; nothing when it is new or older
// than a day. Errc::request_reused in every place when the key stood for another request.
std::optional<std::vector<Result<Committed>>> answers_of(sqlite::Database& db,
                                                         const RequestId& request, std::size_t ops,
                                                         std::int64_t now_ns);

void remember(Registers& registers, const RequestId& request,
              const std::vector<Result<Committed>>& answers);

// Drops what is older than a day; how many there were.
std::int64_t forget_requests(Registers& registers);

// How far a write has come, by the places in this node's feed; for GET /api/v1/ops/{id}.
struct Operation {
    std::size_t rows = 0;        // registers it wrote
    std::size_t superseded = 0;  // of these: a newer version has taken the place, ours or not
    std::int64_t place = 0;      // the last of them in this node's feed; 0: none is its own
    bool foreign = false;        // some of what it wrote is held as another node's write
};
// `id`: of an operation (the key of its request without the step), or of a memory, link, pending
// action or subscription. Errc::not_found.
Result<Operation> operation(sqlite::Database& db, const std::string& id);

// The last place in this node's feed at which one of these registers holds an own write; 0: none.
std::int64_t own_place_of(sqlite::Database& db, const std::vector<std::string>& keys);

}  // namespace aimem
