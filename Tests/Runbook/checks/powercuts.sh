# The host dies: executor, supervisors and commands are killed together, and the disk keeps only what was synchronised, and of the
# rest what it likes. A file system in user space does this to the whole state folder; effects are on another disk.
# RUNBOOK_CUTS is how many points are tried (60, evenly spread), each with a seed of its own behind RUNBOOK_CUT_SEED (0).

cuts=${RUNBOOK_CUTS:-60}
first_seed=${RUNBOOK_CUT_SEED:-0}
packages=$PWD/.venv-fuse
lossy_python=$PWD/.venv/bin/python
[ -x "$lossy_python" ] || lossy_python=python3

# Whether such a file system can be mounted here; else says why not.
lossy_files() {
    [ "$(id -u)" = 0 ] || { echo "only root may mount"; return 1; }
    [ -c /dev/fuse ] || { echo "no /dev/fuse"; return 1; }
    [ -d "$packages" ] || "$lossy_python" -m pip install --quiet --disable-pip-version-check --no-deps \
        --target "$packages" "mfusepy>=3,<4" > "$work/pip.log" 2>&1 || { rm -rf "$packages"; echo "no mfusepy"; return 1; }
    begin_case
    if mount_lossy; then unmount_lossy; else echo "it cannot be mounted: $(tail -n 1 "$here/lossy.log")"; return 1; fi
    end_case
}
# mount_lossy: the state folder of the case, with what is in it, is on a disk that forgets.
mount_lossy() {
    rm -rf "$here/live" "$here/disk"
    mkdir -p "$RUNBOOK_STATE_DIR" "$here/disk"
    mv "$RUNBOOK_STATE_DIR" "$here/live"
    mkdir "$RUNBOOK_STATE_DIR"
    # Without the name of the case in its environment: it is not of the host that dies.
    env -u MARKS -u RUNBOOK_STATE_DIR PYTHONPATH="$packages" "$lossy_python" "$tests/lossy.py" \
        "$here/live" "$here/disk" "$RUNBOOK_STATE_DIR" > "$here/lossy.log" 2>&1 &
    lossy=$!
    until_true 10 mountpoint -q "$RUNBOOK_STATE_DIR"
}
unmount_lossy() {
    umount -l "$RUNBOOK_STATE_DIR"
    wait "$lossy" || true
}
# cut_power SEED: everything of this case dies, and the state folder is what the disk kept.
cut_power() {
    local process
    for process in $(grep -lsz "^MARKS=$marks\$" /proc/[0-9]*/environ | cut -d/ -f3); do kill -9 "$process" 2> /dev/null || true; done
    until_true 10 nobody_left || miss "everything of the host is dead"
    echo "$((first_seed + $1))" > "$RUNBOOK_STATE_DIR/.cut"
    unmount_lossy
    cp -a "$here/disk/." "$RUNBOOK_STATE_DIR"
}
nobody_left() { ! grep -qsz "^MARKS=$marks\$" /proc/[0-9]*/environ; }

