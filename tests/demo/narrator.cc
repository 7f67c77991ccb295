#include "tests/demo/narrator.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace aimem::demo {

Narrator::Narrator() : colour_(::isatty(1) == 1 && std::getenv("NO_COLOR") == nullptr) {}

void Narrator::line(std::string_view colour, std::string_view text) const {
    std::string out;
    if (colour_) out += colour;
    out += text;
    if (colour_) out += "\033[0m";
    out += '\n';
    std::fputs(out.c_str(), stdout);
    std::fflush(stdout);  // a story is told line by line, also through a pipe
}

void Narrator::title(std::string_view text) {
    line("\033[1m", text);
}

void Narrator::chapter(std::string_view text) {
    line("\033[1m", "\n" + std::to_string(++chapter_) + ". " + std::string(text));
}

void Narrator::say(std::string_view text) {
    line("", "   " + std::string(text));
}

void Narrator::good(std::string_view text) {
    line("\033[32m", "   " + std::string(text));
}

void Narrator::bad(std::string_view text) {
    line("\033[31m", "   " + std::string(text));
}

}  // namespace aimem::demo
