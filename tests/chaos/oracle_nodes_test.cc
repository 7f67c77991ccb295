// The oracle on a living node that was damaged on purpose: the rules that only a node can break.
#include "tests/chaos/world.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>
#include <memory>
#include <stdexcept>

namespace aimem::chaos {
namespace {

void damage(const std::filesystem::path& file, const char* sql) {
    sqlite3* opened = nullptr;
    const int rc = sqlite3_open_v2(file.c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
    const std::unique_ptr<sqlite3, int (*)(sqlite3*)> db(opened, sqlite3_close);
    if (rc != SQLITE_OK || sqlite3_exec(db.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        throw std::runtime_error(std::string("cannot damage: ") + sqlite3_errmsg(db.get()));
}

TEST(ChaosOracleOnNodes, D6ARowThatTheIndexLost) {
    World world(with_nodes(1, 1));
    world.driver.seed(0, 5);
    world.expect_sound();
    damage(world.mesh.database(0), "INSERT INTO memories_fts(memories_fts) VALUES ('delete-all')");
    world.expect_broken("D6", at_once());
}

TEST(ChaosOracleOnNodes, D7AnErrorInTheLogAndANodeThatIsGone) {
    World world(with_nodes(1, 1));
    world.driver.seed(0, 1);
    std::ofstream(world.mesh.folder() / "node0.log", std::ios::app)
        << "2026-01-01T00:00:00.000+0000 error planted why=test\n";
    world.expect_broken("D7", at_once());
    OracleOptions told;
    told.errors_expected = {"planted"};
    world.expect_sound(told);
    world.mesh.kill9(0);
    world.expect_broken("D7", at_once());
}

}  // namespace
}  // namespace aimem::chaos
