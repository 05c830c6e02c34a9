#!/usr/bin/env bash
# The logins suite: TLS with a private authority, client certificates, SCRAM with channel binding, and the sources
# that libpq itself reads, each by the module binary against a server of its own.
#
#   Tests/Support/logins.sh [PG_BIN_DIR]
#   VIGIE_MODULE      release binary (default .build/release/vigie-module)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

binary=$(realpath "${VIGIE_MODULE:-.build/release/vigie-module}")
work=$(mktemp -d)
chmod 755 "$work"  # the server's user enters it
passed=0 failed=0 skipped=0
readonly password='Zugang€ 4711'
trap 'Tests/Support/cluster.sh stop "$work/cluster"; rm -rf -- "$work"' EXIT
trap 'exit 130' INT TERM HUP
# Nothing of the caller's may help or hinder.
for name in ${!PG*}; do unset "$name"; done

settings=$(Tests/Support/cluster.sh start "$work/cluster" "${1:-}")
eval "$settings"
port=$VIGIE_TEST_PGPORT data=$work/cluster/data

# task MODULE OPTIONS [NAME=VALUE...]: the reply of the binary, with these variables in its environment.
task() {
    local module=$1 options=$2
    shift 2
    printf '{"_ansible_module_name": "%s"%s}' "$module" "${options:+, $options}" > "$work/task"
    env HOME="$work/home" "$@" "$binary" - < "$work/task" > "$work/reply" 2> "$work/errors" || true
    cat "$work/reply" "$work/errors"
}
sql() { "$VIGIE_TEST_PGBIN/psql" --no-psqlrc --quiet --host="$VIGIE_TEST_PGHOST" --port="$port" --username=postgres; }
tcp() { echo "\"login_host\": \"$1\", \"login_port\": $port, \"login_user\": \"$2\", \"login_db\": \"postgres\""; }

check() {
    local sentence=$1
    shift
    if "$@" > "$work/out" 2>&1; then
        passed=$((passed + 1))
        echo "ok      $sentence"
    else
        failed=$((failed + 1))
        echo "FAILED  $sentence   ($1)"
        grep -oE '"(msg|hint|answer)": ?"([^"\\]|\\.)*"|^[^{].*' "$work/out" | head -n 12 | sed 's/^/        | /'
    fi
}

# enters ROLE TLS OPTIONS [NAME=VALUE...]: logs in as this role, with TLS (true) or without (false).
enters() {
    local role=$1 tls=$2 options=$3
    shift 3
    task postgresql_query "\"query\": \"SELECT 'user=' || current_user || ' tls=' || ssl AS answer FROM pg_stat_ssl WHERE pid = pg_backend_pid()\", $options" "$@"
    grep -qF "user=$role tls=$tls" "$work/reply" && silent
}

says() { grep -qE -- "$1" "$work/reply"; }

# refused WORDS OPTIONS [NAME=VALUE...]: one failed reply that holds these words, and a hint; of ping, a fact.
refused() {
    local words=$1 options=$2
    shift 2
    task postgresql_query "\"query\": \"SELECT 1\", $options" "$@"
    says '"failed": *true' && says '"hint": *"' && says 'unable to connect to PostgreSQL' \
        && grep -qF -- "$words" "$work/reply" && silent || return 1
    task postgresql_ping "$options" "$@"
    says '"is_available": *false' && grep -qF -- "$words" "$work/reply" && silent
}

# No password in what the module wrote, wherever the server's text may have taken it from.
silent() { ! grep -qF -- "$password" "$work/reply" "$work/errors"; }

# An authority of its own: authority NAME.
authority() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" -keyout "$work/$1.key" -out "$work/$1.crt" 2> "$work/openssl.log"
}

# certificate NAME AUTHORITY COMMON_NAME [ALTERNATIVE_NAMES]
certificate() {
    openssl req -newkey rsa:2048 -nodes -subj "/CN=$3" -keyout "$work/$1.key" -out "$work/$1.csr" 2> "$work/openssl.log"
    openssl x509 -req -days 2 -in "$work/$1.csr" -CA "$work/$2.crt" -CAkey "$work/$2.key" -CAcreateserial \
        -extfile <(echo "subjectAltName = ${4:-DNS:$3}") -out "$work/$1.crt" 2>> "$work/openssl.log"
    chmod 600 "$work/$1.key"
}

install_for_server() {
    install -m 600 "$work/$1" "$data/$2"
    [ "$(id -u)" != 0 ] || chown postgres "$data/$2"
}

