# kill -9 of the executor at every fault point, then resume: nothing repeated, nothing lost, nobody asked.

five=$tests/documents/five-steps.yml
back=$tests/documents/rollback.yml
forget() { sql "TRUNCATE mark; UPDATE counter SET n = 0"; }

# five_are_right NAME: every effect happened once, and the run says so.
five_are_right() {
    equal "$1: effects" "counter×1 direct×1 slow×1 slow-end×1" "$(marked)"
    equal "$1: counter" 1 "$(cat "$marks/counter" 2> /dev/null)"
    equal "$1: transaction" "1 1" "$(sql "SELECT n, (SELECT count(*) FROM mark) FROM counter" | tr '|' ' ')"
    rb verify "$(the_run)"
    exits "$1: journal" 0
}

# taken_up NAME DOCUMENT: resumes what was killed, or starts anew when it was killed before the run was open.
taken_up() {
    rb resume "$(the_run)"
    if [ "$status" = 2 ] && grep -q 'was never opened\|no run' "$out" && [ -z "$(marked)" ]; then
        rm -rf -- "$RUNBOOK_STATE_DIR"
        rb run "$2" -p marks="$marks"
    fi
}

begin_case
forget
total=$(points run "$five" -p marks="$marks")
five_are_right "without a kill"
end_case
killed_at() {
    local k=$1
    begin_case
    forget
    rb_at "$k" run "$five" -p marks="$marks"
    equal "killed at $k" 137 "$status"
    taken_up "killed at $k" "$five"
    exits "killed at $k, resumed" 0
    rb resume "$(the_run)"
    exits "killed at $k, resumed when finished" 0
    five_are_right "killed at $k"
    end_case
}
in_parallel "$total" killed_at
told enumeration "$total points of five steps, killed at each: nothing repeated, nothing lost, nobody asked"

# A second kill while it is taken up, for a sample of pairs that walks over both.
killed_twice_at() {
    local k=$((3 + $1 * 29 % (total - 3))) j=$(($1 * 13 % 67))
    begin_case
    forget
    rb_at $k run "$five" -p marks="$marks"
    rb_at $j resume "$(the_run)"
    taken_up "killed at $k and $j" "$five"
    exits "killed at $k and $j, resumed" 0
    five_are_right "killed at $k and $j"
    end_case
}
pairs=${RUNBOOK_PAIRS:-60}
in_parallel $pairs killed_twice_at
told enumeration "$pairs pairs of kills, the second one while it was taken up"

# back_is_right NAME: nothing is left, everything that acted was taken back.
back_is_right() {
    equal "$1: files" "" "$(cd "$marks" && ls | grep -v effects)"
    equal "$1: rows" 0 "$(sql "SELECT count(*) FROM mark")"
    equal "$1: first" "1" "$(mark first)"
    equal "$1: third" "1" "$(mark third)"
    equal "$1: undone" "1 1" "$(mark undo-first) $(mark undo-third)"
}

begin_case
forget
total=$(points run "$back" -p marks="$marks")
back_is_right "rollback without a kill"
end_case
rollback_killed_at() {
    local k=$1
    begin_case
    forget
    rb_at "$k" run "$back" -p marks="$marks"
    taken_up "rollback killed at $k" "$back"
    exits "rollback killed at $k, resumed" 6
    back_is_right "rollback killed at $k"
    end_case
}
in_parallel "$total" rollback_killed_at
told enumeration "$total points of a rollback, killed at each: everything taken back, once"

# A person's decision is written whole or not at all.
decisions=0
for verb in "resolve ask --not-done --reason essai" "resolve ask --done --reason essai"; do
    for ((k = 0; ; k++)); do
        begin_case
        doc=$(document << 'END'
steps:
  - {id: ask, run: 'echo ask >> "$MARKS/effects"'}
  - {id: after, run: 'echo after >> "$MARKS/effects"'}
END
        )
        rb_fault supervisor.command.ended run "$doc"
        exits "in doubt" 3
        # shellcheck disable=SC2086
        rb_at $k ${verb%% *} "$(the_run)" ${verb#* }
        [ "$status" = 137 ] || { end_case; break; }
        if [ "$(phase ask)" = in-doubt ]; then
            # shellcheck disable=SC2086
            rb ${verb%% *} "$(the_run)" ${verb#* }
            exits "$verb killed at $k, again" 0
        fi
        rb resume "$(the_run)"
        exits "$verb killed at $k, resumed" 0
        case $verb in
            *--not-done*) equal "$verb killed at $k" "after×1 ask×2" "$(marked)" ;;
            *) equal "$verb killed at $k" "after×1 ask×1" "$(marked)" ;;
        esac
        end_case
        decisions=$((decisions + 1))
    done
done
for ((k = 0; ; k++)); do
    begin_case
    doc=$(document << 'END'
steps:
  - {id: ask, manual: {instructions: Regarder, choices: [bon, mauvais]}, verify: answer.choice == 'bon'}
  - {id: after, run: 'echo after >> "$MARKS/effects"'}
END
    )
    rb run "$doc"
    exits "a manual step waits" 4
    rb_at $k attest "$(the_run)" ask --choice bon
    [ "$status" = 137 ] || { end_case; break; }
    if [ "$(phase ask)" = waiting ]; then
        rb attest "$(the_run)" ask --choice bon
        exits "attest killed at $k, again" 0
    fi
    rb resume "$(the_run)"
    exits "attest killed at $k, resumed" 0
    equal "attest killed at $k" "after×1" "$(marked)"
    end_case
    decisions=$((decisions + 1))
done
told enumeration "$decisions points of resolve and attest, killed at each: the decision counts once"
