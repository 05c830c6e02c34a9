# Reports of every kind of run: whole for a reader, harmless in a browser, the same in Markdown and HTML.

# reported NAME WORD...: both reports of the run are right and have the words.
reported() {
    local head answer
    head=$("$RUNBOOK" verify --json "$(the_run)" | sed 's/.*"head":"\([0-9a-f]*\)".*/\1/')
    for language in fr en; do
        "$RUNBOOK" report "$(the_run)" --lang $language -o "$here/report.html" && "$RUNBOOK" report "$(the_run)" --lang $language -o "$here/report.md"
        answer=$(python3 "$tests/report_checks.py" "$here/report.html" "$here/report.md" "$head" "${@:2}" 2>&1 || true)
        equal "$1 ($language)" right "$(tail -n 1 <<< "$answer")"
    done
}

# Hostile titles, parameters, items, outputs, reasons, messages of programs.
begin_case
hostile='"><script>alert(1)</script><img src=x onerror=y> | `c` *b* [l](javascript:x) & &lt; \ $'
cat > "$here/essai.yml" << 'END'
runbook: 1
id: essai
title: '</title><script>x</script> & | `t` #'
lock: '<b>cible</b>'
params: {nom: {type: string, required: true}}
steps:
  - {id: un, title: '</td></table><script>', run: 'printf "%s" "$NOM" > "$RB_OUT/v"', env: {NOM: "${{ params.nom }}"}, outputs: {v: {type: string}}}
  - {id: chacun, title: Chacun, for_each: ['<i>a</i>', 'b|c', "d\te"], run: 'true'}
  - id: ensemble
    title: Ensemble
    parallel:
      - {id: gauche, title: 'Gauche <b>', run: 'true'}
      - {id: droite, title: Droite, run: 'true'}
  - {id: rate, title: Rate, run: 'exit 3'}
END
rb run "$here/essai.yml" -p "nom=$hostile"
exits "a hostile run is held" 1
rb skip "$(the_run)" rate --reason "$hostile"$'\033[2J\u202e'
rb resume "$(the_run)"
exits "and ends" 0
reported "a hostile run" "$hostile" '</title><script>x</script> & | `t` #' '<b>cible</b>' '<i>a</i>' 'b|c' 'Gauche <b>' '\u001b[2J\u202e' root
end_case

# Rollback, a failed undo, a gap; refused; taken over.
begin_case
rb run "$(document << 'END'
steps:
  - {id: one, title: Une, run: 'true', undo: {run: 'test -e "$MARKS/go"'}}
  - {id: two, title: Deux, run: 'exit 4'}
END
)"
rb rollback "$(the_run)" --reason "à refaire demain"
exits "an undo fails" 7
reported "an undo that failed" "à refaire demain" "exit status 1" "exit status 4"
: > "$marks/go"
rb retry "$(the_run)" one --reason "place faite"
sleep 1.1
rb resume "$(the_run)"
exits "rolled back" 7
reported "a rollback with a gap" "à refaire demain" "place faite"
rb report "$(the_run)" --lang en
shows "the time that nobody worked is told" '^- 20.* → 20.* ([0-9]*s[0-9]*ms): taking back step one failed'
end_case

begin_case
rb run "$(document << 'END'
roles: {chef: [daemon]}
steps:
  - {id: accord, title: Accord, approve: {by: chef}}
END
)"
exits "consent is asked" 4
SUDO_UID=$(id -u daemon) rb reject "$(the_run)" accord --reason "pas pendant les élections"
rb resume "$(the_run)"
exits "refused" 5
reported "a refused run" "pas pendant les élections" daemon
end_case

begin_case
"$RUNBOOK" run "$(document << 'END'
steps:
  - {id: slow, title: Lente, run: 'echo slow >> "$MARKS/effects"; sleep 0.5'}
  - {id: after, title: Après, run: 'true'}
END
)" > "$here/first" 2>&1 < /dev/null &
until_true 20 has_line "$marks/effects" slow || miss "the run begins"
rb takeover "$(the_run)" --reason "relève de nuit"
exits "taken over" 0
{ wait $! || true; } 2> /dev/null
reported "a run that changed hands" "relève de nuit"
end_case
told report "Markdown and HTML in both languages: hostile texts, groups, items, rollback, refusal, takeover"
