"""The module processes alone: wall time, CPU time, peak memory, and what they say to the server."""

import glob
import json
import os
import re
import shlex
import statistics
import subprocess
import sys

from cases import LOGIN, OURS, PEER


def commands(bench):
    """The command of one task, by module and collection."""
    found = {}
    for module, arguments in bench.cases.items():
        file = f"{bench.work}/{module}.json"
        with open(file, "w", encoding="utf-8") as out:
            json.dump({**arguments, "_ansible_module_name": f"postgresql_{module}"}, out)
        found[module, OURS] = [bench.module, file]
        if PEER in bench.collections:
            found[module, PEER] = [sys.executable, packed_peer_module(bench, module)]
    return found


def packed_peer_module(bench, module):
    """The file that Ansible itself sends for one task, arguments and all."""
    home = f"{bench.work}/packed-{module}"
    bench.play_module(PEER, module, 1, ANSIBLE_KEEP_REMOTE_FILES="1", ANSIBLE_REMOTE_TEMP=home)
    return glob.glob(f"{home}/*/AnsiballZ_postgresql_{module}.py")[0]


def bench_processes(bench, every, runs):
    """Minimum and median of wall ms, CPU ms and peak RSS MiB, by module and collection; the runs take turns."""
    samples = {key: [] for key in every}
    for _ in range(runs):
        for key, command in every.items():
            samples[key].append(measured(bench, command))
    print(f"  {'':42}{'wall ms':>15}{'CPU ms':>15}{'peak RSS MiB':>16}")
    results = {}
    for key in every:
        results[key] = [(min(column), statistics.median(column)) for column in zip(*samples[key])]
        figures = "".join(f"{low:8.1f} /{middle:6.1f}" for low, middle in results[key])
        print(f"  {key[0]:20}{key[1]:22}{figures}")
    return results


def measured(bench, command):
    answer = subprocess.run([f"{bench.work}/measure", *command], check=True, capture_output=True, text=True)
    wall, cpu, rss, status = (int(word) for word in answer.stdout.split())
    if status != 0:
        sys.exit(f"{shlex.join(command)} ended with status {status}")
    return wall / 1000, cpu / 1000, rss / 1024


def print_ratios(bench, results):
    """How many times less ours takes, from the least disturbed runs; memory from the medians."""
    print(f"  {'times less than the peer':42}{'wall':>10}{'CPU':>10}{'memory':>10}")
    for module in bench.cases:
        ours, theirs = results[module, OURS], results[module, PEER]
        print(f"  {module:42}{theirs[0][0] / ours[0][0]:10.0f}{theirs[1][0] / ours[1][0]:10.0f}"
              f"{theirs[2][1] / ours[2][1]:10.1f}")


def count_statements(every):
    """Sessions and statements of one task, from the server's log; each statement is one round trip."""
    counted = {}
    print(f"  {'':42}{'sessions':>10}{'statements':>12}")
    for key, command in every.items():
        lines = logged(command)
        sessions = {line.split("[", 1)[1].split("]", 1)[0] for line in lines}
        counted[key] = len(lines)
        print(f"  {key[0]:20}{key[1]:22}{len(sessions):10}{len(lines):12}")
    return counted


def logged(command):
    """Lines of the server's log with the statements of one run."""
    log = os.environ["VIGIE_TEST_PGLOG"]
    before = os.path.getsize(log)
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    with open(log, encoding="utf-8", errors="replace") as file:
        file.seek(before)
        statement = re.compile(rf"\] {LOGIN}@\S+ LOG:  (statement|execute [^:]*): ")
        return [line for line in file if statement.search(line)]
