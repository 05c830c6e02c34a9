# Steps that stand for several: side by side, for each value, another runbook, and behind the end of the run.

groups=$tests/documents/groups.yml
groups_back=$tests/documents/groups-back.yml

# groups_are_right NAME: every effect happened once, and the run says so.
groups_are_right() {
    equal "$1: effects" \
        "after×1 before×1 each-alpha×1 each-beta-gamma×1 inside-7×1 last-done×1 left×1 left-end×1 right×1" "$(marked)"
    equal "$1: counter" 1 "$(cat "$marks/counter" 2> /dev/null)"
    equal "$1: rows" "called row" "$(sql "SELECT string_agg(name, ' ' ORDER BY name) FROM mark")"
    local run
    for run in $(ls "$RUNBOOK_STATE_DIR/runs"); do
        rb verify "$run"
        exits "$1: journal of $run" 0
    done
}

begin_case
forget_rows() { sql "TRUNCATE mark"; }
forget_rows
total=$(points run "$groups" -p marks="$marks")
groups_are_right "groups without a kill"
end_case
groups_killed_at() {
    local k=$1
    begin_case
    forget_rows
    rb_at "$k" run "$groups" -p marks="$marks"
    equal "groups killed at $k" 137 "$status"
    groups_taken_up "groups killed at $k" "$groups"
    exits "groups killed at $k, resumed" 0
    groups_are_right "groups killed at $k"
    end_case
}
# groups_taken_up NAME DOCUMENT: resumes what was killed, or starts anew when it was killed before the run was open.
groups_taken_up() {
    rb resume "$(the_run)"
    if [ "$status" = 2 ] && grep -q 'was never opened\|no run' "$out" && [ -z "$(marked)" ]; then
        rm -rf -- "$RUNBOOK_STATE_DIR"
        rb run "$2" -p marks="$marks"
    fi
}
in_parallel "$total" groups_killed_at
told groups "$total points of groups, killed at each: nothing repeated, nothing lost, nobody asked"

groups_killed_twice_at() {
    local k=$((3 + $1 * 37 % (total - 3))) j=$((2 + $1 * 17 % 97))
    begin_case
    forget_rows
    rb_at $k run "$groups" -p marks="$marks"
    rb_at $j resume "$(the_run)"
    groups_taken_up "groups killed at $k and $j" "$groups"
    exits "groups killed at $k and $j, resumed" 0
    groups_are_right "groups killed at $k and $j"
    end_case
}
pairs=80
in_parallel $pairs groups_killed_twice_at
told groups "$pairs pairs of kills, the second one while it was taken up"

# back_is_whole NAME: nothing is left, everything was taken back once, in reverse order.
back_is_whole() {
    equal "$1: files" "" "$(cd "$marks" && ls | grep -v effects)"
    equal "$1: order" "undo-slow undo-right undo-left undo-each-deux undo-each-un last-rolled-back" \
        "$(grep -E '^(undo|last)' "$marks/effects" | tr '\n' ' ' | sed 's/ $//')"
    equal "$1: once" "each-deux each-un left right slow" \
        "$(grep -vE '^(undo|last)' "$marks/effects" | sort | tr '\n' ' ' | sed 's/ $//')"
}
begin_case
total=$(points run "$groups_back" -p marks="$marks")
back_is_whole "groups taken back without a kill"
end_case
groups_back_killed_at() {
    local k=$1
    begin_case
    rb_at "$k" run "$groups_back" -p marks="$marks"
    groups_taken_up "groups taken back, killed at $k" "$groups_back"
    exits "groups taken back, killed at $k, resumed" 6
    back_is_whole "groups taken back, killed at $k"
    end_case
}
in_parallel "$total" groups_back_killed_at
told groups "$total points of groups that are taken back, killed at each: once, in reverse order"