mkdir -m 700 "$work/home" "$work/other-home"
authority right
authority wrong
certificate server right localhost
certificate clerk right login_clerk
certificate stranger wrong login_clerk
install_for_server server.crt server.crt
install_for_server server.key server.key
install_for_server right.crt root.crt
cat > "$work/hba" << 'END'
local    all  all                      trust
hostssl  all  login_clerk 127.0.0.1/32 cert
hostssl  all  login_tls   127.0.0.1/32 scram-sha-256
host     all  login_tls   127.0.0.1/32 reject
hostssl  all  login_both  127.0.0.1/32 scram-sha-256 clientcert=verify-ca
host     all  login_md5   127.0.0.1/32 md5
host     all  login_scram 127.0.0.1/32 scram-sha-256
END
install_for_server hba pg_hba.conf
sql << END
CREATE ROLE login_clerk LOGIN;
CREATE ROLE login_tls LOGIN PASSWORD '$password';
CREATE ROLE login_both LOGIN PASSWORD '$password';
CREATE ROLE login_scram LOGIN PASSWORD '$password';
SET password_encryption = md5;
SET client_min_messages = error;
CREATE ROLE login_md5 LOGIN PASSWORD '$password';
END
if ! sql > "$work/out" 2>&1 << 'END'
\set ON_ERROR_STOP on
ALTER SYSTEM SET ssl_ca_file = 'root.crt';
ALTER SYSTEM SET ssl = on;
SELECT pg_reload_conf();
END
then
    if grep -q 'SSL is not supported by this build' "$work/out"; then
        echo "skipped logins   (this server was built without TLS: $VIGIE_TEST_PGBIN)"
        echo "0 passed, 0 failed, 1 skipped"
        exit 0
    fi
    cat "$work/out"
    exit 1
