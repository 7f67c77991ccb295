// Story: the chapters of the demo, on three real nodes and one real MCP process. Each chapter
// checks what it tells and throws NotAsTold when the programs do something else.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/demo/narrator.h"
#include "tests/demo/notes.h"
#include "tests/support/mesh.h"

#include <stdexcept>
#include <string>
#include <vector>

namespace aimem::demo {

class NotAsTold : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class Story {
public:
    Story(test::Programs programs, std::vector<Note> notes);

    void tell();
    std::string node_logs() const { return mesh_.describe(); }

private:
    struct Stored {
        std::string id{};
        double call_ms = 0;
        std::vector<double> visible_ms{};  // on each node, from the moment the answer was there
    };

    void introduce();
    void assistant_takes_notes();
    void somebody_writes_over_http();
    void one_node_dies();
    void a_second_node_dies();
    void both_come_back();

    std::vector<double> time_to_visible(const std::string& id);
    test::Reply store(std::size_t node, const Note& note);
    void expect_acks(const test::Reply& reply, int acks) const;

    Narrator narrator_;
    std::vector<Note> notes_;
    test::Mesh mesh_;
    std::string unconfirmed_id_{};  // of the write that got the 503
};

}  // namespace aimem::demo
