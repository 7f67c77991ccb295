// H7: edits that lower, clear, rename and move arrive exactly, on every node, and soon.
#include "tests/chaos/world.h"
#include "tests/support/eventually.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace aimem::chaos {
namespace {

using nlohmann::json;

constexpr Millis kSoon{2000 * test::kPatience};

class ChaosH7 : public ::testing::Test {
protected:
    std::string rich_row() {
        std::string subject = world_.ledger.new_subject();
        EXPECT_EQ(world_.driver.store(0, subject).status, 201);
        EXPECT_EQ(world_.driver
                      .update(0, subject,
                              {{"priority", 9},
                               {"confidence", 1.0},
                               {"tags", {"one", "two"}},
                               {"expires_at", "2030-01-01T00:00:00+00:00"},
                               {"metadata", {{"a", 1}}}})
                      .status,
                  200);
        return subject;
    }
    bool shows(std::size_t node, const std::string& subject, const json& fields) {
        const Reply reply = test::fetch(world_.mesh.http(node), *world_.ledger.id_of(subject));
        if (reply.status != 200) return false;
        const json body = reply.json();
        for (const auto& [name, value] : fields.items()) {
            json shown = body.value(name, json());
            for (const char* kept : {"agent_id", "written_by"})  // by whatever edit
                if (shown.is_object()) shown.erase(kept);
            if (shown != value) return false;
        }
        return true;
    }
    void expect_everywhere(const std::string& subject, const json& fields, Millis within = kSoon) {
        for (std::size_t node = 0; node < world_.mesh.size(); ++node)
            EXPECT_TRUE(test::eventually(within, [&] { return shows(node, subject, fields); }))
                << fields << " on node " << node << ": "
                << test::fetch(world_.mesh.http(node), *world_.ledger.id_of(subject)).text();
    }

    World world_{};
};

TEST_F(ChaosH7, LoweredClearedRenamedAndMoved) {
    const std::vector<json> edits = {
        {{"priority", 1}},
        {{"confidence", 0.1}},
        {{"tags", json::array()}},
        {{"metadata", json::object()}},
        {{"tier", "short"}},
        {{"expires_at", nullptr}},
        {{"title", "another title"}},
        {{"namespace", "elsewhere"}},
        {{"priority", 2}, {"confidence", 0.0}, {"tags", {"three"}}, {"title", "and another"}},
    };
    for (const json& edit : edits) {
        const std::string subject = rich_row();
        expect_everywhere(subject, {{"priority", 9}});
        const Reply reply = world_.driver.update(1, subject, edit);
        ASSERT_EQ(reply.status, 200) << edit << reply.text();
        expect_everywhere(subject, edit);
    }
    world_.expect_sound();
}

TEST_F(ChaosH7, TheOldTitleIsFreeAgain) {
    const std::string renamed = rich_row();
    const std::string old_id = *world_.ledger.id_of(renamed);
    expect_everywhere(renamed, {{"priority", 9}});
    ASSERT_EQ(world_.driver.update(1, renamed, {{"title", "renamed"}}).status, 200);
    expect_everywhere(renamed, {{"title", "renamed"}});
    ASSERT_EQ(world_.driver.store(3, renamed).status, 201);  // its old title
    EXPECT_NE(*world_.ledger.id_of(renamed), old_id) << "a new memory, not the renamed one";
    EXPECT_TRUE(test::eventually(kSoon, [&] {
        return test::has_on_all(world_.mesh, *world_.ledger.id_of(renamed)) &&
               test::has_on_all(world_.mesh, old_id);
    })) << world_.mesh.describe();
}

// The control: a node that is cut off must be seen to lack the edit, and gets it when healed.
TEST_F(ChaosH7, ANodeThatWasCutOffShowsTheOldValuesUntilItHeals) {
    const std::string subject = rich_row();
    expect_everywhere(subject, {{"priority", 9}});
    world_.mesh.isolate(3, Fault::black_hole);
    const json edit = {{"priority", 1}, {"tags", json::array()}, {"title", "while away"}};
    ASSERT_EQ(world_.driver.update(1, subject, edit).status, 200);
    EXPECT_FALSE(shows(3, subject, edit));
    EXPECT_GT(world_.stopped_by_proxies(), 0U);
    world_.expect_broken("D4", at_once());
    world_.mesh.heal();
    expect_everywhere(subject, edit, kHealWithin);
    world_.expect_sound();
}

}  // namespace
}  // namespace aimem::chaos
