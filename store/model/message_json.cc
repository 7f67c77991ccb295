#include "store/model/message_json.h"

#include "store/model/json.h"

#include <nlohmann/json.hpp>

namespace aimem {

nlohmann::json message_to_json(const Memory& memory) {
    const std::string given = metadata_text(memory.metadata, "message_title");
    return {{"id", memory.id},
            {"from", metadata_text(memory.metadata, "agent_id")},
            {"title", given.empty() ? memory.title : given},
            {"payload", memory.content},
            {"priority", memory.priority},
            {"tier", to_string(memory.tier)},
            {"created_at", memory.created_at},
            {"read", memory.access_count > 0},
            {"access_count", memory.access_count}};
}

}  // namespace aimem
