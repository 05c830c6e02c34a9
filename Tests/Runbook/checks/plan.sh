# Plans: what would be done, and what the checks say before there is a run.

begin_case
doc=$(document << 'END'
steps:
  - {id: there, title: Là, run: 'echo there >> "$MARKS/effects"', check: {run: 'test -d "$MARKS"'}}
  - {id: gone, run: 'echo gone >> "$MARKS/effects"', check: {run: 'echo asked >> "$MARKS/asked"; exit 1'}}
  - {id: base, run: "true", check: {sql: "SELECT 1 FROM pg_database WHERE datname = $1", args: [template0]}}
  - {id: never, run: "true", check: {sql: "CREATE TABLE plan_wrote (i int)"}}
  - {id: always, run: "true", check: {run: "true"}, check_first: false}
  - {id: early, run: 'echo 1 > "$RB_OUT/n"', outputs: {n: {type: int}}}
  - {id: late, argv: ["true"], check: {sql: "SELECT 1 WHERE $1 > 0", args: ["${{ steps.early.outputs.n }}"]}}
  - {id: side, parallel: [{id: left, run: "true", check: {run: "false"}}, {id: right, run: "true"}]}
finally:
  - {id: last, run: "true"}
END
)
rb plan --json "$doc"
exits "a plan" 0
answers=$(python3 -c '
import json, sys
def walk(items):
    for item in items:
        if item["now"]: yield "%s=%s" % (item["id"], item["now"])
        yield from walk(item["members"])
print(*walk(json.load(open(sys.argv[1]))["steps"]))' "$out")
equal "checks are asked ahead of a run, where a run would ask them" \
    "there=there gone=absent base=there never=unknown late=unknown left=absent" "$answers"
equal "no step is executed" "" "$(marked)"
equal "no run is opened, no lock taken" "" "$(ls -A "$RUNBOOK_STATE_DIR" 2> /dev/null)"
rb plan "$doc"
shows "with what the checks said" "there already: nothing would be done"
shows "with why nothing can be said" "cannot be told yet: .*read-only"
shows "with the members of a group" "1. left"
shows "with what comes at the end" "9. last"
rb plan --lang fr "$doc"
shows "in French" "pas encore là"
before=$(wc -l < "$marks/asked")
rb plan --no-checks "$doc"
exits "a plan without checks" 0
absent "asks nothing" "would be done$"
equal "and executes nothing at all" "$before" "$(wc -l < "$marks/asked")"
TMPDIR=$here rb plan "$doc"
equal "nothing is left behind" "" "$(ls -d "$here"/runbook-plan* 2> /dev/null)"
end_case

begin_case
doc=$(document << 'END'
secrets: {key: {from: file, path: nowhere, as: KEY}}
steps:
  - {id: one, run: "true", check: {run: "true"}}
END
)
rb plan "$doc"
exits "a plan where a secret is missing" 0
shows "says what it could not ask" "The checks were not asked"
end_case

told plan "checks ahead of a run only read, and leave nothing"
