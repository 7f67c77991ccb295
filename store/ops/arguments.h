// Reads members of one JSON object of arguments; the first mistake is kept and named, with what is
// accepted, and what comes after it is ignored. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/model/memory.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aimem {

enum class Null { refused, means_absent };

// What was given, short enough for a message.
std::string shown(const nlohmann::json& value);

class Arguments {  // must not outlive the object
public:
    Arguments(const nlohmann::json& object, Null null);

    std::string required_text(const char* name);
    std::optional<std::string> text(const char* name) { return text(name, null_); }
    std::optional<std::string> text(const char* name, Null null);
    std::optional<std::int64_t> integer(const char* name) { return integer(name, null_); }
    std::optional<std::int64_t> integer(const char* name, Null null);
    std::optional<double> number(const char* name);
    std::optional<bool> flag(const char* name);
    std::optional<Tier> tier(const char* name);
    std::optional<std::vector<std::string>> texts(const char* name);
    const nlohmann::json* object(const char* name);  // nullptr: absent or mistyped

    // Keeps what a rule says of a member that was given.
    void require(const char* name, Result<> rule);
    void refuse(Errc code, std::string message);
    const std::optional<Error>& error() const { return error_; }

private:
    const nlohmann::json* find(const char* name, Null null) const;
    std::nullopt_t mistyped(const char* name, std::string_view expected,
                            const nlohmann::json& given);

    const nlohmann::json& object_;
    Null null_;
    std::optional<Error> error_{};
};

// priority as an Op carries it.
std::optional<int> priority_of(Arguments& given);
// metadata as text of an object.
std::optional<std::string> metadata_of(Arguments& given);

}  // namespace aimem
