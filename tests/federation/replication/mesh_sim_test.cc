// Three real cores (committer on SQLite in memory, replication machine) in one thread, on a network
// that delays, loses, repeats and cuts, with clocks an hour apart and restarts. One seed is one
// schedule. Checked: a write that was answered is on W disks at that moment; after healing all
// nodes hold the same registers and show the same rows; what was deleted stays deleted.
#include "federation/replication/replicator.h"
#include "federation/replication/wire.h"
#include "store/committer.h"
#include "store/log/bodies.h"
#include "store/log/digest.h"
#include "store/log/feed.h"
#include "store/log/upkeep.h"
#include "store/sqlite/schema.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <map>
#include <random>

namespace aimem::repl {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

class SimClock final : public Clock {
public:
    explicit SimClock(const Instant& now, Instant skew) : now_(now), skew_(skew) {}
    std::int64_t now_ns() const override {
        return 1'777'000'000'000'000'000 + (now_ + skew_).count();
    }

private:
    const Instant& now_;
    Instant skew_;
};

class SimRng final : public Rng {
public:
    explicit SimRng(std::mt19937_64& random) : random_(random) {}
    std::uint64_t next() override { return random_(); }

private:
    std::mt19937_64& random_;
};

class Mesh {
public:
    static constexpr std::size_t kNodes = 3;
    static constexpr std::size_t kNeeded = 2;

    explicit Mesh(std::uint64_t seed) : random_(seed), rng_(random_) {
        for (std::size_t i = 0; i < kNodes; ++i) {
            const int skew = static_cast<int>(random_() % 3) - 1;
            nodes_.push_back(std::make_unique<Node>(now_, hours(skew), rng_));
            start(i);
        }
    }

    void run(int operations) {
        for (int i = 0; i < operations; ++i) {
            now_ += milliseconds(random_() % 8);
            deliver_until(now_);
            if (chance(4)) cut_[{random_() % kNodes, random_() % kNodes}] = chance(50);
            if (chance(2)) start(random_() % kNodes);
            operate(random_() % kNodes);
        }
        cut_.clear();
        lossy_ = false;
        for (std::size_t i = 0; i < kNodes; ++i) step(i, Tick{});
        deliver_until(now_ + std::chrono::seconds(120));
        calm_ = true;
        for (int i = 0; i < operations / 2; ++i) {
            deliver_until(now_ + milliseconds(random_() % 8));
            operate(random_() % kNodes);
        }
        deliver_until(now_ + std::chrono::seconds(120));
    }

    std::string visible(std::size_t node) {
        std::string out;
        for (const char* table : {"SELECT id, namespace, title, content, tier, priority, "
                                  "updated_at, metadata FROM memories ORDER BY id",
                                  "SELECT id, title, content, archive_reason, archived_at, '', '', "
                                  "'' FROM archived_memories ORDER BY id",
                                  "SELECT source_id, target_id, relation, '', '', '', '', '' FROM "
                                  "memory_links ORDER BY 1, 2, 3"}) {
            sqlite::Statement statement(nodes_[node]->db.handle(), table);
            for (auto row = statement.bind(); row.step();) {
                for (int column = 0; column < 8; ++column) out += row.string(column) + "|";
                out += "\n";
            }
        }
        return out;
    }
    std::uint64_t digest(std::size_t node) { return digest_of_range(nodes_[node]->db, "", "").sum; }
    std::int64_t lag(std::size_t node) {
        std::int64_t out = 0;
        for (const PeerStatus& peer : nodes_[node]->machine->peers()) out += peer.lag;
        return out;
    }
    int met = 0;
    int failed = 0;

private:
    struct Node {
        Node(const Instant& now, Instant skew, Rng& rng)
            : clock(now, skew),
              db(":memory:", sqlite::OpenMode::read_write),
              committer(db, clock, rng) {
            sqlite::migrate(db, ":memory:", clock, rng);
        }
        SimClock clock;
        sqlite::Database db;
        Committer committer;
        std::optional<Replicator> machine{};
        int life = 0;                    // answers to an earlier life are thrown away
        std::optional<Instant> armed{};  // when it will look again by itself
        std::map<Ticket, std::vector<FeedRow>> tickets{};
    };

    bool chance(unsigned percent) { return random_() % 100 < percent; }
    void at(Instant when, std::function<void()> what) { heap_.emplace(when, std::move(what)); }

    void deliver_until(Instant end) {
        while (!heap_.empty() && heap_.begin()->first <= end) {
            auto next = heap_.extract(heap_.begin());
            now_ = std::max(now_, next.key());
            next.mapped()();
        }
        now_ = std::max(now_, end);
    }

