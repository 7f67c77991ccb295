#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tidy.sh ROOT BUILD [--all] [--budget SECONDS]: clang-tidy over the files changed since the main branch, or all.
# A file that was clean is not looked at again until it, a header it reaches or the settings change. The latest changes
# come first; what a budget leaves unread is counted aloud.
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

compiled=$(jq -r --arg root "$PWD/" '.[].file | select(startswith($root)) | ltrimstr($root)' \
    "$build/compile_commands.json" | grep -vE '^(build|tests/lint/gcc12)/' | sort -u)
base=$(git merge-base HEAD origin/main 2>/dev/null || git rev-parse HEAD~1 2>/dev/null || echo HEAD)
wanted=$({
    git diff --name-only "$base" -- '*.cc'
    git ls-files -o --exclude-standard -- '*.cc'
    [ "$all" = no ] || git log --name-only --format= -- '*.cc'
})
files=$(printf '%s\n' "$wanted" | awk '!seen[$0]++' | grep -Fx -e "$compiled" || true)
if [ -z "$files" ]; then
    echo "tidy: nothing changed"
    exit 0
fi

build=$(lint_database "$build")
settings=$(cat .clang-tidy "$here/tidy.sh" | sha256sum | cut -d' ' -f1)
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
export here build settings results
deadline=$(($(date +%s) + budget))
export deadline
# shellcheck disable=SC2016 # expanded by the inner shell
printf '%s\n' "$files" | xargs -P "$(nproc)" -I FILE sh -c '
    . "$here/files.sh"
    file=$1
    key=$(lint_key "$settings" "$file")
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
