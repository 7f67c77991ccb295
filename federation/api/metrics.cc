// GET /metrics and /api/v1/metrics: Prometheus text, collected anew for each scrape from the
// counters that exist anyway. SPDX-License-Identifier: Apache-2.0
#include "federation/api/api.h"
#include "store/log/feed.h"
#include "store/log/parked.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>

namespace aimem::api {
namespace {

namespace net = boost::asio;

using Labels = std::vector<prometheus::ClientMetric::Label>;

class Families {
public:
    void counter(const char* name, const char* help) {
        begin(name, help, prometheus::MetricType::Counter);
    }
    void gauge(const char* name, const char* help) {
        begin(name, help, prometheus::MetricType::Gauge);
    }
    // A value of the family begun last.
    void value(double number, Labels labels = {}) {
        prometheus::ClientMetric metric;
        metric.label = std::move(labels);
        if (all_.back().type == prometheus::MetricType::Counter)
            metric.counter.value = number;
        else
            metric.gauge.value = number;
        all_.back().metric.push_back(std::move(metric));
    }
    void histogram(const char* name, const char* help, std::uint64_t count, double sum) {
        begin(name, help, prometheus::MetricType::Histogram);
        prometheus::ClientMetric metric;
        metric.histogram.sample_count = count;
        metric.histogram.sample_sum = sum;
        all_.back().metric.push_back(std::move(metric));
    }
    // Of the histogram begun last; counts are cumulative.
    void bucket(double upper_bound, std::uint64_t count) {
        prometheus::ClientMetric::Bucket one;
        one.upper_bound = upper_bound;
        one.cumulative_count = count;
        all_.back().metric.back().histogram.bucket.push_back(one);
    }
    std::string text() const { return prometheus::TextSerializer().Serialize(all_); }

private:
    void begin(const char* name, const char* help, prometheus::MetricType type) {
        prometheus::MetricFamily family;
        family.name = name;
        family.help = help;
        family.type = type;
        all_.push_back(std::move(family));
    }

    std::vector<prometheus::MetricFamily> all_;
};

Labels label(const char* name, std::string value) {
    prometheus::ClientMetric::Label one;
    one.name = name;
    one.value = std::move(value);
    return {std::move(one)};
}

double number(std::uint64_t count) {
    return static_cast<double>(count);
}

void add_quorum(Families& families, const DriverCounters& counters) {
    families.counter("ai_memory_quorum_met_total", "Writes confirmed by W nodes.");
    families.value(number(counters.quorum_met));
    families.counter("ai_memory_quorum_failed_total", "Writes answered 503, by reason.");
    families.value(number(counters.failed_timeout), label("reason", "timeout"));
    families.value(number(counters.failed_unreachable), label("reason", "unreachable"));
    families.value(number(counters.failed_id_drift), label("reason", "id_drift"));
    families.counter("ai_memory_pushes_total", "Pushes sent to peers.");
    families.value(number(counters.pushes));
    families.counter("ai_memory_parked_total", "Rows that a peer refuses for good.");
    families.value(number(counters.parked));
}

void add_peers(Families& families, const std::vector<repl::PeerStatus>& peers) {
    if (peers.empty()) return;
    families.gauge("ai_memory_peer_up", "1 while the last push to this peer was answered.");
    for (const auto& peer : peers) families.value(peer.up ? 1.0 : 0.0, label("peer", peer.url));
    families.counter("ai_memory_acks_total", "Pushes this peer acknowledged.");
    for (const auto& peer : peers) families.value(number(peer.acks), label("peer", peer.url));
    families.gauge("ai_memory_peer_lag", "Feed positions this peer has not acknowledged.");
    for (const auto& peer : peers)
        families.value(static_cast<double>(peer.lag), label("peer", peer.url));
}

void add_clocks(Families& families, const Services& services,
                const std::vector<repl::PeerStatus>& peers) {
    if (services.clock_offsets.empty()) return;
    families.gauge("ai_memory_peer_clock_offset_seconds",
                   "How far this peer's clock was ahead of ours when it last pushed.");
    for (const auto& [node, offset] : services.clock_offsets) {
        const auto known =
            std::find_if(peers.begin(), peers.end(),
                         [&node = node](const auto& peer) { return peer.node == node; });
        families.value(offset, label("peer", known == peers.end() ? node : known->url));
    }
}

struct Looked {  // what only the file knows
    std::vector<double> lags{};
    ParkedCounts parked{};
};

// Seconds since the oldest change that a peer has not acknowledged; 0 when there is none.
Looked look_at(Store& store, const std::vector<repl::PeerStatus>& peers) {
    Looked out{std::vector<double>(peers.size(), 0.0), {}};
    const std::int64_t now = system_clock().now_ns();
    const auto looked = store.look([&](sqlite::Database& db) {
        for (std::size_t i = 0; i < peers.size(); ++i)
            if (const auto stamp = first_own_stamp_after(db, peers[i].settled))
                out.lags[i] = std::max(0.0, static_cast<double>(now - *stamp) / 1e9);
        out.parked = count_parked(db, now);
    });
    return looked ? out : Looked{};
}

void add_parked(Families& families, const ParkedCounts& parked) {
    families.gauge("ai_memory_parked_rows",
                   "Rows not delivered: out, that a peer refuses; in, that were refused here.");
    families.value(static_cast<double>(parked.ours), label("direction", "out"));
    families.value(static_cast<double>(parked.foreign), label("direction", "in"));
}

void add_lags(Families& families, const std::vector<repl::PeerStatus>& peers,
              const std::vector<double>& seconds) {
    if (seconds.size() != peers.size() || peers.empty()) return;
    families.gauge("ai_memory_peer_lag_seconds",
                   "Age of the oldest change this peer has not acknowledged.");
    for (std::size_t i = 0; i < peers.size(); ++i)
        families.value(seconds[i], label("peer", peers[i].url));
}

void add_commits(Families& families, const CommitCounters& commits) {
    families.counter("ai_memory_commits_failed_total", "Transactions of this process that failed.");
    families.value(number(commits.failed));
    families.histogram("ai_memory_commit_seconds", "Time of one group commit, fsync included.",
                       commits.commits, commits.seconds);
    for (std::size_t i = 0; i < commits.took.size(); ++i)
        families.bucket(CommitCounters::took_ms.at(i) / 1000.0, commits.took.at(i));
    families.histogram("ai_memory_commit_jobs", "Requests that shared one commit.", commits.commits,
                       number(commits.jobs));
    for (std::size_t i = 0; i < commits.sizes.size(); ++i)
        families.bucket(CommitCounters::jobs_in.at(i), commits.sizes.at(i));
}

net::awaitable<http::Response> metrics(Services& services, http::Request) {
    Families families;
    const auto peers = services.replication.peers();
    auto ask = [peers](Store& store) {
        return look_at(store, peers);
    };
    const auto looked = co_await services.store.read(std::move(ask));
    add_quorum(families, services.replication.counters());
    add_peers(families, peers);
    add_lags(families, peers, looked.lags);
    add_parked(families, looked.parked);
    add_clocks(families, services, peers);
    add_commits(families, services.store.store().commit_counters());
    co_return http::Response(200, families.text(), "text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace

void add_metrics_routes(http::Router& router, Services& services) {
    router.add(http::Verb::get, "/metrics", with(services, metrics));
    router.add(http::Verb::get, "/api/v1/metrics", with(services, metrics));
}

}  // namespace aimem::api
