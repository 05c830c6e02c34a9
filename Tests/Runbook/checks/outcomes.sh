# How runs end, wait and go on: exit statuses and what leads to them.

# 2: usage and documents.
begin_case
rb run "$here/none.yml"
exits "no such document" 2
rb frobnicate
exits "no such command" 2
rb status nothing
exits "no such run" 2
rb run "$(document wrong <<< 'steps: [{id: a, rnu: "true"}, {id: a, run: "true"}]')"
exits "a wrong document" 2
shows "with its place" "wrong.yml:5:"
equal "and nothing was opened" "" "$(the_run)"
calling=$(document calling <<< 'steps: [{id: a, call: {runbook: none.yml}}]')
rb check "$calling"
exits "a call of no document" 2
rb check --json "$calling"
exits "a call of no document, told to a program" 2
shows "which reads it there" '"valid":false'
end_case

# 4: a person answers.
begin_case
doc=$(document << 'END'
steps:
  - id: look
    manual:
      instructions: Regarder
      choices: [conforme, non_conforme]
      evidence: [{id: dossier, type: text, required: true}, {id: image, type: file}]
    verify: answer.choice == 'conforme'
  - {id: after, run: 'echo after >> "$MARKS/effects"'}
END
)
rb run "$doc"
exits "a manual step waits" 4
shows "and says how to answer" "runbook attest"
rb resume "$(the_run)"
exits "still waiting" 4
rb attest "$(the_run)" look --choice peut_etre --evidence photo=x --evidence "image=$here/none"
exits "a wrong answer is refused" 2
for problem in "choice takes one of" "no evidence photo" "cannot be read" "dossier is required"; do
    shows "every problem of it is told" "$problem"
done
equal "nothing counts of it" waiting "$(phase look)"
rb attest "$(the_run)" after --choice conforme
exits "a step that asks nobody" 2
rb attest "$(the_run)" look --choice conforme --evidence "dossier=17 contrôlés"
exits "the right answer" 0
rb attest "$(the_run)" look --choice non_conforme --evidence dossier=0
exits "a second answer is refused" 2
rb resume "$(the_run)"
exits "the run ends" 0
equal "and went on" "after×1" "$(marked)"
end_case

begin_case
rb run "$(document << 'END'
steps:
  - {id: look, manual: {instructions: Regarder, choices: [oui, non]}, verify: answer.choice == 'oui', on_error: rollback}
END
)"
rb attest "$(the_run)" look --choice non
rb resume "$(the_run)"
exits "an answer that says no" 6
end_case

# 1: held, stopped; retry, skip.
begin_case
doc=$(document << 'END'
steps:
  - {id: verified, run: 'echo 3 > "$RB_OUT/n"; echo verified >> "$MARKS/effects"', outputs: {n: {type: int}}, verify: outputs.n > 5}
  - {id: after, run: 'echo after >> "$MARKS/effects"'}
END
)
rb run "$doc"
exits "a false postcondition holds the run" 1
shows "and is told" "verify is false"
equal "nothing follows" "verified×1" "$(marked)"
rb resume "$(the_run)"
exits "held again" 1
equal "and not repeated" "verified×1" "$(marked)"
rb skip "$(the_run)" verified
exits "a skip without a reason" 2
rb skip "$(the_run)" verified --reason "vérifié à la main"
rb resume "$(the_run)"
exits "skipped by a person" 0
equal "skipped" skipped "$(phase verified)"
equal "the rest follows" "after×1 verified×1" "$(marked)"
rb skip "$(the_run)" after --reason essai
exits "what is done cannot be skipped" 2
end_case

begin_case
rb run "$(document << 'END'
steps:
  - {id: flaky, effect: idempotent, run: 'echo try >> "$MARKS/effects"; [ "$(grep -c try "$MARKS/effects")" -ge 3 ]', retry: {max: 4, delay: 10ms}}
  - {id: picky, effect: idempotent, run: 'echo picky >> "$MARKS/effects"; exit 3', retry: {max: 4, on: [7, 8]}, on_error: continue}
  - {id: jump, run: 'exit 1', on_error: 'step:landing'}
  - {id: passed_over, run: 'echo passed_over >> "$MARKS/effects"'}
  - {id: landing, run: 'echo landing >> "$MARKS/effects"'}
  - {id: never, when: 'false', run: 'echo never >> "$MARKS/effects"'}
  - {id: there, check: {sql: "SELECT 1"}, run: 'echo there >> "$MARKS/effects"'}
  - {id: missing, check: {sql: "SELECT 1 WHERE false"}, run: 'echo missing >> "$MARKS/effects"'}
  - {id: stop, run: 'exit 1', on_error: stop}
  - {id: unreached, run: 'echo unreached >> "$MARKS/effects"'}
