"""Measures our modules beside community.postgresql's and prints figures, ratios and goals. Called by run.sh."""

import argparse
import os
import subprocess
import sys

from cases import MANY_STATEMENTS, OURS, PEER, cases, prepare
from plays import Bench, bench_tasks
from processes import bench_processes, commands, count_statements, print_ratios
from provisioning import bench_provisioning

RUNS = int(os.environ.get("VIGIE_BENCH_RUNS", "30"))
TASKS = int(os.environ.get("VIGIE_BENCH_TASKS", "20"))
ROUNDS = int(os.environ.get("VIGIE_BENCH_ROUNDS", "4"))
MODULE_TASKS = int(os.environ.get("VIGIE_BENCH_MODULE_TASKS", "10"))
MODULE_ROUNDS = int(os.environ.get("VIGIE_BENCH_MODULE_ROUNDS", "2"))
ROLES = int(os.environ.get("VIGIE_BENCH_ROLES", "300"))
CPU_RATIO_MIN = 20.0
RSS_MB_MAX = 20.0
STATEMENTS_MAX = 3
WALL_SHARE_MAX = 0.25

# What most playbooks consist of: measured over ssh too, and with goals of their own.
LEADING = ("ping", "user")


def main():
    parser = argparse.ArgumentParser()
    for option in ("--work", "--module", "--ssh"):
        parser.add_argument(option, required=True)
    options = parser.parse_args()
    has_peer = os.path.exists(f"{options.work}/collections/ansible_collections/community/postgresql")
    bench = Bench(options.work, options.module, [OURS, PEER] if has_peer else [OURS], present(options))
    prepare(options.work)

    every = commands(bench)
    print(f"\nModule process, {RUNS} runs each, in turn (minimum / median)")
    processes = bench_processes(bench, every, RUNS)
    if has_peer:
        print_ratios(bench, processes)
    print("\nServer, one unchanged task: each statement is one round trip")
    statements = count_statements(every)

    leading = [module for module in LEADING if module in bench.cases]
    places = ["here"] + (["remote_root"] if options.ssh == "yes" else [])
    print(f"\nansible-playbook, milliseconds per task: a play of {TASKS} tasks less an empty one, {ROUNDS} rounds")
    tasks = bench_tasks(
        bench, [(place, module, name) for place in places for module in leading for name in bench.collections],
        TASKS, ROUNDS)
    if MODULE_TASKS > 0:
        print(f"\nansible-playbook, every module: a play of {MODULE_TASKS} tasks, {MODULE_ROUNDS} rounds")
        bench_modules(bench)
    if ROLES > 0 and {"user", "privs"} <= set(bench.cases):
        print(f"\nProvisioning: {ROLES} roles with passwords and {ROLES} table grants, two loops in one play")
        bench_provisioning(bench, ROLES)
    sys.exit(0 if goals(bench, processes, statements, tasks) else 1)


def present(options):
    """The cases of the modules that the binary has."""
    names = subprocess.run([options.module, "--list"], check=True, capture_output=True, text=True).stdout.split()
    every = cases(options.work)
    missing = [module for module in every if f"postgresql_{module}" not in names]
    if missing:
        print(f"Not in the binary, therefore left out: {', '.join(missing)}")
    return {module: arguments for module, arguments in every.items() if module not in missing}


def bench_modules(bench):
    best = bench_tasks(
        bench, [("here", module, name) for module in bench.cases for name in bench.collections],
        MODULE_TASKS, MODULE_ROUNDS)
    if PEER not in bench.collections:
        return
    print(f"  {'times less than the peer':55}{'wall':>7}{'CPU':>15}")
    for module in bench.cases:
        ours, theirs = best["here", module, OURS], best["here", module, PEER]
        print(f"  {module:55}{theirs[0] / ours[0]:7.1f}{theirs[1] / ours[1]:15.1f}")


def goals(bench, processes, statements, tasks):
    # Minima: what another process took from a run is no part of it.
    print("\nGoals, on the least disturbed runs")
    met = []

    def goal(text, value, reached):
        met.append(reached)
        print(f"  {'met   ' if reached else 'MISSED'}  {text}: {value}")

    for module in bench.cases:
        rss = processes[module, OURS][2][1] * 1024 * 1024 / 1e6
        goal(f"{module}: at most {RSS_MB_MAX:.0f} MB", f"{rss:.1f} MB", rss <= RSS_MB_MAX)
        if module not in MANY_STATEMENTS:
            count = statements[module, OURS]
            goal(f"{module}: at most {STATEMENTS_MAX} statements", count, count <= STATEMENTS_MAX)
    for module in LEADING:
        if (module, PEER) in processes:
            ratio = processes[module, PEER][1][0] / processes[module, OURS][1][0]
            goal(f"{module}: at least {CPU_RATIO_MIN:.0f} times less CPU", f"{ratio:.1f}", ratio >= CPU_RATIO_MIN)
        if ("remote_root", module, PEER) in tasks:
            share = tasks["remote_root", module, OURS][0] / tasks["remote_root", module, PEER][0]
            goal(f"{module}: at most {WALL_SHARE_MAX:.0%} of the wall time per task over ssh",
                 f"{share:.0%}", share <= WALL_SHARE_MAX)
    return all(met)


if __name__ == "__main__":
    main()
