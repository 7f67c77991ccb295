#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# can_fail.sh SCRIPT: a check that cannot fail is worth nothing. Writes small trees that break each rule of the script,
# one at a time, and wants the file named; and one tree that keeps them all, which must pass.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
script=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fresh() {
    rm -rf "$scratch/tree"
    mkdir -p "$scratch/tree/store/base" "$scratch/tree/mcp" "$scratch/tree/tests"
    cd "$scratch/tree"
    cp "$here/../../.clang-format" .
    printf '// A comment on std::cout, detach() and sleep_for.\n#include "store/base/good.h"\n\n#include <string>\n' >store/base/good.cc
    printf '#pragma once\n\n#include <nlohmann/json_fwd.hpp>\n' >store/base/good.h
    printf 'add_library(store base/good.cc)\n' >store/CMakeLists.txt
    printf '#!/bin/sh\necho fine\n' >tests/good.sh
    printf '{ "node_modules/x": { "version": "1.0.0", "integrity": "sha512-abc" } }\n' >tests/package-lock.json
}

passes() {
    fresh
    if ! said=$("$here/$script.sh" .); then
        printf '%s fails a good tree:\n%s\n' "$script" "$said"
        exit 1
    fi
}

# finds FILE TEXT: with TEXT in FILE, the script must fail and name FILE.
finds() {
    fresh
    mkdir -p "$(dirname "$1")"
    printf '%b\n' "$2" >"$1"
    if said=$("$here/$script.sh" .); then
        printf '%s does not see %s in %s\n' "$script" "$2" "$1"
        exit 1
    fi
    case "$said" in
    *"$1"*) ;;
    *)
        printf '%s fails on %s without naming it:\n%s\n' "$script" "$1" "$said"
        exit 1
        ;;
    esac
}

passes
case "$script" in
layers)
    finds store/base/bad.cc '#include "store/model/memory.h"'
    finds store/bad.cc '#include "mcp/server.h"'
    finds store/query/bad.cc '#include "store/ops/op.h"'
    finds mcp/bad.cc '#include "federation/node.h"'
    finds federation/bad.cc '#include "mcp/server.h"'
    finds integrations/cli/bad.cc '#include "federation/node.h"'
    finds store/base/bad.cc '#include "good.h"'
    finds federation/bad.cc '#include <boost/asio.hpp>'
    finds federation/bad.cc '#include <boost/beast/core.hpp>'
    finds mcp/bad.cc '#include <boost/asio/awaitable.hpp>'
    finds mcp/bad.cc '#include <openssl/ssl.h>'
    finds mcp/bad.cc '#include <sqlite3.h>'
    finds store/sqlite/bad.h '#include <sqlite3.h>'
    finds mcp/bad.h '#include <nlohmann/json.hpp>'
    finds mcp/bad.cc '#include <spdlog/spdlog.h>'
    finds store/bad.h '#include <toml.hpp>'
    finds mcp/bad.cc '#include <CLI/CLI.hpp>'
    ;;
banned)
    finds mcp/bad.cc 'void f() { std::cout << 1; }'
    finds mcp/bad.cc 'void f() { out << std::endl; }'
    finds mcp/bad.cc 'void f() { std::this_thread::sleep_for(x); }'
    finds mcp/bad.cc 'void f() { thread.detach(); }'
    finds mcp/bad.cc 'using namespace std;'
    finds mcp/bad.cc 'void f() { sqlite3_busy_timeout(db, 1); }'
    finds mcp/bad.cc 'void f() { std::exit(1); }'
    finds mcp/bad.cc 'void f() { try { g(); } catch (...) {} }'
    finds mcp/bad.cc 'void f() {\n    try {\n    } catch (...) {\n        // all is well\n    }\n}'
    ;;
sizes)
    finds mcp/long.cc "$(yes 'int f();' | head -n 401)"
    finds tests/long_test.cc "$(yes 'int f();' | head -n 601)"
    ;;
sources)
    finds store/base/orphan.cc 'int f();'
    printf '# base/orphan.cc\n' >>"$scratch/tree/store/CMakeLists.txt"
    finds store/orphan.cc '#'
    finds tests/orphan_test.cc 'int f();'
    ;;
texts)
    finds mcp/bad.cc '// TO''DO: later'
    finds README.md 'FIX''ME'
    finds README.md 'from https://deb.''debian.org/debian'
    finds tests/package-lock.json '{ "resolved": "https://registry.''npmjs.org/x/-/x-1.0.0.tgz" }'
    finds tests/package-lock.json '{ "from": "http://mirror.example/x-1.0.0.tgz" }'
    finds README.md 'see /wo''rk/main/README.md'
    finds README.md 'see ../sha''red/design'
    ;;
format) finds mcp/bad.cc 'int  f( );' ;;
scripts) finds tests/bad.sh '#!/bin/sh\nread answer' ;;
*)
    echo "can_fail: no such script: $script"
    exit 1
    ;;
esac
echo "can_fail: $script sees what it should"
