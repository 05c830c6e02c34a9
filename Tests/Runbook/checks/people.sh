# People: who may consent, answer and operate, until when, and what is told of it.

nobody=$(id -u nobody) daemon=$(id -u daemon) games=$(id -u games)
# as UID COMMAND...: as if this account had come by sudo.
as() { SUDO_UID=$1 "${@:2}"; }
if [ "$(cat /proc/self/loginuid 2> /dev/null || echo 4294967295)" != 4294967295 ]; then
    skip people "the kernel keeps who logged in, and no test can be somebody else"
    return 0
fi

# consent KEYS: a document whose second step asks for consent; the starter is in the role.
consent() {
    document << END
roles: {chefs: [nobody, root, "grp:daemon"]}
steps:
  - {id: before, run: 'echo before >> "\$MARKS/effects"', undo: {run: 'echo undo-before >> "\$MARKS/effects"'}}
  - {id: accord, approve: {by: chefs, ${1:-count: 1}}${2:-}}
  - {id: after, run: 'echo after >> "\$MARKS/effects"'}
END
}

# MARK: Consent

begin_case
doc=$(consent 'count: 2, show: ["Une base"]')
rb run "$doc"
exits "a step that asks for consent suspends the run" 4
run=$(the_run)
rb approve "$run" accord
exits "who started the run may not consent" 2
shows "it says why" "root opened the run"
as "$games" rb approve "$run" accord
exits "who is not in the role may not consent" 2
shows "it says why" "games is not in the role chefs"
as "$nobody" rb approve "$run" accord --reason "vu avec le métier"
exits "an account of the role consents" 0
shows "it is counted" "1 of 2"
as "$nobody" rb approve "$run" accord
exits "nobody consents twice" 2
shows "it says why" "nobody consented already"
rb resume "$run"
exits "one of two is not enough" 4
as "$daemon" rb --lang fr approve "$run" accord 2> /dev/null || true
[ "$status" = 0 ] || as "$daemon" rb approve --lang fr "$run" accord
exits "a member of the group consents" 0
shows "in French" "Accord enregistré (2 sur 2)"
as "$nobody" rb approve "$run" before
exits "a step that asks for none" 2
rb resume "$run"
exits "two are enough" 0
equal "the run went on, once" "after×1 before×1" "$(marked)"
as "$nobody" rb approve "$run" accord
exits "consent behind the end" 2
if grep -q '"by":"nobody".*vu avec le métier' "$(journal)"; then pass; else miss "the journal has who and why" "$(grep approv "$(journal)")"; fi
end_case

