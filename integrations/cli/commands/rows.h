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
extern const Command kUpdate;
extern const Command kDelete;
extern const Command kPromote;
extern const Command kLink;
extern const Command kUnlink;
extern const Command kArchive;
extern const Command kArchivePut;
extern const Command kArchiveList;
extern const Command kArchiveRestore;
extern const Command kStats;
extern const Command kSyncStatus;
extern const Command kDigest;
extern const Command kMcp;
extern const Command kServe;
extern const Command kSyncDaemon;

}  // namespace aimem::cli
