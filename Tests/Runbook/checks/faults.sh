# The kernel refuses: every write, synchronisation and allocation once; clocks that jump; a boot that is another one; and
# seeded defects, which these checks must notice.

if ! faulty_calls; then
    skip "calls that fail" "no C compiler"
    return 0
fi

# refused CALL ARGUMENTS...: the executor with this call refused; the file $report keeps what came of it.
refused() {
    report=$here/report
    : > "$report"
    FAULTY_CALL=$1 FAULTY_REPORT=$report LD_PRELOAD=$faulty rb "${@:2}"
}
fired() { grep -qx fired "$report"; }

two_steps() {
    document << 'END'
steps:
  - {id: one, run: 'echo one-begun >> "$MARKS/effects"; echo one >> "$MARKS/effects"'}
  - {id: row, sql: {transaction: "INSERT INTO mark VALUES ('row')"}}
  - {id: two, run: 'echo two-begun >> "$MARKS/effects"; echo two >> "$MARKS/effects"; echo 1 > "$RB_OUT/n"',
     outputs: {n: {type: int}}}
END
}
two_are_right() {
    equal "$1: effects" "one×1 one-begun×1 two×1 two-begun×1" "$(marked)"
    equal "$1: row" 1 "$(sql "SELECT count(*) FROM mark WHERE name = 'row'")"
    rb verify "$(the_run)"
    exits "$1: journal" 0
}
forget_rows() { sql "TRUNCATE mark"; }

# refusal CALL KIND: every such call of a run, refused one after the other.
refusal() {
    local call=$1 kind=$2 n doc
    for ((n = 1; n < 200; n++)); do
        begin_case
        forget_rows
        doc=$(two_steps)
        refused "$call:$n:$kind" run "$doc"
        if ! fired; then
            exits "$call has $((n - 1)) places" 0
            end_case
            break
        fi
        echo "$call" >> "$work/refused"
        case $kind in
            short) exits "$call $n, $kind: written all the same" 0 ;;
            EINTR) [ "$call" = sync ] && exits "$call $n, $kind" 74 || exits "$call $n, $kind: tried again" 0 ;;
            *) exits "$call $n, $kind" 74 ;;
        esac
        if grep -qx started "$report"; then miss "$call $n, $kind: a step was started behind it"; else pass; fi
        equal "$call $n, $kind: what began has ended" "$(mark one-begun) $(mark two-begun)" "$(mark one) $(mark two)"
        if [ -n "$(the_run)" ] && grep -q run.open "$(journal)" 2> /dev/null; then
            rb resume "$(the_run)"
            exits "$call $n, $kind, taken up" 0
        else
            equal "$call $n, $kind: nothing was begun" "" "$(marked)"
            rm -rf -- "$RUNBOOK_STATE_DIR"
            rb run "$doc"
            exits "$call $n, $kind, begun anew" 0
        fi
        two_are_right "$call $n, $kind"
        end_case
    done
}
kinds=("write EIO" "write ENOSPC" "write EINTR" "write short" "sync EIO" "sync ENOSPC" "sync EINTR" "allocate ENOSPC")
one_kind() {
    # shellcheck disable=SC2086
    refusal ${kinds[$1]}
}
in_parallel ${#kinds[@]} one_kind
total=$(cat "$work"/worker.*/refused | wc -l)
rm -f "$work"/worker.*/refused
if [ "$total" -ge 100 ]; then pass; else miss "calls that were refused" "only $total"; fi
told faults "$total calls refused, one a run (EIO, ENOSPC, EINTR, short): exit 74, nothing started behind it, taken up"

# The space that is kept back holds the last words.
begin_case
forget_rows
refused journal:3:ENOSPC run "$(two_steps)"
exits "no space behind the first intent" 74
if tail -n 1 "$(journal)" | grep -q '"kind":"suspend".*No space left'; then pass; else miss "the last words" "$(tail -n 1 "$(journal)")"; fi
if [ -e "$(dirname "$(journal)")/reserve" ]; then miss "the reserve was given up"; else pass; fi
rb resume "$(the_run)"
exits "taken up" 0
equal "the reserve is kept again" 16384 "$(stat -c %s "$(dirname "$(journal)")/reserve")"
end_case

# MARK: The power goes

# The executor is killed, its command ends, and then the power goes: what the journal had not synchronised is lost, all of
# it, half of it, or the first of its sectors.
power_cut_at() {
    local k=$1 doc durable size end
    begin_case
    forget_rows
    doc=$(two_steps)
    report=$here/report
    : > "$report"
    FAULTY_REPORT=$report LD_PRELOAD=$faulty rb_at "$k" run "$doc"
    equal "power cut at $k: killed" 137 "$status"
    [ ! -d "$RUNBOOK_STATE_DIR/locks" ] || until_true 10 unlocked || miss "power cut at $k: the command ends"
    if [ -n "$(the_run)" ] && [ -e "$(journal)" ]; then
        durable=$(sed -n 's/^durable //p' "$report" | tail -n 1)
        durable=${durable:-0} size=$(stat -c %s "$(journal)") end=$(((durable / 512 + 1) * 512))
        case $((k % 3)) in
            0) truncate -s "$durable" "$(journal)" ;;
            1) truncate -s $((durable + (size - durable) / 2)) "$(journal)" ;;
            2) [ $((size - durable)) -lt 2 ] || [ $((end - durable)) -lt 2 ] || head -c $(((size < end ? size : end) - durable)) /dev/zero \
                | dd of="$(journal)" bs=1 seek="$durable" conv=notrunc status=none ;;
        esac
        [ "$size" = "$durable" ] || echo lost >> "$work/lost"
        rb resume "$(the_run)"
    else
        status=2
    fi
    if [ "$status" = 2 ] && [ -z "$(marked)" ]; then
        rm -rf -- "$RUNBOOK_STATE_DIR"
        rb run "$doc"
    fi
    exits "power cut at $k, taken up" 0
    two_are_right "power cut at $k"
    end_case
}
unlocked() {
    local lock
    for lock in "$RUNBOOK_STATE_DIR"/locks/*.lock; do
        [ ! -e "$lock" ] || flock -n "$lock" true || return 1
    done
}
begin_case
total=$(points run "$(two_steps)")
end_case
in_parallel "$total" power_cut_at
lost=$(cat "$work"/worker.*/lost | wc -l)
rm -f "$work"/worker.*/lost
if [ "$lost" -ge 10 ]; then pass; else miss "journals that lost something" "only $lost"; fi
told faults "$total points, killed at each, then the power: $lost journals lost what was not synchronised; nothing repeated or lost"