    // A start, or a kill -9 and restart: the file is all that is left.
    void start(std::size_t i) {
        Node& node = *nodes_[i];
        node.life += 1;
        node.tickets.clear();
        node.armed.reset();
        ReplicatorOptions options;
        options.policy = {kNodes, kNeeded, milliseconds(200)};
        options.push_timeout = milliseconds(200);
        options.self = read_identity(node.db);
        options.agent_id = "host:sim";
        const auto cursors = read_cursors(node.db);
        for (std::size_t j = 0; j < kNodes; ++j) {
            if (j == i) continue;
            PeerCursor cursor{"http://n" + std::to_string(j), {}, {}, 0};
            for (const PeerCursor& known : cursors)
                if (known.url == cursor.url) cursor = known;
            options.peers.push_back(cursor);
        }
        node.machine.emplace(std::move(options));
        step(i, Tick{});
    }

    std::size_t peer_of(std::size_t i, std::size_t index) const {
        return index < i ? index : index + 1;
    }

    void step(std::size_t i, const Event& event) {
        Node& node = *nodes_[i];
        for (Action& action : node.machine->step(event, now_, node.clock.now_ns()))
            std::visit([&](auto& one) { carry_out(i, std::move(one)); }, action);
        const auto wake = node.machine->next_wakeup();
        if (!wake || (node.armed && *wake >= *node.armed)) return;
        node.armed = std::max(*wake, now_ + std::chrono::microseconds(1));
        at(*node.armed, [this, i, life = node.life] {
            if (nodes_[i]->life != life) return;
            nodes_[i]->armed.reset();
            step(i, Tick{});
        });
    }

    void carry_out(std::size_t i, SendPush push) {
        const std::size_t j = peer_of(i, push.peer);
        const int life = nodes_[i]->life;
        const auto finish = [this, i, life](PushDone done) {
            if (nodes_[i]->life == life) step(i, done);
        };
        at(now_ + push.timeout, [finish, peer = push.peer, id = push.id] {
            finish({peer, id, PushEnd::timeout, 0, "no answer", std::nullopt});
        });
        const int copies = lossy_ && chance(5) ? 2 : 1;
        for (int copy = 0; copy < copies; ++copy) {
            if (lossy_ && (chance(10) || cut(i, j))) continue;
            at(now_ + delay(), [this, i, j, push, finish] { arrive(i, j, push, finish); });
        }
    }

    template <typename Finish>
    void arrive(std::size_t i, std::size_t j, const SendPush& push, Finish finish) {
        const auto in = decode_push(push.body);
        ASSERT_TRUE(in) << in.error().message;
        ASSERT_TRUE(in->malformed.empty());
        Node& receiver = *nodes_[j];
        receiver.committer.begin();
        PushOut out;
        out.accepted = receiver.committer.accept(in->delivery);
        receiver.committer.commit();
        ASSERT_TRUE(out.accepted.rejected.empty()) << out.accepted.rejected.front().why;
        out.in = &*in;
        out.self = read_identity(receiver.db);
        const std::string body = encode_reply(out);
        step(j, ForeignApplied{{out.accepted.span.from, out.accepted.span.to}});
        if (lossy_ && (chance(10) || cut(j, i))) return;
        at(now_ + delay(), [finish, peer = push.peer, id = push.id, body] {
            finish({peer, id, PushEnd::answered, 200, body, std::nullopt});
        });
    }

    void carry_out(std::size_t i, LoadPage wanted) {
        at(now_ + delay() / 8, [this, i, wanted, life = nodes_[i]->life] {
            if (nodes_[i]->life != life) return;
            // Small pages on purpose: their ends fall between the rows of groups.
            const std::size_t rows = std::min<std::size_t>(wanted.rows_max, 1 + random_() % 5);
            step(i, PageLoaded{wanted.peer, wanted.from,
                               own_rows_after(nodes_[i]->db, wanted.from, rows, wanted.bytes_max)});
        });
    }

    void carry_out(std::size_t i, SaveCursor save) {
        if (!chance(30)) return;  // lost cursors must only cost re-sending
        Node& node = *nodes_[i];
        node.committer.begin();
        node.committer.save_cursor(save.cursor);
        node.committer.commit();
    }

