# Documents that change while a run waits: what may change, who says so, and a crash at every place of the switch.

# three SCRIPT_A ID_A SCRIPT_B LAST: a document of three steps.
three() {
    document "$5" << END
steps:
  - {id: $2, ${6:-}run: 'echo $1 >> "\$MARKS/effects"'}
  - {id: b, run: '$3'}
  - {id: $4, run: 'echo $4 >> "\$MARKS/effects"'}
END
}

begin_case
first=$(three a a false c first)
mended=$(three a begun 'echo b >> "$MARKS/effects"' d mended 'moved_from: a, ')
other=$(three other a 'echo b >> "$MARKS/effects"' c other)
rb run "$first"
exits "the second step fails" 1
run=$(the_run)
rb resume "$run" --switch "$mended"
exits "a switch needs a reason" 2
rb resume "$run" --switch "$other" --reason essai
exits "an executed step that changed is refused" 2
shows "by its name" "step a was executed"
rb resume "$run" --switch "$mended" --reason "commande fausse"
exits "the failed step is still held" 1
shows "renamed steps are told" "a -> begun"
shows "removed ones too" "- c"
rb retry "$run" b --reason corrigée
rb resume "$run"
exits "then all is done" 0
equal "with the new commands, the executed one once" "a×1 b×1 d×1" "$(marked)"
equal "the renamed step is the executed one" "done" "$(phase begun)"
rb verify "$run"
exits "the journal is whole" 0
rm "$RUNBOOK_STATE_DIR/runs/$run/document.2.yml"
rb status "$run"
end_case

begin_case
first=$(three a a false c first)
other=$(three other a 'echo b >> "$MARKS/effects"' c other)
rb run "$first"
rb resume "$(the_run)" --switch "$other" --reason essai --accept-done a
rb retry "$(the_run)" b --reason essai
rb resume "$(the_run)"
exits "a person may let an executed step stand" 0
equal "it is not executed again" "a×1 b×1 c×1" "$(marked)"
sed -i 's/echo c/echo x/' "$RUNBOOK_STATE_DIR/runs/$(the_run)/document.2.yml"
rb resume "$(the_run)"
exits "a kept version that was changed is refused" 10
end_case

# Killed at every place of a switch: either version goes on, and nothing is executed twice.
begin_case
first=$(three a a false c first)
rb run "$first"
total=$(points resume "$(the_run)" --switch "$(three a a 'echo b >> "$MARKS/effects"' c probe)" --reason essai)
end_case
for point in $(seq 0 $((total - 1))); do
    begin_case
    first=$(three a a false c first)
    mended=$(three a a 'echo b >> "$MARKS/effects"' c mended)
    rb run "$first"
    rb_at "$point" resume "$(the_run)" --switch "$mended" --reason essai
    equal "killed at point $point of a switch" 137 "$status"
    [ -e "$RUNBOOK_STATE_DIR/runs/$(the_run)/document.2.yml" ] && grep -q 'doc.switch.*"}$' "$(journal)" \
        || rb resume "$(the_run)" --switch "$mended" --reason essai
    rb retry "$(the_run)" b --reason essai
    rb resume "$(the_run)"
    exits "killed at point $point of a switch, then done" 0
    equal "killed at point $point of a switch, each step once" "a×1 b×1 c×1" "$(marked)"
    end_case
done
told versions "a document switched under a run, and $total points of that, killed at each: what was executed stays"
