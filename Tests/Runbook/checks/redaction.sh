# Every form of many secrets, made by other programs, in everything that a run leaves: nothing of it can be found.

redaction=$tests/redaction.py
# nothing_found NAME PATH...
nothing_found() {
    local found
    found=$(python3 "$redaction" find "$here/corpus" "${@:2}" 2>&1) || found+=" (the search failed)"
    equal "$1" "" "$found"
}

begin_case
mkdir "$here/corpus" "$here/bin"
equal "the unit tests have the same secrets" "$(python3 "$tests/../Support/secret_forms.py" golden | grep '^secret')" \
    "$(grep '^secret' Tests/RunbookRuntimeTests/Golden/secret-forms.txt)"
python3 "$redaction" print "$here/corpus"
. "$here/corpus/secrets.sh"
python3 "$tests/server.py" "$here/port" "$here/requests" "$here/ready" "$GIVEN_3" 2> "$here/server.log" &
server=$!
until_true 20 test -s "$here/port" || miss "the test's server" "$(cat "$here/server.log")"
url=http://127.0.0.1:$(cat "$here/port")
cat > "$here/bin/sendmail" << 'END'
#!/bin/sh
cat > "$MARKS/mail"
END
chmod +x "$here/bin/sendmail"
doc=$(document << END
secrets:
$(cat "$here/corpus/names")
  asked: {from: command, argv: [printf, '%s', 'gardée-à-part-7Kq'], as: ASKED}
steps:
  - id: tell
    run: |
      for size in 1 7 4096 65536; do python3 "$redaction" say "$here/corpus" \$size; done
      printenv ASKED > "\$MARKS/asked"
      python3 "$redaction" watch "\$MARKS/asked" > "\$MARKS/processes" 2>&1
  - id: leave
    run: |
      cp "$here/corpus/forms" "\$RB_OUT/undeclared"; cp "$here/corpus/forms" "\$RB_OUT/.hidden"
      mkdir -p "\$RB_OUT/below/it"; cp "$here/corpus/forms" "\$RB_OUT/below/it/"; echo gardé > "\$RB_OUT/kept"
      ln -s "$here/corpus/forms" "\$RB_OUT/link"
  - {id: fail, run: 'cp "$here/corpus/forms" "\$RB_OUT/x"; cat "$here/corpus/forms" >&2; exit 1', on_error: continue}
  - {id: refuse, run: 'printf %s "\$KEPT_5" | base64 -w 0 > "\$RB_OUT/value"', outputs: {value: {type: string}}, on_error: continue}
  - {id: answer, http: {url: "$url/token"}}
  - {id: checked, wait: {http: {url: "$url/token"}, for: 5s}}
  - {id: message, sql: "DO \$q\$ BEGIN RAISE '%', pg_read_file('$here/corpus/forms'); END \$q\$", on_error: continue}
  - {id: doubt, run: 'kill -9 \$PPID', check: {sql: "SELECT pg_read_file('$here/corpus/forms')::int"}, check_first: false, in_doubt: check}
  - {id: seen, manual: {instructions: Regarder, evidence: [{id: vu, type: text}]}}
  - {id: skipped, run: 'exit 1'}
finally:
  - {id: bilan, notify: {mail: [dba@mairie.example], attach: report.html}}
END
)
export PATH=$here/bin:$PATH
rb check "$doc"
exits "the document is valid" 0
absent "none of its secrets is too short" "too short"
rb run "$doc"
exits "a run that shows its secrets ends in doubt" 3
cp "$out" "$here/told.run"
equal "argument lists and environments of others show nothing" "" "$(cat "$marks/processes")"
run=$(the_run)
attempts=$RUNBOOK_STATE_DIR/runs/$run/attempts
# As many marks as forms that were said: what is missing was not dropped.
if [ "$(grep -c '\*\*\*\*\*\*\*\*' "$attempts/tell.run.1/stdout.log")" -gt 1200 ]; then pass; else
    miss "the forms were said" "$(grep -c '\*\*\*\*\*\*\*\*' "$attempts/tell.run.1/stdout.log")"
fi
equal "what shows no secret stays" "gardé" "$(cat "$attempts/leave.run.1/outputs/kept")"
equal "and nothing else" "kept link" \
    "$(cd "$attempts/leave.run.1/outputs" && find . -mindepth 1 ! -type d -printf '%f\n' | sort | tr '\n' ' ' | sed 's/ $//')"
equal "an answer that tells the secret does not stay" "" "$(find "$attempts" -name body)"
rm -f "$attempts/leave.run.1/outputs/link"
rb resolve "$run" doubt --done --reason "c'est $GIVEN_0"
exits "a decision with a secret in its reason" 0
cp "$out" "$here/told.resolve"
rb resume "$run"
exits "a person is asked" 4
cp "$out" "$here/told.resume"
rb attest "$run" seen --evidence "vu=le mot est $GIVEN_5, soit $(printf %s "$GIVEN_5" | base64 -w 0)"
exits "an answer with a secret" 0
rb resume "$run"
exits "held" 1
rb retry "$run" skipped --reason "avec $GIVEN_6"
rb takeover "$run" --reason "parce que $GIVEN_7"
exits "taken over" 1
cp "$out" "$here/told.takeover"
rb skip "$run" skipped --reason "sans $GIVEN_8"
rb resume "$run"
exits "the run ends" 0
cp "$out" "$here/told.end"
for verb in "status" "status --json" "watch" "watch --json" "report" "report --format html" "list --json" "verify"; do
    case $verb in list*) rb $verb ;; *) rb $verb "$run" ;; esac
    exits "$verb" 0
    cp "$out" "$here/told.${verb// /_}"
