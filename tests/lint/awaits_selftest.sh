#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# awaits_selftest.sh ROOT BUILD: the gate flags exactly the lines of gcc12/flagged.cc marked `// double`, nothing in fine.cc.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
forms=tests/lint/gcc12

expected=$(grep -n '// double$' "$1/$forms/flagged.cc" | cut -d: -f1)
if found=$("$here/awaits.sh" "$1" "$2" "$forms/flagged.cc"); then
    echo "the gate is silent on $forms/flagged.cc"
    exit 1
fi
found=$(printf '%s\n' "$found" | sed -n "s|^$forms/flagged.cc:\([0-9]*\):.*|\1|p" | sort -nu)
if [ "$found" != "$expected" ]; then
    printf 'lines to be flagged:\n%s\nflagged:\n%s\n' "$expected" "$found"
    exit 1
fi
exec "$here/awaits.sh" "$1" "$2" "$forms/fine.cc"
