"""Long runs: whether a step costs the same at the end as at the beginning, and what a long journal costs."""

import glob
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

from runs import low_and_middle

CHUNK = 100
ITEMS_MAX = 10_000
RECORDS_PER_ITEM = 4
MEGABYTE = 1_000_000
WAITING = 4

# The step itself looks at the CPU time of the executor: the shell's parent is the supervisor, whose parent that is.
# Source: proc_pid_stat(5), field 4; proc_pid_schedstat(5): nanoseconds on a CPU come first.
LOOK = ("read -r _ _ _ executor _ < /proc/$PPID/stat; read -r cpu _ < /proc/$executor/schedstat; "
        'echo "$cpu" >> "$MARKS"')


def bench_flat(executor, count, rounds):
    """CPU milliseconds that the executor itself takes for a step, at the beginning and at the end, and bytes per record.

    In memory where that is possible, and on one CPU: neither what a busy disk adds nor where the kernel places the processes
    of a step is part of how it is found. The latter alone makes stretches of a dozen steps a fifth cheaper, now and then.
    """
    all_cpus = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(all_cpus)})
    runs = [long_run(executor, count) for _ in range(rounds)]
    os.sched_setaffinity(0, all_cpus)
    firsts, lasts, sizes = zip(*runs)
    return min(firsts), min(lasts), max(sizes)


def long_run(executor, count):
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else executor.work
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        marks = f"{folder}/marks"
        environment = {"MARKS": marks, "RUNBOOK_STATE_DIR": f"{folder}/state"}
        steps = [f"{{id: s{index}, title: Step, effect: none, run: '{LOOK}'}}" for index in range(count)]
        document = executor.document("long.yml", steps)
        wall, cpu = executor.measured([executor.runbook, "run", document], **environment)
        with open(marks, encoding="utf-8") as file:
            moments = [int(line) / 1e6 for line in file]
        lines, size = journal_size(glob.glob(f"{folder}/state/runs/*")[0])
    if len(moments) != count:
        sys.exit(f"{count} steps left {len(moments)} marks")
    costs = [later - earlier for earlier, later in zip(moments, moments[1:])]
    first, every, last = (statistics.median(part) for part in (costs[:CHUNK], costs, costs[-CHUNK:]))
    print(f"  {count} steps: {wall / 1000:.1f} s wall, {cpu / 1000:.1f} s CPU, {lines} records, {size} bytes; the executor's own "
          f"CPU\n    per step, median: first {CHUNK} {first:.3f} ms, all {every:.3f} ms, last {CHUNK} {last:.3f} ms")
    return first, last, size / lines


def journal_size(folder):
    with open(f"{folder}/journal.jsonl", "rb") as file:
        text = file.read()
    return text.count(b"\n"), len(text)


def bench_journal(executor, records, rounds):
    """Milliseconds of resuming (wall, CPU) and of verifying (wall, CPU): minimum and median; megabytes of the journal."""
    items = -(-records // RECORDS_PER_ITEM)
    steps = []
    for begin in range(0, items, ITEMS_MAX):
        names = ", ".join(f"i{index}" for index in range(begin, min(begin + ITEMS_MAX, items)))
        steps.append(f'{{id: s{begin}, title: Step, for_each: [{names}], assert: "1 == 1"}}')
    # A person is waited for: resuming reads everything, finds that, and ends.
    steps.append("{id: person, title: Person, manual: {instructions: Look, choices: [seen]}}")
    executor.forget()
    executor.measured([executor.runbook, "run", executor.document("records.yml", steps)], status=WAITING)
    run = os.path.basename(executor.folder())
    resumes, proofs = [], []
    for _ in range(rounds):
        resumes.append(executor.measured([executor.runbook, "resume", run], status=WAITING))
        proofs.append(executor.measured([executor.runbook, "verify", run]))
    lines, size = journal_size(executor.folder())
    resume, verify = low_and_middle(resumes), low_and_middle(proofs)
    print(f"  {lines} records, {size / MEGABYTE:.1f} MB, {size / lines:.0f} bytes each, {items} items of {len(steps) - 1} steps")
    for name, ((wall, wall_middle), (cpu, cpu_middle)) in (("resume", resume), ("verify", verify)):
        print(f"  {name:10} wall {wall:7.1f} /{wall_middle:7.1f} ms   CPU {cpu:7.1f} /{cpu_middle:7.1f} ms")
    return resume, verify, size / MEGABYTE, size / lines


def count_syncs(executor):
    """Synchronisations per step: on its way, and ahead of many steps; `None` where strace is missing."""
    if shutil.which("strace") is None:
        print("  strace is not available: synchronisations are not counted")
        return None
    few, many = 64, 320
    on_the_way, ahead = ((more - less) / (many - few) for less, more in zip(syncs(executor, few), syncs(executor, many)))
    print(f"  {on_the_way:.2f} on the way of a step (fdatasync), {ahead:.3f} for the space of many steps ahead (fsync)")
    return on_the_way, ahead


def syncs(executor, count):
    steps = [f'{{id: s{index}, title: Step, effect: none, run: "true"}}' for index in range(count)]
    document, out = executor.document("syncs.yml", steps), f"{executor.work}/strace.out"
    executor.forget()
    subprocess.run(
        ["strace", "-f", "-o", out, "-e", "trace=fsync,fdatasync,sync,syncfs,sync_file_range,msync",
         executor.runbook, "run", document],
        check=True, capture_output=True, env=executor.environment, stdin=subprocess.DEVNULL)
    with open(out, encoding="utf-8") as file:
        calls = re.findall(r"^\d+ +(\w+)\(", file.read(), re.MULTILINE)
    return calls.count("fdatasync"), len(calls) - calls.count("fdatasync")
