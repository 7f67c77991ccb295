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

build=$(lint_database "$build")

if [ $# -gt 0 ]; then
    files=$(printf '%s\n' "$@")
else
    files=$(lint_files '*.h' '*.cc' | grep -v '^tests/lint/gcc12/' | xargs -r grep -lw 'co_await' || true)
fi

settings=$(cat "$here/awaits.query" "$here/awaits.sh" | sha256sum | cut -d' ' -f1)
export here build settings
# shellcheck disable=SC2016 # expanded by the inner shell
findings=$(printf '%s\n' "$files" | grep . | xargs -r -P "$(nproc)" -I FILE sh -c '
    . "$here/files.sh"
    file=$1
    key=$(lint_key "$settings" "$file")
    [ ! -f "$key" ] || exit 0
    said=$(clang-query-14 -p "$build" -f "$here/awaits.query" \
        --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-error "$file" 2>&1) || true
    if printf "%s\n" "$said" | grep -q " error: " || ! printf "%s\n" "$said" | grep -q "match"; then
        echo "$file: clang-query cannot read it: $(printf "%s\n" "$said" | grep -m 1 "error" || echo "no answer")"
    elif printf "%s\n" "$said" | grep -q "binds here"; then
        printf "%s\n" "$said" | grep "binds here" | sed "s|^.*/\($file:\)|\1|" | sort -u
    else
        : >"$key"
    fi
' sh FILE || true)
lint_verdict awaits "$findings"
