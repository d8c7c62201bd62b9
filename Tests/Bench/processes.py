"""Processes, one at a time: their output, time and memory, and how much the rest of the machine computed meanwhile.

Imports nothing large: what this process holds would count as memory of those that it starts, because Linux hands the
peak of a process on to what it executes.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

DATA = pathlib.Path(__file__).resolve().parents[2] / "Data"

# Seconds to wait for a quiet moment, the share of the processors that others may use in it, and how often a disturbed
# measurement is made.
PATIENCE = 60
QUIET = 0.05
ATTEMPTS = 3


def note(text):
    print(text, file=sys.stderr, flush=True)


@dataclass
class Finished:
    """A process that has ended. `others` is the share of the processors that other processes used meanwhile."""

    output: str
    seconds: float
    memory: int
    others: float


def run(*command, **environment):
    """Runs a process to its end; its memory is that of the largest process in it."""
    command = [str(part) for part in command]
    with tempfile.TemporaryFile("w+") as errors:
        before, start = busy_and_all(), time.perf_counter()
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True,
            env={**os.environ, "ADVLAB_DATA": str(DATA), "PYTHONWARNINGS": "ignore", **environment})
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        busy, total = (after - earlier for after, earlier in zip(busy_and_all(), before))
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            errors.seek(0)
            sys.exit(f"{' '.join(command)} exits {process.returncode}:\n{errors.read().strip()}")
    others = max(0, busy - usage.ru_utime - usage.ru_stime) / max(total, 0.01)
    return Finished(output, seconds, 1024 * usage.ru_maxrss, others)


def report(*command, **environment):
    """The JSON that a process prints, and how much others computed meanwhile."""
    finished = run(*command, **environment)
    return {**json.loads(finished.output), "others": finished.others}


def timed(function):
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def busy_and_all():
    """Seconds of all processors since the machine started: at work, and altogether."""
    user, nice, system, idle, waiting, *rest = (
        int(field) / os.sysconf("SC_CLK_TCK") for field in pathlib.Path("/proc/stat").read_text().split()[1:9])
    busy = user + nice + system + sum(rest)
    return busy, busy + idle + waiting


def wait_for_quiet():
    """Until other processes leave the processors alone, or patience ends."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        before = busy_and_all()
        time.sleep(0.5)
        busy, total = (after - earlier for after, earlier in zip(busy_and_all(), before))
        if busy <= QUIET * total:
            return


def undisturbed(measure):
    """The quietest of some attempts: the first that others left alone."""
    found = []
    while len(found) < ATTEMPTS and not any(result["others"] <= QUIET for result in found):
        wait_for_quiet()
        found.append(measure())
    return min(found, key=lambda result: result["others"])