END
)"
exits "a run that is stopped" 1
equal "retry, continue, jump, when, check, stop" "landing×1 missing×1 picky×1 try×3" "$(marked)"
equal "their phases" "done failed failed skipped done skipped already done failed pending" \
    "$(for step in flaky picky jump passed_over landing never there missing stop unreached; do phase $step; done | tr '\n' ' ' | sed 's/ $//')"
end_case

# 6 and 7: rollback.
begin_case
doc=$(document << 'END'
steps:
  - {id: one, run: 'echo one >> "$MARKS/effects"', undo: {run: 'echo undo-one >> "$MARKS/effects"'}}
  - {id: two, run: 'echo two >> "$MARKS/effects"', undo: {run: 'test -e "$MARKS/go" && echo undo-two >> "$MARKS/effects"'}}
  - {id: three, run: 'exit 1'}
END
)
rb run "$doc"
rb rollback "$(the_run)" --reason essai
exits "an undo that fails" 7
equal "stops there" "one×1 two×1" "$(marked)"
rb resume "$(the_run)"
exits "and waits for a person" 7
: > "$marks/go"
rb retry "$(the_run)" two --reason "place faite"
rb resume "$(the_run)"
exits "a step without undo leaves the rollback incomplete" 7
equal "in reverse order" "one two undo-two undo-one" "$(tr '\n' ' ' < "$marks/effects" | sed 's/ $//')"
end_case

# Parameters and the document are those of the start.
begin_case
doc=$(document << 'END'
params: {name: {type: string, default: personne}}
env: {NAME: "${{ params.name }}"}
steps:
  - {id: held, run: 'test -e "$MARKS/go"'}
  - {id: greet, run: 'echo "hello-$NAME" >> "$MARKS/effects"'}
END
)
rb run "$doc" -p name=alice
exits "held" 1
rb run "$doc" -p nom=alice
exits "an unknown parameter" 2
sed -i 's/hello/changed/; s/default: personne/default: autre/' "$doc"
: > "$marks/go"
rb retry "$(the_run)" held --reason essai
rb resume "$(the_run)"
exits "taken up" 0
equal "with the document and the parameters of the start" "hello-alice×1" "$(marked)"
end_case
told outcomes "exit statuses 0 1 2 4 6 7, answers, retry, skip, jumps, checks, frozen parameters (3, 10, 74, 75: other groups)"

# Doubt that no supervisor can end: ssh, and COMMIT without an answer.
begin_case
stand_in=$work/stand-in
mkdir "$stand_in"
cat > "$stand_in/ssh" << 'END'
#!/bin/sh
# A stand-in for ssh that loses its connection: the remote command has run.
echo remote >> "$MARKS/effects"
exit 255
END
chmod +x "$stand_in/ssh"
doc=$(document << 'END'
steps:
  - {id: remote, argv: [ssh, db.example, createdb, essai]}
  - {id: after, run: 'echo after >> "$MARKS/effects"'}
END
)
PATH=$stand_in:$PATH rb run "$doc"
exits "ssh (a stand-in) exits 255: in doubt" 3
rb resolve "$(the_run)" remote --done --reason "la base existe"
rb resume "$(the_run)"
exits "ssh: a person says done" 0
equal "ssh: not repeated" "after×1 remote×1" "$(marked)"
end_case
begin_case
doc=$(document << 'END'
steps:
  - {id: remote, run: 'set -e; ssh db.example createdb essai; echo never', check: {run: 'grep -qx remote "$MARKS/effects"'}, check_first: false}
  - {id: named, effect: idempotent, retry: {max: 1, on: 255}, on_error: continue, run: 'echo named >> "$MARKS/effects"; exit 255'}
  - {id: after, run: 'echo after >> "$MARKS/effects"'}
END
)
PATH=$stand_in:$PATH rb run "$doc"
exits "ssh in a script exits 255: its check tells that the effect is there" 0
equal "nothing is repeated but what says that 255 is a failure" "after×1 named×2 remote×1" "$(marked)"
end_case

