#!/usr/bin/env bash
# The runbook executor under kill -9, competition, damage and refusals: real processes, a real PostgreSQL.
# Needs a built runbook with runbook-supervisor beside it (RUNBOOK=path, else .build/release, else .build/debug), and a
# private cluster that trusts local connections (VIGIE_TEST_PGHOST, _PGPORT, _PGUSER; one is started when they are not set).
# RUNBOOK_PAIRS and RUNBOOK_RACES say how many pairs of kills and races of each kind are tried (60; 50, of consent 20);
# RUNBOOK_KILLS_MIN is how many executors must have been killed at a fault point, when all groups run (1000).
# Arguments choose groups (names of Tests/Runbook/checks/*.sh); all run unless some are given.
set -euo pipefail
cd "$(dirname "$0")/../.."
tests=$PWD/Tests/Runbook
. "$tests/base.sh"

for built in .build/release/runbook .build/debug/runbook; do
    [ -n "${RUNBOOK:-}" ] || ! [ -x "$built" ] || RUNBOOK=$PWD/$built
done
RUNBOOK=$(realpath -- "${RUNBOOK:-/nothing}" 2> /dev/null || true)
[ -n "$RUNBOOK" ] && [ -x "$RUNBOOK" ] || { echo "Tests/Runbook/run.sh: no runbook; is it built?" >&2; exit 2; }
[ -x "$(dirname "$RUNBOOK")/runbook-supervisor" ] \
    || { echo "Tests/Runbook/run.sh: no runbook-supervisor beside $RUNBOOK; is it built?" >&2; exit 2; }

work=$(mktemp -d)
chmod 755 "$work"
kills=$work/kills
: > "$kills"
clean() {
    close_cluster
    awk -v work="$work/" 'index($2, work) == 1 { print $2 }' /proc/mounts | while read -r mount; do umount -l "$mount"; done
    rm -rf -- "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM
open_cluster

groups=("$@")
if [ $# = 0 ]; then
    groups=(
        plan decisions enumeration groups requests people handover supervisor programs competition journal faults powercuts secrets redaction
        terminal report languages outcomes versions features
    )
fi
for group in "${groups[@]}"; do
    . "$tests/checks/$group.sh"
done

count=$(stat -c %s "$kills")
minimum=${RUNBOOK_KILLS_MIN:-$([ $# -gt 0 ] && echo 0 || echo 1000)}
told kills "$count executors killed at a fault point, at least $minimum wanted"
if [ "$count" -ge "$minimum" ]; then pass; else miss "kills of real processes" "$count, fewer than $minimum"; fi

summary="Runbook: $passed passed, $failed failed"
[ "$skipped" = 0 ] || summary+=", $skipped skipped"
echo "$summary"
[ "$failed" = 0 ]
