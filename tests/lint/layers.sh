#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# layers.sh ROOT: every #include against layers.txt ("...", from the root) and headers.txt (<...>).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/files.sh"
cd "$1"

findings=$(lint_files '*.h' '*.cc' | awk -v layers="$here/layers.txt" -v headers="$here/headers.txt" '
    function glob(pattern) {
        gsub(/\./, "[.]", pattern)
        gsub(/\*/, ".*", pattern)
        return "^" pattern "$"
    }
    function allowed_header(name, file,    i, n, patterns, k) {
        for (i = 1; i <= header_count; i++) {
            if (index(name, header[i]) != 1) continue
            n = split(header_files[i], patterns, " ")
            for (k = 1; k <= n; k++) if (file ~ glob(patterns[k])) return 1
            return 0
        }
        return 1
    }
    function allowed_folder(name, file,    i, best, n, reach, k) {
        best = ""
        for (i = 1; i <= layer_count; i++)
            if (index(file, layer[i] "/") == 1 && length(layer[i]) > length(best)) { best = layer[i]; n = i }
        if (best == "") return 0
        n = split(layer_reach[n], reach, " ")
        for (k = 1; k <= n; k++) if (index(name, reach[k] "/") == 1) return 1
        return 0
    }
    BEGIN {
        while ((getline line < layers) > 0) {
            if (line ~ /^#/ || line ~ /^[ \t]*$/) continue
            n = split(line, word, " ")
            layer[++layer_count] = word[1]
            for (k = 2; k <= n; k++) layer_reach[layer_count] = layer_reach[layer_count] " " word[k]
        }
        while ((getline line < headers) > 0) {
            if (line ~ /^#/ || line ~ /^[ \t]*$/) continue
            n = split(line, word, " ")
            header[++header_count] = word[1]
            header_files[header_count] = ""
            for (k = 2; k <= n; k++) header_files[header_count] = header_files[header_count] " " word[k]
        }
        if (!layer_count || !header_count) print "layers.txt or headers.txt is missing"
    }
    {
        file = $0
        number = 0
        while ((getline line < file) > 0) {
            number++
            if (line !~ /^[ \t]*#[ \t]*include/) continue
            name = line
            sub(/^[^"<]*["<]/, "", name)
            sub(/[">].*$/, "", name)
            if (line ~ /include[ \t]*</) {
                if (!allowed_header(name, file)) print file ":" number ": may not include <" name ">"
            } else if (!allowed_folder(name, file)) {
                print file ":" number ": may not include \"" name "\""
            }
        }
        close(file)
    }')
lint_verdict layers "$findings"
