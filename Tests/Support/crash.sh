#!/usr/bin/env bash
# Many more kills than `make test` tries: random runs and all pairs of kills in memory, then real processes at every fault
# point, at a thousand pairs of them, in a thousand races, and in 800 power cuts on a disk that forgets.
#
#   Tests/Support/crash.sh [SCENARIOS]        how many random runs; each is killed at every place (about 140 kills)
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2

scenarios=${1:-8000}
[[ "$scenarios" =~ ^[1-9][0-9]*$ ]] || { echo "usage: crash.sh [SCENARIOS]" >&2; exit 2; }
log=$(mktemp) || exit 2
trap 'rm -f -- "$log"' EXIT

failed=0
RUNBOOK_CRASH_SEEDS=$scenarios swift test --filter 'Crash(Simulation|Pair)Tests' > "$log" 2>&1 || failed=1
grep -E '^✘| error: |Fatal' "$log" | head -n 40
awk '/^Simulation: / { cases += $2; split($0, parts, ", "); several += parts[2] }
     END { printf "Simulation: %d kills, %d of them with several commands in flight\n", cases, several
           if (cases < 50000) { print "fewer than 50000 kills"; exit 1 } }' "$log" || failed=1
[ $failed = 0 ] || { tail -n 5 "$log"; exit 1; }
RUNBOOK_PAIRS=1000 RUNBOOK_RACES=250 RUNBOOK_CUTS=400 RUNBOOK_KILLS_MIN=2000 \
    Tests/Runbook/run.sh enumeration groups requests people handover supervisor competition journal faults powercuts