    void carry_out(std::size_t i, Resolve resolve) {
        const auto rows = nodes_[i]->tickets[resolve.ticket];
        (resolve.outcome.verdict == Verdict::met ? met : failed) += 1;
        ASSERT_TRUE(!calm_ || resolve.outcome.verdict == Verdict::met)
            << "nothing was wrong with the mesh: " << resolve.outcome.reason;
        if (resolve.outcome.verdict != Verdict::met) return;
        for (const FeedRow& row : rows) {
            std::size_t copies = 0;
            for (const auto& node : nodes_) {
                const auto found = find_register(node->db, row.change.key);
                copies += found && found->version >= row.change.version ? 1U : 0U;
            }
            ASSERT_GE(copies, kNeeded) << "an answered write is not on W disks: " << row.change.key;
        }
    }
    void carry_out(std::size_t i, CheckHistory check) {
        ASSERT_FALSE(contradicts_history(nodes_[i]->db, check.seen));
    }
    // Nothing is ever lost here, so nobody may be taken for one who lost something.
    void carry_out(std::size_t, Report report) {
        ASSERT_NE(report.what, Report::What::rewound) << report.why;
        ASSERT_NE(report.what, Report::What::parked) << report.why;
    }

    Instant delay() { return std::chrono::microseconds(100 + random_() % 20'000); }
    bool cut(std::size_t from, std::size_t to) const {
        const auto found = cut_.find({from, to});
        return found != cut_.end() && found->second;
    }

    std::string some_id(Node& node) {
        std::vector<std::string> ids;
        sqlite::Statement all(
            node.db.handle(),
            "SELECT id FROM memories UNION SELECT id FROM archived_memories ORDER BY 1");
        for (auto row = all.bind(); row.step();) ids.push_back(row.string(0));
        return ids.empty() ? "none" : ids[random_() % ids.size()];
    }

    Op some_op(Node& node) {
        const std::string text = "text " + std::to_string(random_() % 1000);
        const std::string title = "title " + std::to_string(random_() % 6);
        switch (random_() % 9) {
            case 0:
            case 1:
            case 2: {
                StoreMemory op;
                op.title = title;
                op.content = text;
                op.agent_id = "ai:sim";
                return op;
            }
            case 3: {
                UpdateMemory op;
                op.id = some_id(node);
                if (chance(50)) op.title = title;
                op.content = text;
                op.priority = 1 + static_cast<int>(random_() % 10);
                return op;
            }
            case 4: return DeleteMemory{some_id(node)};
            case 5: return ArchiveMemory{some_id(node), "sim"};
            case 6: return RestoreMemory{some_id(node)};
            case 7: return LinkMemories{some_id(node), some_id(node), "related_to"};
            default: return UnlinkMemories{some_id(node), some_id(node), std::nullopt};
        }
    }

    void operate(std::size_t i) {
        Node& node = *nodes_[i];
        const Op op = some_op(node);
        node.committer.begin();
        auto done = node.committer.execute(op);
        node.committer.commit();
        if (!done || done->rows.empty()) return;
        if (chance(30)) {  // as the MCP server does: the node only hears the doorbell
            step(i, FeedMoved{read_identity(node.db).next_seq});
            return;
        }
        const auto tell = [this, i, life = node.life, done = std::move(*done)] {
            if (nodes_[i]->life != life) return;
            const Ticket ticket = next_ticket_++;
            nodes_[i]->tickets[ticket] = done.rows;
            step(i, Committed{done.rows, done.companions, ticket});
        };
        if (!chance(20)) return tell();
        // Another reader sees the rows before the writer's word of them is here.
        if (chance(70)) step(i, FeedMoved{read_identity(node.db).next_seq});
        at(now_ + 2 * delay(), tell);
    }

    Instant now_{};
    std::mt19937_64 random_;
    SimRng rng_;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::multimap<Instant, std::function<void()>> heap_;
    std::map<std::pair<std::size_t, std::size_t>, bool> cut_;
    bool lossy_ = true;
    bool calm_ = false;  // every peer is reachable and was heard
    Ticket next_ticket_ = 1;
};

TEST(MeshSimulation, EverySeedEndsWithEqualNodesAndNoLostAnswer) {
    const char* named = std::getenv("SIM_SEED");
    const std::uint64_t first =
        named != nullptr ? std::strtoull(named, nullptr, 10) : std::random_device{}();
    const int seeds = named != nullptr ? 1 : 30;
    int met = 0;
    for (int k = 0; k < seeds; ++k) {
        const std::uint64_t seed = first + static_cast<std::uint64_t>(k);
        SCOPED_TRACE("run again with SIM_SEED=" + std::to_string(seed));
        Mesh mesh(seed);
        mesh.run(120);
        ASSERT_FALSE(HasFatalFailure());
        for (std::size_t i = 1; i < Mesh::kNodes; ++i) {
            ASSERT_EQ(mesh.digest(i), mesh.digest(0));
            ASSERT_EQ(mesh.visible(i), mesh.visible(0));
        }
        for (std::size_t i = 0; i < Mesh::kNodes; ++i)
            ASSERT_EQ(mesh.lag(i), 0) << "node " << i << " still owes rows";
        met += mesh.met;
    }
    EXPECT_GT(met, 0);
}

}  // namespace
}  // namespace aimem::repl
