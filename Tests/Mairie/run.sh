#!/usr/bin/env bash
# The town hall's database: constraints, rules, access, generator, reporting, deployment by Ansible, and the runbooks of
# its operators (those for a standby on servers that the checks start themselves). Needs a superuser connection to a private
# cluster (PGHOST, PGPORT, PGUSER, or VIGIE_TEST_PG* as Tests/run.sh sets them) that trusts local connections, and a built
# devtool. Makes databases of its own and drops them;
# the roles that it creates stay, because other databases of the cluster may use them by then.
# Arguments choose checks (names of Tests/Mairie/checks/*.sh), all by default; 8-runbooks and 9-secours need none of the others.
set -euo pipefail
cd "$(dirname "$0")/../.."
. Tests/Mairie/base.sh
. Tests/Mairie/killed.sh

export PGHOST=${PGHOST:-${VIGIE_TEST_PGHOST:-}} PGPORT=${PGPORT:-${VIGIE_TEST_PGPORT:-}}
export PGUSER=${PGUSER:-${VIGIE_TEST_PGUSER:-postgres}}
[ -n "$PGHOST" ] && [ -n "$PGPORT" ] || { echo "Tests/Mairie/run.sh: no PGHOST and PGPORT" >&2; exit 2; }
devtool=${DEVTOOL:-}
for built in .build/release/devtool .build/debug/devtool; do
    [ -n "$devtool" ] || ! [ -x "$built" ] || devtool=$built
done
[ -n "$devtool" ] || { echo "Tests/Mairie/run.sh: no devtool; is it built?" >&2; exit 2; }

base=mairie_essai_$$
work=$(mktemp -d)
. Tests/Mairie/pair.sh
. Tests/Mairie/remote.sh
passed=0
failed=0
skipped=0
clean() {
    stop_pair
    close_ssh
    psql -XAtq -d postgres -c "SELECT datname FROM pg_database WHERE datname LIKE '$base%'" | while IFS= read -r name; do
        psql -X -q -d postgres -c "DROP DATABASE IF EXISTS $name WITH (FORCE)" > /dev/null 2>&1 || true
    done
    rm -rf -- "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM

pass() { passed=$((passed + 1)); }
miss() {
    failed=$((failed + 1))
    echo "not ok - $1" >&2
    [ -z "${2:-}" ] || sed 's/^/    /' <<< "$2" >&2
}

skip() {
    skipped=$((skipped + 1))
    echo "skipped - $1: $2" >&2
}

# Statements as a role, all in one session; a superuser's session_user becomes the role, as at a login.
as() {
    local role=$1 statement arguments=()
    shift
    for statement in "$@"; do arguments+=(-c "$statement"); done
    sql -v VERBOSITY=verbose -d "$base" -c "SET SESSION AUTHORIZATION $role" "${arguments[@]}" 2>&1
}
# equal NAME EXPECTED ROLE SQL...: the answer of the statements is the expected text.
equal() {
    local name=$1 expected=$2 answer
    shift 2
    answer=$(as "$@") || true
    if [ "$answer" = "$expected" ]; then pass; else miss "$name" "expected: $expected"$'\n'"got: $answer"; fi
}
# refused NAME SQLSTATE ROLE SQL...: the statements fail with this state.
refused() {
    local name=$1 state=$2 answer
    shift 2
    if answer=$(as "$@"); then
        miss "$name" "expected SQLSTATE $state, but it was accepted: $answer"
    elif grep -q "ERROR:  $state:" <<< "$answer"; then
        pass
    else
        miss "$name" "expected SQLSTATE $state"$'\n'"$answer"
    fi
}

create_roles
create_database "$base"
checks=(Tests/Mairie/checks/*.sh)
[ $# = 0 ] || checks=("$@") checks=("${checks[@]/#/Tests/Mairie/checks/}") checks=("${checks[@]/%/.sh}")
for suite in "${checks[@]}"; do
    . "$suite"
done
if [ "$skipped" = 0 ]; then
    echo "$passed passed, $failed failed"
else
    echo "$passed passed, $failed failed, $skipped skipped"
fi
[ "$failed" = 0 ]
