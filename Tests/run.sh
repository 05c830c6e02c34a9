#!/usr/bin/env bash
# Every suite, one after the other, then one line of totals. `make test` prepares what they need and calls this.
#
#   Tests/run.sh [SUITE...]        lint swift versions binary logins ansible mairie runbook; all of them by default
#
# A suite prints its own closing line, `N passed, N failed[, N skipped]`; one without it counts as a failure.
# All share one private PostgreSQL cluster, in a temporary folder that is removed at the end.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2

declare -A suite=(
    [lint]=Tests/Support/lint.sh
    [swift]=Tests/Support/swift.sh
    [versions]=Tests/Support/versions.sh
    [binary]=Tests/Support/binary.sh
    [logins]=Tests/Support/logins.sh
    [ansible]=Tests/Ansible/run.sh
    [mairie]=Tests/Mairie/run.sh
    [runbook]=Tests/Runbook/run.sh
)
names=("$@")
[ $# -gt 0 ] || names=(lint swift versions binary logins ansible mairie runbook)
for name in "${names[@]}"; do
    [ -n "${suite[$name]:-}" ] || { echo "run.sh: there is no suite '$name'" >&2; exit 2; }
done

readonly suite_time_limit=40m tail_lines=60 context_lines=20 named_failures=10
readonly failure_lines='^FAILED|^not ok|^✘|^↳| error: '
scratch=$(mktemp -d) || exit 2
chmod 755 "$scratch"  # the server's user enters it
running=""
clean_up() {
    [ -z "$running" ] || { kill "$running" 2> /dev/null && wait "$running"; }
    Tests/Support/cluster.sh stop "$scratch/postgresql"
    rm -rf -- "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

passed=0 failed=0 skipped=0 table="" failures=""

# Adds what a suite came to: its name, exit status, log and seconds.
count() {
    local line="" p=0 f=0 s=0 remark=""
    line=$(grep -E '^([A-Za-z]+: )?[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$3" | tail -n 1)
    if [[ "$line" =~ ([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)? ]]; then
        p=${BASH_REMATCH[1]} f=${BASH_REMATCH[2]} s=${BASH_REMATCH[4]:-0}
    else
        remark="  no totals: it broke off"
    fi
    if [ "$2" != 0 ] && [ "$f" = 0 ]; then
        f=1 remark="${remark:-  exit status $2}"
    elif [ $((p + f + s)) = 0 ]; then
        f=1 remark="${remark:-  ran no test}"
    fi
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    # Indented: only the last line of the whole run is a closing line.
    if [ "$f" != 0 ]; then
        grep -aE -A "$context_lines" "$failure_lines" "$3" | head -n $((2 * tail_lines)) | sed 's/^/  ! /'
        failures+=$(grep -aE -m "$named_failures" "$failure_lines" "$3" | sed "s/^/   $1: /")$'\n'
        tail -n "$tail_lines" "$3" | sed 's/^/  | /'
    fi
    grep -aE '^skipped ' "$3" | sed 's/^/  - /'
    line=$(printf '%-8s %5d passed %4d failed %4d skipped %5d s%s' "$1" "$p" "$f" "$s" "$4" "$remark")
    printf '   %s\n' "$line"
    table+="   $line"$'\n'
}

settings=$(Tests/Support/cluster.sh start "$scratch/postgresql") || exit 1
eval "$settings"

for name in "${names[@]}"; do
    printf '== %s\n' "$name"
    log="$scratch/$name.log" begin=$SECONDS
    timeout --kill-after=30s "$suite_time_limit" "${suite[$name]}" < /dev/null > "$log" 2>&1 &
    running=$!
    wait "$running"  # a builtin: a signal is answered at once
    count "$name" $? "$log" $((SECONDS - begin))
    running=""
done

printf '\n%s\n' "$table"
# Named again here: of a long output often only the end is kept.
[ -z "$failures" ] || printf '%s\n' "$failures"
closing="$passed passed, $failed failed"
[ "$skipped" = 0 ] || closing+=", $skipped skipped"
echo "$closing"
[ "$failed" = 0 ]
