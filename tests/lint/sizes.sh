#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sizes.sh ROOT: one purpose a file: at most 400 lines, tests at most 600.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/files.sh"
cd "$1"

findings=$(lint_files '*.h' '*.cc' | while IFS= read -r file; do
    lines=$(wc -l <"$file")
    case "$file" in
    tests/*) most=600 ;;
    *) most=400 ;;
    esac
    [ "$lines" -le "$most" ] || echo "$file: $lines lines, at most $most"
done)
lint_verdict sizes "$findings"
