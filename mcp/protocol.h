// Protocol: MCP without I/O. The reader hands in each line and gets the text to send at once and,
// where work for the strand came with it, a Job; the strand runs the Job and gets the text to send
// then. take() belongs to the reader's thread, run() to the strand's; both may go on at the same
// time. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mcp/agent_label.h"
#include "mcp/era.h"
#include "mcp/extras.h"
#include "mcp/in_flight.h"
#include "mcp/rpc.h"
#include "mcp/subscriptions.h"
#include "mcp/tool.h"
#include "mcp/tool_registry.h"
#include "store/query/viewer.h"

#include <tl/expected.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace aimem::mcp {

struct ProtocolOptions {
    std::string server_name = "ai-memory";
    std::string server_version{};
    std::string instructions{};  // at most about 500 characters
    AgentNames agent{};
    std::optional<std::string> position{};  // in the tree of namespaces: who reads sees by scope
    // Called before a subscription is made, so that nothing is missed (ChangeWatcher::watch).
    std::function<Result<>(Store&)> watch{};
    std::function<void(std::string_view)> notify{};  // sends a line at once: progress
    Extras extras{};
};

// What `initialize` settled; only for messages of the handshake era.
struct Session {
    Revision revision = kLatestHandshake;
    bool handshaken = false;  // until then batches are refused
    std::string client_name{};
};

// A request with everything it may know: nothing else of the session reaches a method.
struct Request {
    RequestId id{};
    Revision revision = kLatestHandshake;
    std::string client_name{};
    JsonPtr params{};
};

struct Method;

// A request that waits for the strand.
struct Call {
    Request request{};
    const Method* method = nullptr;
    InFlight::Ticket ticket{};
};

struct Job {
    bool is_batch = false;
    std::vector<std::variant<std::string, Call>>
        slots{};  // texts are replies of a batch made already
};

struct Taken {
    std::string reply{};  // to send now; empty: nothing
    std::optional<Job> job{};
};

class Protocol {
public:
    // The host and its registry must outlive the protocol.
    Protocol(ProtocolOptions options, const ToolHost& host);

    Taken take(std::string line);
    std::string run(Job job);              // the reply to send; empty: nothing
    std::string handle(std::string line);  // take and run at once: for tests and fuzzing
    static std::string line_too_long();    // the reply to a line above kLineBytesMax

    std::size_t in_flight() const { return in_flight_.count(); }
    Subscriptions& subscriptions() noexcept { return subscriptions_; }
    std::vector<std::string> farewells() { return subscriptions_.farewells(server_info_); }

private:
    using Cancelled = std::atomic<bool>;
    using Outcome = std::variant<std::monostate, std::string, Call>;
    friend struct Method;

    static const Method* find_method(std::string_view name);
    Outcome take_message(const Message& message, std::size_t bytes);
    Outcome take_request(const Message& message, std::size_t bytes);
    void take_notification(const Message& message);
    tl::expected<Request, RpcError> request_from(const Message& message) const;
    MethodResult answer(const Request& request, const Method& method, const Cancelled& cancelled);
    std::string serve(const Request& request, const Method& method, const Cancelled& cancelled);

    MethodResult initialize(const Request& request, const Cancelled&);
    MethodResult ping(const Request&, const Cancelled&);
    MethodResult discover(const Request&, const Cancelled&);
    MethodResult list_tools(const Request& request, const Cancelled&);
    MethodResult call_tool(const Request& request, const Cancelled& cancelled);
    MethodResult list_prompts(const Request& request, const Cancelled&);
    MethodResult get_prompt(const Request& request, const Cancelled&);
    MethodResult list_resources(const Request& request, const Cancelled&);
    MethodResult list_templates(const Request& request, const Cancelled&);
    MethodResult read_resource(const Request& request, const Cancelled&);
    MethodResult complete(const Request& request, const Cancelled&);
    MethodResult set_log_level(const Request&, const Cancelled&);
    MethodResult subscribe(const Request& request, const Cancelled&);
    MethodResult unsubscribe(const Request& request, const Cancelled&);
    MethodResult listen(const Request& request, const Cancelled&);
    Result<Viewer> viewer_of(const nlohmann::json& arguments) const;
    Result<> begin_watch();
    MethodResult watched(const std::function<MethodResult()>& subscribe);

    const ProtocolOptions options_;
    const ToolHost& host_;
    const std::string server_info_;  // JSON text
    Session session_;                // the reader's alone
    InFlight in_flight_;
    Subscriptions subscriptions_;
};

}  // namespace aimem::mcp
