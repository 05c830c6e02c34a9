#!/usr/bin/env bash
# The demonstration's PostgreSQL cluster: private, on this machine, Unix socket only, removed by one command.
#
#   inventories/demo/cluster.sh start       makes it when missing, starts it when stopped
#   inventories/demo/cluster.sh stop        stops the server, keeps the data
#   inventories/demo/cluster.sh status      exit 0 when it runs
#   inventories/demo/cluster.sh destroy     stops it and removes the demonstration's folder, and nothing else
#   inventories/demo/cluster.sh home        prints that folder
#   eval "$(inventories/demo/cluster.sh env)"    PGHOST, PGPORT, PGUSER and VIGIE_DEMO_HOME for psql and runbook
#
# VIGIE_DEMO_HOME: the folder; by default .demo in the repository, or one below /var/lib for root, because the
# server then runs as `postgres`, who must reach it. VIGIE_DEMO_PG_BIN: server programs, the newest by default.
# VIGIE_DEMO_TCP_PORT: also listen on 127.0.0.1 at this port.
set -euo pipefail
umask 022

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$here/../.." && pwd)
marker="vigie demonstration cluster"

fail() { echo "cluster.sh: $*" >&2; exit 1; }

default_home() {
    if [ "$(id -u)" = 0 ]; then
        # One folder for each checkout.
        echo "/var/lib/vigie-demo-$(printf '%s' "$repository" | sha256sum | cut -c1-8)"
    else
        echo "$repository/.demo"
    fi
}

home=${VIGIE_DEMO_HOME:-$(default_home)}
case $home in /*) ;; *) home=$PWD/$home ;; esac
data=$home/postgresql/data
socket=$home/postgresql/socket
log=$home/postgresql/server.log
port=${VIGIE_DEMO_TCP_PORT:-5432}

# PostgreSQL refuses to run as root.
as_server() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

bin_dir() {
    local newest=${VIGIE_DEMO_PG_BIN:-}
    [ -n "$newest" ] || newest=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
    [ -x "$newest/initdb" ] || fail "no PostgreSQL server found: is the package postgresql installed?"
    echo "$newest"
}

ours() { [ "$(cat "$home/.vigie-demo" 2>/dev/null)" = "$marker" ]; }
running() { [ -f "$data/postmaster.pid" ] && as_server "$(bin_dir)/pg_ctl" status --pgdata="$data" > /dev/null 2>&1; }

settings() {
    cat <<END
# Written by inventories/demo/cluster.sh at each start.
listen_addresses = '${VIGIE_DEMO_TCP_PORT:+127.0.0.1}'
port = $port
unix_socket_directories = '$socket'
unix_socket_permissions = 0777
cluster_name = 'mairie-demo'
max_connections = 120
shared_buffers = 128MB
maintenance_work_mem = 128MB
wal_level = replica
max_wal_size = 2GB
password_encryption = 'scram-sha-256'
authentication_timeout = 30s
idle_in_transaction_session_timeout = 10min
lc_messages = 'C'
logging_collector = off
log_destination = 'stderr'
log_line_prefix = '%m [%p] %q%u@%d/%a %h '
log_connections = on
log_disconnections = on
log_statement = 'ddl'
log_parameter_max_length = 0
log_lock_waits = on
log_checkpoints = on
log_timezone = 'Europe/Paris'
timezone = 'Europe/Paris'
END
}

host_rules() {
    cat <<END
# Written by inventories/demo/cluster.sh at each start.
# Administration, backups and audit: the system account answers for the role (pg_ident.conf). Everybody else: SCRAM.
local  all          postgres,svc_sauvegarde,svc_audit  peer map=exploitation
local  replication  postgres                           peer map=exploitation
local  all          all                                scram-sha-256
END
    if [ -n "${VIGIE_DEMO_TCP_PORT:-}" ]; then
        cat <<END
host   all          postgres                           127.0.0.1/32  reject
host   mairie       all                                127.0.0.1/32  scram-sha-256
END
    fi
}

identities() {
    echo "# Written by inventories/demo/cluster.sh at each start."
    local account role
    for account in $(printf '%s\n' postgres "$(id -un)" | sort -u); do
        for role in postgres svc_sauvegarde svc_audit; do
            echo "exploitation  $account  $role"
        done
    done
}

start() {
    local bin
    bin=$(bin_dir)
    if running; then
        echo "cluster.sh: already running in $home"
        return
    fi
    if ! ours; then
        [ ! -e "$home" ] || [ -z "$(ls -A "$home")" ] || fail "$home holds something else: set VIGIE_DEMO_HOME?"
        mkdir -p "$home"
        chmod 755 "$home"
        echo "$marker" > "$home/.vigie-demo"
    fi
    [ ${#socket} -le 90 ] || fail "$socket is too long a path for a Unix socket: set VIGIE_DEMO_HOME?"
    as_server test -x "$home" || fail "the user postgres cannot enter $home: set VIGIE_DEMO_HOME?"
    mkdir -p "$home/postgresql" "$socket"
    touch "$log"
    [ "$(id -u)" != 0 ] || chown postgres "$home/postgresql" "$socket" "$log"
    if [ ! -f "$data/PG_VERSION" ]; then
        as_server rm -rf -- "$data.new"
        as_server "$bin/initdb" --pgdata="$data.new" --username=postgres --encoding=UTF8 --locale=C.UTF-8 \
            --auth-local=peer --auth-host=reject --data-checksums > "$home/initdb.log" 2>&1 \
            || { cat "$home/initdb.log" >&2; fail "initdb failed"; }
        as_server mv "$data.new" "$data"
    fi
    as_server mkdir -p "$data/conf.d"
    grep -q "^include_dir = 'conf.d'" "$data/postgresql.conf" \
        || echo "include_dir = 'conf.d'" | as_server tee -a "$data/postgresql.conf" > /dev/null
    settings | as_server tee "$data/conf.d/vigie-demo.conf" > /dev/null
    host_rules | as_server tee "$data/pg_hba.conf" > /dev/null
    identities | as_server tee "$data/pg_ident.conf" > /dev/null
    as_server "$bin/pg_ctl" start --pgdata="$data" --log="$log" --wait --silent --timeout=60 > /dev/null < /dev/null \
        || { tail -n 20 "$log" >&2; fail "the server does not start"; }
    echo "cluster.sh: started in $home"
}

stop() {
    if running; then
        as_server "$(bin_dir)/pg_ctl" stop --pgdata="$data" --mode=fast --wait --timeout=60 --silent \
            || fail "the server in $home does not stop"
        echo "cluster.sh: stopped"
    fi
}

destroy() {
    [ -e "$home" ] || return 0
    ours || fail "$home was not made by this script: nothing removed"
    stop
    find "$home" -mindepth 1 -delete
    rmdir -- "$home" 2> /dev/null || true  # the folder itself may belong to somebody else
    echo "cluster.sh: removed $home"
}

environment() {
    printf "export PGHOST='%s'\nexport PGPORT='%s'\nexport PGUSER='postgres'\nexport VIGIE_DEMO_HOME='%s'\n" \
        "$socket" "$port" "$home"
}

case "${1:-}" in
    start) start ;;
    stop) stop ;;
    status) if running; then echo "running in $home"; else echo "not running"; exit 3; fi ;;
    destroy) destroy ;;
    home) echo "$home" ;;
    env) environment ;;
    *) sed -n '2,15s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
