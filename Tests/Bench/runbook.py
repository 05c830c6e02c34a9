"""Measures the runbook executor beside its peers and prints figures, ratios and goals. Called by run.sh."""

import argparse
import os
import sys

from longruns import bench_flat, bench_journal, count_syncs
from runs import Executor, low_and_middle
from steps import ANSIBLE_COMMAND, ANSIBLE_DEBUG, OURS, SHELL, bench_steps, pair

STEPS = int(os.environ.get("VIGIE_BENCH_STEPS", "100"))
STEP_ROUNDS = int(os.environ.get("VIGIE_BENCH_STEP_ROUNDS", "20"))
LONG_STEPS = int(os.environ.get("VIGIE_BENCH_LONG_STEPS", "10000"))
RECORDS = int(os.environ.get("VIGIE_BENCH_RECORDS", "100000"))
JOURNAL_ROUNDS = 7
LONG_ROUNDS = 3
CHECKED_STEPS = 1000

STEP_CPU_MS_MAX = 2.0
STEP_WALL_MS_MAX = 3.0
START_CPU_MS_MAX = 15.0
CHECK_CPU_MS_MAX = 50.0
FLAT_SHARE_MAX = 1.10
RESUME_MS_MAX = 500.0
VERIFY_MB_PER_SECOND_MIN = 100.0
RECORD_BYTES_MAX = 600
SYNCS_MAX = 3


def main():
    parser = argparse.ArgumentParser()
    for option in ("--work", "--measure", "--runbook"):
        parser.add_argument(option, required=True)
    options = parser.parse_args()
    executor = Executor(options.work, options.measure, options.runbook)
    print(f"\nLoad of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} CPUs. Runs take turns; figures are minimum / "
          "median in milliseconds,\nof the command and everything it starts, supervisor and shell included. What else runs "
          "only adds: the minimum counts.")
    was_busy = is_busy()
    if was_busy:
        print("Others keep every CPU busy: figures of CPU time are up to a half above those of a quiet machine.")
    print(f"\nOne step `sh -c true`: {STEPS} of them less one, {STEP_ROUNDS} rounds")
    steps = bench_steps(executor, STEPS, STEP_ROUNDS)
    print("\nWithout a run")
    starts = bench_starts(executor)
    print("\nSynchronisations per step")
    syncs = count_syncs(executor)
    print("\nA long run, some times")
    flat = bench_flat(executor, LONG_STEPS, LONG_ROUNDS)
    print("\nA long journal")
    journal = bench_journal(executor, RECORDS, JOURNAL_ROUNDS)
    executor.forget()
    sys.exit(0 if goals(steps, starts, syncs, flat, journal, was_busy or is_busy()) else 1)


def is_busy():
    """Whether others want more than all of the machine."""
    return os.getloadavg()[0] > os.cpu_count()


def bench_starts(executor):
    """CPU milliseconds of what begins no run."""
    steps = [f"{{id: s{index}, title: Step, effect: none, {SHELL}}}" for index in range(CHECKED_STEPS)]
    commands = {
        "--version": [executor.runbook, "--version"],
        "check, 1 step": [executor.runbook, "check", executor.document("one.yml", steps[:1])],
        f"check, {CHECKED_STEPS} steps": [executor.runbook, "check", executor.document("checked.yml", steps)],
    }
    samples = {name: [] for name in commands}
    for _ in range(STEP_ROUNDS):
        for name, command in commands.items():
            samples[name].append(executor.measured(command))
    print(f"  {'':36}{'CPU':>20}{'wall':>20}")
    results = {name: low_and_middle(column) for name, column in samples.items()}
    for name, (wall, cpu) in results.items():
        print(f"  {name:36}{pair(cpu, 1)}{pair(wall, 1)}")
    return {name: cpu for name, (_, cpu) in results.items()}


def goals(steps, starts, syncs, flat, journal, was_busy):
    """Prints which goals are met; whether all are that can be judged."""
    met = []

    def goal(text, value, reached):
        met.append(reached)
        print(f"  {'met    ' if reached else 'MISSED '}  {text}: {value}")

    def quiet_goal(text, value, reached):
        """What others disturb even at its best."""
        if was_busy:
            print(f"  unknown  {text}: {value}, but the machine is not quiet")
        else:
            goal(text, value, reached)

    ours, at = steps[OURS], 0  # the minimum of each pair
    print("\nGoals, on the least disturbed runs")
    goal(f"a step takes at most {STEP_CPU_MS_MAX} ms CPU", f"{ours['cpu'][at]:.2f} ms",
         ours["cpu"][at] <= STEP_CPU_MS_MAX)
    quiet_goal(f"a step takes at most {STEP_WALL_MS_MAX} ms", f"{ours['wall'][at]:.2f} ms",
               ours["wall"][at] <= STEP_WALL_MS_MAX)
    for peer in (ANSIBLE_DEBUG, ANSIBLE_COMMAND):
        ratio = steps[peer]["cpu"][at] / ours["cpu"][at]
        goal(f"a step takes no more CPU than one of {peer}", f"{ratio:.1f} times less", ratio >= 1)
    goal(f"a run of one step takes at most {START_CPU_MS_MAX:.0f} ms CPU", f"{ours['start'][at]:.1f} ms",
         ours["start"][at] <= START_CPU_MS_MAX)
    checked = starts[f"check, {CHECKED_STEPS} steps"][at]
    goal(f"{CHECKED_STEPS} steps are checked with at most {CHECK_CPU_MS_MAX:.0f} ms CPU", f"{checked:.1f} ms",
         checked <= CHECK_CPU_MS_MAX)
    if syncs is not None:
        goal(f"at most {SYNCS_MAX} synchronisations on the way of a step", f"{syncs[0]:.2f}", syncs[0] <= SYNCS_MAX)
    first, last, step_bytes = flat
    quiet_goal(f"the last steps of {LONG_STEPS} take at most {FLAT_SHARE_MAX - 1:.0%} more CPU than the first",
               f"{last / first - 1:+.1%}", last <= FLAT_SHARE_MAX * first)
    resume, verify, megabytes, record_bytes = journal
    # One thread that waits for nothing: the CPU time is what it takes where nobody is in the way.
    goal(f"{RECORDS} records are resumed within {RESUME_MS_MAX / 1000} s (CPU)", f"{resume[1][at] / 1000:.2f} s",
         resume[1][at] <= RESUME_MS_MAX)
    rate = megabytes * 1000 / verify[1][at]
    goal(f"at least {VERIFY_MB_PER_SECOND_MIN:.0f} MB/s are verified (CPU)", f"{rate:.0f} MB/s",
         rate >= VERIFY_MB_PER_SECOND_MIN)
    size = max(step_bytes, record_bytes)
    goal(f"a record has at most {RECORD_BYTES_MAX} bytes", f"{size:.0f}", size <= RECORD_BYTES_MAX)
    return all(met)


if __name__ == "__main__":
    main()