commits=0
for answer in committed "rolled back"; do
    begin_case
    sql "TRUNCATE mark"
    # The server ends the session in the middle of COMMIT: a deferred trigger does it, behind or ahead of the commit record.
    doc=$(document << END
steps:
  - id: transfer
    sql:
      transaction: |
        INSERT INTO mark VALUES ('transfer');
        SELECT pg_sleep(0.3);
  - {id: after, run: 'echo after >> "\$MARKS/effects"'}
END
    )
    if [ "$answer" = committed ]; then
        rb_at "$(RUNBOOK_FAULT_TRACE=$here/trace "$RUNBOOK" run "$doc" > "$out" 2>&1 < /dev/null
            sql "TRUNCATE mark" > /dev/null; rm -rf -- "$RUNBOOK_STATE_DIR" "$marks/effects"
            awk '$2 == "executor.commit.after" {print $1}' "$here/trace")" run "$doc"
        equal "killed behind COMMIT" 137 "$status"
        rb resume "$(the_run)"
        shows "the server is asked" "was committed"
    else
        "$RUNBOOK" run "$doc" > "$out" 2>&1 < /dev/null &
        executor=$!
        until_true 10 sh -c '[ "$(psql -X -A -t -c "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '"'%pg_sleep(0.3)%'"' AND pid <> pg_backend_pid()")" = 1 ]' \
            || miss "the transaction is under way"
        { kill -9 "$executor"; wait "$executor" || true; } 2> /dev/null
        rb resume "$(the_run)"
        shows "the server is asked" "was rolled back"
    fi
    exits "a transaction that was $answer" 0
    equal "happens once" 1 "$(sql "SELECT count(*) FROM mark")"
    equal "and the run goes on" "after×1" "$(marked)"
    commits=$((commits + 1))
    end_case
done

# The connection is cut in the middle of COMMIT, while a deferred trigger works: the server says what became of it.
begin_case
sql "TRUNCATE mark; CREATE OR REPLACE FUNCTION slow_commit() RETURNS trigger LANGUAGE plpgsql AS
    \$\$ BEGIN PERFORM pg_sleep(0.6); RETURN NULL; END \$\$;
    CREATE OR REPLACE FUNCTION slow_once() RETURNS void LANGUAGE sql AS ''" > /dev/null 2>&1 || true
sql "CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON mark DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION slow_commit()"
doc=$(document << 'END'
steps:
  - {id: transfer, sql: {transaction: "INSERT INTO mark VALUES ('transfer')"}}
  - {id: after, run: 'echo after >> "$MARKS/effects"'}
END
)
"$RUNBOOK" run "$doc" > "$out" 2>&1 < /dev/null &
executor=$!
until_true 10 sh -c '[ "$(psql -X -A -t -c "SELECT count(*) FROM pg_stat_activity WHERE query = '"'COMMIT'"' AND state = '"'active'"'")" = 1 ]' \
    || miss "COMMIT is under way"
sql "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query = 'COMMIT' AND state = 'active'" > /dev/null
status=0
wait "$executor" || status=$?
exits "the connection is lost in COMMIT" 0
shows "the server is asked" "was rolled back"
equal "it happens once" 1 "$(sql "SELECT count(*) FROM mark")"
equal "and the run goes on" "after×1" "$(marked)"
sql "DROP TRIGGER slow_commit ON mark; DROP FUNCTION slow_commit"
end_case

# Statements that the server still executes for a dead executor are waited for before they are looked for.
begin_case
sql "TRUNCATE mark"
doc=$(document << 'END'
steps:
  - id: insert
    sql: "INSERT INTO mark SELECT 'insert' FROM pg_sleep(1)"
    check: {sql: "SELECT 1 FROM mark"}
  - {id: after, run: 'echo after >> "$MARKS/effects"'}
END
)
"$RUNBOOK" run "$doc" > "$out" 2>&1 < /dev/null &
executor=$!
until_true 10 sh -c '[ "$(psql -X -A -t -c "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '"'INSERT INTO mark SELECT%'"' AND state = '"'active'"'")" = 1 ]' \
    || miss "the statement is under way"
{ kill -9 "$executor"; wait "$executor" || true; } 2> /dev/null
rb resume "$(the_run)"
exits "taken up while the server still works" 0
shows "and that is told" "still works"
equal "it happens once" 1 "$(sql "SELECT count(*) FROM mark")"
end_case

# `before` counts for itself: a rollback takes it back even when the transaction never began.
begin_case
sql "TRUNCATE mark"
doc=$(document << 'END'
steps:
  - id: swap
    sql: {before: "INSERT INTO mark VALUES ('before'); SELECT pg_sleep(0.6)", transaction: "INSERT INTO mark VALUES ('body')"}
    undo: {sql: {transaction: DELETE FROM mark}}
END
)
"$RUNBOOK" run "$doc" > "$out" 2>&1 < /dev/null &
executor=$!
until_true 10 sh -c '[ "$(psql -X -A -t -c "SELECT count(*) FROM mark")" = 1 ]' || miss "before is under way"
{ kill -9 "$executor"; wait "$executor" || true; } 2> /dev/null
rb rollback "$(the_run)" --reason essai
exits "rolled back ahead of its transaction" 6
equal "before is taken back" 0 "$(sql "SELECT count(*) FROM mark")"
end_case
told outcomes "ssh 255 (a stand-in), COMMIT cut off, committed or not, statements without a listener: settled by who knows"
