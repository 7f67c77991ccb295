#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# texts.sh ROOT: what no committed file may hold: leftover markers, package registries' hosts and download addresses
# in lock files, paths of the machine it was written on.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/files.sh"
cd "$1"

# search WHAT REGEX FILE...: each hit as file:line: what
search() {
    what=$1 regex=$2
    shift 2
    [ $# -eq 0 ] || grep -nIE -e "$regex" -- "$@" /dev/null | cut -c1-160 | sed "s|^\([^:]*:[0-9]*\):|\1: $what:|" || true
}

all=$(lint_files '*' | grep -v '^tests/lint/' || true)
locks=$(printf '%s\n' "$all" | grep -E '(^|/)(package-lock\.json|.*\.lock)$' || true)
# Spelled in pieces, so that this file does not name what it forbids.
hosts='(registry|deb|security|snapshot|archive|proxy|index|static|files|repo[0-9]?)\.[a-z0-9-]+(\.[a-z0-9-]+)?\.(org|io|com|net)'
hosts="(^|[^A-Za-z0-9.-])($hosts|""py""pi\.org|cra""tes\.io|npm""js\.)"
set -f
IFS='
'
# shellcheck disable=SC2086 # one file a line
findings=$(
    search 'leftover marker' '(^|[^A-Za-z0-9_])(TODO|FIXME|XXX|HACK)([^A-Za-z0-9_]|$)' $all
    search "a package registry's host" "$hosts" $all
    search 'download address in a lock file' 'https?://[^"]*\.(tgz|tar\.gz|zip|whl|crate|deb)|"resolved"' $locks
    search 'path of one machine' '(^|[^A-Za-z0-9_.$}/*-])/(work|root|home/[a-z]+)(/|$|[^A-Za-z0-9_.-])|\.\./shared' $all
)
lint_verdict texts "$findings"
