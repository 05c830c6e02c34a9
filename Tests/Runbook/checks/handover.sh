# A run that changes hands, and those who watch it: never two executors, nothing repeated.

# MARK: Taking a run over

slow() {
    document << 'END'
steps:
  - {id: slow, run: 'echo slow >> "$MARKS/effects"; sleep 0.5; echo slow-end >> "$MARKS/effects"'}
  - {id: after, run: 'echo after >> "$MARKS/effects"'}
  - {id: rest, run: 'sleep 0.2; echo rest >> "$MARKS/effects"'}
END
}
# begin_slow: a run of it under way, in $first.
begin_slow() {
    doc=$(slow)
    "$RUNBOOK" run "$doc" > "$here/first" 2>&1 < /dev/null &
    first=$!
    until_true 20 has_line "$marks/effects" slow || miss "the run begins"
}
# ended: waits for the first executor; its exit status is in $code.
ended() {
    code=0
    { wait "$first" || code=$?; } 2> /dev/null
}
taken_over_is_right() {
    equal "$1: every effect once" "after×1 rest×1 slow×1 slow-end×1" "$(marked)"
    rb verify "$(the_run)"
    exits "$1: journal" 0
}

begin_case
begin_slow
SUDO_UID=$(id -u daemon) rb takeover "$(the_run)" --reason "m. roux est parti"
exits "a live executor is ended and its run goes on" 0
ended
equal "by SIGTERM" 143 $code
if grep -q '"kind":"takeover".*m. roux est parti' "$(journal)"; then pass; else miss "the journal has who and why" "$(grep takeover "$(journal)")"; fi
taken_over_is_right "a live executor"
rb report "$(the_run)"
shows "the report tells of it" "m. roux est parti"
rb takeover "$(the_run)" --reason essai
exits "a run that is over has nothing to take" 0
end_case

begin_case
begin_slow
kill -STOP "$first"
until_true 10 has_line "$marks/effects" slow-end || miss "the command goes on under its supervisor"
begun=$(date +%s%N)
rb takeover "$(the_run)" --reason essai
took=$((($(date +%s%N) - begun) / 1000000))
exits "a stopped executor is ended and its run goes on" 0
if [ $took -lt 10000 ]; then pass; else miss "within 10 s" "$took ms"; fi
records=$(wc -l < "$(journal)")
kill -CONT "$first" 2> /dev/null || true
ended
equal "by SIGKILL" 137 $code
equal "it writes nothing any more" "$records" "$(wc -l < "$(journal)")"
taken_over_is_right "a stopped executor"
end_case

# The number of a process that has another run is written down as the holder of ours.
begin_case
begin_slow
other=$here/other
doc=$(document other << 'END'
steps: [{id: ask, manual: {instructions: Attendre}}]
END
)
RUNBOOK_STATE_DIR=$other rb run "$doc"
sed -i "s/pid=[0-9]*/pid=$first/" "$other"/runs/*/lock
RUNBOOK_STATE_DIR=$other rb takeover "$(ls "$other/runs")" --reason essai
exits "a run that nobody carries on is taken" 4
ended
equal "and no other executor is ended for it" 0 $code
taken_over_is_right "an executor beside"
end_case

takeover_race() {
    begin_case
    local a b one=0 two=0
    begin_slow
    timeout 60 "$RUNBOOK" takeover "$(the_run)" --reason un > "$here/one" 2>&1 < /dev/null & a=$!
    timeout 60 "$RUNBOOK" takeover "$(the_run)" --reason deux > "$here/two" 2>&1 < /dev/null & b=$!
    { wait $a || one=$?; wait $b || two=$?; } 2> /dev/null
    ended
    case "$one $two" in
        "0 75" | "75 0" | "0 143" | "143 0" | "0 137" | "137 0" | "0 0") pass ;;
        *) miss "two takeovers at once" "$one $two: $(cat "$here/one" "$here/two")" ;;
    esac
    taken_over_is_right "two takeovers at once"
    end_case
}
in_parallel 20 takeover_race

takeover_killed_at() {
    local k=$1
    begin_case
    begin_slow
    rb_at $k takeover "$(the_run)" --reason essai
    ended
    rb resume "$(the_run)"
    exits "takeover killed at $k, resumed" 0
    taken_over_is_right "takeover killed at $k"
    end_case
}
in_parallel 40 takeover_killed_at
told handover "takeover of a live and of a stopped executor (to its end in $took ms); 20 races, killed at 40 points"

# MARK: Watching

begin_case
begin_slow
rb watch "$(the_run)"
exits "watching ends with the run" 0
shows "it tells what happens" "rest"
shows "and how it ended" "all steps are done"
ended
equal "nobody is disturbed" 0 $code
taken_over_is_right "a run that is watched"
rb watch --json "$(the_run)"
exits "watching for machines" 0
python3 -c 'import json, sys; lines = [json.loads(line) for line in open(sys.argv[1])]; assert lines[0]["kind"] == "run.open" and lines[-1]["kind"] == "run.close", lines[-1]' "$out" \
    && pass || miss "one object a record" "$(tail -n 2 "$out")"
end_case

begin_case
begin_slow
timeout 30 "$RUNBOOK" watch "$(the_run)" > "$out" 2>&1 < /dev/null &
watcher=$!
sleep 0.2
{ kill -9 "$first"; ended; } 2> /dev/null
status=0
wait $watcher || status=$?
exits "watching ends when the executor is gone" 0
shows "it says what to do" "Nobody carries the run on any more: runbook resume"
end_case

begin_case
doc=$(document << 'END'
steps: [{id: ask, manual: {instructions: Attendre}}]
END
)
rb run "$doc"
rb watch "$(the_run)"
exits "a run that waits is not watched for ever" 0
shows "it says so" "waits for a person"
end_case
told handover "watching ends with the run, with its executor, and when people are asked"
