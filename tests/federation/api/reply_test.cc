#include "tests/federation/api/api_fixture.h"

#include <gtest/gtest.h>

namespace aimem::api {
namespace {

struct Row {
    Errc code;
    int status;
    const char* error;
    bool retry;
};

TEST(ReplyTest, EachErrorHasItsStatusAndTellsNoSecrets) {
    const Row rows[] = {
        {Errc::invalid_argument, 400, "why", false},
        {Errc::wrong_type, 422, "Failed to deserialize the JSON body into the target type: why",
         false},
        {Errc::not_found, 404, "why", false},
        {Errc::conflict, 409, "why", false},
        {Errc::denied, 403, "why", false},
        {Errc::busy, 503, "why", true},
        {Errc::shutting_down, 503, "why", true},
        {Errc::disk_full, 507, "why", false},
        {Errc::storage, 500, "internal server error", false},
        {Errc::peer, 502, "why", false},
    };
    for (const Row& row : rows) {
        const auto response = reply_error(Error(row.code, "why"));
        EXPECT_EQ(response.status, row.status) << to_string(row.code);
        EXPECT_EQ(parsed(response), (json{{"error", row.error}}));
        EXPECT_EQ(response.header("retry-after").has_value(), row.retry) << to_string(row.code);
        EXPECT_FALSE(http::reason_phrase(row.status).empty());
    }
}

TEST(ReplyTest, TextThatIsNoUtf8StillMakesJson) {
    EXPECT_NO_THROW(parsed(reply_error(Error(Errc::not_found, "\xff"))));
}

}  // namespace
}  // namespace aimem::api
