// The rows of the table of commands, one file each.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "integrations/cli/command.h"

namespace aimem::cli {

extern const Command kStore;
extern const Command kRecall;
extern const Command kSearch;
extern const Command kList;
extern const Command kGet;
extern const Command kHistory;
extern const Command kUpdate;
extern const Command kDelete;
extern const Command kPromote;
extern const Command kLink;
extern const Command kUnlink;
extern const Command kArchive;
extern const Command kArchivePut;
extern const Command kArchiveList;
extern const Command kArchiveRestore;
extern const Command kArchivePurge;
extern const Command kForget;
extern const Command kConsolidate;
extern const Command kGc;
extern const Command kImport;
extern const Command kExport;
extern const Command kInvalidate;
extern const Command kEntityRegister;
extern const Command kEntityFind;
extern const Command kAgentsList;
extern const Command kAgentsRegister;
extern const Command kPendingList;
extern const Command kPendingApprove;
extern const Command kPendingReject;
extern const Command kStandardSet;
extern const Command kStandardShow;
extern const Command kStandardClear;
extern const Command kNotify;
extern const Command kInbox;
extern const Command kSubscribe;
extern const Command kUnsubscribe;
extern const Command kSubscriptions;
extern const Command kNamespaces;
extern const Command kStats;
extern const Command kSyncStatus;
extern const Command kSyncRetry;
extern const Command kDigest;
extern const Command kMcp;
extern const Command kServe;
extern const Command kSyncDaemon;

}  // namespace aimem::cli
