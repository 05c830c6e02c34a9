# Two languages by the locale, exit statuses, and what machines read.

# said LOCALES ARGUMENTS...: the first line that differs between languages is judged by the caller; output in $out.
said() {
    status=0
    env -u LC_ALL -u LC_MESSAGES -u LANG $1 timeout 60 "$RUNBOOK" "${@:2}" > "$out" 2>&1 < /dev/null || status=$?
}

begin_case
doc=$(document << 'END'
steps:
  - {id: rate, title: Essai, run: 'exit 1'}
  - {id: deux, title: Essai, run: 'true', undo: {run: 'true'}}
  - {id: trois, title: Essai, when: 'false', run: 'true'}
END
)
for locale in "LC_ALL=fr_FR.UTF-8" "LC_MESSAGES=fr" "LANG=fr_BE@euro" "LC_ALL= LANG=fr_FR.UTF-8" "LC_ALL=fr LANG=C"; do
    said "$locale" plan "$doc"
    shows "French by $locale" "Ce qui serait fait"
done
for locale in "X=1" "LC_ALL=C" "LC_ALL=C LANG=fr_FR.UTF-8" "LC_MESSAGES=en_GB LANG=fr" "LANG=frp" "LANG=de_DE.UTF-8" "LANG=POSIX"; do
    said "$locale" plan "$doc"
    shows "English by $locale" "What would be done"
done
said "LC_ALL=fr_FR.UTF-8" plan --lang en "$doc"
shows "an option goes ahead of the locale" "What would be done"

# Every verb says something else in the other language, and ends the same.
rb run "$doc"
run=$(the_run)
cp -r "$RUNBOOK_STATE_DIR" "$here/kept"
told_twice=0
while IFS= read -r words; do
    for language in fr en; do
        rm -rf "$RUNBOOK_STATE_DIR"
        cp -r "$here/kept" "$RUNBOOK_STATE_DIR"
        rb $words --lang $language
        echo "exit $status" >> "$out"
        sed -i 's/[0-9]*[.,][0-9]* s)/)/; s/20[0-9]*T[0-9]*Z-[a-z0-9]*//g; s/[0-9a-f]\{64\}//g' "$out"
        cp "$out" "$here/in.$language"
    done
    equal "$words: the status is no matter of language" "$(tail -n 1 "$here/in.fr")" "$(tail -n 1 "$here/in.en")"
    if cmp -s "$here/in.fr" "$here/in.en"; then miss "$words says the same in both languages" "$(cat "$here/in.fr")"; else pass; fi
    told_twice=$((told_twice + 1))
done << END
check $doc
plan $doc
run $doc
resume $run
status $run
watch $run
list
report $run
verify $run
rollback $run --reason essai
takeover $run --reason essai
END
equal "every verb that tells something" 11 $told_twice
end_case

# Each exit status that a run or a document leads to; the others need a kill or damage and are in other groups.
begin_case
expect() {
    rb "${@:2}"
    exits "exit status $1" "$1"
}
expect 0 run "$(document ok <<< 'steps: [{id: a, run: "true"}]')"
expect 1 run "$(document held <<< 'steps: [{id: a, run: "false"}]')"
expect 2 run "$(document wrong <<< 'steps: [{id: a}]')"
expect 4 run "$(document ask <<< 'steps: [{id: a, manual: {instructions: x}}]')"
expect 6 run "$(document back <<< 'steps: [{id: a, run: "true", undo: {run: "true"}}, {id: b, effect: none, run: "false", on_error: rollback}]')"
expect 8 run "$(document false <<< 'steps: [{id: a, assert: "1 == 2"}, {id: b, run: "true"}]')"
expect 7 run "$(document stuck <<< 'steps: [{id: a, run: "true", undo: {run: "false"}}, {id: b, effect: none, run: "false", on_error: rollback}]')"
end_case
begin_case
rb run "$(document late <<< 'steps: [{id: a, manual: {instructions: x, expires: 10ms}}]')"
sleep 0.1
expect 5 resume "$(the_run)"
end_case

# right_json WORDS VERB: the answer in $out is the one that the page has for the verb.
right_json() {
    local answer
    answer=$(python3 "$tests/json_checks.py" "$2" "$out" docs/reference/runbook-json.md 2>&1 || true)
    equal "$1 --json" right "$(tail -n 1 <<< "$answer")"
}
# apart ARGUMENT...: standard output in $out, standard error beside it.
apart() {
    status=0
    timeout 60 "$RUNBOOK" "$@" > "$out" 2> "$here/words" < /dev/null || status=$?
}

# What machines read: valid JSON, with the members that the reference page names, and not one more.
begin_case
doc=$(document << 'END'
steps:
  - {id: un, title: 'é " \ <b>', run: 'true'}
  - id: deux
    title: Deux
    parallel:
      - {id: gauche, title: Gauche, run: 'true'}
      - {id: droite, title: Droite, run: 'true'}
END
)
rb run "$doc"
run=$(the_run)
wrong=$(document wrong <<< 'steps: [{id: a, rnu: x}]')
for words in "check $doc" "check $wrong" "plan $doc" "status $run" "list" "watch $run" "verify $run" "report $run"; do
    rb ${words%% *} --json ${words#"${words%% *}"}
    right_json "$words" "${words%% *}"
done
end_case

# Verbs that carry a run on or decide something: their words go to standard error, and the answer has their exit status.
begin_case
doc=$(document << END
steps:
  - {id: un, title: Un, run: 'test -e "$RUNBOOK_STATE_DIR/there"', undo: {run: 'true'}}
  - {id: accord, title: Accord, approve: {by: people, count: 1, not: attester}}
  - {id: vu, title: Vu, manual: {instructions: Voir, choices: [oui]}}
roles: {people: ["$(id -un)"]}
END
)
answers() {  # answers STATUS PHASES VERB ARGUMENT...
    apart "${@:3}" --json
    exits "${*:3} --json" "$1"
    right_json "${*:3}" run
    equal "${*:3}: exit and phases" "$1 $2" "$(python3 -c 'import json, sys
answer = json.load(open(sys.argv[1])); print(answer["exit"], *(step["phase"] for step in answer["steps"]))' "$out")"
}
answers 1 "failed pending pending" run "$doc"
if grep -q 'retry ' "$here/words"; then pass; else miss "the words of run --json" "$(cat "$here/words")"; fi
run=$(the_run)
answers 0 "failed pending pending" retry "$run" un --reason "now there"
touch "$RUNBOOK_STATE_DIR/there"
answers 4 "done waiting pending" resume "$run"
answers 0 "done waiting pending" approve "$run" accord
answers 4 "done done waiting" resume "$run"
answers 0 "done done answered" attest "$run" vu --choice oui
answers 6 "undone done answered" rollback "$run" --reason "no more"
answers 6 "undone done answered" resume "$run"
apart resume none --json
exits "no such run" 2
equal "no answer where there is no run" "" "$(cat "$out")"
rb run --json --step "$doc"
exits "--json asks nothing" 2
end_case
told languages "French and English for every verb, exit statuses 0 1 2 4 5 6 7 8, JSON as the reference page has it"
