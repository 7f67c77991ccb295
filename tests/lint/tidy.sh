#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tidy.sh ROOT BUILD [--all] [--deep] [--budget SECONDS]: clang-tidy over what changed since the main branch, or all; a finding fails.
# Most of its time goes into the headers, so the sources of one area are read as one text; what stands with a change is read
# with it. --deep follows the paths of each function as well, which takes five times as long; not in tests.
# What was clean is not read again until it, a header it reaches or the settings change; latest changes come first, and what a budget
# leaves unread is counted aloud.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/files.sh"
cd "$1"
build=$2
shift 2
all=no budget=86400 deep=
while [ $# -gt 0 ]; do
    case "$1" in
    --all) all=yes ;;
    --deep) deep='clang-analyzer-*,-clang-analyzer-core.CallAndMessage,-clang-analyzer-core.NullDereference' ;;
    --budget) shift && budget=$1 ;;
    *) echo "tidy: what is $1?" && exit 2 ;;
    esac
    shift
done
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

base=$(git merge-base HEAD origin/main 2>/dev/null || git rev-parse HEAD~1 2>/dev/null || echo HEAD)
{
    git diff --name-only "$base" -- '*.cc'
    git ls-files -o --exclude-standard -- '*.cc'
    [ "$all" = no ] || git log --name-only --format= -- '*.cc'
} | awk '!seen[$0]++' >"$results/wanted"

# One line a text: its rank by the latest change in it, and its files. A source that two programs compile is read once.
build=$(lint_database "$build")
jq -r --arg root "$PWD/" '.[].file | select(startswith($root)) | ltrimstr($root)' "$build/compile_commands.json" |
    grep -vE '^(build/|tests/lint/gcc12/|tests/chaos/skewed_clock|federation/boost_impl)' | sort -u |
    awk -v lines=12000 -v wanted="$results/wanted" '
        BEGIN { while ((getline file < wanted) > 0) rank[file] = ++ranks }
        function close_text() { if (best) print best "\t" text; text = ""; size = best = 0 }
        {
            split($1, part, "/")
            now = part[1] == "tests" ? part[2] : part[1]
            if (now != area || size > lines) close_text()
            area = now
            text = text (text ? " " : "") $1
            while ((getline line < $1) > 0) size++
            close($1)
            if (rank[$1] && (!best || rank[$1] < best)) best = rank[$1]
        }
        END { close_text() }' | sort -n | cut -f 2 >"$results/texts"
if ! [ -s "$results/texts" ]; then
    echo "tidy: nothing changed"
    exit 0
fi

settings=$(cat .clang-tidy "$here"/tidy*.sh | sha256sum | cut -d' ' -f1)
deadline=$(($(date +%s) + budget))
export here build settings results deadline deep
xargs -P "$(nproc)" -d '\n' -I TEXT "$here/tidy_text.sh" TEXT <"$results/texts"
count() { cat "$results"/*."$1" 2>/dev/null | wc -w; }
echo "tidy: $(count clean) clean, $(count bad) read with findings among them, $(count unread) not reached in $budget s"
[ "$(count bad)" -eq 0 ]
