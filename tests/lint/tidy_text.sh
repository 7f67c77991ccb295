#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tidy_text.sh "FILE...": clang-tidy over these files as one text (started by tidy.sh, which says where things are). A file whose names
# clash with an earlier one's goes into a text of its own.
set -eu
: "${here:?} ${build:?} ${settings:?} ${results:?} ${deadline:?}"
# shellcheck source=files.sh
. "$here/files.sh"

read_text() {
    checks=${deep:-}
    case "$1" in tests/*) checks= ;; esac
    key=$(lint_key "$settings$checks" "$1")
    set -- "$1" "$results/$(basename "$key")"
    if [ -f "$key" ]; then
        echo "$1" >"$2.clean"
        return 0
    elif [ "$(date +%s)" -ge "$deadline" ]; then
        echo "$1" >"$2.unread"
        return 0
    fi
    mkdir "$2"
    text=$2/text.cc
    lint_text "$build" "$text" "$1"

    if [ "${1% *}" != "$1" ]; then
        flags=$(jq -r '.[].command | gsub(" -[oc] [^ ]*"; "") | [scan(" -[DI][^ ]*| -isystem [^ ]*| -std=[^ ]*")] | join("")' "$2/compile_commands.json")
        eval "clang++-14 -fsyntax-only -w -ferror-limit=0 $flags \"$text\"" 2>&1 | lint_places "$text" >"$2/clashes" || true
        sed -n 's/^\([^:]*\):[0-9]*:[0-9]*: error: .*/\1/p' "$2/clashes" | sort -u >"$2/apart"
        set -- "$1" "$2" "$(echo "$1" | tr ' ' '\n' | grep -Fxv -f "$2/apart" | paste -sd ' ')" "$(paste -sd ' ' "$2/apart")"
        if [ -n "$3" ] && [ -n "$4" ]; then
            read_text "$3"
            read_text "$4"
            return 0
        fi
    fi
    if clang-tidy-14 --quiet -p "$2" --config-file=.clang-tidy ${checks:+"--checks=$checks"} \
        --extra-arg=-Wno-unknown-warning-option "$text" >"$2/said" 2>&1; then
        echo "$1" >"$2.clean"
        : >"$key"
    else
        echo "$1" >"$2.bad"
        lint_places "$text" <"$2/said" | grep -vE '[0-9] warnings? (and|generated)|^Suppressed|^Use -header-filter|^Error while processing'
    fi
}
read_text "$1"