begin_case
doc=$(consent)
rb run "$doc"
run=$(the_run)
as "$nobody" rb reject "$run" accord --reason "pas ce soir"
exits "consent is refused" 0
rb resume "$run"
exits "the run is refused" 5
shows "it says by whom" "nobody refused: pas ce soir"
for verb in "skip" "resolve --done"; do
    # shellcheck disable=SC2086
    rb ${verb%% *} "$run" accord ${verb#"${verb%% *}"} --reason essai
    exits "$verb does not go round consent" 2
done
as "$nobody" rb approve "$run" accord
exits "consent behind a refusal" 2
rb resume "$run"
exits "it stays refused" 5
rb retry "$run" accord --reason "demain"
rb resume "$run"
exits "it is asked anew" 4
rb skip "$run" accord --reason essai
exits "nor is a step skipped that waits for consent" 2
as "$nobody" rb approve "$run" accord
rb resume "$run"
exits "and consented to" 0
equal "nothing is repeated" "after×1 before×1" "$(marked)"
end_case

begin_case
doc=$(consent 'count: 1' ', on_error: rollback')
rb run "$doc"
as "$nobody" rb reject "$(the_run)" accord --reason non
rb resume "$(the_run)"
exits "a refusal may turn the run round" 6
equal "the effect is taken back" "before×1 undo-before×1" "$(marked)"
end_case

begin_case
doc=$(consent 'count: 1, expires: 1s')
rb run "$doc"
exits "consent has its time" 4
run=$(the_run)
sleep 1.1
as "$nobody" rb approve "$run" accord
exits "late consent is refused" 5
shows "it says why" "too late"
as "$nobody" rb reject "$run" accord --reason non
exits "so is a late refusal" 5
rb resume "$run"
exits "the time is over" 5
as "$nobody" rb approve "$run" accord
exits "it stays over" 5
rb retry "$run" accord --reason encore
rb resume "$run"
exits "it is asked anew, with a time of its own" 4
as "$nobody" rb approve "$run" accord
rb resume "$run"
exits "and consented to in time" 0
equal "nothing is repeated" "after×1 before×1" "$(marked)"
end_case

# Nothing in the document consents.
begin_case
cat > "$here/consent" << END
status=0
[ "\$1" = now ] || sleep 0.7
"$RUNBOOK" approve "\$RB_RUN_ID" accord || status=\$?
echo "\$1-\$status" >> "$marks/effects"
END
doc=$(document << END
roles: {chefs: [nobody, root]}
steps:
  - {id: before, env: {SUDO_UID: "$nobody"}, argv: [sh, "$here/consent", now]}
  - {id: later, run: 'setsid sh "$here/consent" late > /dev/null 2>&1 &'}
  - {id: accord, approve: {by: chefs}}
  - {id: after, run: 'echo after >> "\$MARKS/effects"'}
END
)
rb run "$doc"
exits "a document that consents to itself waits all the same" 4
until_true 10 grep -q late "$marks/effects" || miss "the detached command came to its end"
equal "neither while the run is carried on nor behind it" "late-2×1 now-75×1" "$(marked)"
rb resume "$(the_run)"
exits "it still waits" 4
for keys in 'approved: true' 'auto: true' 'count: 0' 'not: [nobody]'; do
    doc=$(consent "$keys")
    rb check "$doc"
    exits "approve: {$keys}" 2
done
sed -i 's/by: chefs.*}$/by: inconnu}}/' "$doc"
rb check "$doc"
exits "a role that nobody declared" 2
end_case

approve_race() {
    begin_case
    local doc one=0 two=0
    doc=$(consent 'count: 2')
    rb run "$doc"
    SUDO_UID=$nobody timeout 60 "$RUNBOOK" approve "$(the_run)" accord > "$here/one" 2>&1 & local a=$!
    SUDO_UID=$daemon timeout 60 "$RUNBOOK" approve "$(the_run)" accord > "$here/two" 2>&1 & local b=$!
    wait $a || one=$?
    wait $b || two=$?
    local given=0
    [ $one != 0 ] || given=$((given + 1))
    [ $two != 0 ] || given=$((given + 1))
    equal "two who consent at once ($one, $two)" "$given" "$(grep -c '"kind":"approval"' "$(journal)")"
    [ $given -ge 1 ] || miss "one of two consents counts" "$(cat "$here/one" "$here/two")"
    rb verify "$(the_run)"
    exits "two who consent at once: journal" 0
    end_case
}
consent_races=${RUNBOOK_RACES:-20}
in_parallel "$consent_races" approve_race

# Consent is written whole or not at all.
consent_points=0
for verb in "approve" "reject --reason non"; do
    for ((k = 0; ; k++)); do
        begin_case
        doc=$(consent)
        rb run "$doc"
        # shellcheck disable=SC2086
        as "$nobody" rb_at $k ${verb%% *} "$(the_run)" accord ${verb#"${verb%% *}"}
        [ "$status" = 137 ] || { end_case; break; }
        rb resume "$(the_run)"
        if [ "$status" = 4 ]; then
            # shellcheck disable=SC2086
            as "$nobody" rb ${verb%% *} "$(the_run)" accord ${verb#"${verb%% *}"}
            exits "$verb killed at $k, again" 0
            rb resume "$(the_run)"
        fi
        case $verb in
            approve) exits "$verb killed at $k, resumed" 0 ;;
            *) exits "$verb killed at $k, resumed" 5 ;;
        esac
        end_case
        consent_points=$((consent_points + 1))
    done
done
told people "consent: by role, by others than the starter, once each, in time; $consent_races races, killed at $consent_points points"

# MARK: Answers

begin_case
doc=$(document << 'END'
roles: {metier: [nobody], chefs: [nobody, daemon]}
steps:
  - id: recette
    manual: {instructions: Regarder, by: metier, choices: [conforme, non_conforme], evidence: [{id: dossiers, type: text, required: true}]}
    verify: answer.choice == 'conforme'
  - {id: accord, approve: {by: chefs, not: [starter, attester]}}
  - {id: after, run: 'echo after >> "$MARKS/effects"'}
END
)
rb run "$doc"
exits "a role is asked" 4
run=$(the_run)
rb attest "$run" recette --choice conforme --evidence dossiers=1,2
exits "who is not in the role may not answer" 2
as "$nobody" rb attest "$run" recette --choice conforme
exits "an answer without its evidence" 2
as "$nobody" rb attest "$run" recette --choice non_conforme --evidence "dossiers=le 12 manque"
exits "who is in the role answers" 0
rb resume "$run"
exits "the answer is not the one that is wanted" 1
rb retry "$run" recette --reason "dossier corrigé"
rb resume "$run"
exits "it is asked anew" 4
as "$nobody" rb attest "$run" recette --choice conforme --evidence "dossiers=12 et 14"
rb resume "$run"
exits "the answer is verified" 4
as "$nobody" rb approve "$run" accord
exits "who answered may not consent" 2
shows "it says why" "nobody answered a step"
as "$daemon" rb approve "$run" accord
rb resume "$run"
exits "somebody else may" 0
cp "$out" "$here/last"
rb report "$run"
exits "a report" 0
for word in root nobody daemon '12 et 14' 'dossier corrigé' 'waits for an answer' "$(sed -n 's/.*"h":"\([0-9a-f]*\)".*/\1/p' "$(journal)" | tail -n 1)"; do
    shows "the report has $word" "$word"
done
head=$(awk '/^journal /{print $NF}' "$here/last")
shows "the report has the head that was printed" "$head"
rb verify "$run" --head "$head"
exits "the head proves the journal" 0
rb report "$run" --lang fr -o "$here/report.html"
exits "a report in French" 0
if grep -q '<html' "$here/report.html" && grep -q "$head" "$here/report.html" && grep -qi 'interruptions\|attente\|sans ' "$here/report.html"; then pass; else miss "the report as HTML" "$(head -c 600 "$here/report.html")"; fi
end_case

begin_case
doc=$(document << 'END'
steps:
  - {id: ask, manual: {instructions: Regarder, expires: 1s}}
  - {id: after, run: 'echo after >> "$MARKS/effects"'}
END
)
rb run "$doc"
exits "an answer has its time" 4
sleep 1.1
rb attest "$(the_run)" ask
exits "a late answer is refused" 5
rb resume "$(the_run)"
exits "the time is over" 5
equal "nothing went on" "" "$(marked)"
end_case

# MARK: Operators

begin_case
doc=$(document << 'END'
roles: {operateur: [daemon], chefs: [nobody]}
steps:
  - {id: bad, run: 'echo bad >> "$MARKS/effects"; [ -e "$MARKS/mended" ]', undo: {run: 'echo undo >> "$MARKS/effects"'}}
  - {id: ask, manual: {instructions: Regarder}}
  - {id: accord, approve: {by: chefs}}
END
)
rb run "$doc"
exits "who is no operator opens no run" 2
shows "it says why" "root is not in the role operateur"
equal "nothing was begun" "" "$(the_run)"
as "$daemon" rb run "$doc"
exits "an operator does" 1
run=$(the_run)
for verb in resume "retry bad --reason x" "skip bad --reason x" "resolve bad --done --reason x" "rollback --reason x" "takeover --reason x"; do
    # shellcheck disable=SC2086
    as "$nobody" rb ${verb%% *} "$run" ${verb#"${verb%% *}"}
    exits "$verb by somebody else" 2
done
equal "nothing was done" "bad×1" "$(marked)"
for verb in status report verify; do
    as "$nobody" rb $verb "$run"
    exits "$verb by somebody else" 0
done
touch "$marks/mended"
as "$daemon" rb retry "$run" bad --reason corrigé
as "$daemon" rb resume "$run"
exits "the operator goes on" 4
as "$nobody" rb attest "$run" ask
exits "an answer without a role is for operators" 2
as "$daemon" rb attest "$run" ask
as "$daemon" rb resume "$run"
as "$nobody" rb approve "$run" accord
exits "who consents need not be an operator" 0
as "$daemon" rb resume "$run"
exits "the run is done" 0
end_case
told people "answers and operators: by role, in time; the report names people, evidence, gaps and the head"

# MARK: Step by step

begin_case
doc=$(document << 'END'
roles: {chefs: [nobody]}
steps:
  - {id: one, run: 'echo one >> "$MARKS/effects"'}
  - {id: two, run: 'echo two >> "$MARKS/effects"'}
  - {id: both, parallel: [{id: left, run: 'echo left >> "$MARKS/effects"'}, {id: right, run: 'echo right >> "$MARKS/effects"'}]}
  - {id: accord, approve: {by: chefs}}
END
)
# step_by_step ANSWERS ARGUMENTS...: answers on standard input.
step_by_step() {
    status=0
    printf "$1" | timeout 60 "$RUNBOOK" "${@:2}" > "$out" 2>&1 || status=$?
}
rb run --step "$doc"
exits "step by step without anybody there" 4
equal "nothing was begun" "" "$(marked)"
rm -rf -- "$RUNBOOK_STATE_DIR"
step_by_step '\ns\n\ns\npas ce soir\nx\nq\n' run --step "$doc"
exits "step by step: one, not two, and no further" 4
shows "it says where" "Suspended ahead of step both"
equal "as the operator wanted" "one×1" "$(marked)"
if grep -q '"kind":"skipped".*"why":"pas ce soir"' "$(journal)"; then pass; else miss "a skipped step has its reason" "$(grep skip "$(journal)")"; fi
step_by_step '\n\n\ns\nnon\nq\n' resume --step "$(the_run)"
exits "step by step: members, and no way round consent" 4
shows "it says so" "needs consent"
equal "members were executed" "left×1 one×1 right×1" "$(marked)"
rb resume "$(the_run)"
exits "resumed without asking" 4
shows "it waits for consent" "waits for the consent"
end_case
told people "step by step: execute, skip with a reason, suspend"
