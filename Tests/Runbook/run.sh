#!/usr/bin/env bash
# The runbook executor under kill -9, competition, damage and refusals: real processes, a real PostgreSQL.
# Needs a built runbook with runbook-supervisor beside it (RUNBOOK=path, else .build/release, else .build/debug), and a
# private cluster that trusts local connections (VIGIE_TEST_PGHOST, _PGPORT, _PGUSER; one is started when they are not set).
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
clean() {
    close_cluster
    ! mountpoint -q "$work/full" 2>/dev/null || umount "$work/full"
    rm -rf -- "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM
open_cluster

groups=("$@")
[ $# -gt 0 ] || groups=(enumeration groups requests people handover supervisor competition journal secrets redaction terminal report languages \
    outcomes versions)
for group in "${groups[@]}"; do
    . "$tests/checks/$group.sh"
done

summary="Runbook: $passed passed, $failed failed"
[ "$skipped" = 0 ] || summary+=", $skipped skipped"
echo "$summary"
[ "$failed" = 0 ]
