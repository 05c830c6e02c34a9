# The supervisor dies, alone or with others: what is declared about a step decides, and nothing runs twice beside itself.

# A supervisor that dies at the named point the first time only: what comes after it shall succeed.
once_supervisor() {
    cat > "$here/supervisor" << END
#!/bin/sh
if [ -e "$here/died" ]; then unset RUNBOOK_SUPERVISOR_FAULT; fi
: > "$here/died"
exec "$(dirname "$RUNBOOK")/runbook-supervisor"
END
    chmod +x "$here/supervisor"
    export RUNBOOK_SUPERVISOR=$here/supervisor
}

# acting POLICY: a document whose step has an effect and this declaration about doubt.
acting() {
    local keys
    case $1 in
        none) keys='effect: none' ;;
        idempotent) keys='effect: idempotent' ;;
        check) keys='check_first: false, check: {run: "test -e \"$MARKS/there\""}' ;;
        reset) keys='in_doubt: retry, reset: {run: "echo reset >> \"$MARKS/effects\""}' ;;
        hold) keys='effect: once' ;;
    esac
    document << END
steps:
  - {id: act, $keys, run: ': > "\$MARKS/there"; echo act >> "\$MARKS/effects"'}
  - {id: after, run: 'echo after >> "\$MARKS/effects"'}
END
}

# POINT POLICY: exit of the run, exit after taking it up (a person says "not done" at exit 3), effects.
expectations() {
    cat << 'END'
ready idempotent 74 0 act×1 after×1
ready hold 74 0 act×1 after×1
forked check 74 0 act×1 after×1
forked hold 74 0 act×1 after×1
started.written none 0 0 act×1 after×1
started.written check 0 0 act×1 after×1
started.written reset 0 0 act×1 after×1 reset×1
started.written hold 3 0 act×1 after×1
started.durable idempotent 0 0 act×1 after×1
started.durable check 0 0 act×1 after×1
started.durable reset 0 0 act×1 after×1 reset×1
started.durable hold 3 0 act×1 after×1
command.ended none 0 0 act×2 after×1
command.ended idempotent 0 0 act×2 after×1
command.ended check 0 0 act×1 after×1
command.ended reset 0 0 act×2 after×1 reset×1
command.ended hold 3 0 act×2 after×1
exited.written hold 0 0 act×1 after×1
exited.durable hold 0 0 act×1 after×1
END
}

count=0
while read -r point policy first second effects; do
    begin_case
    once_supervisor
    rb_fault "supervisor.$point" run "$(acting "$policy")"
    exits "supervisor killed at $point, $policy" "$first"
    if [ "$first" = 3 ]; then
        rb resume "$(the_run)"
        exits "$point, $policy: doubt does not go away by itself" 3
        rb resolve "$(the_run)" act --not-done --reason "essai"
    fi
    rb resume "$(the_run)"
    exits "supervisor killed at $point, $policy, taken up" "$second"
    equal "supervisor killed at $point, $policy" "$effects" "$(marked)"
    unset RUNBOOK_SUPERVISOR
    end_case
    count=$((count + 1))
done < <(expectations)
told supervisor "$count times the supervisor alone killed at a named point: each settled as its step declares"

begin_case
once_supervisor
rb_fault supervisor.command.ended run "$(acting hold)"
rb resolve "$(the_run)" act --done --reason "constaté"
rb resume "$(the_run)"
exits "a person says that it took effect" 0
equal "a person says that it took effect" "act×1 after×1" "$(marked)"
if grep -q constat "$(journal)"; then pass; else miss "the person's reason is in the journal"; fi
unset RUNBOOK_SUPERVISOR
end_case

# A supervisor that dies every time: an end to it, and a person.
begin_case
rb_fault supervisor.command.ended run "$(acting idempotent)"
exits "a supervisor that dies every time" 3
if [ "$(mark act)" -le 10 ]; then pass; else miss "a supervisor that dies every time" "$(marked)"; fi
rb resume "$(the_run)"
exits "a person is still asked" 3
end_case

# recorded FIELD: a number of the first attempt's record; the first slot, of 1024 bytes, is that of checks.
recorded() {
    dd if="$RUNBOOK_STATE_DIR/runs/$(the_run)/attempts.dat" bs=512 skip=2 count=1 status=none | tr -d '\0' \
        | sed -n "1s/.* $1=\([0-9]*\) .*/\1/p"
}

