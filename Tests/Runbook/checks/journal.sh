# The journal: torn, changed, full, and read without a trace.

begin_case
doc=$(document << 'END'
steps:
  - {id: one, run: 'echo one >> "$MARKS/effects"'}
  - {id: held, run: 'test -e "$MARKS/go" && echo held >> "$MARKS/effects"'}
END
)
rb run "$doc"
exits "a run that is held" 1
run=$(the_run)
kept=$here/kept
cp -a "$RUNBOOK_STATE_DIR" "$kept"
size=$(stat -c %s "$(journal)")
last=$(tail -n 1 "$(journal)" | wc -c)
restore() { rm -rf -- "$RUNBOOK_STATE_DIR"; cp -a "$kept" "$RUNBOOK_STATE_DIR"; }

torn=0
for ((cut = 1; cut < last; cut += 1 + (cut > 8 && cut < last - 8 ? 6 : 0))); do
    truncate -s $((size - cut)) "$(journal)"
    rb verify "$run"
    exits "torn by $cut bytes: still proven" 0
    shows "torn by $cut bytes: told" "cut off"
    rb resume "$run"
    exits "torn by $cut bytes: taken up" 1
    rb verify "$run"
    exits "torn by $cut bytes: whole again" 0
    absent "torn by $cut bytes: whole again" "cut off"
    torn=$((torn + 1))
    restore
done
equal "nothing was repeated" "one×1" "$(marked)"
told journal "last record torn at $torn places: never counted, taken up"

changed=0
journal_file=$(journal)
for ((at = 0; at < size; at += 1 + 41 * (at < size - 24))); do
    byte=$(od -An -tu1 -j "$at" -N 1 "$kept/runs/$run/journal.jsonl" | tr -d ' ')
    printf "\\x$(printf %02x $((byte ^ 1)))" | dd of="$journal_file" bs=1 seek=$at conv=notrunc status=none
    rb verify "$run"
    exits "byte $at changed: verify" 10
    rb resume "$run"
    exits "byte $at changed: resume" 10
    cmp -s "$journal_file" "$kept/runs/$run/journal.jsonl" && miss "byte $at was not changed"
    cp "$kept/runs/$run/journal.jsonl" "$journal_file"
    changed=$((changed + 1))
done
told journal "$changed single bytes changed: refused each time"

sed -i 2d "$journal_file"
rb verify "$run"
exits "a record removed" 10
restore
head -n 3 "$kept/runs/$run/journal.jsonl" > "$journal_file"
rb verify "$run"
exits "records cut off at the end are not seen by the chain alone" 0
head=$(tail -n 1 "$kept/runs/$run/journal.jsonl" | sed 's/.*"h":"\([0-9a-f]*\)"}/\1/')
rb verify "$run" --head "$head"
exits "the head that was printed tells" 10
restore
rb verify "$run" --head "$head"
exits "the head of the whole journal" 0
shows "and it is shown" "$head"
sed -i 's/echo one/echo two/' "$RUNBOOK_STATE_DIR/runs/$run/document.yml"
rb resume "$run"
exits "the kept document changed" 10
restore

sums() { (cd "$here" && find state -type f -exec sha256sum {} + && find state -printf '%p %T@\n') | sort; }
before=$(sums)
for command in "status $run" "status --json $run" list "list --json" "verify $run"; do
    # shellcheck disable=SC2086
    rb $command
    exits "$command" 0
done
equal "status, list and verify write nothing" "$before" "$(sums)"
end_case
told journal "removed and cut records, a changed document; reading leaves no trace"

# The files that the journal names: one changed byte in any of them, or one that is missing, is found.
begin_case
echo "SELECT 1" > "$here/query.sql"
doc=$(document << 'END'
steps:
  - {id: query, sql: {file: query.sql}}
  - {id: look, manual: {instructions: Regarder, evidence: [{id: photo, type: file, required: true}]}}
  - {id: after, run: 'echo said; echo blamed >&2'}
  - {id: left, run: '(sleep 0.5; echo late) & echo early'}
END
)
rb run "$doc"
exits "a run waits for evidence" 4
run=$(the_run)
head -c 20000 /dev/urandom > "$here/photo"
rb attest "$run" look --evidence "photo=$here/photo"
exits "a file as evidence" 0
cmp -s "$here/photo" "$RUNBOOK_STATE_DIR/runs/$run/evidence/$(sha256sum < "$here/photo" | cut -d' ' -f1)" \
    && pass || miss "the run keeps a copy, named by its digest" "$(ls -R "$RUNBOOK_STATE_DIR/runs/$run")"
