"""What one trivial step costs: `sh -c true`, executed by ours and by its peers, which take turns."""

import json
import os
import shutil
import sys

from runs import low_and_middle

OURS, OURS_ASSERT = "runbook", "runbook, assert (no process)"
MAKE, LOOP, GO_TASK = "make", "bash loop", "go-task"
ANSIBLE_COMMAND, ANSIBLE_DEBUG = "ansible-playbook, command", "ansible-playbook, debug"

# An Ansible task takes a thousand times as long: fewer of them say as much.
ANSIBLE_STEPS = 20
ANSIBLE_ROUNDS = 3
SHELL = 'run: "true"'
ASSERT = 'assert: "1 == 1"'


def runners(executor, count):
    """By name: how many steps, how many rounds, the command of one step, the command of them all, a preparation."""
    found = {
        OURS: ours(executor, "shell", SHELL, count),
        OURS_ASSERT: ours(executor, "assert", ASSERT, count),
        MAKE: (count, None, make(executor, 1), make(executor, count), None),
        LOOP: (count, None, loop(1), loop(count), None),
    }
    if go_task():
        found[GO_TASK] = (count, None, task(executor, 1), task(executor, count), None)
    else:
        print("  go-task is not available: left out")
    for name, body in ((ANSIBLE_COMMAND, {"ansible.builtin.command": "sh -c true", "changed_when": False}),
                       (ANSIBLE_DEBUG, {"ansible.builtin.debug": {"msg": "true"}})):
        found[name] = (ANSIBLE_STEPS, ANSIBLE_ROUNDS, play(executor, name, body, 1),
                       play(executor, name, body, ANSIBLE_STEPS), None)
    return found


def ours(executor, name, action, count):
    def command(number):
        steps = [f"{{id: s{index}, title: Step, effect: none, {action}}}" for index in range(number)]
        return [executor.runbook, "run", executor.document(f"{name}-{number}.yml", steps)]
    return count, None, command(1), command(count), executor.forget


def make(executor, count):
    targets = [f"t{index}" for index in range(count)]
    rules = "".join(f"{target}:\n\t@sh -c true\n" for target in targets)
    file = executor.write(f"{count}.mk", f".PHONY: all {' '.join(targets)}\nall: {' '.join(targets)}\n{rules}")
    return ["make", "--no-builtin-rules", f"--file={file}", "all"]


def loop(count):
    return ["bash", "-c", f"for ((i = 0; i < {count}; i++)); do sh -c true; done"]


def go_task():
    return os.environ.get("VIGIE_GO_TASK") or shutil.which("task", path=beside_python("")) or shutil.which("go-task")


def task(executor, count):
    commands = "".join("      - sh -c true\n" for _ in range(count))
    file = executor.write(f"{count}.taskfile.yml",
                          f'version: "3"\nsilent: true\ntasks:\n  default:\n    cmds:\n{commands}')
    return [go_task(), "--taskfile", file]


def play(executor, name, body, count):
    tasks = [{"name": f"t{index}", **body} for index in range(count)]
    word = name.rsplit(maxsplit=1)[-1]
    file = executor.write(f"{word}-{count}.json", json.dumps(
        [{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}]))
    return [beside_python("ansible-playbook"), "-i", "localhost,", "-e", f"ansible_python_interpreter={sys.executable}",
            file]


def beside_python(name):
    return os.path.join(os.path.dirname(sys.executable), name)


def bench_steps(executor, count, rounds):
    """Milliseconds by runner: of one step and nothing else ("start"), and of each further one (wall, CPU)."""
    every = runners(executor, count)
    one = {name: [] for name in every}
    many = {name: [] for name in every}
    for number in range(rounds):
        for name, (_, rounds_max, first, full, prepare) in every.items():
            if rounds_max is not None and number >= rounds_max:
                continue
            for command, samples in ((first, one), (full, many)):
                if prepare:
                    prepare()
                samples[name].append(executor.measured(command))
    print(f"  {'':36}{'start, CPU':>20}{'step, CPU':>20}{'step, wall':>20}{'CPU / ours':>12}")
    results = {}
    for name, (steps, *_) in every.items():
        start, whole = low_and_middle(one[name]), low_and_middle(many[name])
        # Minimum less minimum, median less median.
        wall, cpu = ([(whole[column][at] - start[column][at]) / (steps - 1) for at in (0, 1)] for column in (0, 1))
        results[name] = {"start": start[1], "cpu": cpu, "wall": wall}
        ratio = cpu[0] / results[OURS]["cpu"][0]
        print(f"  {name:36}{pair(start[1], 1)}{pair(cpu, 2)}{pair(wall, 2)}{ratio:12.2f}")
    return results


def pair(low_middle, digits):
    low, middle = low_middle
    return f"{low:11.{digits}f} /{middle:7.{digits}f}"
