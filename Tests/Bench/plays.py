"""Plays by ansible-playbook: what they take, and what a task of one takes."""

import json
import os
import re
import resource
import statistics
import subprocess
import sys
import time

from cases import ALWAYS_CHANGED, OURS


class Bench:
    """What every measurement needs: the folder, the binary, which collections and which modules take part."""

    def __init__(self, work, module, collections, cases):
        self.work = work
        self.module = module
        self.collections = collections
        self.cases = cases

    def play(self, name, tasks, place="here", **environment):
        """Runs a play of one more task, which reaches no target.

        Answers the seconds of wall and of CPU time that it took, and how many tasks changed something.
        """
        nothing = {"name": "nothing", "ansible.builtin.set_fact": {"nothing": 1}}
        file = f"{self.work}/play.yml"
        with open(file, "w", encoding="utf-8") as out:
            json.dump([{"name": name, "hosts": place, "gather_facts": False, "tasks": [nothing, *tasks]}], out)
        start, before = time.perf_counter(), children_cpu()
        done = subprocess.run(
            [os.path.join(os.path.dirname(sys.executable), "ansible-playbook"), "-i", f"{self.work}/inventory.ini",
             "-e", f"ansible_python_interpreter={sys.executable}", file],
            # Over ssh the peer gets what serves it best; local pipelining costs it CPU, so it is off there.
            env={**os.environ, "ANSIBLE_PIPELINING": str(place != "here"), **environment},
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )
        wall, cpu = time.perf_counter() - start, children_cpu() - before
        changed = re.search(r"changed=(\d+)", done.stdout)
        if done.returncode != 0 or not changed:
            sys.exit(f"{name}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
        return wall, cpu, int(changed.group(1))

    def play_module(self, collection, module, count, place="here", **environment):
        """Runs `count` equal tasks of a module, which must leave everything as it is."""
        task = {f"{collection}.postgresql_{module}": self.cases[module]}
        tasks = [{"name": f"{module} {index}", **task} for index in range(count)]
        wall, cpu, changed = self.play(f"{collection} {module}", tasks, place, **environment)
        if changed and module not in ALWAYS_CHANGED:
            sys.exit(f"{collection}.postgresql_{module} found something to change: {self.cases[module]}")
        return wall, cpu


def children_cpu():
    """Seconds of CPU time of all ended child processes, and of theirs."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def bench_tasks(bench, cases, count, rounds):
    """Milliseconds per task of each case (place, module, collection): the best wall time and the best CPU time."""
    for place, module, collection in cases:
        bench.play_module(collection, module, 1, place)  # fills caches and opens the connection
    empty = {place: [] for place, _, _ in cases}
    full = {case: [] for case in cases}
    for _ in range(rounds):
        for place, module, collection in cases:
            if collection == OURS:  # as often as the plays that it is taken from
                empty[place].append(bench.play_module(OURS, "ping", 0, place))
            full[place, module, collection].append(bench.play_module(collection, module, count, place))
    print(f"  {'':55}{'wall':>7}{'median':>8}{'CPU':>7}{'tasks/s':>9}")
    best = {}
    for case in cases:
        place, module, collection = case
        walls, cpus = zip(*full[case])
        nothing_walls, nothing_cpus = zip(*empty[place])
        wall = (min(walls) - min(nothing_walls)) * 1000 / count
        middle = (statistics.median(walls) - statistics.median(nothing_walls)) * 1000 / count
        cpu = (min(cpus) - min(nothing_cpus)) * 1000 / count
        best[case] = wall, cpu
        label = "local" if place == "here" else "loopback ssh"
        print(f"  {label:13}{module:20}{collection:22}{wall:7.1f}{middle:8.1f}{cpu:7.1f}{1000 / wall:9.1f}")
    return best
