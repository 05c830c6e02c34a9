#!/usr/bin/env bash
# The Swift suite: unit, tidy, golden, integration and crash tests are one run of one test binary, whose closing
# line counts what passed and failed; a skipped test has a line of its own. Options are handed to `swift test`.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2

log=$(mktemp) || exit 2
trap 'rm -f -- "$log"' EXIT
swift build --build-tests || { echo "swift.sh: the tests do not build"; exit 1; }
swift test --skip-build "$@" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}

# How often a run of the simulation was killed: a suite that tries fewer does not count as passed.
if [ $# = 0 ]; then
    readonly kills_min=50000
    kills=$(grep -aoE 'Simulation: [0-9]+' "$log" | awk '{ sum += $2 } END { print sum + 0 }')
    echo "Simulation: $kills kills in all, at least $kills_min wanted"
    [ "$kills" -ge "$kills_min" ] || status=1
fi

closing=$(grep -E 'Test run with [0-9]+ tests?.* (passed|failed) after' "$log" | tail -n 1)
[[ "$closing" =~ Test\ run\ with\ ([0-9]+)\ test ]] || { echo "swift.sh: the test process died"; exit 1; }
total=${BASH_REMATCH[1]}
failed=$(grep -E '^. Test .* failed after [0-9.]+ seconds' "$log" | grep -vc '^. Test run with')
skipped=$(grep -cE '^. Test .* skipped' "$log")
echo "$((total - failed - skipped)) passed, $failed failed, $skipped skipped"
exit "$status"