done
rb report "$run"
shows "the report tells what was decided, without what was secret" 'sans [\\*]*'
if [ -s "$marks/mail" ]; then pass; else miss "the mail was sent"; fi
nothing_found "no form in the folder of states, in messages and in the mail" "$RUNBOOK_STATE_DIR" "$here"/told.* "$marks/mail"
# The control: the same search finds what is there.
printf 'x%sy' "$(printf %s "ab$GIVEN_5" | base64 -w 0)" > "$here/control"
if [ -n "$(python3 "$redaction" find "$here/corpus" "$here/control")" ]; then pass; else miss "the search finds a form that is there"; fi
{ kill "$server"; wait "$server" || true; } 2> /dev/null
end_case

# A long secret from a file, on a terminal too.
begin_case
mkdir "$here/corpus"
: > "$here/corpus/big"
python3 "$redaction" print "$here/corpus"
python3 -c 'import sys; sys.path.insert(0, sys.argv[1]); import redaction; print(redaction.BIG)' "$tests" > "$here/key"
doc=$(document << END
secrets: {key: {from: file, path: key, as: KEY}}
steps:
  - {id: tell, run: 'for size in 4093 65536; do python3 "$redaction" say "$here/corpus" \$size; done; sleep 1; exit 1'}
END
)
rb run "$doc"
exits "a run with a secret of 64 kB" 1
cp "$out" "$here/told"
python3 - "$RUNBOOK" "$doc" "$here/seen" "$tests" << 'END' || miss "a run on a terminal"
import sys
sys.path.insert(0, sys.argv[4])
from terminal import Terminal
shown = Terminal([sys.argv[1], "run", "--auto", sys.argv[2]], environment={"TERM": "xterm"})
shown.wait_for(r"\| .*\*{8}")
assert shown.end(60) == 1
open(sys.argv[3], "w").write(shown.seen)
END
nothing_found "no form of it" "$RUNBOOK_STATE_DIR" "$here/told" "$here/seen"
head -c 70000 /dev/zero | tr '\0' k > "$here/key"
rb run "$doc"
exits "a longer one is refused" 2
shows "with the limit" "longer than 65536 bytes"
end_case

# Parameters are kept in the journal: one that shows a secret, in whatever form, begins no run. Nor does a secret that is not there.
begin_case
printf 'Tr0ub4dor&3\n' > "$here/key"
doc=$(document << 'END'
secrets: {key: {from: file, path: key, as: KEY}}
params: {base: {type: string, required: true}, hosts: {type: list, default: []}}
steps: [{id: one, run: 'echo one >> "$MARKS/effects"'}]
END
)
for given in 'base=Tr0ub4dor&3' 'base=postgresql://u:Tr0ub4dor%263@pg-a/b' "base=$(printf 'Tr0ub4dor&3' | base64)"; do
    rb run "$doc" -p "$given"
    exits "a parameter with a secret in it" 2
    shows "it is named" "parameter base shows a secret"
    absent "but not told" 'Tr0ub4dor'
done
mv "$here/key" "$here/lost"
rb run "$doc" -p base=essai
exits "a secret that is not there" 2
equal "no run was begun" "" "$(the_run)$(marked)"
nothing_in=$(grep -rl 'Tr0ub4dor' "$RUNBOOK_STATE_DIR" || true)
equal "and nothing of it was kept" "" "$nothing_in"
mv "$here/lost" "$here/key"
rb run "$doc" -p base=essai
exits "another value begins it" 0
end_case

# Too short to be hidden: said ahead of the run, and once more by it.
begin_case
printf 'abc\n' > "$here/pin"
doc=$(document << 'END'
secrets:
  pin: {from: file, path: pin, as: PIN}
  env: {from: env, name: COURT, as: COURT_ICI}
  long: {from: env, name: LONG, as: LONG_ICI}
steps:
  - {id: a, run: 'true'}
END
)
export COURT=éé1 LONG=éé12
rb check "$doc"
exits "short secrets are no error" 0
for name in pin env; do shows "check warns of $name" "secret $name is too short"; done
absent "not of one with four characters" "secret long"
rb run "$doc"
exits "a run with them" 0
shows "the run says it too" "secret pin is too short"
unset COURT LONG
end_case
# A secret whose second half is said by what a command left behind: neither half is shown in between.
begin_case
doc=$(document << 'END'
secrets: {s: {from: env, name: LONG, as: LONG_ICI}}
steps:
  - {id: left, run: 'printf %s "${LONG_ICI%%-*}-"; (sleep 0.8; printf "%s fin\n" "${LONG_ICI#*-}") & true'}
END
)
LONG=premiere-seconde rb run "$doc"
exits "a command that leaves another behind" 0
log=$RUNBOOK_STATE_DIR/runs/$(the_run)/attempts/left.run.1/stdout.log
equal "the first half waits for the second" "" "$(cat "$log" 2> /dev/null)"
until_true 10 grep -q fin "$log" || miss "what was left behind says the rest"
equal "and both are hidden" "******** fin" "$(cat "$log")"
end_case
told redaction "16 secrets and one of 64 kB in every form: in no file, message, mail, report or argument list"
