#include "integrations/cli/command.h"

#include "integrations/cli/commands/rows.h"
#include <array>

namespace aimem::cli {
namespace {

constexpr std::array kAll{
    &kStore,
    &kRecall,
    &kSearch,
    &kList,
    &kGet,
    &kHistory,
    &kUpdate,
    &kDelete,
    &kPromote,
    &kLink,
    &kUnlink,
    &kInvalidate,
    &kConsolidate,
    &kForget,
    &kArchive,
    &kArchivePut,
    &kArchiveList,
    &kArchiveRestore,
    &kArchivePurge,
    &kGc,
    &kEntityRegister,
    &kEntityFind,
    &kAgentsList,
    &kAgentsRegister,
    &kPendingList,
    &kPendingApprove,
    &kPendingReject,
    &kNamespaces,
    &kStandardSet,
    &kStandardShow,
    &kStandardClear,
    &kNotify,
    &kInbox,
    &kSubscribe,
    &kUnsubscribe,
    &kSubscriptions,
    &kImport,
    &kExport,
    &kStats,
    &kSyncStatus,
    &kSyncRetry,
    &kDigest,
    &kMcp,
    &kServe,
    &kSyncDaemon,
};

}  // namespace

std::span<const Command* const> all_commands() {
    return kAll;
}

const Command* find_command(std::string_view name) {
    for (const Command* command : kAll)
        if (command->name == name || (!name.empty() && command->alias == name)) return command;
    return nullptr;
}

}  // namespace aimem::cli