# A person turns the run round behind a kill: also what was started and not heard of is taken back.
turned_at() {
    local k=$((5 + $1))
    begin_case
    rb_at $k run "$groups_back" -p marks="$marks"
    rb rollback "$(the_run)" --reason essai
    case $status in
        6) equal "turned round at $k: files" "" "$(cd "$marks" && ls | grep -v effects)" ;;
        2) shows "turned round at $k" 'never opened\|no run\|is over' ;;
        *) miss "turned round at $k" "exit $status: $(tail -n 5 "$out")" ;;
    esac
    end_case
}
in_parallel $((total - 20)) turned_at
told groups "$((total - 20)) points at which a person turns the run round: everything is taken back"

# MARK: Side by side

begin_case
doc=$(document << 'END'
steps:
  - id: both
    parallel:
      - {id: one, run: 'echo one >> "$MARKS/effects"; until grep -q two "$MARKS/effects"; do sleep 0.02; done', timeout: 20s}
      - {id: two, run: 'echo two >> "$MARKS/effects"; until grep -q one "$MARKS/effects"; do sleep 0.02; done', timeout: 20s}
END
)
rb run "$doc"
exits "steps side by side, each of which waits for the other" 0
equal "they overlap" "one×1 two×1" "$(marked)"
end_case

begin_case
doc=$(document << 'END'
steps:
  - id: both
    parallel:
      - {id: bad, run: 'exit 3'}
      - {id: slow, run: 'sleep 0.4; echo slow >> "$MARKS/effects"'}
      - {id: last, run: 'echo last >> "$MARKS/effects"'}
  - {id: after, run: 'echo after >> "$MARKS/effects"'}
END
)
rb run "$doc"
exits "a member fails" 1
shows "it is named" 'bad failed (exit status 3)'
equal "the group is held when the others came to rest" "last×1 slow×1" "$(marked)"
rb status "$(the_run)"
shows "status names the member that failed" 'bad: bad — FAILED: exit status 3'
rb status --json "$(the_run)"
shows "status for machines has the members" '"id":"slow","phase":"done"'
rb retry "$(the_run)" bad --reason essai
exits "the member is tried again" 0
rb resume "$(the_run)"
exits "it fails again" 1
equal "the others are not repeated" "last×1 slow×1" "$(marked)"
rb skip "$(the_run)" bad --reason essai
rb resume "$(the_run)"
exits "the run goes on without the member" 0
equal "the run went on" "after×1 last×1 slow×1" "$(marked)"
end_case

begin_case
doc=$(document << 'END'
steps:
  - id: both
    parallel:
      - {id: bad, run: 'exit 3', on_error: continue}
      - {id: good, run: 'echo good >> "$MARKS/effects"; echo 4 > "$RB_OUT/n"', outputs: {n: {type: int}}}
    verify: steps.good.outputs.n == 4
  - {id: after, assert: steps.good.outputs.n == 4}
END
)
rb run "$doc"
exits "a member may fail, and the group's postcondition holds" 0
end_case

begin_case
doc=$(document << 'END'
steps:
  - id: both
    parallel:
      - {id: one, run: 'echo one >> "$MARKS/effects"; kill -9 $PPID; sleep 0.2; echo one-end >> "$MARKS/effects"'}
      - {id: two, run: 'echo two >> "$MARKS/effects"; sleep 0.4; echo two-end >> "$MARKS/effects"'}
  - {id: after, run: 'echo after >> "$MARKS/effects"'}
END
)
rb run "$doc"
exits "a member whose supervisor died is in doubt" 3
equal "the other one came to its end first" "one×1 one-end×1 two×1 two-end×1" "$(marked)"
rb resolve "$(the_run)" one --done --reason essai
rb resume "$(the_run)"
exits "the doubt is settled" 0
equal "nothing is repeated" "after×1 one×1 one-end×1 two×1 two-end×1" "$(marked)"
end_case

