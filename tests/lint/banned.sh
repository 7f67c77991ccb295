#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# banned.sh ROOT: the words of banned.txt in our sources, comments left out, and empty handlers of every exception.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/files.sh"
cd "$1"

findings=$(lint_files '*.h' '*.cc' | awk -v table="$here/banned.txt" '
    function glob(pattern) {
        gsub(/\./, "[.]", pattern)
        gsub(/\*/, ".*", pattern)
        return "^" pattern "$"
    }
    function allowed(i, file,    n, patterns, k) {
        n = split(where[i], patterns, " ")
        for (k = 1; k <= n; k++) if (file ~ glob(patterns[k])) return 1
        return 0
    }
    BEGIN {
        while ((getline line < table) > 0) {
            if (line ~ /^#/ || line ~ /^[ \t]*$/) continue
            split(line, field, /[ \t]*::[ \t]+/)
            token[++count] = field[1]
            where[count] = field[2]
            why[count] = field[3]
        }
        if (!count) print "banned.txt is missing"
    }
    {
        file = $0
        number = 0
        handler = 0
        while ((getline line < file) > 0) {
            number++
            sub(/^[ \t]*\/\/.*$/, "", line)
            sub(/[ \t]\/\/.*$/, "", line)
            sub(/using namespace std::[a-z_:]*literals;/, "", line)
            for (i = 1; i <= count; i++)
                if (line ~ token[i] && !allowed(i, file)) print file ":" number ": " token[i] ": " why[i]
            if (match(line, /catch *\( *[.][.][.] *\) */)) {
                handler = number
                line = substr(line, RSTART + RLENGTH)
                sub(/^[ \t]*\{/, "", line)
            }
            if (handler && line ~ /[^ \t]/) {
                if (line ~ /^[ \t]*\}/) print file ":" handler ": catch (...) that does nothing"
                handler = 0
            }
        }
        close(file)
    }')
lint_verdict banned "$findings"
