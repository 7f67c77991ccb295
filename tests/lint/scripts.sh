#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# scripts.sh ROOT: shellcheck on everything that begins with #!/bin/sh or bash.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/files.sh"
cd "$1"

findings=$(lint_files '*' | while IFS= read -r file; do
    case "$(head -c 64 "$file" | tr -d '\0' | head -n 1)" in
    '#!/bin/sh'* | '#!/usr/bin/env bash'* | '#!/bin/bash'*) echo "$file" ;;
    esac
done | xargs -r shellcheck -x -P SCRIPTDIR -f gcc || true)
lint_verdict scripts "$findings"
