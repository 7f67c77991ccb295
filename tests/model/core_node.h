// A node made of the real parts: committer, registers, feed, deliveries and the comparison, on a
// database in memory. It answers the same questions as Reference. What cannot happen throws.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/committer.h"
#include "tests/model/reference.h"
#include "tests/store/core/node.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace aimem::model {

std::set<std::string> keys_of(const Delivery& delivery);

class CoreNode {
public:
    CoreNode();
    // An empty database of this identity.
    void begin_anew(const std::string& node, const std::string& epoch, int tag);

    // By the verbs where there is one that does this, else on the registers themselves.
    std::vector<Change> write(const std::vector<Wish>& wishes, std::int64_t now);
    void tick(std::int64_t now);

    Delivery page(std::int64_t from, std::size_t rows_max);
    Delivery rows_of(const std::vector<std::string>& keys);
    std::int64_t accept(const Delivery& delivery, std::int64_t now);
    void acknowledged(const std::string& peer, const Delivery& delivery);
    std::int64_t cursor(const std::string& peer);
    // Both hold everything afterwards. Bodies go over the wire's JSON.
    void compare_with(CoreNode& peer, std::int64_t now, std::int64_t peer_now);

    SeenOfFeed seen(const std::string& peer);
    bool contradicted_by(const SeenOfFeed& seen);
    void back_up();
    void restore();  // the last backup; the process starts anew
    void renew(std::uint64_t draw);
    void set_tag(int tag);

    View view();
    Identity identity();
    std::int64_t clock();
    std::string contradiction() { return test::contradiction(db_); }

private:
    class Meeting;
    template <typename Work>
    void in_transaction(std::int64_t now, Work work);
    std::optional<Change> by_verb(const Wish& wish, std::int64_t now);
    std::vector<Change> by_register(const std::vector<Wish>& wishes, std::int64_t now);
    std::string some_content() { return "value " + std::to_string(++values_); }

    test::ManualClock clock_{};
    test::SeededRng rng_{1};
    sqlite::Database db_;
    sqlite::Database backup_;
    std::optional<Committer> committer_{};
    int values_ = 0;
};

}  // namespace aimem::model
