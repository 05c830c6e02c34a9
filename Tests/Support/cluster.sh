#!/usr/bin/env bash
# A private PostgreSQL cluster for tests: nothing of the machine's own servers is used or touched.
#
#   settings=$(Tests/Support/cluster.sh start DIR [PG_BIN_DIR]) && eval "$settings"    sets VIGIE_TEST_PG*
#   Tests/Support/cluster.sh stop DIR                  stops the server, removes what start made
#
# DIR must not exist or be empty, and be below folders that `postgres` may enter. Root starts the server as
# `postgres`, everybody else as themselves. PG_BIN_DIR is the newest below /usr/lib/postgresql by default.
# Local connections are trusted, TCP ones (127.0.0.1, a free port) need a SCRAM password. Every statement is
# logged to DIR/server.log. Settings trade durability for speed: for tests only.
set -euo pipefail
umask 022
. "$(dirname "${BASH_SOURCE[0]}")/ports.sh"

usage() { sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
fail() { echo "cluster.sh: $*" >&2; exit 1; }

# PostgreSQL refuses to run as root.
as_server_user() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

newest_bin_dir() {
    local newest
    newest=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
    [ -n "$newest" ] || fail "no PostgreSQL server below /usr/lib/postgresql: is the package postgresql installed?"
    echo "$newest"
}

write_settings() {
    cat <<END
listen_addresses = '127.0.0.1'
port = $2
unix_socket_directories = '$1/socket'
unix_socket_permissions = 0777
max_connections = 60
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = logical
shared_buffers = 64MB
password_encryption = 'scram-sha-256'
logging_collector = off
log_destination = 'stderr'
log_statement = 'all'
log_min_messages = warning
log_line_prefix = '%m [%p] %q%u@%d '
log_timezone = 'UTC'
timezone = 'UTC'
lc_messages = 'C'
END
}

start() {
    local dir bin=${2:-} port attempt=1
    [ -n "$bin" ] || bin=$(newest_bin_dir)
    [ -x "$bin/initdb" ] || fail "$bin holds no initdb"
    [ ! -e "$1" ] || [ -z "$(ls -A "$1")" ] || fail "$1 is not empty"
    mkdir -p "$1"
    dir=$(cd "$1" && pwd)
    [ ${#dir} -le 80 ] || fail "$dir is too long a path for a Unix socket"
    chmod 755 "$dir"
    as_server_user test -x "$dir" || fail "the user postgres cannot enter $dir: is a folder above it closed?"
    echo "$bin" > "$dir/bin-dir"
    mkdir "$dir/data" "$dir/socket"
    chmod 700 "$dir/data"
    : > "$dir/server.log"
    [ "$(id -u)" != 0 ] || chown postgres "$dir/data" "$dir/socket" "$dir/server.log"
    as_server_user "$bin/initdb" --pgdata="$dir/data" --username=postgres --encoding=UTF8 \
        --locale=C.UTF-8 --auth=trust --data-checksums --no-sync > "$dir/initdb.log" 2>&1 \
        || { cat "$dir/initdb.log" >&2; fail "initdb failed"; }
    as_server_user tee "$dir/data/pg_hba.conf" > /dev/null <<'END'
local  all  all                trust
host   all  all  127.0.0.1/32  scram-sha-256
END
    # Another process may take the port between the look and the start: try again with another one.
    while :; do
        port=$(free_port)
        write_settings "$dir" "$port" | as_server_user tee "$dir/data/postgresql.conf" > /dev/null
        if as_server_user "$bin/pg_ctl" start --pgdata="$dir/data" --log="$dir/server.log" --wait \
            --silent --timeout=60 > /dev/null 2>&1 < /dev/null; then
            break
        fi
        [ $attempt -lt 3 ] || { tail -n 20 "$dir/server.log" >&2; fail "the server does not start"; }
        attempt=$((attempt + 1))
    done
    cat <<END
export VIGIE_TEST_PGHOST='$dir/socket'
export VIGIE_TEST_PGPORT='$port'
export VIGIE_TEST_PGUSER='postgres'
export VIGIE_TEST_PGLOG='$dir/server.log'
export VIGIE_TEST_PGBIN='$bin'
END
}

stop() {
    local dir=$1 bin
    [ -f "$dir/bin-dir" ] || return 0  # nothing was started here
    bin=$(cat "$dir/bin-dir")
    if [ -f "$dir/data/postmaster.pid" ]; then
        as_server_user "$bin/pg_ctl" stop --pgdata="$dir/data" --mode=fast --wait --timeout=20 > /dev/null 2>&1 \
            || as_server_user "$bin/pg_ctl" stop --pgdata="$dir/data" --mode=immediate --wait --timeout=20 \
                > /dev/null 2>&1 \
            || fail "the server in $dir does not stop"
    fi
    rm -rf -- "$dir/data" "$dir/socket" "$dir/server.log" "$dir/initdb.log" "$dir/bin-dir"
    rmdir -- "$dir" 2>/dev/null || true  # the caller may keep files of its own there
}

case "${1:-} $#" in
    "start 2" | "start 3") start "$2" "${3:-}" ;;
    "stop 2") stop "$2" ;;
    *) usage ;;
esac
