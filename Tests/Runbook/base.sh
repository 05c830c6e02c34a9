# What the checks of the runbook executor share; sourced by run.sh.

passed=0
failed=0
skipped=0
cases=0
export LC_ALL=C.UTF-8
unset RUNBOOK_FAULT_POINT RUNBOOK_FAULT_TRACE RUNBOOK_SUPERVISOR_FAULT RUNBOOK_STATE_DIR

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
# equal NAME EXPECTED GOT
equal() { if [ "$2" = "$3" ]; then pass; else miss "$1" "expected: $2"$'\n'"got: $3"; fi; }
# shows NAME PATTERN: the last command's output matches.
shows() { if grep -q -- "$2" "$out"; then pass; else miss "$1" "no $2 in: $(tail -n 12 "$out")"; fi; }
# absent NAME PATTERN: the last command's output does not match.
absent() { if grep -q -- "$2" "$out"; then miss "$1" "$2 in: $(tail -n 12 "$out")"; else pass; fi; }
# exits NAME STATUS: the last command ended so.
exits() { if [ "$status" = "$2" ]; then pass; else miss "$1" "expected exit $2, got $status: $(tail -n 12 "$out")"; fi; }
# told GROUP TEXT: the one line of a group.
told() { printf '  %-12s %s\n' "$1" "$2"; }

# A fresh state folder, and a folder in which effects leave their marks.
begin_case() {
    cases=$((cases + 1))
    here=$work/case.$cases
    marks=$here/marks
    out=$here/out
    mkdir -p "$marks"
    export RUNBOOK_STATE_DIR=$here/state MARKS=$marks
}
end_case() { rm -rf -- "$here"; }

# rb ARGUMENTS...: runs the executor; $status and the file $out keep what it said. The shell says nothing of a kill.
rb() {
    status=0
    { timeout 60 "$RUNBOOK" "$@" > "$out" 2>&1 < /dev/null || status=$?; } 2> /dev/null
}
# rb_at POINT ARGUMENTS...: the same, killed at its POINT-th fault point.
rb_at() {
    status=0
    { RUNBOOK_FAULT_POINT=$1 timeout 60 "$RUNBOOK" "${@:2}" > "$out" 2>&1 < /dev/null || status=$?; } 2> /dev/null
    count_kill
}
# rb_fault NAME ARGUMENTS...: the same, the supervisor (or the executor, `executor:<name>`) killed at a named point.
rb_fault() {
    status=0
    { RUNBOOK_SUPERVISOR_FAULT=$1 timeout 60 "$RUNBOOK" "${@:2}" > "$out" 2>&1 < /dev/null || status=$?; } 2> /dev/null
    count_kill
}
# One byte for each executor that was killed at a fault point: several processes count at once.
count_kill() { [ "$status" != 137 ] || printf . >> "$kills"; }
# points ARGUMENTS...: how many fault points the executor passes.
points() {
    rm -f "$here/trace"
    RUNBOOK_FAULT_TRACE=$here/trace timeout 60 "$RUNBOOK" "$@" > "$out" 2>&1 < /dev/null || true
    grep -c '^[0-9]' "$here/trace"
}
# The one run of the state folder that no other run called; empty when none was opened.
the_run() { ls "$RUNBOOK_STATE_DIR/runs" 2> /dev/null | grep -vF . || true; }
journal() { echo "$RUNBOOK_STATE_DIR/runs/$(the_run)/journal.jsonl"; }
# mark NAME: how often the effect NAME happened.
mark() { grep -cx -- "$1" "$marks/effects" 2> /dev/null || true; }
marked() { sort "$marks/effects" 2> /dev/null | uniq -c | awk '{printf "%s%s×%s", sep, $2, $1; sep = " "}'; }
# phase STEP: one word.
phase() {
    "$RUNBOOK" status --json "$(the_run)" 2> /dev/null | tr '{' '\n' | sed -n "s/.*\"id\":\"$1\".*\"phase\":\"\([a-z-]*\)\".*/\1/p"
}
# document: reads the steps from standard input; prints the path of a document with this head.
document() {
    local path=$here/${1:-essai}.yml
    {
        printf 'runbook: 1\nid: essai\ntitle: Essai\nlock: "essai:%s"\n' "$here"
        cat
    } > "$path"
    echo "$path"
}
# until_true SECONDS COMMAND...: waits until it succeeds.
until_true() {
    local tries=$(($1 * 50))
    shift
    until "$@" > /dev/null 2>&1; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.02
    done
}
has_line() { grep -qx -- "$2" "$1" 2> /dev/null; }

# faulty_calls: $faulty is the library whose calls fail when they are told to; built once. Fails where there is no C compiler.
faulty_calls() {
    local compiler
    faulty=$work/faulty.so
    [ ! -e "$faulty" ] || return 0
    compiler=$(command -v cc || command -v clang) || return 1
    "$compiler" -shared -fPIC -O1 -Wall -Wextra -o "$faulty" "$tests/faulty-calls.c" || exit 1
}

# in_parallel COUNT FUNCTION: calls FUNCTION with 0 to COUNT-1, in a few processes with a database each: most of a case is
# waiting.
workers=4
in_parallel() {
    local count=$1 function=$2 all=$work base_of_all=$PGDATABASE processes=() w i totals
    for ((w = 0; w < workers; w++)); do
        (
            trap - EXIT
            work=$all/worker.$w passed=0 failed=0 skipped=0
            mkdir -p "$work"
            rm -f "$work/totals"
            export PGDATABASE=${base_of_all}_$w
            for ((i = w; i < count; i += workers)); do $function $i; done
            echo "$passed $failed $skipped" > "$work/totals"
        ) &
        processes+=($!)
    done
    wait "${processes[@]}" || true
    for ((w = 0; w < workers; w++)); do
        totals=(0 1 0)
        [ ! -f "$all/worker.$w/totals" ] || read -ra totals < "$all/worker.$w/totals"
        passed=$((passed + totals[0])) failed=$((failed + totals[1])) skipped=$((skipped + totals[2]))
    done
}

# MARK: PostgreSQL

own_cluster=
open_cluster() {
    if [ -z "${VIGIE_TEST_PGHOST:-}" ]; then
        own_cluster=$work/cluster
        eval "$(Tests/Support/cluster.sh start "$own_cluster")"
    fi
    export PGHOST=$VIGIE_TEST_PGHOST PGPORT=$VIGIE_TEST_PGPORT PGUSER=${VIGIE_TEST_PGUSER:-postgres}
    base=runbook_essai_$$
    local w
    export PGDATABASE=$base
    psql -X -q -d postgres -c "CREATE DATABASE $base"
    sql "CREATE TABLE mark (name text NOT NULL); CREATE TABLE counter (n int NOT NULL); INSERT INTO counter VALUES (0)"
    for ((w = 0; w < workers; w++)); do
        psql -X -q -d postgres -c "CREATE DATABASE ${base}_$w TEMPLATE $base"
    done
}
close_cluster() {
    [ -n "${base:-}" ] || return 0
    if [ -n "$own_cluster" ]; then
        Tests/Support/cluster.sh stop "$own_cluster"
    else
        local name
        for name in "$base" "${base}_"{0..3}; do
            psql -X -q -d postgres -c "DROP DATABASE IF EXISTS $name WITH (FORCE)" 2> /dev/null || true
        done
    fi
}
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 -c "$1"; }