begin_case
doc=$(document << 'END'
steps:
  - id: both
    parallel:
      - {id: quick, run: 'echo quick >> "$MARKS/effects"; exit 1', effect: idempotent, retry: {max: 2}, on_error: continue}
      - {id: slow, run: 'sleep 0.5; echo slow >> "$MARKS/effects"', timeout: 100ms, on_error: stop}
  - {id: after, run: 'echo after >> "$MARKS/effects"'}
finally:
  - {id: last, run: 'echo "last-$RESULT" >> "$MARKS/effects"', env: {RESULT: "${{ run.result }}"}}
  - {id: bad, run: 'exit 9'}
  - {id: more, run: 'echo more >> "$MARKS/effects"'}
END
)
rb run "$doc"
exits "a member stops the run" 1
equal "each member kept its own rules; a failing step behind the end stops nothing" \
    "last-stopped×1 more×1 quick×3" "$(marked)"
end_case
told groups "side by side: overlap, a failure waits for the others, each keeps its own rules"

# MARK: For each value

begin_case
doc=$(document << 'END'
params: {bases: {type: list, default: [un, deux, trois]}}
steps:
  - id: each
    for_each: "${{ params.bases }}"
    env: {ITEM: "${{ item }}"}
    run: 'echo "$ITEM-$RB_STEP" >> "$MARKS/effects"; [ "$ITEM" != deux ] || [ -e "$MARKS/mended" ]'
  - {id: after, run: 'echo after >> "$MARKS/effects"'}
END
)
rb run "$doc"
exits "an item fails" 1
equal "the items behind it wait" "deux-each:deux×1 un-each:un×1" "$(marked)"
rb status "$(the_run)"
shows "status names the item that failed" 'each:deux — FAILED: exit status 1'
touch "$marks/mended"
rb retry "$(the_run)" each:deux --reason essai
exits "an item is tried again" 0
rb resume "$(the_run)"
exits "the other items follow" 0
equal "no item is repeated that was done" "after×1 deux-each:deux×2 trois-each:trois×1 un-each:un×1" "$(marked)"
end_case

begin_case
for list in '[a, a]' '[a, ""]' '[[a]]'; do
    doc=$(document << END
steps: [{id: each, for_each: $list, env: {ITEM: "\${{ item }}"}, run: 'echo "\$ITEM" >> "\$MARKS/effects"'}]
END
    )
    rb run "$doc"
    if [ "$status" = 1 ] || [ "$status" = 2 ]; then pass; else miss "items $list are refused" "exit $status: $(cat "$out")"; fi
    equal "items $list are refused" "" "$(marked)"
done
doc=$(document << 'END'
steps: [{id: each, for_each: ["../../up", "a'b$(c)"], argv: [sh, -c, 'echo "$0" >> "$1/effects"', "${{ item }}", "${{ run.id }}"]}]
END
)
sed -i 's|"${{ run.id }}"|"'"$marks"'"|' "$doc"
rb run "$doc"
exits "odd items" 0
equal "odd items are texts and nothing else" "../../up×1 a'b\$(c)×1" "$(marked)"
equal "no item leaves the folder of its run" "" "$(find "$here" -name 'up*' | head -n 1)"
end_case
told groups "for each value: a checkpoint each, held and skipped each by itself"

# MARK: Another runbook

calling() {
    document calling << 'END'
steps:
  - {id: before, run: 'echo before >> "$MARKS/effects"'}
  - {id: sub, call: {runbook: inner.yml, with: {word: abc}}}
  - {id: after, run: 'echo after >> "$MARKS/effects"'}
END
}
# inner: a called document in the case's folder, with the target of its caller; its steps from standard input.
inner() { document inner > /dev/null; sed -i 's/^steps:/params: {word: {type: string, required: true}}\nenv: {WORD: "${{ params.word }}"}\nsteps:/' "$here/inner.yml"; }

begin_case
inner << 'END'
steps:
  - {id: one, run: 'echo "one-$WORD" >> "$MARKS/effects"'}
  - {id: two, run: 'echo two >> "$MARKS/effects"; [ -e "$MARKS/mended" ]'}
