#include "store/ops/intake.h"

#include "store/base/time_text.h"
#include "store/model/json_text.h"
#include "store/model/validate.h"
#include "store/ops/arguments.h"
#include "store/ops/check.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <utility>

namespace aimem {
namespace {

using nlohmann::json;

Result<> check_future(std::string_view text, std::int64_t now_ns) {
    if (auto ok = check_time("expires_at", text); !ok) return ok;
    if (*parse_time(text) > now_ns) return {};
    return fail(Errc::invalid_argument, "expires_at must lie in the future");
}

OnConflict on_conflict_of(Arguments& given) {
    const auto word = given.text("on_conflict", Null::means_absent);
    if (!word || *word == "merge") return OnConflict::merge;
    if (*word == "version") return OnConflict::version;
    if (*word != "error")
        given.refuse(Errc::invalid_argument, "on_conflict must be one of merge, version, error");
    return OnConflict::error;
}

// Who asks: the argument, else the metadata, else the door's own knowledge; empty ones do not
// count.
std::string author(Arguments& given, const Caller& caller) {
    if (auto named = given.text("agent_id", Null::means_absent); named && !named->empty())
        return std::move(*named);
    if (const json* metadata = given.object("metadata")) {
        const auto named = metadata->find("agent_id");
        if (named != metadata->end() && named->is_string() &&
            !named->get_ref<const std::string&>().empty())
            return named->get<std::string>();
    }
    return caller.agent_id;
}

}  // namespace

Result<StoreMemory> store_from_json(const json& arguments, const Caller& caller) {
    Arguments given(arguments, Null::refused);
    StoreMemory op;
    op.title = given.required_text("title");
    op.content = given.required_text("content");
    op.tier = given.tier("tier");
    if (auto ns = given.text("namespace")) op.ns = std::move(*ns);
    op.tags = given.texts("tags");
    op.priority = priority_of(given);
    op.confidence = given.number("confidence");
    if (op.confidence) given.require("confidence", check_confidence(*op.confidence));
    op.source = given.text("source");
    if (op.source) given.require("source", check_source(*op.source));
    if (!op.source && !caller.source.empty()) op.source = caller.source;
    op.expires_at = given.text("expires_at", Null::means_absent);
    if (op.expires_at) given.require("expires_at", check_future(*op.expires_at, caller.now_ns));
    op.ttl_secs = given.integer("ttl_secs", Null::means_absent);
    if (op.ttl_secs) given.require("ttl_secs", check_ttl(*op.ttl_secs));
    op.metadata = metadata_of(given);
    op.scope = given.text("scope", Null::means_absent);
    if (op.scope) given.require("scope", check_scope(*op.scope));
    op.on_conflict = on_conflict_of(given);
    op.agent_id = author(given, caller);
    if (given.error()) return fail(*given.error());
    if (auto ok = check_op(op); !ok) return fail(ok.error());
    return op;
}

Result<UpdateMemory> update_from_json(std::string id, const json& arguments, const Caller& caller) {
    Arguments given(arguments, Null::means_absent);
    UpdateMemory op;
    op.id = std::move(id);
    op.agent_id = caller.agent_id;
    op.title = given.text("title");
    op.content = given.text("content");
    op.ns = given.text("namespace");
    op.tier = given.tier("tier");
    op.tags = given.texts("tags");
    op.priority = priority_of(given);
    op.confidence = given.number("confidence");
    if (op.confidence) given.require("confidence", check_confidence(*op.confidence));
    op.expires_at = given.text("expires_at");
    if (op.expires_at && !op.expires_at->empty())
        given.require("expires_at", check_time("expires_at", *op.expires_at));
    op.metadata = metadata_of(given);
    if (given.error()) return fail(*given.error());
    const auto expiry = arguments.find("expires_at");
    if (expiry != arguments.end() && expiry->is_null()) op.expires_at = "";
    if (auto ok = check_op(op); !ok) return fail(ok.error());
    return op;
}

Result<LinkMemories> link_from_arguments(const json& arguments, const Caller& caller) {
    Arguments given(arguments, Null::means_absent);
    LinkMemories op;
    op.agent_id = caller.agent_id;
    op.valid_from = given.text("valid_from");
    op.valid_until = given.text("valid_until");
    op.source_id = given.required_text("source_id");
    op.target_id = given.required_text("target_id");
    if (auto relation = given.text("relation")) op.relation = std::move(*relation);
    given.require("relation", check_relation(op.relation));
    if (given.error()) return fail(*given.error());
    if (auto ok = check_op(op); !ok) return fail(ok.error());
    return op;
}

Result<UnlinkMemories> unlink_from_arguments(const json& arguments, const Caller& caller) {
    Arguments given(arguments, Null::means_absent);
    UnlinkMemories op;
    op.agent_id = caller.agent_id;
    op.source_id = given.required_text("source_id");
    op.target_id = given.required_text("target_id");
    op.relation = given.text("relation");
    if (op.relation) given.require("relation", check_relation(*op.relation));
    if (given.error()) return fail(*given.error());
    if (auto ok = check_op(op); !ok) return fail(ok.error());
    return op;
}

}  // namespace aimem
