// Viewer: who reads, and the one rule of what he may see (facts/mcp-tools.md 3.5). A door says who
// asks, with ReadAs; every read of that thread then runs on a connection whose tables show that
// viewer's rows alone (query/sight.h), so that no query, old or new, has to think of it. A viewer
// of whom nothing was said is somebody at a local door, who can read the file anyway: he sees all.
// A position binds writing too: what is not seen cannot be named (Store::named). Messages need no
// such rule, the gate keeps others from changing them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/query/score.h"

#include <optional>
#include <string>
#include <string_view>

namespace aimem {

struct Viewer {
    std::string agent_id{};                 // as it was stated; empty: it was not
    std::optional<std::string> position{};  // a namespace: turns scopes on

    bool sees_all() const noexcept { return agent_id.empty() && !position; }
};

// Errc::invalid_argument names agent_id or as_agent.
Result<> check_viewer(const Viewer& viewer);

// The rule, made ready for many rows. Messages are for who sent them and who gets them, as soon as
// an agent is named; the rest goes by scope, as soon as there is a position.
class Sight {
public:
    explicit Sight(const Viewer& viewer);

    // Every row of this namespace, whatever its metadata say.
    bool sees_namespace(std::string_view ns) const noexcept;
    bool sees_row(std::string_view ns, std::string_view metadata) const;
    // The standard of this namespace holds where the viewer is, so he may read it.
    bool is_bound_by(std::string_view ns) const noexcept;
    const std::string& agent_id() const noexcept { return agent_id_; }

private:
    std::string agent_id_;
    std::optional<query::Visibility> visibility_{};
    std::string position_{};
};

// From here to its end all reads of this thread are that viewer's. The innermost one counts.
class ReadAs {
public:
    explicit ReadAs(Viewer viewer);
    ReadAs(const ReadAs&) = delete;
    ReadAs& operator=(const ReadAs&) = delete;
    ~ReadAs();

private:
    Viewer viewer_;
    const Viewer* outer_;
};

const Viewer& current_viewer() noexcept;

}  // namespace aimem