of_every_kind() {
    document << 'END'
steps:
  - {id: look, effect: none, run: 'echo seen; echo 3 > "$RB_OUT/n"', outputs: {n: {type: int}}, verify: "outputs.n == 3"}
  - {id: one, run: 'echo one >> "$MARKS/effects"; echo said', check: {run: 'cat "$MARKS/effects" 2> /dev/null | grep -qx one'}}
  - {id: row, sql: {transaction: "INSERT INTO mark VALUES ('row')"}}
  - id: each
    for_each: [a, b]
    env: {ITEM: "${{ item }}"}
    run: 'echo "each-$ITEM" >> "$MARKS/effects"'
    check: {run: 'cat "$MARKS/effects" 2> /dev/null | grep -qx "each-$ITEM"'}
  - id: pair
    parallel:
      - {id: left, run: 'echo left >> "$MARKS/effects"', check: {run: 'cat "$MARKS/effects" 2> /dev/null | grep -qx left'}}
      - {id: right, run: 'echo right >> "$MARKS/effects"', check: {run: 'cat "$MARKS/effects" 2> /dev/null | grep -qx right'}}
  - {id: last, assert: "steps.look.outputs.n == 3"}
END
}
# cut_at POINT SEED VERB ARGUMENT: the host dies when the executor is at this point.
cut_at() {
    mount_lossy || { miss "mounted" "$(cat "$here/lossy.log")"; return; }
    FAULTY_SYNC=${shim:+skipped} FAULTY_REPORT=$here/report LD_PRELOAD=${shim:-} rb_at "$1" "$3" "$4" --allow-network-state
    # Its supervisor, if there is one, gets a little further.
    sleep "0.0$(($2 % 4))"
    cut_power "$2"
    [ "$(cat "$here/disk.lost")" = 0 ] || echo lost >> "$work/lost"
    runs=$(the_run)
}
# take_up DOCUMENT: the run that the disk kept. Ahead of its first synchronisation there is none, or one that was never opened.
take_up() {
    rb resume "${runs:-none}"
    if [ "$status" = 2 ] && [ -z "$(marked)" ]; then
        rm -rf -- "$RUNBOOK_STATE_DIR"
        rb run "$1"
    fi
}
# power_cut NUMBER: at one of the points; every other time once more while the run is taken up.
power_cut() {
    local point=$(($1 * total / cuts)) doc runs=""
    begin_case
    sql "TRUNCATE mark"
    doc=$(of_every_kind)
    cut_at "$point" "$1" run "$doc"
    equal "cut $1 at $point: killed" 137 "$status"
    if [ $(($1 % 2)) = 1 ] && [ -n "$runs" ]; then cut_at $((1 + $1 % 17)) $((1000 + $1)) resume "$runs"; fi
    take_up "$doc"
    exits "cut $1 at $point, taken up" 0
    equal "cut $1 at $point: effects" "each-a×1 each-b×1 left×1 one×1 right×1" "$(marked)"
    equal "cut $1 at $point: row" 1 "$(sql "SELECT count(*) FROM mark WHERE name = 'row'")"
    rb verify "$(the_run)"
    exits "cut $1 at $point: journal and files" 0
    end_case
}

# Steps that nobody can ask whether they took effect: after a cut a person says so.
plain() {
    document << 'END'
steps:
  - {id: one, run: 'echo one >> "$MARKS/effects"'}
  - {id: two, run: 'echo two >> "$MARKS/effects"'}
  - {id: three, run: 'echo three >> "$MARKS/effects"'}
END
}
# plain_cut NUMBER: what came of the effects is a line of the file ends.
plain_cut() {
    local doc step runs=""
    begin_case
    doc=$(plain)
    cut_at $(($1 * total / cuts)) "$1" run "$doc"
    take_up "$doc"
    for step in one two three; do
        [ "$status" = 3 ] && [ "$(phase $step)" = in-doubt ] || continue
        rb resolve "$(the_run)" $step "$([ "$(mark $step)" = 0 ] && echo --not-done || echo --done)" --reason "seen"
        rb resume "$(the_run)"
    done
    echo "$status $(marked)" >> "$work/ends"
    end_case
}
# plain_cuts: how many of them did not end as they must.
plain_cuts() {
    begin_case
    total=$(points run "$(plain)")
    end_case
    in_parallel "$cuts" plain_cut
    cat "$work"/worker.*/ends > "$work/ends"
    rm -f "$work"/worker.*/ends "$work"/worker.*/lost
    equal "cuts of plain steps" "$cuts" "$(wc -l < "$work/ends")"
    wrong=$(grep -cvx "0 one×1 three×1 two×1" "$work/ends" || true)
}

if reason=$(lossy_files); then
    begin_case
    total=$(points run "$(of_every_kind)")
    end_case
    in_parallel "$cuts" power_cut
    lost=$(cat "$work"/worker.*/lost | wc -l)
    rm -f "$work"/worker.*/lost
    if [ "$lost" -ge $((cuts / 3)) ]; then pass; else miss "cuts that took something" "only $lost of $cuts"; fi
    told powercuts "$cuts of $total points, the host dead at each: $lost times the disk lost something, at half of them a second time; nothing repeated, lost or asked"

    plain_cuts
    equal "plain steps, each once" 0 "$wrong"
    if faulty_calls; then
        shim=$faulty
        plain_cuts
        shim=
        if [ "$wrong" -gt 0 ]; then pass; else miss "defect 'no synchronisation': not noticed by any of $cuts cuts"; fi
        told powercuts "$cuts cuts between steps that nobody can ask: each once, where a person says what is in doubt; \
an executor that does not synchronise is noticed $wrong times"
    else
        skip "an executor that does not synchronise" "no C compiler"
    fi
else
    skip "power cuts" "$reason"
fi
