// Fuzz target: arguments of tools, checked by the schemas and then by the tools themselves, on a
// whole server with a store of its own. An input is a few calls, a line each:
//   memory_store {"title":"a","content":"b"}
//   memory_get {"id":"$id"}          $id: the id in the last answer that had one
// SPDX-License-Identifier: Apache-2.0
#include "mcp/protocol.h"
#include "mcp/schema_check.h"
#include "mcp/tool_registry.h"
#include "store/base/log.h"
#include "store/store.h"
#include "tests/fuzz/expect.h"
#include "tests/support/temp_dir.h"

#include <nlohmann/json.hpp>

#include <atomic>
#include <filesystem>
#include <sstream>
#include <string_view>

namespace aimem::fuzz {
namespace {

using mcp::RegisteredTool;
using nlohmann::json;

constexpr std::size_t kCallsMax = 16;
constexpr std::size_t kLineBytesMax = 4096;
constexpr std::int64_t kStartNs = 1'760'000'000'000'000'000;

// The same input is the same run: a clock that ticks and numbers that follow from each other. The
// writer's thread asks as well.
class TickingClock final : public Clock {
public:
    std::int64_t now_ns() const override { return ns_ += 1'000'000; }

private:
    mutable std::atomic<std::int64_t> ns_{kStartNs};
};

class CountingRng final : public Rng {
public:
    std::uint64_t next() override { return (state_ += 1) * 0x9E3779B97F4A7C15ULL; }

private:
    std::atomic<std::uint64_t> state_{0};
};

// In memory where the system has a folder for that.
std::filesystem::path base() {
    const std::filesystem::path shared = "/dev/shm";
    std::error_code none;
    return std::filesystem::is_directory(shared, none) ? shared
                                                       : std::filesystem::temp_directory_path();
}

const mcp::ToolRegistry& registry() {
    static const mcp::ToolRegistry all(mcp::all_tools());
    return all;
}

// A new file, copied from one that was made once.
const std::filesystem::path& new_file() {
    static const test::TempDir folder(base());
    static const std::filesystem::path file = folder / "memory.db";
    static const std::filesystem::path pattern = [] {
        const std::filesystem::path path = folder / "pattern.db";
        log::set_level(log::Level::error);
        expect(Store::open({.file = path}).has_value(), "the first store opens", path.string());
        return path;
    }();
    for (const char* tail : {"-wal", "-shm"}) std::filesystem::remove(file.string() + tail);
    std::filesystem::copy_file(pattern, file, std::filesystem::copy_options::overwrite_existing);
    return file;
}

class Session {
public:
    Session() {
        auto opened =
            Store::open({.file = new_file(), .readers = 1, .clock = &clock_, .rng = &rng_});
        expect(opened.has_value(), "the store opens", opened ? "" : opened.error().message);
        store_ = std::move(*opened);
    }

    void call(std::string line) {
        for (std::size_t at = line.find("$id"); at != std::string::npos;
             at = line.find("$id", at + 1))
            line.replace(at, 3, last_id_);
        const std::size_t space = std::min(line.find(' '), line.size());
        const std::string name = line.substr(0, space);
        const std::string reply = protocol_.handle(
            R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":)" +
            mcp::json_string(name) + R"(,"arguments":)" + line.substr(space) + "}}");
        check(line, name, reply);
    }

private:
    void check(const std::string& line, const std::string& name, const std::string& text) {
        const json reply = json::parse(text, nullptr, false);
        const std::string seen = line + "\n" + text;
        expect(reply.is_object(), "an answer is JSON", seen);
        if (reply.contains("error")) {
            expect(reply["error"]["code"] != mcp::code::internal_error, "nothing throws", seen);
            return;
        }
        const json& result = reply.at("result");
        const std::string& said =
            result.at("content").at(0).at("text").get_ref<const std::string&>();
        expect(!said.empty(), "an answer has a text", seen);
        if (result.value("isError", false)) {
            expect(said.find("the memory database failed") == std::string::npos,
                   "no argument breaks the database", seen);
            return;
        }
        json structured = result.at("structuredContent");
        const RegisteredTool* tool = registry().find(name);
        expect(tool != nullptr, "who answers is a tool", seen);
        const auto fits = mcp::check_arguments(json::parse(tool->tool.output_schema), structured);
        expect(fits.has_value(), fits ? "" : fits.error().message.c_str(), seen);
        const auto id = structured.find("id");
        if (id != structured.end() && id->is_string()) last_id_ = id->get<std::string>();
    }

    TickingClock clock_;
    CountingRng rng_;
    std::unique_ptr<Store> store_;
    std::string last_id_;
    mcp::ToolHost host_{.store = [this]() -> Result<Store*> { return store_.get(); },
                        .registry = &registry(),
                        .version = "1",
                        .opened =
                            [this] {
                                return store_.get();
                            }};
    mcp::Protocol protocol_{{.server_version = "1", .agent = {"", "kestrel"}}, host_};
};

}  // namespace

void run(const std::string& input) {
    std::istringstream lines(input);
    Session session;
    std::string line;
    for (std::size_t calls = 0; calls < kCallsMax && std::getline(lines, line); ++calls)
        if (line.size() <= kLineBytesMax) session.call(line);
}

}  // namespace aimem::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    aimem::fuzz::run(std::string(reinterpret_cast<const char*>(data), size));
    return 0;
}
