// A machine without a node: its writes go out, and the others' come in, by the sync daemon alone.
#include "tests/e2e/e2e.h"
#include "tests/support/eventually.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace aimem::test {
namespace {

using nlohmann::json;

class SyncDaemon : public ::testing::Test {
protected:
    static MeshOptions two_nodes() {
        MeshOptions options;
        options.nodes = 2;
        return options;
    }

    void SetUp() override { mesh_.start_all(); }

    void start_daemon(const std::string& peers) {
        Command command;
        command.argv = {programs().node.string(), "sync-daemon", "--peers", peers, "--db",
                        laptop().string(),        "--interval",  "1"};
        command.env = mesh_.environment();
        command.stderr_file = mesh_.folder() / "daemon.log";
        daemon_ = std::make_unique<Process>(command);
    }

    std::filesystem::path laptop() const { return mesh_.folder() / "laptop.db"; }

    Finished type(std::vector<std::string> arguments) const {
        Command command;
        command.argv = {programs().command.string()};
        command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
        command.argv.insert(command.argv.end(), {"--db", laptop().string(), "--json"});
        command.env = mesh_.environment();
        return run(command);
    }

    std::string type_store(const std::string& title) const {
        const Finished done = type({"store", "--title", title, "--content", "typed on a laptop"});
        EXPECT_EQ(done.status, 0) << done.err;
        return json::parse(done.out).at("id").get<std::string>();
    }

    std::string daemon_log() const { return read_file(mesh_.folder() / "daemon.log"); }

    Mesh mesh_{programs(), two_nodes()};
    std::unique_ptr<Process> daemon_;
};

TEST_F(SyncDaemon, CarriesWritesAndDeletionsOfAFileWithoutANode) {
    const std::string before = type_store("typed before it ran");
    start_daemon(mesh_.url(0) + "," + mesh_.url(1));
    const std::string after = type_store("typed while it ran");
    EXPECT_TRUE(eventually(kHealWithin,
                           [&] { return has_on_all(mesh_, before) && has_on_all(mesh_, after); }))
        << daemon_log() << mesh_.describe();
    EXPECT_EQ(type({"delete", before}).status, 0);
    EXPECT_TRUE(eventually(kHealWithin, [&] {
        return fetch(mesh_.http(0), before).status == 404 &&
               fetch(mesh_.http(1), before).status == 404;
    })) << daemon_log();
    EXPECT_TRUE(daemon_->running());
}

TEST_F(SyncDaemon, BringsInWhatTheNodesHave) {
    const std::string id = stored_id(store(mesh_.http(0), "from the mesh"));
    const std::string gone = stored_id(store(mesh_.http(1), "soon deleted"));
    start_daemon(mesh_.url(0));
    EXPECT_TRUE(eventually(
        kHealWithin,
        [&] {
            return type({"get", id}).status == 0;
        },
        Millis(100)))
        << daemon_log();
    ASSERT_EQ(mesh_.http(1).del("/api/v1/memories/" + gone).status, 200);
    EXPECT_TRUE(eventually(
        kHealWithin,
        [&] {
            return type({"get", gone}).status == 1;
        },
        Millis(100)))
        << daemon_log();
}

TEST_F(SyncDaemon, SurvivesAPeerThatIsAwayAndDeliversWhenItIsBack) {
    mesh_.kill9(0);
    const std::string id = type_store("written while the peer was away");
    start_daemon(mesh_.url(0));
    EXPECT_TRUE(throughout(Millis(1500), [&] { return daemon_->running(); }));
    mesh_.start(0);
    EXPECT_TRUE(eventually(kHealWithin, [&] { return has(mesh_.http(0), id); })) << daemon_log();
    EXPECT_EQ(daemon_->stop(Millis(5000)), 0) << daemon_log();
}

TEST_F(SyncDaemon, RefusesToRunWithoutPeers) {
    Command command;
    command.argv = {programs().node.string(), "sync-daemon", "--db", laptop().string()};
    command.env = mesh_.environment();
    const Finished done = run(command);
    EXPECT_EQ(done.status, 2);
    EXPECT_NE(done.err.find("peers"), std::string::npos) << done.err;
}

}  // namespace
}  // namespace aimem::test
