// The named values of a query string or of a JSON body, read the same way: the first mistake is
// kept, what comes after it yields nothing. Unknown names are ignored. Mistakes in a query are
// Errc::invalid_argument (400), mistyped members of a body Errc::wrong_type (422).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/http/query.h"
#include "store/base/result.h"
#include "store/query/queries.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aimem::api {

class Arguments {
public:
    virtual ~Arguments() = default;
    Arguments(const Arguments&) = delete;
    Arguments& operator=(const Arguments&) = delete;

    virtual std::optional<std::string> text(const char* name) = 0;
    virtual std::optional<std::int64_t> integer(const char* name) = 0;

    std::string required_text(const char* name);
    std::optional<std::size_t> count(const char* name);  // not negative
    std::optional<Tier> tier(const char* name);

    virtual void refuse(std::string message) = 0;  // in the form of the source
    void refuse(Result<> rule);                    // keeps what a rule says
    const std::optional<Error>& error() const noexcept { return error_; }

protected:
    Arguments() = default;
    std::optional<Error> error_{};
};

class QueryArguments final : public Arguments {
public:
    explicit QueryArguments(std::string_view query);

    std::optional<std::string> text(const char* name) override;
    std::optional<std::int64_t> integer(const char* name) override;
    std::optional<bool> flag(const char* name);  // true or false
    void refuse(std::string message) override;
    using Arguments::refuse;

private:
    http::Query query_{};
};

class BodyArguments final : public Arguments {
public:
    explicit BodyArguments(const nlohmann::json& body);  // must outlive this

    std::optional<std::string> text(const char* name) override;  // null means absent
    std::optional<std::int64_t> integer(const char* name) override;
    std::vector<std::string> required_texts(const char* name);
    std::optional<std::vector<std::string>> texts(const char* name);  // null means absent
    std::optional<bool> flag(const char* name);
    // An object as it stands; nullptr: absent, null or mistyped.
    const nlohmann::json* object(const char* name);
    void refuse(std::string message) override;
    using Arguments::refuse;

private:
    const nlohmann::json* find(const char* name);

    const nlohmann::json& body_;
};

// The parts of a Filter that routes read, each as documented (facts/http.md 1.2, 1.3).
void read_place_and_time(Arguments& arguments, Filter& filter);  // namespace, tags, since, until
void read_selection(Arguments& arguments, Filter& filter);       // tier, min_priority, agent_id
void read_limit(Arguments& arguments, std::size_t& limit,
                std::size_t most);  // clamped, not refused

}  // namespace aimem::api
