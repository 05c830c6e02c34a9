# Sourced by run.sh: runbooks, and executors that are killed again and again, at every step, until the run ends.
# The commands that they started go on, as they do when a terminal is lost; the next life takes up what they came to.

runbook=${RUNBOOK:-}
for built in .build/release/runbook .build/debug/runbook; do
    [ -n "$runbook" ] || ! [ -x "$built" ] || ! [ -x "$(dirname "$built")/runbook-supervisor" ] || runbook=$built
done
module=${VIGIE_MODULE:-}
for built in .build/release/vigie-module .build/debug/vigie-module; do
    [ -n "$module" ] || ! [ -x "$built" ] || module=$built
done
runbooks_are_built() {
    [ -z "$runbook" ] || [ -z "$module" ] || return 0
    skip "runbooks" "no runbook, runbook-supervisor and vigie-module; are they built?"
    return 1
}
# expect NAME EXPECTED GOT
expect() {
    if [ "$2" = "$3" ]; then pass; else miss "$1" "expected: $2"$'\n'"got: $3"$'\n'"$(tail -n 5 "$work/run.log")"; fi
}
# planned DOCUMENT ARGUMENTS...: the document can be planned.
planned() {
    status=0
    "$runbook" plan --lang en "$@" > "$work/run.log" 2>&1 < /dev/null || status=$?
    expect "plan of $1" 0 "$status"
}
# given NAME=VALUE...: $changed becomes $arguments with other values.
given() {
    local pair i
    changed=("${arguments[@]}")
    for pair in "$@"; do
        for i in "${!changed[@]}"; do
            [[ "${changed[i]}" != "${pair%%=*}="* ]] || changed[i]=$pair
        done
    done
}
# run_once DOCUMENT ARGUMENTS...: a run that nobody kills.
run_once() {
    begin_runs
    status=0
    timeout 120 "$runbook" run --lang en "$@" > "$work/run.log" 2>&1 < /dev/null || status=$?
}

# begin_runs: a state folder of its own, in which the next run is the only one.
begin_runs() {
    runs=$((${runs:-0} + 1))
    export RUNBOOK_STATE_DIR=$work/runs.$runs
    lives=0
    : > "$work/deaths"
}
the_run() { ls "$RUNBOOK_STATE_DIR/runs"; }
journal() { echo "$RUNBOOK_STATE_DIR/runs/$(the_run)/journal.jsonl"; }
# records KIND STEP [PURPOSE]: how many of them the journal holds.
records() {
    awk -v kind="\"kind\":\"$1\"" -v step="\"step\":\"$2\"" -v purpose="${3:+\"purpose\":\"$3\"}" \
        'index($0, kind) && index($0, step) && (purpose == "" || index($0, purpose)) { n++ } END { print n + 0 }' "$(journal)"
}
# Steps of the run that were neither skipped nor left to a person nor put off, in order.
acting_steps() { sed -nE 's/.*"kind":"(done|already|failed)","step":"([a-z_:]*)".*/\2/p' "$(journal)" | awk '!seen[$0]++'; }

# live POINT ARGUMENTS...: one life of the executor, killed at its POINT-th fault point unless it ends before.
live() {
    status=0
    rm -f "$work/trace"
    {
        RUNBOOK_FAULT_POINT=$1 RUNBOOK_FAULT_TRACE=$work/trace timeout 120 "$runbook" "${@:2}" > "$work/run.log" 2>&1 \
            < /dev/null || status=$?
    } 2> /dev/null
    [ "$status" != 137 ] || lives=$((lives + 1))
}
# The step in which the last life ended.
died_in() { sed -nE 's/.*"step":"([a-z_:]*)".*/\1/p' "$(journal)" | tail -n 1; }

readonly first_point=6 lives_max=200
# killed_on VERB [LAST_STEP]: takes the run up with VERB until it ends by itself, or until LAST_STEP is done. A life that dies in
# the step of the one before gives the next one more time: an end that is in doubt again and again is a person's to settle.
killed_on() {
    local verb=$1 last=${2:-} point=$first_point before= step
    while [ "$lives" -lt $lives_max ]; do
        if [ -n "$last" ] && [ "$(records done "$last")" != 0 ]; then return; fi
        # shellcheck disable=SC2086
        live $point "$verb" --lang en "$(the_run)" ${verb_options:-}
        [ "$status" = 137 ] || return 0
        step=$(died_in)
        echo "$step" >> "$work/deaths"
        if [ "$step" = "$before" ]; then point=$((point + 2)); else point=$((first_point + lives % 3)); fi
        before=$step
    done
    miss "the run ends within $lives_max lives" "$(tail -n 5 "$work/run.log")"
}
# killed_all_along [--until STEP] DOCUMENT ARGUMENTS...: from the first record on.
killed_all_along() {
    local last=
    if [ "$1" = --until ]; then last=$2 && shift 2; fi
    begin_runs
    live 5 run --lang en "$@"
    [ "$status" = 137 ] || { miss "the first life is killed" "$(tail -n 5 "$work/run.log")"; return; }
    killed_on resume "$last"
}
# doubtful_life: the supervisor of the next command dies once that has ended, untold; the executor soon after it.
doubtful_life() {
    cat > "$work/supervisor" << END
#!/bin/sh
if [ -e "$work/supervisor.died" ]; then unset RUNBOOK_SUPERVISOR_FAULT; fi
: > "$work/supervisor.died"
exec "$(dirname "$(realpath -- "$runbook")")/runbook-supervisor"
END
    chmod 755 "$work/supervisor"
    rm -f "$work/supervisor.died"
    RUNBOOK_SUPERVISOR=$work/supervisor RUNBOOK_SUPERVISOR_FAULT=supervisor.command.ended live 21 resume --lang en "$(the_run)"
    died_in >> "$work/deaths"
}
# died_everywhere NAME DOCUMENT: no step was passed without a kill, and no command with an effect was started twice. SQL may be:
# what was not committed has not been.
died_everywhere() {
    local step missed= twice=
    for step in $(acting_steps); do
        grep -qx "$step" "$work/deaths" || missed+=" $step"
        [ "$(records started "$step" run)" -le 1 ] || grep -qE '^    (effect: none|sql:)' <<< "$(step_of "$2" "$step")" \
            || twice+=" $step"
    done
    expect "$1: killed in each step, none started twice" "|" "$missed|$twice"
    status=0
    "$runbook" verify "$(the_run)" > "$work/verify.log" 2>&1 || status=$?
    expect "$1: the journal is whole" 0 "$status"
    echo "  $1: killed $lives times"
}
# The text of one step of a document.
step_of() { awk -v id="$2" '/^  - id: /  { inside = ($3 == id) } inside' "$1"; }
