#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# try_package.sh FILE.deb: installs the package into a scratch root and asks the installed program for its version.
# Needs no root and changes nothing outside the scratch folder.
set -eu

if [ $# -ne 1 ] || [ ! -f "$1" ]; then
    echo "try_package: exactly one .deb, please" >&2
    exit 2
fi
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

dpkg-deb -x "$1" "$root"
depends=$(dpkg-deb -f "$1" Depends)
version=$(dpkg-deb -f "$1" Version)
said=$("$root/usr/bin/ai-memory" --version)
printf '%s\n  depends on %s\n  says: %s\n' "$(basename "$1")" "$depends" "$said"
case "$said" in
*"$version"*) ;;
*)
    echo "try_package: the program does not say version $version" >&2
    exit 1
    ;;
esac
# The command finds its node in libexec, and both units start a program that is there.
"$root/usr/libexec/ai-memory/ai-memory-node" --version
"$root/usr/bin/ai-memory" serve --help >/dev/null
for unit in "$root"/usr/lib/systemd/system/*.service "$root"/usr/lib/systemd/user/*.service; do
    program=$(sed -n 's|^ExecStart=\([^ ]*\).*|\1|p' "$unit")
    [ -x "$root$program" ] || {
        echo "try_package: $(basename "$unit") starts $program, which is not in the package" >&2
        exit 1
    }
done
