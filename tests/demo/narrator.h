// Narrator: how the demo talks. Plain text on stdout, a little colour when stdout is a terminal and
// NO_COLOR is not set. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace aimem::demo {

class Narrator {
public:
    Narrator();

    void title(std::string_view text);
    void chapter(std::string_view text);  // numbered
    void say(std::string_view text);
    void good(std::string_view text);
    void bad(std::string_view text);

private:
    void line(std::string_view colour, std::string_view text) const;

    bool colour_;
    int chapter_ = 0;
};

}  // namespace aimem::demo
