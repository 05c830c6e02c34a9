# Decisions at the terminal: a step that fails, or is in doubt, is put to the operator who is there.

# talk ANSWERS ARGUMENTS...: the executor at a terminal; $status and the file $out keep what it showed.
talk() {
    status=0
    NO_COLOR=1 timeout 60 python3 "$tests/talk.py" "$1" "$RUNBOOK" "${@:2}" > "$out" 2>&1 || status=$?
}
# The reason of the last decision, as the journal keeps it.
why() { sed -n 's/.*"why":"\([^"]*\)".*/\1/p' "$(journal)" | tail -n 1; }
failing() {
    document << 'END'
steps:
  - {id: one, run: 'echo one >> "$MARKS/effects"', undo: {run: 'echo back >> "$MARKS/effects"'}}
  - {id: two, title: Promouvoir, run: 'echo two >> "$MARKS/effects"; test -e "$MARKS/ready"', undo: {run: "true"}}
  - {id: three, run: 'echo three >> "$MARKS/effects"'}
END
}

begin_case
talk "nonsense
r

r
!touch '$marks/ready'
disk replaced" run "$(failing)"
exits "retry at the terminal" 0
equal "each step once, the failed one again" "one×1 three×1 two×2" "$(marked)"
equal "with the reason" "disk replaced" "$(why)"
shows "the consequence is named" "nothing brings the state before back"
end_case

begin_case
talk "d
seen on the server" run "$(failing)"
exits "declared done" 0
equal "it is not executed again" "one×1 three×1 two×1" "$(marked)"
equal "with the evidence" "seen on the server" "$(why)"
end_case

begin_case
talk "k
not needed here" run "$(failing)"
exits "passed over" 0
equal "the run goes on without it" skipped "$(phase two)"
end_case

begin_case
talk "b
wrong target" run "$(failing)"
exits "rolled back" 6
equal "in reverse order" "back×1 one×1 two×1" "$(marked)"
end_case

begin_case
talk "s" run "$(failing)"
exits "suspended" 1
shows "with the verbs for later" "runbook retry"
talk "r
" resume "$(the_run)"
exits "no reason, no decision" 124
equal "the step was not executed again" "one×1 two×1" "$(marked)"
end_case

begin_case
talk "r" run --auto "$(failing)"
exits "--auto asks nothing" 1
absent "not even at a terminal" "\[r\]"
rb resume "$(the_run)"
exits "nor does a script" 1
absent "without a terminal" "\[r\]"
end_case

# In doubt: the supervisor is gone, and nothing tells whether the command acted.
begin_case
rb_fault supervisor.command.ended run "$(document << 'END'
steps:
  - {id: act, run: 'echo act >> "$MARKS/effects"'}
  - {id: after, run: 'echo after >> "$MARKS/effects"'}
END
)"
exits "a step is in doubt" 3
talk "d
seen in the table" resume "$(the_run)"
exits "settled at the terminal" 0
shows "the doubt is told" "IN DOUBT"
equal "nothing happens twice, and the run goes on" "act×1 after×1" "$(marked)"
equal "with the evidence of it" "seen in the table" "$(why)"
end_case

# The consent of others is not asked of the operator.
begin_case
talk "r" run "$(document << 'END'
roles: {chief: ["user:nobody"]}
steps:
  - {id: consent, approve: {by: chief}}
END
)"
exits "consent is not the operator's to give" 4
absent "and not asked for" "\[r\]"
end_case

told decisions "a step that fails, or is in doubt, is decided at the terminal, with a reason"
