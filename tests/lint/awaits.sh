#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# awaits.sh ROOT BUILD [FILE...]: no co_await beside a temporary that g++ 12 destroys twice (gcc12/ shows the forms).
# Looks at every file with a coroutine, headers too. BUILD holds compile_commands.json. A file that clang cannot
# read fails as well: an unread file is not a clean one.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/files.sh"
cd "$1"
build=$2
shift 2
if [ ! -f "$build/compile_commands.json" ]; then
    echo "awaits: no compile_commands.json in $build"
    exit 1
fi

if [ $# -gt 0 ]; then
    files=$(printf '%s\n' "$@")
else
    files=$(lint_files '*.h' '*.cc' | grep -v '^tests/lint/gcc12/' | xargs -r grep -lw 'co_await' || true)
fi

# shellcheck disable=SC2016 # expanded by the inner shell
findings=$(printf '%s\n' "$files" | grep . | xargs -r -P "$(nproc)" -I FILE sh -c '
    said=$(clang-query-14 -p "$1" -f "$2" --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-error "$3" 2>&1) || true
    if printf "%s\n" "$said" | grep -q " error: " || ! printf "%s\n" "$said" | grep -q "match"; then
        printf "%s: clang-query cannot read it: %s\n" "$3" "$(printf "%s\n" "$said" | grep -m 1 "error" || echo "no answer")"
    fi
    printf "%s\n" "$said" | grep "binds here" | sed "s|^.*/\($3:\)|\1|" | sort -u
' sh "$build" "$here/awaits.query" FILE || true)
lint_verdict awaits "$findings"
