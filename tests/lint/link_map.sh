#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# link_map.sh PROGRAM: what talks to a network must not be in it: no Asio, Beast or OpenSSL, as symbol or as library.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/files.sh"

symbols=$(nm -C "$1") || symbols=""
libraries=$(ldd "$1") || libraries=""
if [ -z "$symbols" ] || [ -z "$libraries" ]; then
    echo "link_map: cannot read $1"
    exit 1
fi
findings=$(
    printf '%s\n' "$symbols" | grep -E -m 5 'boost::(asio|beast)::|[ :](SSL|EVP|BIO|X509)_[a-zA-Z0-9_]+' || true
    printf '%s\n' "$libraries" | grep -E 'lib(ssl|crypto|boost)' || true
)
lint_verdict link_map "$findings"
