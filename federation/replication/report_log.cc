#include "federation/replication/report_log.h"

#include "store/base/log.h"

namespace aimem {

void log_report(const repl::Report& report, const std::string& url) {
    using What = repl::Report::What;
    switch (report.what) {
        case What::peer_up: return log::info("peer.up", "peer={}", url);
        case What::peer_down: return log::warn("peer.down", "peer={} why={}", url, report.why);
        case What::parked:
            return log::error("peer.parked", "peer={} rows={} first={} why={}", url,
                              report.seqs.size(), report.seqs.empty() ? 0 : report.seqs.front(),
                              report.why);
        case What::self_in_peers:
            return log::error("peer.self", "peer={} is this node itself and counts for nothing",
                              url);
        case What::twin:
            return log::error("peer.twin",
                              "peer={} runs on a copy of this node's file and counts for nothing; "
                              "one of the two must begin anew with an empty file",
                              url);
        case What::rewound: return log::warn("peer.rewound", "peer={} {}", url, report.why);
    }
}

}  // namespace aimem