END
doc=$(calling)
rb run "$doc"
exits "a called run is held" 1
child=$(the_run).sub
shows "the calling run says for whom it waits" "waits for run $child"
rb resume "$(the_run)"
exits "it still waits" 1
equal "nothing is repeated" "before×1 one-abc×1 two×1" "$(marked)"
touch "$marks/mended"
rb retry "$child" two --reason essai
exits "a step of the called run is tried again" 0
rb resume "$(the_run)"
exits "the calling run goes on with it" 0
equal "each effect once" "after×1 before×1 one-abc×1 two×2" "$(marked)"
rb verify "$child"
exits "the called run has a journal of its own" 0
end_case

begin_case
inner << 'END'
steps:
  - {id: one, run: 'echo "one-$WORD" >> "$MARKS/effects"; exit 1', on_error: stop}
END
doc=$(calling)
rb run "$doc"
exits "a called run fails for good" 1
shows "it is the failure of the step" "sub: .*\|ended as stopped"
rb retry "$(the_run)" sub --reason essai
rb resume "$(the_run)"
exits "another attempt is another run" 1
equal "it is executed anew" "before×1 one-abc×2" "$(marked)"
equal "two called runs" 2 "$(ls "$RUNBOOK_STATE_DIR/runs" | grep -cF .sub)"
end_case

begin_case
inner << 'END'
steps:
  - {id: ask, manual: {instructions: "Regarder $WORD"}}
  - {id: one, run: 'echo "one-$WORD" >> "$MARKS/effects"'}
END
doc=$(calling)
rb run "$doc"
exits "a called run waits for a person" 4
child=$(the_run).sub
rb attest "$child" ask
exits "the called run is answered" 0
sed -i 's/one-/changed-/' "$here/inner.yml"
rb resume "$(the_run)"
exits "and resumed from the calling run" 0
equal "from the copy that was kept" "after×1 before×1 one-abc×1" "$(marked)"
end_case

begin_case
inner << 'END'
steps:
  - {id: ask, manual: {instructions: "Regarder"}}
  - {id: one, run: 'echo "one-$WORD" >> "$MARKS/effects"'}
END
doc=$(calling)
rb run "$doc"
child=$(the_run).sub
rb attest "$child" ask
rb resume "$child"
exits "a called run goes on by itself" 0
rb resume "$(the_run)"
exits "the calling run takes its end" 0
equal "nothing is repeated" "after×1 before×1 one-abc×1" "$(marked)"
end_case

begin_case
inner << 'END'
steps:
  - {id: deeper, call: {runbook: calling.yml}}
END
doc=$(calling)
rb run "$doc"
[ "$status" = 0 ] && miss "runbooks that call each other without end" "$(tail -n 5 "$out")" || pass
shows "they are refused" "runbooks call each other\|call"
end_case

begin_case
inner << 'END'
steps:
  - {id: one, run: 'echo "one-$WORD" >> "$MARKS/effects"'}
END
doc=$(document calling << 'END'
steps:
  - {id: sub, call: {runbook: inner.yml, with: {word: abc, unknown: 1}}}
END
)
rb run "$doc"
[ "$status" = 0 ] && miss "a parameter that the called runbook has not" || pass
equal "nothing of it was begun" "" "$(marked)"
rm "$here/inner.yml"
rb run "$doc"
[ "$status" = 0 ] && miss "a called runbook that is not there" || pass
end_case

begin_case
inner << 'END'
steps:
  - {id: one, run: 'echo "one-$WORD" >> "$MARKS/effects"'}
END
doc=$(document calling << 'END'
steps:
  - {id: sub, call: {runbook: inner.yml, with: {word: abc}, not_before: 1s}}
END
)
rb run "$doc"
exits "a call that has its time" 4
rb resume "$(the_run)"
exits "not yet" 4
equal "nothing was begun" "" "$(marked)"
sleep 1.1
rb resume "$(the_run)"
exits "its time has come" 0
equal "it was executed once" "one-abc×1" "$(marked)"
end_case
told groups "another runbook: held, failed, waiting, resumed from the calling run and by itself"
