// ReplicatorTest: the replication machine, told by hand what happens; no socket, no thread, no
// clock. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/replication/replicator.h"
#include "federation/replication/wire.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace aimem::repl {

using std::chrono::milliseconds;

inline FeedRow row_at(std::int64_t seq) {
    FeedRow row;
    row.seq = seq;
    row.change = {
        "m:r" + std::to_string(seq), State::dead, {1000 * seq, sig_of(State::dead, "")}, "", {}};
    return row;
}

class ReplicatorTest : public testing::Test {
protected:
    void make(std::size_t peers, std::size_t needed, std::int64_t acked = 0) {
        ReplicatorOptions options;
        options.policy = {peers + 1, needed, milliseconds(1000)};
        options.self = {"me", "e0", 1, acked + 1};
        options.agent_id = "host:me";
        for (std::size_t i = 0; i < peers; ++i)
            options.peers.push_back({"http://p" + std::to_string(i), "", "", acked});
        machine_.emplace(options);
    }

    void step(const Event& event, milliseconds at = milliseconds(0)) {
        for (Action& action : machine_->step(event, at, 0)) actions_.push_back(std::move(action));
    }
    void write(std::int64_t seq, Ticket ticket, milliseconds at = milliseconds(0)) {
        step(Committed{{row_at(seq)}, {}, ticket}, at);
    }

    template <typename T>
    std::vector<T> take() {
        std::vector<T> out;
        std::vector<Action> rest;
        for (Action& action : actions_) {
            if (auto* one = std::get_if<T>(&action))
                out.push_back(std::move(*one));
            else
                rest.push_back(std::move(action));
        }
        actions_ = std::move(rest);
        return out;
    }

    // What a good peer of our kind answers.
    static std::string good_answer(const SendPush& push, const std::string& node = "peer",
                                   const std::string& rej = "[]") {
        const auto in = decode_push(push.body);
        return R"({"applied":1,"repl":{"v":1,"node":")" + node + R"(","epoch":"p0","done":[")" +
               std::to_string(in->delivery.from) + "\",\"" + std::to_string(in->delivery.to) +
               R"("],"seen":")" + std::to_string(in->delivery.to) + R"(","durable":true,"rej":)" +
               rej + "}}";
    }
    void answer(const SendPush& push, std::string body, milliseconds at = milliseconds(0),
                int status = 200) {
        step(PushDone{push.peer, push.id, PushEnd::answered, status, std::move(body), std::nullopt},
             at);
    }
    void lose(const SendPush& push, PushEnd end, milliseconds at = milliseconds(0)) {
        step(PushDone{push.peer, push.id, end, 0, "lost", std::nullopt}, at);
    }

    std::optional<Replicator> machine_;
    std::vector<Action> actions_;
};

}  // namespace aimem::repl