fi
# A session that begins after the reload has its settings.
for _ in {1..50}; do
    [ "$(sql <<< '\pset tuples_only on
\pset format unaligned
SHOW ssl')" = on ] && break
    sleep 0.1
done

with_password="\"login_password\": \"$password\""
full="\"ssl_mode\": \"verify-full\""
ca="\"ca_cert\": \"$work/right.crt\""

# TLS: the server proves who it is.
at_name="$(tcp localhost login_tls), $with_password"
at_address="$(tcp 127.0.0.1 login_tls), $with_password"
check "verify-full enters with the server's authority" enters login_tls true "$at_name, $full, $ca"
check "ssl_rootcert is the older name of ca_cert" \
    enters login_tls true "$at_name, $full, \"ssl_rootcert\": \"$work/right.crt\""
check "verify-full refuses another authority" \
    refused "certificate verify failed" "$at_name, $full, \"ca_cert\": \"$work/wrong.crt\""
check "verify-full refuses a host name that the certificate has not" \
    refused 'does not match host name \"127.0.0.1\"' "$at_address, $full, $ca"
check "verify-ca asks for the authority only" enters login_tls true "$at_address, \"ssl_mode\": \"verify-ca\", $ca"
check "verify-ca refuses another authority" \
    refused "certificate verify failed" "$at_address, \"ssl_mode\": \"verify-ca\", \"ca_cert\": \"$work/wrong.crt\""
about_tls() { says '"hint": *"do ssl_mode, ca_cert'; }
task postgresql_query "\"query\": \"SELECT 1\", $at_address, $full, $ca" > "$work/out"
check "the hint is about TLS" about_tls
check "verify-full without the authority's file names the file" \
    refused "$work/nowhere.crt" "$at_name, $full, \"ca_cert\": \"$work/nowhere.crt\""
check "require encrypts without proof" enters login_tls true "$at_address, \"ssl_mode\": \"require\""
check "prefer takes TLS where the server has it" enters login_tls true "$at_address"
check "disable is refused where the server wants TLS" refused 'rejects connection' "$at_address, \"ssl_mode\": \"disable\""
check "disable does without" enters login_scram false "$(tcp 127.0.0.1 login_scram), $with_password, \"ssl_mode\": \"disable\""

# Client certificates.
clerk="$(tcp localhost login_clerk), $full, $ca"
own="\"ssl_cert\": \"$work/clerk.crt\", \"ssl_key\": \"$work/clerk.key\""
check "a client certificate replaces the password" enters login_clerk true "$clerk, $own"
check "a role that needs one is refused without" refused "valid client certificate" "$clerk"
check "a certificate of another authority is refused" \
    refused "unable to connect" "$clerk, \"ssl_cert\": \"$work/stranger.crt\", \"ssl_key\": \"$work/stranger.key\""
check "certificate and password together" \
    enters login_both true "$(tcp localhost login_both), $with_password, $full, $ca, $own"
check "the password alone is then not enough" \
    refused "valid client certificate" "$(tcp localhost login_both), $with_password, $full, $ca"
cp "$work/clerk.key" "$work/open.key"
chmod 644 "$work/open.key"
check "a key that everybody may read is refused and named" \
    refused "$work/open.key" "$clerk, \"ssl_cert\": \"$work/clerk.crt\", \"ssl_key\": \"$work/open.key\""
check "a key of another certificate is refused" \
    refused "key" "$clerk, \"ssl_cert\": \"$work/clerk.crt\", \"ssl_key\": \"$work/stranger.key\""

# SCRAM, bound to the TLS channel.
bound='"connect_params": {"channel_binding": "require"}'
check "channel binding over TLS" enters login_tls true "$at_name, $full, $ca, $bound"
check "channel binding needs TLS" \
    refused "channel binding" "$(tcp localhost login_scram), $with_password, \"ssl_mode\": \"disable\", $bound"
check "channel binding refuses an md5 password" \
    refused "channel binding" "$(tcp localhost login_md5), $with_password, $full, $ca, $bound"
check "an md5 password still enters without" enters login_md5 true "$(tcp localhost login_md5), $with_password"
check "a wrong password is told with role and server" \
    refused 'password authentication failed for user \"login_scram\"' "$(tcp 127.0.0.1 login_scram), \"login_password\": \"wrong\""

# What libpq reads by itself, where the task leaves an option out.
scram=$(tcp 127.0.0.1 login_scram)
echo "127.0.0.1:$port:*:login_scram:$password" > "$work/home/.pgpass"
chmod 600 "$work/home/.pgpass"
check "~/.pgpass has the password" enters login_scram true "$scram"
check "an option wins over ~/.pgpass" refused "password authentication failed" "$scram, \"login_password\": \"wrong\""
chmod 644 "$work/home/.pgpass"
check "a ~/.pgpass that everybody may read is not used" refused "no password supplied" "$scram"
mv "$work/home/.pgpass" "$work/passwords"
chmod 600 "$work/passwords"
check "without a password the task is refused" refused "no password supplied" "$scram"
check "PGPASSFILE names another file" enters login_scram true "$scram" PGPASSFILE="$work/passwords"
check "so does passfile of connect_params" \
    enters login_scram true "$scram, \"connect_params\": {\"passfile\": \"$work/passwords\"}"
check "PGPASSWORD has the password" enters login_scram true "$scram" PGPASSWORD="$password"
check "PGHOST, PGPORT, PGUSER and PGPASSWORD replace options" \
    enters login_scram true '"login_db": "postgres"' \
    PGHOST=127.0.0.1 PGPORT="$port" PGUSER=login_scram PGPASSWORD="$password"
check "an option wins over PGUSER and PGPORT" \
    enters login_tls true "$at_name" PGPORT=1 PGUSER=nobody PGHOST=192.0.2.1
check "PGSSLROOTCERT has the authority" enters login_tls true "$at_name, $full" PGSSLROOTCERT="$work/right.crt"
check "PGSSLCERT and PGSSLKEY have the client certificate" \
    enters login_clerk true "$clerk" PGSSLCERT="$work/clerk.crt" PGSSLKEY="$work/clerk.key"
check "PGSSLMODE is the default of ssl_mode" enters login_scram false "$scram, $with_password" PGSSLMODE=disable
check "an option wins over PGSSLMODE" \
    enters login_scram true "$scram, $with_password, \"ssl_mode\": \"require\"" PGSSLMODE=disable
cat > "$work/services" << END
[registry]
host=localhost
port=$port
dbname=postgres
password=$password
sslmode=verify-full
sslrootcert=$work/right.crt
END
service='"login_user": "login_scram", "connect_params": {"service": "registry"}'
check "a service has what the task leaves out" enters login_scram true "$service" PGSERVICEFILE="$work/services"
check "PGSERVICE names it too" \
    enters login_scram true '"login_user": "login_scram"' \
    PGSERVICE=registry PGSERVICEFILE="$work/services"
check "an option wins over a service" \
    refused "certificate verify failed" "$service, \"ca_cert\": \"$work/wrong.crt\"" PGSERVICEFILE="$work/services"
check "a service that does not exist is named" refused 'registry' "$service" PGSERVICEFILE=/dev/null
check "connect_params win over the options" \
    enters login_scram true "$(tcp 192.0.2.1 nobody), $with_password, \"connect_params\": {\"host\": \"127.0.0.1\", \"user\": \"login_scram\"}"

# Roles were made with the password in clear by this script; from here on it is nowhere.
logged_password() { tail -n +"$log_lines" "$VIGIE_TEST_PGLOG" | grep -F -- "$password"; }
# While the server sleeps, the process list shows the command line of the module.
argv_shows() {
    printf '{"_ansible_module_name": "postgresql_query", "query": "SELECT pg_sleep(1)", %s}' "$scram, $with_password" > "$work/task"
    env HOME="$work/home" "$binary" - < "$work/task" > "$work/reply" 2>&1 &
    local module=$!
    sleep 0.4
    tr '\0' ' ' < "/proc/$module/cmdline" > "$work/cmdline"
    wait "$module"
    grep -qF "$binary" "$work/cmdline" && grep -qF -- "$password" "$work/cmdline"
}
log_lines=$(wc -l < "$VIGIE_TEST_PGLOG")
not() { ! "$@"; }
task postgresql_user "$(tcp 127.0.0.1 login_scram), $with_password, \"name\": \"login_scram\", \"password\": \"$password\"" > "$work/out"
own_password() { says '"changed": *false' && silent; }
check "a role may look at its own password" own_password
check "the password is not in the server's log" not logged_password
check "the password is not in the process list" not argv_shows

closing="$passed passed, $failed failed"
[ "$skipped" = 0 ] || closing+=", $skipped skipped"
echo "$closing"
[ "$failed" = 0 ]
