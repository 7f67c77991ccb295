#include "integrations/cli/parse.h"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <deque>
#include <utility>

namespace aimem::cli {
namespace {

// The parser of one command and where its options keep what they read.
class Parser {
public:
    explicit Parser(const Command& command)
        : command_(command),
          app_(std::string(command.summary), fmt::format("ai-memory {}", command.name)) {
        app_.set_help_flag();  // ours, so that asking for help is a result and not an exception
        app_.add_flag("-h,--help", help_, "Show this help");
        for (const Arg& arg : command.args) add(arg);
        const std::string everywhere = "Options of every command";
        db_ = app_.add_option("--db", globals_.db.emplace(), "The database file");
        db_->option_text("FILE")->group(everywhere);
        app_.add_flag("--json", globals_.json, "Print one line of JSON")->group(everywhere);
        if (!own("agent-id")) {
            agent_ = app_.add_option("--agent-id", globals_.agent_id.emplace(), "Who is writing");
            agent_->option_text("ID")->group(everywhere);
        }
        as_ = app_.add_option("--as-agent", globals_.as_agent.emplace(),
                              "See what an agent placed at NS may see");
        as_->option_text("NS")->group(everywhere);
        app_.footer(footer());
    }

    Result<Parsed> parse(const std::vector<std::string>& given) {
        std::vector<std::string> words = with_empty_values(given);
        const bool help = std::any_of(words.begin(), std::find(words.begin(), words.end(), "--"),
                                      [](const auto& w) { return w == "--help" || w == "-h"; });
        std::reverse(words.begin(), words.end());  // so CLI11 wants them
        try {
            app_.parse(std::move(words));
        } catch (const CLI::ParseError& error) {
            if (help) return Parsed{Args(command_), {}, true};
            return fail(Errc::invalid_argument, error.what());
        }
        Parsed out{Args(command_), std::exchange(globals_, {}), help_};
        if (db_->count() == 0) out.globals.db.reset();
        if (agent_ == nullptr || agent_->count() == 0) out.globals.agent_id.reset();
        if (as_->count() == 0) out.globals.as_agent.reset();
        for (const Slot& slot : slots_)
            if (slot.option->count() > 0) out.args.give(*slot.arg, slot.values());
        return out;
    }

    std::string help() const { return app_.help(); }

private:
    struct Slot {
        const Arg* arg = nullptr;
        CLI::Option* option = nullptr;
        std::string one{};
        std::vector<std::string> many{};
        bool flag = false;

        std::vector<std::string> values() const {
            return arg->need == Need::one_or_more ? many : std::vector<std::string>{one};
        }
    };

    bool own(std::string_view name) const {
        return std::any_of(command_.args.begin(), command_.args.end(),
                           [&](const Arg& arg) { return long_name(arg) == name; });
    }

    bool takes_value(const std::string& name) const {
        const CLI::Option* option = app_.get_option_no_throw(name);
        return option != nullptr && option->get_items_expected_max() > 0;
    }

    // CLI11 reads "--expires-at=" as if the next word were its value.
    std::vector<std::string> with_empty_values(const std::vector<std::string>& words) const {
        std::vector<std::string> out;
        bool is_value = false;
        bool only_positionals = false;
        for (const std::string& word : words) {
            const bool option = !is_value && !only_positionals && word.starts_with('-');
            only_positionals = only_positionals || (option && word == "--");
            is_value = option && takes_value(word);
            if (option && word.ends_with('=') && takes_value(word.substr(0, word.size() - 1))) {
                out.push_back(word.substr(0, word.size() - 1));
                out.emplace_back();
            } else {
                out.push_back(word);
            }
        }
        return out;
    }

    void add(const Arg& arg) {
        Slot& slot = slots_.emplace_back();
        slot.arg = &arg;
        const std::string names(arg.names);
        const std::string help(arg.help);
        if (arg.kind == Kind::flag) {
            slot.option = app_.add_flag(names, slot.flag, help);
            return;
        }
        slot.option = arg.need == Need::one_or_more ? app_.add_option(names, slot.many, help)
                                                    : app_.add_option(names, slot.one, help);
        slot.option->option_text(std::string(arg.value));
        slot.option->required(arg.need != Need::optional);
    }

    std::string footer() const {
        std::string text;
        if (!command_.details.empty()) text += fmt::format("{}\n\n", command_.details);
        return text + fmt::format("Examples:\n{}", command_.examples);
    }

    const Command& command_;
    CLI::App app_;
    std::deque<Slot> slots_{};  // CLI11 keeps references to what is in them
    Globals globals_{};
    CLI::Option* db_ = nullptr;
    CLI::Option* agent_ = nullptr;
    CLI::Option* as_ = nullptr;
    bool help_ = false;
};

}  // namespace

Result<Parsed> parse_arguments(const Command& command, const std::vector<std::string>& words) {
    return Parser(command).parse(words);
}

std::string command_help(const Command& command) {
    std::string text = Parser(command).help();
    const std::string group = group_help(command.name);
    return group.empty() ? text : text + "\n" + group;
}

}  // namespace aimem::cli
