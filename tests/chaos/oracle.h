// The one oracle of all fault scenarios (D1-D7). After the faults are healed it polls until the
// nodes agree or the deadline passes, then compares what every node shows through public doors with
// the ledger:
//   D1 every confirmed effect is there, or a later operation superseded it
//   D2 an unknown operation is on all nodes or none
//   D3 nothing of a rejected operation anywhere
//   D4 the same state on all nodes: digest and rows
//   D5 nothing twice, nothing that the ledger does not know
//   D6 recall and search find every live row and no dead one
//   D7 the database is sound, the process alive, no error in its log
// An operation is superseded only by a confirmed one on the same subject that began after it ended.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/chaos/ledger.h"
#include "tests/chaos/snapshot.h"

#include <string>
#include <vector>

namespace aimem::chaos {

struct Finding {
    std::string rule{};  // "D1" ... "D7"
    std::string text{};
};

class Verdict {
public:
    void add(const char* rule, std::string text) { findings_.push_back({rule, std::move(text)}); }
    bool ok() const { return findings_.empty(); }
    bool broke(const std::string& rule) const;
    std::string text() const;  // the first of each rule, and how many
    void take(Verdict other);

private:
    std::vector<Finding> findings_;
};

struct OracleOptions {
    Millis within{7000};               // T: twice the catch-up interval and 5 s
    std::vector<std::size_t> nodes{};  // all, when empty
    std::size_t looked_up = 40;        // subjects asked for with recall, of live and dead each
    std::vector<std::string> errors_expected{};  // log events that the fault itself explains
};

// D1-D5, without a node: what the scenario's operations allow and what the nodes show.
Verdict judge(const std::vector<LoggedOp>& ops, const std::map<std::string, std::string>& ids,
              const std::vector<Snapshot>& nodes);

// All of it. Ends with the first rule that cannot be looked at (a node that does not answer: D7).
Verdict check(test::Mesh& mesh, const Ledger& ledger, const OracleOptions& options);

}  // namespace aimem::chaos