# MARK: Clocks and boots

held() {
    document << 'END'
steps:
  - {id: one, run: 'echo one >> "$MARKS/effects"'}
  - {id: two, run: 'test -e "$MARKS/go" && echo two >> "$MARKS/effects"'}
  - {id: delayed, effect: idempotent, run: 'test -e "$MARKS/second" || { touch "$MARKS/second"; exit 1; }; echo delayed >> "$MARKS/effects"',
     retry: {max: 1, delay: 100ms}, timeout: 20s}
END
}
jumps=0
for jump in -3600 31536000 $((86400 - $(date +%s))); do
    begin_case
    doc=$(held)
    rb run "$doc"
    exits "held before the clock jumps by $jump s" 1
    touch "$marks/go"
    rb retry "$(the_run)" two --reason "essai"
    FAULTY_CLOCK=$jump LD_PRELOAD=$faulty rb resume "$(the_run)"
    exits "taken up with the clock $jump s off" 0
    equal "with the clock $jump s off" "delayed×1 one×1 two×1" "$(marked)"
    rb verify "$(the_run)"
    exits "with the clock $jump s off: journal" 0
    rb report "$(the_run)"
    exits "with the clock $jump s off: report" 0
    rb status "$(the_run)"
    exits "with the clock $jump s off: status" 0
    python3 - "$(journal)" "$jump" << 'END' && pass || miss "the journal shows the jump of $jump s, in order"
import datetime, json, sys
records = [json.loads(line) for line in open(sys.argv[1])]
assert [r["seq"] for r in records] == list(range(1, len(records) + 1))
walls = [datetime.datetime.fromisoformat(r["wall"].replace("Z", "+00:00")) for r in records]
assert abs((walls[-1] - walls[0]).total_seconds() - int(sys.argv[2])) < 120, (walls[0], walls[-1])
END
    end_case
    jumps=$((jumps + 1))
done

# The time of a question is that of the wall clock.
begin_case
doc=$(document << END
roles: {chefs: [nobody, $(id -un)]}
steps:
  - {id: accord, approve: {by: chefs, expires: 4h, not: [starter]}}
  - {id: after, run: 'echo after >> "\$MARKS/effects"'}
END
)
rb run "$doc"
exits "consent is asked for" 4
FAULTY_CLOCK=-3600 LD_PRELOAD=$faulty rb resume "$(the_run)"
exits "an hour back: still waiting" 4
SUDO_UID=$(id -u nobody) FAULTY_CLOCK=31536000 LD_PRELOAD=$faulty rb approve "$(the_run)" accord
exits "consent a year late" 5
equal "nothing went on" "" "$(marked)"
end_case
told faults "$jumps jumps of the wall clock (an hour back, a year on, 1970): order by sequence, delays untouched, consent by date"

