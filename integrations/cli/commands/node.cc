// What ai-memory-node does under this command's name (integrations/cli/node_exec.h).
#include "integrations/cli/commands/rows.h"

namespace aimem::cli {

const Command kServe{
    .name = "serve",
    .summary = "Run a node: HTTP, and replication with its peers",
    .examples =
        R"(  ai-memory serve --quorum-writes 2 --quorum-peers http://10.0.0.2:9077,http://10.0.0.3:9077
)",
};

const Command kSyncDaemon{
    .name = "sync-daemon",
    .summary = "Exchange changes with peers, without serving HTTP",
    .examples = R"(  ai-memory sync-daemon --peers http://10.0.0.2:9077
)",
};

}  // namespace aimem::cli
