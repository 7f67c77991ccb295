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

# Parsing Boost is most of the time: the sources of an area are read as one text, unless their names clash.
texts=$(
    printf '%s\n' "$files" | grep '\.h$' || true
    printf '%s\n' "$files" | grep '\.cc$' | lint_areas
)
settings=$(cat "$here/awaits.query" "$here/awaits.sh" | sha256sum | cut -d' ' -f1)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export here build settings scratch
# shellcheck disable=SC2016 # expanded by the inner shell
findings=$(printf '%s\n' "$texts" | xargs -r -P "$(nproc)" -d '\n' -I FILES sh -c '
    . "$here/files.sh"
    ask() {
        clang-query-14 -p "$1" -f "$here/awaits.query" --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-error "$2" 2>&1 || true
    }
    unread() { printf "%s\n" "$said" | grep -q " error: " || ! printf "%s\n" "$said" | grep -q "match"; }
    look() {
        key=$(lint_key "$settings" "$1")
        [ ! -f "$key" ] || return 0
        case "$1" in
        *.h) said=$(ask "$build" "$1") ;;
        *)
            own=$scratch/$(basename "$key")
            mkdir "$own"
            lint_text "$build" "$own/text.cc" "$1"
            said=$(ask "$own" "$own/text.cc" | lint_places "$own/text.cc")
            ;;
        esac
        if unread && [ "${1% *}" != "$1" ]; then
            apart=$(printf "%s\n" "$said" | sed -n "s|^\($PWD/\)\{0,1\}\([^:]*\):[0-9]*:[0-9]*: error: .*|\2|p" | sort -u | grep -Fx -e "$(echo "$1" | tr " " "\n")")
            set -- "$1" "$(echo "$1" | tr " " "\n" | grep -Fxv -e "$apart" | paste -sd " ")" "$(echo "$apart" | paste -sd " ")"
            if [ -n "$2" ] && [ -n "$3" ]; then
                look "$2"
                look "$3"
            else
                for file in $1; do look "$file"; done
            fi
        elif unread; then
            echo "$1: clang-query cannot read it: $(printf "%s\n" "$said" | grep -m 1 "error" || echo "no answer")"
        elif printf "%s\n" "$said" | grep -q "binds here"; then
            printf "%s\n" "$said" | grep "binds here" | sed "s|^$PWD/||" | sort -u
        else
            : >"$key"
        fi
    }
    look "$1"
' sh FILES || true)
lint_verdict awaits "$findings"