# long POLICY: as `acting`, but it takes a while.
long() {
    local keys='effect: once'
    [ "$1" != check ] || keys='check: {run: "test -e \"$MARKS/there\""}'
    [ "$1" != idempotent ] || keys='effect: idempotent'
    document << END
steps:
  - {id: act, $keys, run: 'echo begun >> "\$MARKS/effects"; sleep 0.8; : > "\$MARKS/there"; echo ended >> "\$MARKS/effects"'}
  - {id: after, run: 'echo after >> "\$MARKS/effects"'}
END
}
begin_long() {
    begin_case
    doc=$(long "$1")
    "$RUNBOOK" run "$doc" > "$out" 2>&1 < /dev/null &
    executor=$!
    until_true 10 has_line "$marks/effects" begun || miss "the step of $1 begins"
}
# ended: what the executor's end was.
ended() { status=0; { wait "$executor" || status=$?; } 2> /dev/null; }

begin_long check
kill -9 "$(recorded supervisor)"
ended
exits "supervisor killed while the command works" 0
equal "its command is waited for before it is looked for" "after×1 begun×1 ended×1" "$(marked)"
shows "and the wait is told" "still works"
end_case

begin_long idempotent
kill -9 "$(recorded supervisor)"
ended
exits "an idempotent one is repeated" 0
equal "but not beside itself" "begun ended begun ended after" "$(tr '\n' ' ' < "$marks/effects" | sed 's/ $//')"
end_case

begin_long check
kill -9 "$executor" "$(recorded supervisor)"
ended
rb resume "$(the_run)"
exits "executor and supervisor killed, taken up at once" 0
equal "executor and supervisor killed" "after×1 begun×1 ended×1" "$(marked)"
end_case

begin_long hold
kill -9 "$executor" "$(recorded supervisor)" -"$(recorded pid)"
ended
rb resume "$(the_run)"
exits "executor, supervisor and command killed" 3
equal "nothing is repeated unasked" "begun×1" "$(marked)"
rb resolve "$(the_run)" act --not-done --reason essai
rb resume "$(the_run)"
exits "a person says that it did not happen" 0
equal "executor, supervisor and command killed" "after×1 begun×2 ended×1" "$(marked)"
end_case

begin_long hold
kill -9 -"$(recorded pid)"
ended
exits "the command alone killed" 1
shows "the signal is told" "signal 9"
rb retry "$(the_run)" act --reason essai
rb resume "$(the_run)"
exits "tried again" 0
equal "tried again" "after×1 begun×2 ended×1" "$(marked)"
end_case

# What the command leaves in its group when nobody saw its end.
begin_case
once_supervisor
rb_fault supervisor.command.ended run "$(document << 'END'
steps:
  - id: act
    effect: idempotent
    kill_after: 200ms
    run: 'sleep 60 > /dev/null 2>&1 & echo $! > "$MARKS/left"; echo act >> "$MARKS/effects"'
END
)"
exits "a process is left behind unseen" 3
shows "it is named" "process $(cat "$marks/left")"
kill "$(cat "$marks/left")"
rb resume "$(the_run)"
exits "once it is gone the declaration decides" 0
equal "once it is gone" "act×2" "$(marked)"
kill "$(cat "$marks/left")"
unset RUNBOOK_SUPERVISOR
end_case
told supervisor "killed while a command works, alone, with the executor, with all: what still works is waited for"

begin_case
rb run "$(document << 'END'
steps:
  - {id: deaf, timeout: 300ms, kill_after: 300ms, run: 'trap "" TERM; echo begun >> "$MARKS/effects"; while :; do sleep 0.1; done'}
END
)"
exits "a command that does not hear SIGTERM" 1
shows "its time is told" "timeout"
group=$(recorded pid)
if until_true 5 sh -c "! pgrep -g $group"; then pass; else miss "nothing of it lives" "$(pgrep -a -g "$group")"; fi
end_case

begin_case
rb run "$(document << 'END'
steps:
  - {id: polite, timeout: 300ms, kill_after: 20s, run: 'trap "echo bye >> \"$MARKS/effects\"; exit 1" TERM; while :; do sleep 0.1; done'}
END
)"
exits "a command that hears SIGTERM" 1
equal "it may say good-bye" "bye×1" "$(marked)"
end_case

begin_case
doc=$(document << 'END'
steps:
  - id: start
    run: |
      setsid sh -c 'sleep 1.5; echo daemon >> "$MARKS/effects"' > /dev/null 2>&1 &
      setsid sh -c 'sleep 1.5; echo talks; echo talker >> "$MARKS/effects"' &
END
)
begun=$SECONDS
rb run "$doc"
exits "a step that leaves daemons" 0
if [ $((SECONDS - begun)) -le 1 ]; then pass; else miss "the step does not wait for its daemons"; fi
rb run "$doc"
exits "its daemons do not hold the target" 0
until_true 10 test "$(mark daemon)" = 2 || true
sleep 0.1
until_true 5 sh -c '[ "$(grep -c "" "$MARKS/effects")" = 4 ]' || true
equal "daemons go on, talking or not" "daemon×2 talker×2" "$(marked)"
end_case
told supervisor "timeout, a deaf command, daemons: ended when they must, left alone when they may"
