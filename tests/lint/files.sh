#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Sourced by the lint scripts: what the tree consists of, and how a script ends.

# lint_files NAME_PATTERN...: committed and new files of the current folder's tree (all files outside a git checkout).
lint_files() {
    if [ -e .git ]; then
        for pattern in "$@"; do
            git ls-files -co --exclude-standard -- ":(glob)**/$pattern"
        done | while IFS= read -r file; do
            [ ! -f "$file" ] || printf '%s\n' "$file"
        done
    else
        for pattern in "$@"; do
            find . -type f -name "$pattern" ! -path './build/*' | sed 's|^\./||'
        done
    fi | sort -u
}

# lint_verdict NAME FINDINGS: prints the findings; a script that found something, or nothing to look at, fails.
lint_verdict() {
    if [ -n "$2" ]; then
        printf '%s\n' "$2"
        printf '%s: %s finding(s)\n' "$1" "$(printf '%s\n' "$2" | wc -l | tr -d ' ')"
        exit 1
    fi
    printf '%s: clean\n' "$1"
}

# lint_key SETTINGS FILE: where it is remembered that FILE was found clean with these settings and with all it includes.
lint_key() {
    reached="" next=$2
    while [ "$next" != "$reached" ]; do
        reached=$next
        next=$({
            echo "$reached"
            echo "$reached" | xargs sed -n 's/^#include "\(.*\)".*/\1/p' 2>/dev/null
        } | sort -u)
    done
    lint_cache=${XDG_CACHE_HOME:-$HOME/.cache}/ai-memory-lint
    mkdir -p "$lint_cache"
    echo "$lint_cache/$({ echo "$1 $2"; echo "$reached" | xargs cat 2>/dev/null; } | sha256sum | cut -d' ' -f1)"
}

# lint_database BUILD: prints a folder with BUILD's compile commands as clang can follow them: each source by itself (CI compiles
# eight at a time) and without g++'s precompiled headers.
lint_database() {
    mkdir -p "$1/lint"
    from=$1
    if grep -q '/Unity/unity_' "$1/compile_commands.json"; then
        from=$1/lint/plain
        [ -n "$(find "$from/compile_commands.json" -newer "$1/compile_commands.json" 2>/dev/null)" ] ||
            cmake --preset dev -B "$from" -DAIMEM_UNITY=OFF \
                "-DAIMEM_NODE_TESTS=$(sed -n 's/^AIMEM_NODE_TESTS:[^=]*=//p' "$1/CMakeCache.txt")" >"$1/lint/plain.log"
    fi
    jq 'map(.command |= gsub("-Winvalid-pch|-fpch-preprocess|-include [^ ]*cmake_pch.hxx"; ""))' \
        "$from/compile_commands.json" >"$1/lint/compile_commands.json.$$"
    mv "$1/lint/compile_commands.json.$$" "$1/lint/compile_commands.json"
    echo "$1/lint"
}

# lint_text BUILD TEXT "FILE...": makes TEXT of these files, and beside it a compile command with what all of them define and include.
# Concatenated and not included: what is not in the main file is looked at less closely.
lint_text() {
    # shellcheck disable=SC2086 # a word list on purpose
    awk 'FNR == 1 { print "// from " FILENAME } { print }' $3 >"$2"
    jq --arg root "$PWD/" --arg list "$3" --arg text "$2" '
        ($list | split(" ") | map({key: ($root + .), value: true}) | from_entries) as $files
        | map(select($files[.file])) as $all
        | ([$all[].command | scan(" -[DI][^ ]*| -isystem [^ ]*")] | unique | join("")) as $theirs
        | $all[:1] | map(.file as $first | .file = $text | .command |= (gsub($first; $text) | sub(" "; $theirs + " ")))
        ' "$1/compile_commands.json" >"$(dirname "$2")/compile_commands.json"
}

# lint_areas: reads the names of sources on stdin and prints those of each area, a library or a folder of tests, as one line.
lint_areas() {
    awk '
        { split($0, part, "/"); area = part[1] (part[1] == "tests" ? "/" part[2] : "") }
        { text[area] = text[area] (text[area] ? " " : "") $0 }
        END { for (area in text) print text[area] }'
}

# lint_places TEXT: reads "TEXT:LINE:..." on stdin as "FILE:LINE:..." of the files that TEXT was made of.
lint_places() {
    awk -v text="$1" '
        BEGIN {
            while ((getline line < text) > 0) {
                n++
                if (sub("^// from ", "", line)) { file = line; start = n }
                of[n] = file
                at[n] = n - start
            }
        }
        index($0, text ":") == 1 {
            split(substr($0, length(text) + 2), part, ":")
            sub("^[^:]*:[0-9]+", of[part[1]] ":" at[part[1]])
        }
        { print }'
}
