"""Measures our modules beside community.postgresql's and prints figures, ratios and goals. Called by run.sh."""

import argparse
import glob
import json
import os
import re
import shlex
import statistics
import subprocess
import sys
import time

RUNS = int(os.environ.get("VIGIE_BENCH_RUNS", "30"))
TASKS = int(os.environ.get("VIGIE_BENCH_TASKS", "20"))
ROUNDS = int(os.environ.get("VIGIE_BENCH_ROUNDS", "4"))
CPU_RATIO_MIN = 20.0
RSS_MIB_MAX = 20.0
WALL_SHARE_MAX = 0.25

OURS, PEER = "vigie.dba", "community.postgresql"
SERVER = {"login_unix_socket": os.environ["VIGIE_TEST_PGHOST"], "login_port": int(os.environ["VIGIE_TEST_PGPORT"])}
WORK = {
    "ping": ("postgresql_ping", SERVER),
    "user": ("postgresql_user", {**SERVER, "name": "vigie_bench", "password": "what it was before", "login_db": "postgres"}),
}


def main():
    parser = argparse.ArgumentParser()
    for option in ("--work", "--module", "--ssh"):
        parser.add_argument(option, required=True)
    options = parser.parse_args()
    peer = os.path.exists(f"{options.work}/collections/ansible_collections/community/postgresql")
    collections = [OURS, PEER] if peer else [OURS]

    play(options, OURS, "user", 1, "here")  # makes the role: later runs find it unchanged
    print(f"\nModule process, {RUNS} runs each, interleaved (minimum / median)")
    processes = bench_processes(options, collections)
    places = ["here"] + (["remote_root"] if options.ssh == "yes" else [])
    print(f"\nansible-playbook, milliseconds per task: a play of {TASKS} tasks less an empty one, {ROUNDS} rounds")
    tasks = bench_playbooks(options, collections, places)
    sys.exit(0 if goals(processes, tasks) else 1)


def bench_processes(options, collections):
    commands = {}
    for work, (module, arguments) in WORK.items():
        file = f"{options.work}/{module}.json"
        with open(file, "w", encoding="utf-8") as out:
            json.dump({**arguments, "_ansible_module_name": module}, out)
        commands[work, OURS] = [options.module, file]
        if PEER in collections:
            commands[work, PEER] = [sys.executable, packed_peer_module(options, work)]
    samples = {key: [] for key in commands}
    for _ in range(RUNS):
        for key, command in commands.items():
            wall, cpu, rss, status = measured(options, command)
            if status != 0:
                sys.exit(f"{shlex.join(command)} ended with status {status}")
            samples[key].append((wall / 1000, cpu / 1000, rss / 1024))
    print(f"  {'':26}{'wall ms':>16}{'CPU ms':>16}{'peak RSS MiB':>18}")
    results = {}
    for key in sorted(samples):
        columns = list(zip(*samples[key]))
        results[key] = [(min(column), statistics.median(column)) for column in columns]
        print(f"  {key[0]:5}{key[1]:21}" + "".join(
            f"{low:8.1f} /{middle:6.1f}{'  ' if index == 2 else ''}" for index, (low, middle) in enumerate(results[key])
        ))
    for work in WORK:
        if (work, PEER) in results:
            ours, theirs = results[work, OURS], results[work, PEER]
            print(f"  {work}: {theirs[1][0] / ours[1][0]:.0f} times less CPU, "
                  f"{theirs[0][0] / ours[0][0]:.0f} times less wall, {theirs[2][1] / ours[2][1]:.1f} times less memory")
    return results


def measured(options, command):
    answer = subprocess.run([f"{options.work}/measure", *command], check=True, capture_output=True, text=True)
    return [int(word) for word in answer.stdout.split()]


def packed_peer_module(options, work):
    """The file that Ansible itself sends for one task, arguments and all."""
    home = f"{options.work}/packed-{work}"
    play(options, PEER, work, 1, "here", ANSIBLE_KEEP_REMOTE_FILES="1", ANSIBLE_REMOTE_TEMP=home)
    return glob.glob(f"{home}/*/AnsiballZ_{WORK[work][0]}.py")[0]


def bench_playbooks(options, collections, places):
    cases = [(place, work, name) for place in places for work in WORK for name in collections]
    for place, work, name in cases:
        play(options, name, work, 1, place)  # fills caches and opens the connection
    empty = {place: [] for place in places}
    full = {case: [] for case in cases}
    for _ in range(ROUNDS):
        for place in places:
            empty[place].append(play(options, OURS, "ping", 0, place))
        for place, work, name in cases:
            full[place, work, name].append(play(options, name, work, TASKS, place))
    print(f"  {'':39}{'best':>8}{'median':>8}{'tasks/s':>9}")
    best = {}
    for case in cases:
        nothing = empty[case[0]]
        best[case] = (min(full[case]) - min(nothing)) * 1000 / TASKS
        middle = (statistics.median(full[case]) - statistics.median(nothing)) * 1000 / TASKS
        place = "loopback ssh" if case[0] != "here" else "local"
        print(f"  {place:13}{case[1]:5}{case[2]:21}{best[case]:8.1f}{middle:8.1f}{1000 / best[case]:9.1f}")
    return best


def play(options, name, work, count, place, **environment):
    """Runs `count` equal tasks, and one that reaches no target, and returns the seconds it took."""
    module, arguments = WORK[work]
    tasks = [{"name": "nothing", "ansible.builtin.set_fact": {"nothing": 1}}]
    tasks += [{"name": f"{work} {index}", f"{name}.{module}": arguments} for index in range(count)]
    file = f"{options.work}/bench-{name}-{work}-{count}.yml"
    with open(file, "w", encoding="utf-8") as out:
        json.dump([{"hosts": place, "gather_facts": False, "tasks": tasks}], out)
    start = time.perf_counter()
    done = subprocess.run(
        [os.path.join(os.path.dirname(sys.executable), "ansible-playbook"), "-i", f"{options.work}/inventory.ini",
         "-e", f"ansible_python_interpreter={sys.executable}", file],
        # Over ssh the peer gets what serves it best; local pipelining costs it CPU, so it is off there.
        env={**os.environ, "ANSIBLE_PIPELINING": str(place != "here"), **environment},
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )
    seconds = time.perf_counter() - start
    changed = re.search(r"changed=(\d+)", done.stdout)
    if done.returncode != 0 or (count > 1 and (not changed or changed.group(1) != "0")):
        sys.exit(done.stdout + done.stderr)
    return seconds


def goals(processes, tasks):
    # Minima: what another process took from a run is no part of it.
    print("\nGoals, on the least disturbed runs")
    met = []

    def goal(text, value, reached):
        met.append(reached)
        print(f"  {'met   ' if reached else 'MISSED'}  {text}: {value}")

    for work in WORK:
        ours = processes[work, OURS]
        goal(f"{work}: at most {RSS_MIB_MAX:.0f} MiB", f"{ours[2][1]:.1f} MiB", ours[2][1] <= RSS_MIB_MAX)
        if (work, PEER) in processes:
            ratio = processes[work, PEER][1][0] / ours[1][0]
            goal(f"{work}: at least {CPU_RATIO_MIN:.0f} times less CPU", f"{ratio:.1f}", ratio >= CPU_RATIO_MIN)
        if ("remote_root", work, PEER) in tasks:
            share = tasks["remote_root", work, OURS] / tasks["remote_root", work, PEER]
            goal(f"{work}: at most {WALL_SHARE_MAX:.0%} of the wall time per task over ssh",
                 f"{share:.0%}", share <= WALL_SHARE_MAX)
    return all(met)


if __name__ == "__main__":
    main()
