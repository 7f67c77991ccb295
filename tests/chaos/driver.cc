#include "tests/chaos/driver.h"

#include "tests/support/eventually.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <random>
#include <stdexcept>

namespace aimem::chaos {

using nlohmann::json;
using test::HttpClient;
using test::Reply;

namespace {

constexpr const char* kMemories = "/api/v1/memories";
constexpr Millis kSeedWithin{60'000};

json new_memory(const std::string& subject, std::size_t op) {
    return {{"title", title_of(subject)},
            {"content", content_of(subject, op)},
            {"namespace", "chaos"},
            {"tier", "long"}};
}

// What a 503 names counts as well: the row is there, only not confirmed.
void learn(Ledger& ledger, const std::string& subject, const Reply& reply) {
    if (reply.status != 201 && reply.status != 503) return;
    const json body = reply.json();
    if (const auto id = body.find("id"); id != body.end() && id->is_string())
        ledger.learn_id(subject, id->get<std::string>());
}

std::string known_id(const Ledger& ledger, const std::string& subject) {
    return ledger.id_of(subject).value_or("00000000-0000-4000-8000-000000000000");
}

}  // namespace

HttpClient& Driver::http(std::size_t node) {
    return clients_.try_emplace(node, mesh_.port(node), patience_).first->second;
}

Reply Driver::store(std::size_t node, const std::string& subject) {
    const std::size_t op = ledger_.begin(Verb::store, subject, node);
    Reply reply = http(node).post(kMemories, new_memory(subject, op));
    learn(ledger_, subject, reply);
    ledger_.end(op, reply);
    return reply;
}

Reply Driver::update(std::size_t node, const std::string& subject) {
    return update(node, subject, json::object());
}

Reply Driver::update(std::size_t node, const std::string& subject, const json& fields) {
    const std::string id = known_id(ledger_, subject);
    const std::size_t op = ledger_.begin(Verb::update, subject, node);
    json body = fields;
    body["content"] = content_of(subject, op);
    Reply reply = http(node).put(std::string(kMemories) + "/" + id, body);
    ledger_.end(op, reply);
    return reply;
}

Reply Driver::remove_id(std::size_t node, const std::string& subject, const std::string& id) {
    const std::size_t op = ledger_.begin(Verb::remove, subject, node);
    Reply reply = http(node).del(std::string(kMemories) + "/" + id);
    ledger_.end(op, reply);
    return reply;
}

Reply Driver::remove(std::size_t node, const std::string& subject) {
    return remove_id(node, subject, known_id(ledger_, subject));
}

Reply Driver::archive(std::size_t node, const std::string& subject) {
    const std::string id = known_id(ledger_, subject);
    const std::size_t op = ledger_.begin(Verb::archive, subject, node);
    Reply reply = http(node).post("/api/v1/archive", {{"ids", {id}}});
    // A 200 that archived nothing confirms nothing.
    if (reply.status == 200 && reply.json().value("count", 0) == 0) reply.status = 404;
    ledger_.end(op, reply);
    return reply;
}

Reply Driver::restore(std::size_t node, const std::string& subject) {
    const std::string id = known_id(ledger_, subject);
    const std::size_t op = ledger_.begin(Verb::restore, subject, node);
    Reply reply = http(node).post("/api/v1/archive/" + id + "/restore", json::object());
    ledger_.end(op, reply);
    return reply;
}

Reply Driver::link(std::size_t node, const std::string& from, const std::string& to) {
    const json body = {{"source_id", known_id(ledger_, from)},
                       {"target_id", known_id(ledger_, to)},
                       {"relation", "related_to"}};
    const std::size_t op = ledger_.begin(Verb::link, from, node, to);
    Reply reply = http(node).post("/api/v1/links", body);
    ledger_.end(op, reply);
    return reply;
}

Reply Driver::unlink(std::size_t node, const std::string& from, const std::string& to) {
    const json body = {{"source_id", known_id(ledger_, from)},
                       {"target_id", known_id(ledger_, to)},
                       {"relation", "related_to"}};
    const std::size_t op = ledger_.begin(Verb::unlink, from, node, to);
    Reply reply = http(node).del("/api/v1/links", body);
    ledger_.end(op, reply);
    return reply;
}

Reply Driver::store_bulk(std::size_t node, const std::vector<std::string>& subjects) {
    std::vector<std::size_t> ops;
    json rows = json::array();
    for (const std::string& subject : subjects) {
        ops.push_back(ledger_.begin(Verb::store, subject, node));
        rows.push_back(new_memory(subject, ops.back()));
    }
    Reply reply = http(node).post("/api/v1/memories/bulk", rows);
    if (reply.ok()) {
        const json body = reply.json();
        if (body.at("ids").size() != subjects.size())
            throw std::runtime_error("bulk: " + reply.text());
        for (std::size_t i = 0; i < subjects.size(); ++i)
            ledger_.learn_id(subjects[i], body.at("ids").at(i).get<std::string>());
    }
    for (const std::size_t op : ops) ledger_.end(op, reply);
    return reply;
}

std::vector<std::string> Driver::seed(std::size_t node, std::size_t count) {
    std::vector<std::string> subjects;
    for (std::size_t i = 0; i < count; ++i) subjects.push_back(ledger_.new_subject());
    constexpr std::size_t kPage = 250;
    for (std::size_t at = 0; at < count; at += kPage) {
        const std::vector<std::string> page(
            subjects.begin() + static_cast<std::ptrdiff_t>(at),
            subjects.begin() + static_cast<std::ptrdiff_t>(std::min(count, at + kPage)));
        // A busy machine may miss a quorum: the same titles are the same memories.
        Reply reply;
        const bool done = test::eventually(kSeedWithin, [&] {
            reply = store_bulk(node, page);
            return reply.ok();
        });
        if (!done) throw std::runtime_error("seed: " + reply.text());
    }
    return subjects;
}

PacedWriter::PacedWriter(const test::Mesh& mesh, Ledger& ledger, std::size_t node, Millis pace)
    : thread_([this, &mesh, &ledger, node, pace] {
          Driver driver(mesh, ledger);
          auto next = test::Clock::now();
          while (!stopping_) {
              const auto start = test::Clock::now();
              driver.store(node, ledger.new_subject());
              took_.push_back(test::ms_since(start));
              next = std::max(next + pace, test::Clock::now() - pace);
              const auto left = std::chrono::ceil<Millis>(next - test::Clock::now());
              if (left.count() > 0) test::pause_for(left);
          }
      }) {}

PacedWriter::~PacedWriter() {
    if (thread_.joinable()) stop();
}

std::vector<double> PacedWriter::stop() {
    stopping_ = true;
    thread_.join();
    return std::move(took_);
}

Crowd::Crowd(const test::Mesh& mesh, Ledger& ledger, CrowdOptions options)
    : mesh_(mesh),
      ledger_(ledger),
      options_(std::move(options)) {
    for (std::size_t k = 0; k < options_.threads; ++k)
        threads_.emplace_back([this, k] { work(k); });
}

void Crowd::stop() {
    stopping_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
}

void Crowd::one_op(Driver& driver, std::size_t node, std::uint32_t dice,
                   const std::string& subject) {
    const auto& shared = options_.shared;
    switch (dice % 10) {
        case 0:
        case 1:
        case 2: driver.update(node, subject); break;
        case 3: driver.remove(node, subject); break;
        case 4: driver.archive(node, subject); break;
        case 5: driver.restore(node, subject); break;
        case 6: driver.link(node, subject, shared[dice / 10 % shared.size()]); break;
        case 7: driver.store(node, subject); break;
        default: driver.store(node, ledger_.new_subject()); break;
    }
}

void Crowd::work(std::size_t k) {
    std::mt19937 rng(options_.seed + static_cast<std::uint32_t>(k));
    const std::size_t node = options_.nodes.at(k % options_.nodes.size());
    Driver driver(mesh_, ledger_);
    while (!stopping_) {
        const auto dice = static_cast<std::uint32_t>(rng());
        if (options_.shared.empty())
            driver.store(node, ledger_.new_subject());
        else
            one_op(driver, node, dice, options_.shared[rng() % options_.shared.size()]);
        // A node that is down answers at once: do not spin.
        test::pause_for(std::max(options_.pace, Millis(2)));
    }
}

}  // namespace aimem::chaos
