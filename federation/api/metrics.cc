// GET /metrics and /api/v1/metrics: Prometheus text, collected anew for each scrape from the
// counters that exist anyway. SPDX-License-Identifier: Apache-2.0
#include "federation/api/api.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

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
    families.gauge("ai_memory_peer_lag", "Feed positions this peer has not acknowledged.");
    for (const auto& peer : peers)
        families.value(static_cast<double>(peer.lag), label("peer", peer.url));
}

net::awaitable<http::Response> metrics(Services& services, http::Request) {
    Families families;
    add_quorum(families, services.replication.counters());
    add_peers(families, services.replication.peers());
    co_return http::Response(200, families.text(), "text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace

void add_metrics_routes(http::Router& router, Services& services) {
    router.add(http::Verb::get, "/metrics", with(services, metrics));
    router.add(http::Verb::get, "/api/v1/metrics", with(services, metrics));
}

}  // namespace aimem::api
