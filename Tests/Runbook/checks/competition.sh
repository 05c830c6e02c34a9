# Two executors: one holder at a time, and what a dead one started is heard to its end.

slow_document() {
    document << 'END'
steps:
  - {id: slow, run: 'mkdir "$MARKS/alone" || echo beside >> "$MARKS/effects"; echo slow >> "$MARKS/effects"; sleep 0.6; rmdir "$MARKS/alone"; echo slow-end >> "$MARKS/effects"'}
  - {id: after, run: 'echo after >> "$MARKS/effects"'}
END
}

begin_case
doc=$(slow_document)
"$RUNBOOK" run "$doc" > "$here/first" 2>&1 < /dev/null &
first=$!
until_true 10 has_line "$marks/effects" slow || miss "the first run begins"
run=$(the_run)
rb run "$doc"
exits "a second run of the same target" 75
shows "it names the holder" "$run.*process $first"
rb resume "$run"
exits "taking up a run that is alive" 75
rb rollback "$run" --reason essai
exits "rolling back a run that is alive" 75
rb skip "$run" after --reason essai
exits "deciding about a run that is alive" 75
rb status "$run"
exits "its status can be read" 0
wait "$first"
equal "the first run is not disturbed" "after×1 slow×1 slow-end×1" "$(marked)"
end_case

begin_case
doc=$(slow_document)
"$RUNBOOK" run "$doc" > "$here/first" 2>&1 < /dev/null &
first=$!
until_true 10 has_line "$marks/effects" slow || miss "the run begins"
{ kill -9 "$first"; wait "$first" || true; } 2> /dev/null
rb run "$doc"
exits "the target stays taken while the dead executor's command works" 75
rb resume "$(the_run)"
exits "taken up at once" 0
shows "the wait is told" "outlived its executor"
equal "its end is adopted" "after×1 slow×1 slow-end×1" "$(marked)"
if grep -q '"kind":"doubt"' "$(journal)"; then miss "no doubt"; else pass; fi
end_case

# race COMMAND...: two at once; prints both exit statuses in order.
race() {
    local a b one two
    timeout 60 "$RUNBOOK" "$@" > "$here/one" 2>&1 < /dev/null & a=$!
    timeout 60 "$RUNBOOK" "$@" > "$here/two" 2>&1 < /dev/null & b=$!
    one=0; wait $a || one=$?
    two=0; wait $b || two=$?
    printf '%s\n' "$one" "$two" | sort -n | tr '\n' ' '
}
quick='steps:
  - {id: one, run: '"'"'mkdir "$MARKS/alone" || echo beside >> "$MARKS/effects"; sleep 0.05; rmdir "$MARKS/alone"; echo one >> "$MARKS/effects"'"'"'}
  - {id: ask, manual: {instructions: Attendre}}'
run_race() {
    begin_case
    local doc ends
    doc=$(document <<< "$quick")
    ends=$(race run "$doc")
    case $ends in
        "4 75 ") equal "a race of two runs" "one×1" "$(marked)" ;;
        "4 4 ") equal "a race of two runs, one behind the other" "one×2" "$(marked)" ;;
        *) miss "a race of two runs" "$ends: $(cat "$here/one" "$here/two")" ;;
    esac
    end_case
}
resume_race() {
    begin_case
    local doc ends k=$((5 + $1 % 25))
    doc=$(document <<< "$quick")
    rb_at $k run "$doc"
    [ -n "$(the_run)" ] && grep -q run.open "$(journal)" || { end_case; return 0; }
    ends=$(race resume "$(the_run)")
    case $ends in
        "4 75 " | "4 4 ") equal "a race of two resumes, killed at $k" "one×1" "$(marked)" ;;
        *) miss "a race of two resumes, killed at $k" "$ends: $(cat "$here/one" "$here/two")" ;;
    esac
    rb verify "$(the_run)"
    exits "a race of two resumes: journal" 0
    end_case
}
# Taking over ends the one who has the run: whoever comes second finds it taken or over, and may be ended itself.
takeover_race() {
    begin_case
    local doc a b one=0 two=0 k=$((8 + $1 % 20))
    doc=$(document <<< "$quick")
    rb_at $k run "$doc"
    [ -n "$(the_run)" ] && grep -q run.open "$(journal)" || { end_case; return 0; }
    timeout 60 "$RUNBOOK" takeover "$(the_run)" --reason essai > "$here/one" 2>&1 < /dev/null & a=$!
    timeout 60 "$RUNBOOK" resume "$(the_run)" > "$here/two" 2>&1 < /dev/null & b=$!
    { wait $a || one=$?; wait $b || two=$?; } 2> /dev/null
    case "$one $two" in
        "4 4" | "4 75" | "75 4" | "4 143" | "4 137") pass ;;
        *) miss "a takeover against a resume, killed at $k" "$one $two: $(cat "$here/one" "$here/two")" ;;
    esac
    equal "a takeover against a resume, killed at $k" "one×1" "$(marked)"
    rb verify "$(the_run)"
    exits "a takeover against a resume: journal" 0
    end_case
}
races=${RUNBOOK_RACES:-50}
in_parallel $races run_race
in_parallel $races resume_race
in_parallel $races takeover_race
told competition "$races races each of two runs, two resumes, a takeover and a resume: never two holders"
