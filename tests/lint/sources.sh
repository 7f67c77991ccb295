#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sources.sh ROOT: every .cc is named in a CMakeLists.txt (comments do not count), or nothing compiles it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/files.sh"
cd "$1"

findings=$({
    lint_files 'CMakeLists.txt' '*.cmake' | sed 's/^/list /'
    lint_files '*.cc' | sed 's/^/source /'
} | awk '
    $1 == "list" {
        file = $2
        folder = file
        if (!sub(/\/[^\/]*$/, "/", folder)) folder = ""
        while ((getline line < file) > 0) {
            sub(/#.*$/, "", line)
            n = split(line, word, /[ \t()"<>;]+/)
            for (k = 1; k <= n; k++) {
                if (word[k] !~ /[.]cc$/) continue
                if (sub(/^\$\{(PROJECT|CMAKE)_SOURCE_DIR\}\//, "", word[k])) named[word[k]] = 1
                else { sub(/^\$\{CMAKE_CURRENT_SOURCE_DIR\}\//, "", word[k]); named[folder word[k]] = 1 }
            }
        }
        close(file)
    }
    $1 == "source" && !($2 in named) { print $2 ": named in no CMakeLists.txt" }')
lint_verdict sources "$findings"
