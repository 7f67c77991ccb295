#include "mcp/completion.h"

#include "mcp/resources.h"
#include "store/query/completion.h"
#include "store/store.h"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace aimem::mcp {
namespace {

using nlohmann::json;

constexpr std::size_t kValuesShown = 100;  // the protocol's own bound
constexpr std::size_t kTypedBytesMax = 512;

using Lookup = Result<query::Names> (*)(sqlite::Database&, std::string_view, std::size_t);

tl::unexpected<RpcError> unfit(std::string text) {
    return tl::unexpected<RpcError>(
        RpcError{.code = code::invalid_params, .message = "Invalid params: " + std::move(text)});
}

std::string member_text(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Which names an argument of a reference is about; nullptr: none are known.
tl::expected<Lookup, RpcError> lookup_of(const json& ref, const std::string& argument) {
    const std::string type = member_text(ref, "type");
    const std::string name = member_text(ref, "name");
    if (type == "ref/prompt" && name == "memory-workflow") return nullptr;
    if (type == "ref/prompt" && name == "recall-first") {
        if (argument == "namespace") return &query::namespaces_like;
        if (argument == "tag") return &query::tags_like;
        if (argument == "agent") return &query::authors_like;
        return nullptr;
    }
    const std::string uri = member_text(ref, "uri");
    if (type == "ref/resource" &&
        (uri == kResourceTemplate || uri == "memory://{namespace}/{id}")) {
        if (argument == "namespace") return &query::namespaces_like;
        if (argument == "id") return &query::ids_like;
        return nullptr;
    }
    return unfit(
        "ref must be {type: ref/prompt, name: recall-first} or {type: ref/resource, uri: " +
        std::string(kResourceTemplate) + "}");
}

}  // namespace

MethodResult completion_text(const ToolHost& host, const json& params) {
    const auto ref = params.find("ref");
    const auto argument = params.find("argument");
    if (ref == params.end() || !ref->is_object()) return unfit("ref must be an object");
    if (argument == params.end() || !argument->is_object() ||
        !argument->value("name", json()).is_string() ||
        !argument->value("value", json()).is_string())
        return unfit("argument must be an object with name and value, both strings");
    const std::string typed = member_text(*argument, "value");
    if (typed.size() > kTypedBytesMax) return unfit("argument.value may have at most 512 bytes");
    const auto lookup = lookup_of(*ref, member_text(*argument, "name"));
    if (!lookup) return tl::unexpected<RpcError>(lookup.error());
    query::Names names;
    if (*lookup != nullptr) {
        const auto store = host.store();
        if (!store) return tl::unexpected<RpcError>(rpc_error(store.error()));
        auto found = (*store)->ask(
            [&](sqlite::Database& db) { return (*lookup)(db, typed, kValuesShown + 1); });
        if (!found) return tl::unexpected<RpcError>(rpc_error(found.error()));
        names = *std::move(found);
    }
    const bool more = names.size() > kValuesShown;
    if (more) names.resize(kValuesShown);
    json completion{{"values", names}, {"hasMore", more}};
    if (!more) completion["total"] = names.size();
    return to_text({{"completion", std::move(completion)}});
}

}  // namespace aimem::mcp
