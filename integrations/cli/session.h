// Session: what one run of one command works with: the database, who is writing, and where output
// goes. Results go to stdout, notices to stderr. The store is opened when it is first asked for,
// and only a command that adds something makes a new file. One thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/config.h"
#include "store/base/result.h"
#include "store/ops/intake.h"
#include "store/query/viewer.h"
#include "store/store.h"

#include <nlohmann/json_fwd.hpp>

#include "integrations/cli/invocation.h"
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aimem::cli {

class Session {
public:
    Session(Globals globals, Config config);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    Result<std::filesystem::path> file() const;
    Result<Store*> existing();  // Errc::not_found when there is no database yet
    Result<Store*> or_new();    // makes the file and its folders
    Result<std::unique_ptr<Store>> open_new() const;  // the same, owned by who asks
    Result<Caller> caller() const;
    Result<std::string> named_agent() const;  // by --agent-id or AI_MEMORY_AGENT_ID, else empty
    // That one, at the place of --as-agent or AI_MEMORY_AS_AGENT: what the store shows.
    Result<Viewer> viewer() const;

    bool json() const { return globals_.json; }
    void print(const nlohmann::json& value);                          // one line, compact
    void line(std::string_view text);                                 // stdout
    static void notice(std::string_view text);                        // stderr
    void answer(const nlohmann::json& value, std::string_view text);  // the one or the other

    void exit_with(int code) { exit_code_ = code; }  // for a command that ends by one
    int exit_code() const { return exit_code_; }

private:
    Result<Store*> keep(Result<std::unique_ptr<Store>> store);

    Globals globals_;
    Config config_;
    std::unique_ptr<Store> store_{};
    std::optional<ReadAs> reader_{};  // while the store is open
    int exit_code_ = 0;
};

}  // namespace aimem::cli
