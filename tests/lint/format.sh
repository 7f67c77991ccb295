#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# format.sh ROOT: .clang-format is law; `./dev fmt` applies it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/files.sh"
cd "$1"

# One line a file: where it first differs.
findings=$(lint_files '*.h' '*.cc' | xargs -r clang-format-14 --dry-run 2>&1 | grep -E '(warning|error):' |
    sort -t: -k1,1 -u | sed 's/^\([^:]*:[0-9]*\):.*/\1: not as clang-format writes it/' || true)
lint_verdict format "$findings"
