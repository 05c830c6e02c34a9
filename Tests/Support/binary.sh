#!/usr/bin/env bash
# The binary suite: what the module binary promises to any host, and what it answers to bad input.
#   VIGIE_MODULE      release binary (default .build/release/vigie-module)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

binary=$(realpath "${VIGIE_MODULE:-.build/release/vigie-module}")
python=.venv/bin/python
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
passed=0
failed=0

check() {
    local sentence=$1
    shift
    if "$@" > "$work/out" 2>&1; then
        passed=$((passed + 1))
        echo "ok      $sentence"
    else
        failed=$((failed + 1))
        echo "FAILED  $sentence   ($*)"
        head -c 600 "$work/out" | sed 's/^/        | /'
    fi
}

readonly size_max=$((20 * 1000 * 1000)) glibc_max=2.34

small_enough() { stat --format='%s bytes' "$binary"; [ "$(stat --format=%s "$binary")" -le "$size_max" ]; }
stripped() { ! readelf --sections --wide "$binary" | grep -E '\.(symtab|debug_info)'; }
# Every string of the file: symbols of a statically linked CoreFoundation would be among them.
without_core_foundation() { ! grep -aoE '_?CF(String|Array|Allocator|Dictionary)Create[A-Za-z]*' "$binary"; }
links_system_libraries_only() {
    ! readelf --dynamic --wide "$binary" | grep NEEDED | grep -vE '\[(libc|libm|libgcc_s|ld-linux.*)\.so\.[0-9]+\]'
}
old_enough_glibc() {
    local newest
    newest=$(readelf --version-info --wide "$binary" | grep -oE 'GLIBC_[0-9.]+' | sed 's/GLIBC_//' | sort -Vu | tail -n 1)
    echo "needs glibc $newest"
    [ "$(printf '%s\n' "$newest" "$glibc_max" | sort -V | tail -n 1)" = "$glibc_max" ]
}

check "at most 20 MB" small_enough
check "stripped" stripped
check "no CoreFoundation" without_core_foundation
check "linked to nothing but the C library" links_system_libraries_only
check "runs with glibc $glibc_max" old_enough_glibc

check "reference pages are what the modules declare" Tests/Support/reference.sh check

# A failure is one JSON object on standard output, with a message, an exit status of 1, within ten seconds.
# refuses WORDS COMMAND...: and the message holds these words.
refuses() {
    local words=$1 status=0
    shift
    timeout 10 "$@" > "$work/reply" 2> "$work/errors" || status=$?
    cat "$work/reply" "$work/errors"
    [ "$status" = 1 ] && [ ! -s "$work/errors" ] && "$python" - "$work/reply" "$words" << 'END'
import json, sys
reply = json.load(open(sys.argv[1], encoding="utf-8"))
assert reply["failed"] is True and reply["changed"] is False, "not a failure"
assert sys.argv[2] in reply["msg"], f"no '{sys.argv[2]}' in the message"
assert "Fatal error" not in reply["msg"]
END
}
ping='{"_ansible_module_name": "postgresql_ping"'

: > "$work/empty"
printf '%s, "login_db": "mai' "$ping" > "$work/truncated"
printf '[%s}]' "$ping" > "$work/array"
printf '"postgresql_ping"' > "$work/text"
printf '%s, "login_db": "\xff\xfe\xc3\x28"}' "$ping" > "$work/latin"
printf '{"_ansible_module_name": "postgresql_query", "query": "SELECT 1", "login_db": "a\\u0000b"}' > "$work/nul"
printf '%s, "login_port": "5432x", "nonsense": 1}' "$ping" > "$work/options"
printf '{"_ansible_module_name": "postgresql_pong"}' > "$work/unknown"
{ printf '%s, "login_db": "' "$ping"; head -c 100000000 /dev/zero | tr '\0' x; printf '"}'; } > "$work/huge"
{ printf '%s, "login_db": ' "$ping"; printf '[%.0s' {1..20000}; } > "$work/deep"
printf '%s, "login_user": "nobody", "login_host": "127.0.0.1", "login_port": 1}' "$ping" > "$work/ping"
printf '{"_ansible_module_name": "postgresql_query", "query": "SELECT 1", "login_host": "127.0.0.1", "login_port": 1}' \
    > "$work/query"

check "no argument" refuses "one argument is expected" "$binary"
check "no such file" refuses "cannot read" "$binary" "$work/none"
check "a folder" refuses "cannot read" "$binary" "$work"
check "an empty file" refuses "empty" "$binary" "$work/empty"
check "a truncated file" refuses "not valid JSON" "$binary" "$work/truncated"
check "an array" refuses "an object is expected" "$binary" "$work/array"
check "a text" refuses "an object is expected" "$binary" "$work/text"
check "bytes that are not UTF-8" refuses "not valid JSON" "$binary" "$work/latin"
check "a NUL in a value" refuses "a NUL character" "$binary" "$work/nul"
check "arrays twenty thousand deep" refuses "not valid JSON" "$binary" "$work/deep"
check "a file of 100 MB" refuses "16777216" "$binary" "$work/huge"
check "wrong options, told together" refuses "nonsense" "$binary" "$work/options"
check "an unknown module, with the nearest name" refuses "did you mean postgresql_ping" "$binary" "$work/unknown"
check "standard input that is closed" refuses "" bash -c 'exec "$0" - <&-' "$binary"
check "a server that is down" refuses "" "$binary" "$work/query"
check "no libpq: the package is named" refuses "libpq5" env VIGIE_LIBPQ=/nonexistent "$binary" "$work/query"

# Every task has a goal of 20 MB; what is loaded for each of them must leave something for its work.
readonly memory_max=$((18 * 1000 * 1000))
little_memory() {
    "$python" - "$memory_max" "$binary" "$work/query" << 'END'
import os, sys
task = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
peak = os.wait4(task, 0)[2].ru_maxrss * 1024
print(peak, "bytes")
sys.exit(peak > int(sys.argv[1]))
END
}
check "at most 18 MB of memory to reach for a server" little_memory

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
