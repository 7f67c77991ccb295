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
    grep -vE '^(build/|tests/lint/gcc12/|tests/chaos/skewed_clock|federation/boost_impl)' | sort -u | lint_areas |
    awk -v wanted="$results/wanted" '
        BEGIN { while ((getline file < wanted) > 0) rank[file] = ++ranks }
        {
            best = 0
            for (i = 1; i <= NF; i++) if (rank[$i] && (!best || rank[$i] < best)) best = rank[$i]
            if (best) print best "\t" $0
        }' | sort -n | cut -f 2 >"$results/texts"
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
