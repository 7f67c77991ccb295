// Bodies of POST /api/v1/sync/push, both ways: our own `repl` object beside the lists of 0.6.3
// (design: replication.md 2.6; facts/federation.md 3). 64-bit numbers travel as strings. Pure
// functions of values. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/store.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aimem {

struct PushHead {
    std::string agent_id{};  // "host:<hostname>"
    Identity self{};
    std::int64_t now_ns = 0;
    std::int64_t from = 0;  // the rows are all of ours in (from, to]
    std::int64_t to = 0;
    SeenOfFeed you{};         // what we have of the receiver's feed
    std::int64_t under = -1;  // see Delivery; not said when negative
};

// One row of the feed as it stands in "ops"; made once and shared by all peers it goes to.
std::string encode_row(const FeedRow& row);
Result<FeedRow> decode_row(const nlohmann::json& op);

// What a node has of another's feed, as a JSON object.
std::string encode_seen(const SeenOfFeed& seen);
SeenOfFeed decode_seen(const nlohmann::json& object);

// `legacy` is the text of the lists for 0.6.3 without braces, e.g. "\"memories\":[...]"; `ops` rows
// joined by commas. For a peer that is known to be of our kind legacy is empty, for one of 0.6.3
// `ops` is left out altogether.
enum class Tongue : std::uint8_t { both, ours, legacy };
std::string encode_push(const PushHead& head, Tongue tongue, std::string_view legacy,
                        std::string_view ops);

struct PushIn {
    std::string agent_id{};
    bool dry_run = false;
    bool ours = false;  // carries `repl`: the lists are ignored then
    Delivery delivery{};
    int tag = -1;  // the sender's
    std::int64_t sender_now_ns = 0;
    SeenOfFeed you{};                   // what the sender has of our feed
    std::vector<Rejected> malformed{};  // rows that could not be read at all
    LegacyPush legacy{};
    std::size_t legacy_malformed = 0;
};

// Errc::invalid_argument for what is no JSON or beyond a cap, Errc::wrong_type for mistyped
// top-level members. A bad element never spoils its neighbours.
Result<PushIn> decode_push(std::string_view text);

struct PushOut {
    LegacyApplied counters{};
    bool dry_run = false;
    std::string receiver_agent_id{};
    const PushIn* in = nullptr;  // set: answer with `repl`
    Identity self{};
    Accepted accepted{};
    std::int64_t now_ns = 0;
    std::string place{};  // see place.h
};
std::string encode_reply(const PushOut& out);

// A member of an object from elsewhere; empty where it is no text.
std::string text_of(const nlohmann::json& object, const char* name);

// What a peer's answer to a push means.
struct PushReply {
    enum class Kind : std::uint8_t {
        ours,
        legacy,        // a 2xx of 0.6.3 that nothing contradicts: an ack
        contradicted,  // a 2xx whose own body says that rows of ours were not taken
        garbage,       // a 2xx that is no answer at all
    };
    Kind kind = Kind::garbage;
    std::string why{};  // of contradicted and garbage
    std::string node{};
    std::string epoch{};
    bool durable = false;
    std::int64_t done_from = 0;
    std::int64_t done_to = 0;
    std::int64_t seen = 0;
    SeenOfFeed before{};  // what the peer had of our feed until then, when it is worth a look
    std::string place{};
    std::vector<Rejected> rejected{};
};

// `items_sent`: how many list entries the push carried; `ids_sent`: what an `ids` array in the
// answer must name.
PushReply decode_reply(std::string_view body, std::size_t items_sent,
                       const std::vector<std::string>& ids_sent);

}  // namespace aimem