boots=0
for policy in idempotent once; do
    begin_case
    echo 00000000-0000-4000-8000-000000000000 > "$here/boot"
    doc=$(document << END
steps:
  - {id: act, effect: $policy, run: 'echo act >> "\$MARKS/effects"; test -e "\$MARKS/again" || sleep 30'}
END
    )
    "$RUNBOOK" run "$doc" > "$out" 2>&1 < /dev/null &
    executor=$!
    until_true 20 has_line "$marks/effects" act || miss "the command begins"
    # The host dies: executor, supervisor and command together.
    supervisor=$(pgrep -P $executor)
    command=$(pgrep -P "$supervisor")
    { kill -9 "$executor" "$supervisor" "-$command"; wait "$executor" || true; } 2> /dev/null
    touch "$marks/again"
    FAULTY_BOOT=$here/boot LD_PRELOAD=$faulty rb resume "$(the_run)"
    if [ $policy = once ]; then
        exits "another boot, a step with one effect: a person decides" 3
        shows "it says why" "the host was restarted"
        equal "another boot, nothing is repeated" "act×1" "$(marked)"
    else
        exits "another boot, an idempotent step" 0
        equal "another boot, it is repeated" "act×2" "$(marked)"
    fi
    if grep -q '"boot":"00000000-0000-4000' "$(journal)"; then pass; else miss "the journal has the new boot"; fi
    end_case
    boots=$((boots + 1))
done
told faults "$boots commands that another boot left: repeated when idempotent, else a person is asked"

# MARK: Seeded defects

# Ahead of every start the journal is synchronised. An executor that only says so is noticed.
for sync in kept skipped; do
    begin_case
    forget_rows
    report=$here/report
    : > "$report"
    FAULTY_SYNC=$sync FAULTY_REPORT=$report LD_PRELOAD=$faulty rb run "$(two_steps)"
    exits "synchronisation $sync" 0
    case $sync in
        kept) equal "nothing is started ahead of its record" 0 "$(grep -c unsynchronised "$report")" ;;
        skipped) equal "defect 'no synchronisation before the start': noticed at each start" 2 "$(grep -c unsynchronised "$report")" ;;
    esac
    end_case
done

# The lock goes with the supervisor. One that lets go of it is noticed: another run of the target can begin.
for lock in kept released; do
    begin_case
    doc=$(document << 'END'
steps:
  - {id: slow, run: 'echo slow >> "$MARKS/effects"; sleep 0.6; echo slow-end >> "$MARKS/effects"'}
END
    )
    printf '#!/bin/sh\n%s\nexec "%s/runbook-supervisor"\n' \
        "$([ $lock = kept ] || echo 'exec 4> /dev/null')" "$(dirname "$RUNBOOK")" > "$here/supervisor"
    chmod +x "$here/supervisor"
    RUNBOOK_SUPERVISOR=$here/supervisor "$RUNBOOK" run "$doc" > "$here/first" 2>&1 < /dev/null &
    first=$!
    until_true 20 has_line "$marks/effects" slow || miss "the run begins"
    { kill -9 $first; wait $first || true; } 2> /dev/null
    rb run "$doc"
    case $lock in
        kept) exits "the target stays taken" 75 ;;
        released) exits "defect 'lock not inherited': noticed, a second run begins" 0 ;;
    esac
    until_true 10 has_line "$marks/effects" slow-end || miss "the command ends"
    end_case
done

# The end is written when the command has ended. A supervisor that writes it before is noticed: the run is done, its effect not there.
for end in kept early; do
    begin_case
    doc=$(document << 'END'
steps:
  - {id: slow, run: 'sleep 0.8; echo slow >> "$MARKS/effects"'}
END
    )
    cat > "$here/supervisor" << END
#!/usr/bin/env python3
import os, sys
fields = os.pread(5, 1 << 16, 0).split(b"\\0")
token, slot = fields[1].decode(), int(fields[4])
def record(text, offset):
    total = 0xcbf29ce484222325
    for byte in text.encode():
        total = (total ^ byte) * 0x100000001b3 & 0xffffffffffffffff
    os.pwrite(3, f"{text} sum={total:016x}\\n".encode().ljust(512, b"\\0"), slot + offset)
if "$end" == "early":
    record(f"started token={token} pid=1 supervisor=1 boot=b wall=1 mono=1", 0)
    record(f"exited token={token} kind=exit code=0 timed_out=0 cancelled=0 errno=0 out=0 err=0 wall=1 mono=1", 512)
    os.dup2(os.open("/dev/null", os.O_WRONLY), 6)
for descriptor in (3, 4, 5, 6):
    os.set_inheritable(descriptor, True)
os.execv("$(dirname "$RUNBOOK")/runbook-supervisor", ["runbook-supervisor"])
END
    chmod +x "$here/supervisor"
    RUNBOOK_SUPERVISOR=$here/supervisor rb run "$doc"
    exits "end $end: the run is done" 0
    case $end in
        kept) equal "the effect is there when the step is done" "slow×1" "$(marked)" ;;
        early) equal "defect 'done before the end': noticed, the effect is not there" "" "$(marked)" ;;
    esac
    until_true 10 has_line "$marks/effects" slow || miss "the command ends"
    end_case
done
told faults "defects seeded into real processes: no synchronisation before the start, lock not inherited, end written early; all noticed"