rm "$here/photo"
rb resume "$run"
exits "the run goes on" 0
rb verify "$run"
exits "document, query and evidence are proven" 0
shows "their number is told" "files proven: 6"
kept_files=0
for file in document.yml files/query.sql evidence/* attempts/after.run.1/std*.log; do
    for file in "$RUNBOOK_STATE_DIR/runs/$run"/$file; do
        size=$(stat -c %s "$file")
        cp -p "$file" "$here/copy"
        for at in 0 $((size / 2)) $((size - 1)); do
            byte=$(od -An -tu1 -j "$at" -N 1 "$file" | tr -d ' ')
            printf "\\x$(printf %02x $((byte ^ 1)))" | dd of="$file" bs=1 seek=$at conv=notrunc status=none
            rb verify "$run"
            exits "byte $at of ${file##*/} changed" 10
            cp -p "$here/copy" "$file"
        done
        rm "$file"
        rb verify "$run"
        exits "${file##*/} removed" 10
        rb verify --json "$run"
        exits "${file##*/} removed, told to a program" 10
        cp -p "$here/copy" "$file"
        kept_files=$((kept_files + 1))
    done
done
log=$RUNBOOK_STATE_DIR/runs/$run/attempts/left.run.1/stdout.log
for wait in {1..50}; do [ "$(wc -l < "$log")" -lt 2 ] || break; sleep 0.1; done
equal "what outlives its command may go on writing" "early late" "$(xargs < "$log")"
rb verify "$run"
exits "all as before, and more behind what is proven" 0
sed -i s/early/later/ "$log"
rb verify "$run"
exits "what is proven of that log" 10
end_case
told journal "$kept_files kinds of files beside the journal, changed and removed: found by verify"

# A full disk, at every amount of space that is left.
full=$work/full
mkdir -p "$full"
if mount -t tmpfs -o size=200k tmpfs "$full" 2> /dev/null; then
    stopped=0
    finished=0
    for ((free = 4; free <= 140; free += 4)); do
        begin_case
        doc=$(document << 'END'
steps:
  - {id: one, run: 'echo one-begun >> "$MARKS/effects"; echo one >> "$MARKS/effects"'}
  - {id: two, run: 'echo two-begun >> "$MARKS/effects"; echo two >> "$MARKS/effects"'}
END
        )
        rm -rf -- "$full"/*
        export RUNBOOK_STATE_DIR=$full/state
        mkdir -p "$full/state"
        left=$(df -k --output=avail "$full" | tail -n 1)
        head -c $(((left - free) * 1024)) /dev/zero > "$full/ballast"
        rb run "$doc"
        case $status in
            74) stopped=$((stopped + 1)) ;;
            0) finished=$((finished + 1)) ;;
            *) miss "$free KiB left" "exit $status: $(tail -n 5 "$out")" ;;
        esac
        for step in one two; do
            equal "$free KiB left: $step ended" "$(mark $step-begun)" "$(mark $step)"
        done
        rm -f "$full/ballast"
        if [ -n "$(the_run)" ] && grep -q run.open "$(journal)" 2> /dev/null; then
            rb resume "$(the_run)"
            exits "$free KiB left, then room again" 0
            equal "$free KiB left, then room again" "one×1 one-begun×1 two×1 two-begun×1" "$(marked)"
        else
            equal "$free KiB left: nothing was started" "" "$(marked)"
        fi
        rm -rf -- "$full/state"
        end_case
    done
    umount "$full"
    if [ $stopped -gt 0 ] && [ $finished -gt 0 ]; then pass; else miss "a full disk" "$stopped stopped, $finished finished"; fi
    told journal "full disk: $stopped runs stopped with 74 and went on when there was room, $finished had enough"
else
    skip "a full disk" "no tmpfs can be mounted here"
fi
