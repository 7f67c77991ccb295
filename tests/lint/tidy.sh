#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tidy.sh ROOT BUILD [--all] [--budget SECONDS]: clang-tidy over the files changed since the main branch, or all.
# A file that was clean is not looked at again until it, a header of ours or the settings change. With a budget,
# changed files come first, and what was not reached is counted aloud.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/files.sh"
cd "$1"
build=$2
shift 2
all=no budget=86400
while [ $# -gt 0 ]; do
    case "$1" in
    --all) all=yes ;;
    --budget) shift && budget=$1 ;;
    *) echo "tidy: what is $1?" && exit 2 ;;
    esac
    shift
done
cache=${XDG_CACHE_HOME:-$HOME/.cache}/ai-memory-tidy
mkdir -p "$cache"

base=$(git merge-base HEAD origin/main 2>/dev/null || git rev-parse HEAD~1 2>/dev/null || echo HEAD)
changed=$({ git diff --name-only "$base" -- '*.cc'; git ls-files -o --exclude-standard -- '*.cc'; } | sort -u)
compiled=$(jq -r --arg root "$PWD/" '.[].file | select(startswith($root)) | ltrimstr($root)' \
    "$build/compile_commands.json" | grep -v '^build/' | grep -v '^tests/lint/gcc12/' | sort -u)
first=$(printf '%s\n' "$compiled" | grep -Fx -e "$changed" || true)
files=$first
[ "$all" = no ] || files=$(printf '%s\n' "$first" "$compiled" | grep . | awk '!seen[$0]++')
[ -n "$files" ] || { echo "tidy: nothing changed"; exit 0; }

settings=$({ printf '%s\n' .clang-tidy "$here/tidy.sh"; lint_files '*.h'; } | xargs cat | sha256sum | cut -d' ' -f1)
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
export build cache settings results
deadline=$(($(date +%s) + budget))
export deadline
# shellcheck disable=SC2016 # expanded by the inner shell
printf '%s\n' "$files" | xargs -P "$(nproc)" -I FILE sh -c '
    file=$1
    key=$cache/$({ echo "$settings $file"; cat "$file"; } | sha256sum | cut -d" " -f1)
    name=$(echo "$file" | tr / _)
    if [ -f "$key" ]; then
        : >"$results/$name.clean"
    elif [ "$(date +%s)" -ge "$deadline" ]; then
        : >"$results/$name.unread"
    elif clang-tidy-14 --quiet -p "$build" --extra-arg=-Wno-unknown-warning-option "$file" >"$results/$name.out" 2>&1; then
        : >"$results/$name.clean"
        : >"$key"
    else
        grep -vE "warnings? generated|^Suppressed|^Use -header-filter" "$results/$name.out"
        : >"$results/$name.bad"
    fi
' sh FILE
count() { find "$results" -name "*.$1" | wc -l; }
echo "tidy: $(count clean) clean, $(count bad) with findings, $(count unread) not reached in $budget s"
[ "$(count bad)" -eq 0 ]
