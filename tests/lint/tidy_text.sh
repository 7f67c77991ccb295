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
    # Tests are read for mistakes, not for speed and length; in one text they say "using" twice.
    case "$1" in tests/*)
        checks='-performance-*,-readability-function-size,-concurrency-mt-unsafe,-cert-err34-c,-cppcoreguidelines-no-malloc'
        checks=$checks,-misc-unused-using-decls,-modernize-make-unique,-modernize-loop-convert
        ;;
    esac
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
        sed -n 's/^\([^:]*\):[0-9]*:[0-9]*: \(fatal \)*error: .*/\1/p' "$2/clashes" | sort -u >"$2/in_error"
        echo "$1" | tr ' ' '\n' >"$2/files"
        grep -Fx -f "$2/in_error" "$2/files" >"$2/apart" || true
        # Errors in headers alone: a name of one file hides theirs; whose it is shows by halves.
        [ ! -s "$2/in_error" ] || [ -s "$2/apart" ] || sed "1,$(($(wc -l <"$2/files") / 2))d" "$2/files" >"$2/apart"
        set -- "$1" "$2" "$(grep -Fxv -f "$2/apart" "$2/files" | paste -sd ' ')" "$(paste -sd ' ' "$2/apart")"
        if [ -n "$3" ] && [ -n "$4" ]; then
            read_text "$3"
            read_text "$4"
            return 0
        fi
    fi
    if clang-tidy-14 --quiet -p "$2" --config-file=.clang-tidy ${checks:+"--checks=$checks"} \
        --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-shadow "$text" >"$2/said" 2>&1; then
        echo "$1" >"$2.clean"
        : >"$key"
    else
        echo "$1" >"$2.bad"
        lint_places "$text" <"$2/said" | grep -vE '[0-9] warnings? (and|generated)|^Suppressed|^Use -header-filter|^Error while processing'
    fi
}
read_text "$1"
