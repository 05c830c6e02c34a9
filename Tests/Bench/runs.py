"""Single runs of commands under `measure`, and what came of many of them."""

import os
import shlex
import shutil
import statistics
import subprocess
import sys


class Executor:
    """The runbook executor, with a state folder that each run finds empty unless told otherwise."""

    def __init__(self, work, measure, runbook):
        self.work = work
        self.measure = measure
        self.runbook = runbook
        self.state = f"{work}/state"
        self.environment = {**os.environ, "LC_ALL": "C.UTF-8", "RUNBOOK_STATE_DIR": self.state}

    def measured(self, command, status=0, **environment):
        """Milliseconds of wall and of CPU time, of all its descendants too."""
        done = subprocess.run(
            [self.measure, *command], check=True, capture_output=True, text=True, cwd=self.work,
            env={**self.environment, **environment})
        wall, cpu, _, ended = (int(word) for word in done.stdout.split())
        if ended != status:
            sys.exit(f"{shlex.join(command)} ended with status {ended}, not {status}:\n{done.stderr[-2000:]}")
        return wall / 1000, cpu / 1000

    def forget(self):
        """Empties the state folder."""
        shutil.rmtree(self.state, ignore_errors=True)

    def folder(self):
        """The folder of the one run."""
        runs = os.listdir(f"{self.state}/runs")
        if len(runs) != 1:
            sys.exit(f"one run was expected in {self.state}: {runs}")
        return f"{self.state}/runs/{runs[0]}"

    def write(self, name, text):
        """A file of the work folder, and its path."""
        path = f"{self.work}/{name}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def document(self, name, steps, title="Bench"):
        """A runbook of these lines, one for each step."""
        head = f'runbook: 1\nid: bench\ntitle: {title}\nlock: "bench"\nsteps:\n'
        return self.write(name, head + "".join(f"  - {step}\n" for step in steps))


def low_and_middle(samples):
    """Minimum and median of each column."""
    return [(min(column), statistics.median(column)) for column in zip(*samples)]
