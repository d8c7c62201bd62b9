#!/usr/bin/env python3
"""Measures PyTorch, torchattacks, Foolbox and ART on the work of `advlab bench`, and prints the ratios.

    peers.py ADVLAB [--works NAME …] [--tools NAME …] [--rounds 3] [--repeat 5] [--threads 2] [--json FILE]
    peers.py ADVLAB --scaling WORK [--repeat 5] [--threads 2] [--json FILE]

Run it with a Python that has the tools:

    python3 -m venv peers
    peers/bin/pip install torch torchattacks foolbox adversarial-robustness-toolbox packaging h5py
    peers/bin/python Tests/Bench/peers.py "$(swift build -c release --show-bin-path)/advlab"

All of it takes a quarter of an hour on two cores.

For every work `advlab bench --save` writes weights and images. PyTorch loads them, and nothing is timed before its
logits and its cross-entropy are those of advlab. Then, round by round, every tool takes its turn in a process of its
own, never two at a time: a warm-up, then the median of --repeat runs. A ratio is of two rates of the same round; the
table has its median and range over the rounds. Where the work turns out to differ there is no ratio and the exit code
is 1; a missed target is printed and changes nothing.

--scaling prints the rates of one work for batches of 1 to 1024 and for one thread and all.

Rates are of the machine as it is in that minute. PyTorch suffers most from company: its threads wait for one another,
and one busy process can take nine tenths of its speed. So the script waits for a quiet moment before every measurement,
tells how much others computed during it, and says under the table when that was not nothing.
"""

import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

# This process imports nothing large: what it holds would count as memory of the processes that it starts, because Linux
# hands the peak of a process on to what it executes.

TOOLS = pathlib.Path(__file__).with_name("tools.py")
DATA = pathlib.Path(__file__).resolve().parents[2] / "Data"

# Of the largest logit, and of the loss. Sums in single precision differ by 1e-6 to 1e-5 in another order; other weights
# or images by 1e-1.
LARGEST_DIFFERENCE = 1e-4
# Of what an attack adds to the mean cross-entropy, from one random start to another: 0.012 on TinyCNN, 0.0005 elsewhere.
LARGEST_GAIN_DIFFERENCE = 0.03
# The start-up attacks 360 images; one may lie on the boundary.
LARGEST_ACCURACY_DIFFERENCE = 1.5 / 360

# Seconds to wait for a quiet moment, and the share of the processors that other processes may use.
PATIENCE = 60
QUIET = 0.1

# Memory of advlab, in parts of that of the Python process.
MEMORY_MUST, MEMORY_AIM = 1 / 2, 1 / 4


@dataclass(frozen=True)
class Work:
    """Sizes come from `advlab bench`; here are what it does not tell, and the targets: at least this ratio to the tool
    that stands first, or for the start-up at most these seconds."""

    name: str
    tools: tuple
    epsilon: float = 0
    step_size: float = 0
    must: float | None = None
    aim: float | None = None

    @property
    def activity(self):
        return self.name.partition("-")[0]


ATTACKS = ("torchattacks", "foolbox", "art")
WORKS = [
    Work("pgd-tinycnn", ATTACKS, 0.3, 0.01, 3, 10),
    Work("pgd-mnist-small", ATTACKS, 0.3, 0.01, 2, 4),
    Work("pgd-mnist-madry", ATTACKS, 0.3, 0.01, 2, 3),
    Work("pgd-resnet18-cifar", ATTACKS, 8 / 255, 2 / 255, 1.3, 2),
    Work("fast-mnist-small", ("pytorch",), 0.3, 0.375, 1.5, 2.5),
    Work("fast-mnist-madry", ("pytorch",), 0.3, 0.375, 1.5, 2.5),
    Work("predict-mnist-madry", ("pytorch",)),
    Work("predict-resnet18-cifar", ("pytorch",)),
    Work("start-up", ("pytorch",), 0.1, must=0.5, aim=0.1),
]
COLUMNS = ("torchattacks", "foolbox", "art", "pytorch")


class Differs(Exception):
    """Two tools did not do the same work."""


def note(text):
    print(text, file=sys.stderr, flush=True)


# Processes.


@dataclass
class Finished:
    """A process that has ended. `others` is the share of the processors that other processes used meanwhile."""

    output: str
    seconds: float
    memory: int
    others: float


def run(*command):
    """Runs a process to its end; its memory is that of the largest process in it."""
    command = [str(part) for part in command]
    with tempfile.TemporaryFile("w+") as errors:
        before, start = busy_and_all(), time.perf_counter()
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True,
            env={**os.environ, "ADVLAB_DATA": str(DATA), "PYTHONWARNINGS": "ignore"})
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


def report(*command):
    """The JSON that a process prints, and how much others computed meanwhile."""
    finished = run(*command)
    return {**json.loads(finished.output), "others": finished.others}


def tool(command, **task):
    """What one of the subcommands of tools.py answers."""
    return report(sys.executable, TOOLS, command, json.dumps(task))


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


# Measurements.


class Bench:
    """One work, its saved weights and images, and how to measure each tool on it."""

    def __init__(self, work, options, directory, batch_size=None):
        self.work, self.options, self.directory = work, options, pathlib.Path(directory) / work.name
        self.layouts = {}
        self.tools = [name for name in work.tools if name in options.tools]
        self.size = [] if batch_size is None else ["--batch-size", batch_size]
        if work.activity != "start":
            self.sizes = self.advlab("--save", self.directory, repeat=1)
            self.check()

    def advlab(self, *arguments, threads=None, repeat=None):
        threads, repeat = threads or self.options.threads, repeat or self.options.repeat
        found = report(
            self.options.advlab, "bench", self.work.name, "--json", "--quiet", "--threads", threads,
            "--repeat", repeat, *self.size, *arguments)
        return {**found["works"][0], "others": found["others"]}

    def task(self, **more):
        return {
            "activity": self.work.activity, "epsilon": self.work.epsilon, "step_size": self.work.step_size,
            "directory": str(self.directory), "architecture": self.sizes["architecture"],
            "batch_size": int(self.sizes["batch_size"]), "steps": int(self.sizes["steps"]), "channels_last": False,
            "threads": self.options.threads, "repeat": self.options.repeat, "seed": 0, **more}

    def check(self):
        """That PyTorch's network is the one that advlab saved, and that both speak of the same images."""
        model = self.directory / f"{self.sizes['architecture']}.h5"
        images = self.directory / f"{self.sizes['architecture']}-images.h5"
        predictions = self.directory / "predictions.h5"
        run(self.options.advlab, "predict", "--model", model, "--data", images, "--output", predictions, "--quiet")
        found = tool("check", **self.task(predictions=str(predictions)))
        note(f"  logits differ by {found['difference']:.1e} of the largest")
        if not found["difference"] <= LARGEST_DIFFERENCE:
            raise Differs(f"logits of advlab and PyTorch differ by {found['difference']:.1e} of the largest")
        if not math.isclose(found["loss"], self.sizes["loss_before"], rel_tol=LARGEST_DIFFERENCE):
            raise Differs(f"mean cross-entropy is {self.sizes['loss_before']} for advlab, {found['loss']} for PyTorch")

    def peer(self, name, **more):
        """One measurement of a tool in the layout that is faster for it, which is found first."""
        if name not in self.layouts:
            wait_for_quiet()
            rates = {layout: max(self.measured(name, layout, {**more, "repeat": 3})["rates"]) for layout in (False, True)}
            self.layouts[name] = max(rates, key=rates.get)
            note(f"  {name}: {rates[False]:,.0f}, channels last {rates[True]:,.0f}")
        return self.measured(name, self.layouts[name], more)

    def measured(self, name, channels_last, more):
        found = tool("measure", **self.task(tool=name, channels_last=channels_last, **more))
        steps = self.sizes["steps"]
        if self.work.activity == "pgd" and found["gradients"] != steps:
            raise Differs(f"{name} took {found['gradients']} gradients of every image instead of {steps}")
        return {**found, "channels_last": channels_last}

    def start_up(self, *command):
        """Whole processes, by one stopwatch; the first is not counted."""
        runs = [run(*command) for _ in range(1 + self.options.repeat)]
        rates = [process.seconds for process in runs[1:]]
        return {
            "rate": statistics.median(rates), "rates": rates, "peak_memory": max(process.memory for process in runs),
            "others": max(process.others for process in runs[1:]),
            "robust_accuracy": json.loads(runs[-1].output)["robust_accuracy"]}

    def measure(self, name, seed):
        if self.work.activity != "start":
            return self.advlab() if name == "advlab" else self.peer(name, seed=seed)
        if name == "advlab":
            return self.start_up(
                self.options.advlab, "attack", "--fgsm", "--eps", self.work.epsilon, "--json",
                "--threads", self.options.threads)
        task = {"epsilon": self.work.epsilon, "threads": self.options.threads}
        return self.start_up(sys.executable, TOOLS, "start-up", json.dumps(task))

    def rounds(self):
        """A dictionary of the tools' measurements for every round."""
        rounds = []
        for number in range(self.options.rounds):
            results = {}
            for name in ["advlab", *self.tools]:
                wait_for_quiet()
                results[name] = self.measure(name, number)
                note(f"  round {number + 1}, {name}: {results[name]['rate']:,.4g}, "
                     f"others used {results[name]['others']:.0%} of the processors")
            rounds.append(results)
            self.compare_results(results)
        return rounds

    def compare_results(self, results):
        """That the tools reached the same in a round. What training reaches is left out: it is chaotic."""
        if self.work.activity == "pgd":
            reached = {name: result["loss_after"] for name, result in results.items()}
            limit = LARGEST_GAIN_DIFFERENCE * (max(reached.values()) - self.sizes["loss_before"])
        elif self.work.activity == "start":
            reached = {name: result["robust_accuracy"] for name, result in results.items()}
            limit = LARGEST_ACCURACY_DIFFERENCE
        else:
            return
        if not max(reached.values()) - min(reached.values()) <= limit:
            raise Differs(f"the tools reached {reached}")


# The table.


def number(value, digits=2, rounding=round):
    """With so many significant digits: 28,000, 2.4, 0.036."""
    if value is None or not math.isfinite(value) or value == 0:
        return "–" if value is None else str(value)
    places = digits - 1 - math.floor(math.log10(abs(value)))
    return f"{rounding(value * 10.0 ** places) / 10.0 ** places:,.{max(places, 0)}f}"


def at_least(value):
    """A ratio, rounded down, so that a missed target does not look reached."""
    return number(value, rounding=math.floor)


def megabytes(value):
    return f"{number(value / 1e6)} MB"


def median(rounds, name, key="rate"):
    values = [results[name].get(key) for results in rounds if name in results]
    return statistics.median(values) if values and None not in values else None


def verdict(reached_must, reached_aim):
    return "aim" if reached_aim else "must" if reached_must else "**no**"


def ratios(bench, rounds):
    """Of advlab to the tool of the target, round by round; above 1 advlab is faster."""
    if not bench.tools:
        return []
    pairs = [(results["advlab"]["rate"], results[bench.tools[0]]["rate"]) for results in rounds]
    return [peer / own if bench.work.activity == "start" else own / peer for own, peer in pairs]


def targets(bench, rounds):
    """Ratio, must, aim, held."""
    work, values = bench.work, ratios(bench, rounds)
    ratio = f"{at_least(statistics.median(values))} ({at_least(min(values))}–{at_least(max(values))})" if values else "–"
    if work.must is None:
        return [ratio, "–", "–", "–"]
    if work.activity == "start":
        seconds = median(rounds, "advlab")
        return [ratio, f"< {work.must} s", f"< {work.aim} s", verdict(seconds < work.must, seconds < work.aim)]
    if not values or bench.tools[0] != work.tools[0]:
        return [ratio, f"≥ {work.must}", f"≥ {work.aim}", "–"]
    reached = statistics.median(values)
    return [ratio, f"≥ {work.must}", f"≥ {work.aim}", verdict(reached >= work.must, reached >= work.aim)]


def memory(bench, rounds):
    """Of advlab, of the tool of the target, their ratio, held."""
    own = median(rounds, "advlab", "peak_memory")
    peer = median(rounds, bench.tools[0], "peak_memory") if bench.tools else None
    if own is None or peer is None:
        return [megabytes(own) if own else "–", "–", "–", "–"]
    share = own / peer
    return [megabytes(own), megabytes(peer), number(share, rounding=math.ceil), verdict(share < MEMORY_MUST, share < MEMORY_AIM)]


def unit(bench):
    return "s" if bench.work.activity == "start" else f"{bench.sizes['unit']}/s"


def rows(bench, rounds):
    """The rates of a work, and below what every tool reached."""
    names = ["advlab", *COLUMNS]
    rates = [number(median(rounds, name)) for name in names]
    yield [bench.work.name, unit(bench), *rates, *targets(bench, rounds), *memory(bench, rounds)]
    if bench.work.activity == "start":
        title, keys = "robust accuracy", ["robust_accuracy"]
    else:
        title, keys = f"cross-entropy, {number(bench.sizes['loss_before'], 4)} before", ["loss_after", "loss_before"]
    reached = [next((value for key in keys if (value := median(rounds, name, key)) is not None), None) for name in names]
    yield ["", title, *[number(value, 4) for value in reached], *[""] * 8]


def print_table(header, lines):
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for line in lines:
        print("| " + " | ".join(line) + " |")


HEADER = [
    "work", "unit", "advlab", "torchattacks", "Foolbox", "ART", "PyTorch", "ratio (range)", "must", "aim", "held",
    "memory", "of peer", "ratio", "held"]


def print_machine(measurements):
    """What figures without a ratio are worth, and how quiet it was."""
    models = [line.partition(":")[2].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().split("\n")
              if line.startswith("model name")]
    print(f"\nRates, seconds and megabytes are of this machine as it was: {models[0] if models else 'unknown processor'}, "
          f"{os.cpu_count()} logical cores. Ratios are to the tool of the target: torchattacks for attacks, else PyTorch.")
    loud = [measurement["others"] for measurement in measurements if measurement["others"] > QUIET]
    if loud:
        print(f"\nNot quiet: during {len(loud)} of {len(measurements)} measurements other processes used up to "
              f"{max(loud):.0%} of the processors. Measure again.")


def compare(options, directory):
    """The works one after the other; returns whether all of them were the same for all tools."""
    lines, entries, differing = [], [], []
    for work in [work for work in WORKS if work.name in options.works]:
        note(work.name)
        try:
            bench = Bench(work, options, directory)
            rounds = bench.rounds()
        except Differs as difference:
            differing.append(f"{work.name}: {difference}")
            continue
        lines += rows(bench, rounds)
        entries.append({"work": work.name, "ratios": ratios(bench, rounds), "rounds": rounds})
    print_table(HEADER, lines)
    print_machine([result for entry in entries for results in entry["rounds"] for result in results.values()])
    for difference in differing:
        print(f"\nNot the same work. {difference}")
    save(options, {"works": entries, "differing": differing})
    return not differing


def scale(options, directory):
    """The rates of one work for growing batches."""
    work = next(work for work in WORKS if work.name == options.scaling)
    bench = Bench(work, options, directory, batch_size=1024)
    if not bench.tools:
        sys.exit(f"{work.name}: --tools leaves none to compare with")
    peer, threads = bench.tools[0], sorted({1, options.threads})
    # Settles the layout by a batch of middling size.
    bench.peer(peer, batch_size=64)
    lines, entries = [], []
    for batch in (1, 4, 16, 64, 256, 1024):
        bench.size = ["--batch-size", batch]
        found = {}
        for count in threads:
            wait_for_quiet()
            found["advlab", count] = bench.advlab(threads=count)
            wait_for_quiet()
            found[peer, count] = bench.peer(peer, threads=count, batch_size=batch)
            note(f"  {batch} images, {count} threads: "
                 f"{found['advlab', count]['rate']:,.4g}, {found[peer, count]['rate']:,.4g}")
        rates = [found[key]["rate"] for key in ((name, count) for name in ("advlab", peer) for count in threads)]
        many = [found[name, threads[-1]] for name in ("advlab", peer)]
        lines.append([str(batch), *map(number, rates), at_least(many[0]["rate"] / many[1]["rate"]),
                      *[megabytes(result["peak_memory"]) for result in many]])
        entries.append({"batch_size": batch, "results": [
            {"tool": name, "threads": count, **result} for (name, count), result in found.items()]})
    print(f"{work.name}, {unit(bench)}\n")
    print_table(["batch", *[f"{name}, {counted(count)}" for name in ("advlab", peer) for count in threads], "ratio",
                 "memory advlab", f"memory {peer}"], lines)
    print_machine([result for entry in entries for result in entry["results"]])
    save(options, {"scaling": work.name, "rows": entries})


def counted(threads):
    return "1 thread" if threads == 1 else f"{threads} threads"


def save(options, content):
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps({"threads": options.threads, **content}, indent=1) + "\n")


def main():
    names = [work.name for work in WORKS]
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n")[0], epilog="The file's beginning says more.")
    parser.add_argument("advlab", type=pathlib.Path, help="the program")
    parser.add_argument("--works", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--tools", nargs="+", choices=COLUMNS, default=COLUMNS, metavar="NAME", help=", ".join(COLUMNS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeat", type=int, default=5, help="timed runs of a tool in a round")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", metavar="FILE", help="everything that was measured")
    parser.add_argument("--scaling", choices=names[:-1], metavar="WORK", help="rates for batches of 1 to 1024")
    options = parser.parse_args()
    options.advlab = options.advlab.resolve()
    if not os.access(options.advlab, os.X_OK) or options.advlab.is_dir():
        parser.error(f"{options.advlab} is not a program")
    if min(options.rounds, options.repeat, options.threads) < 1:
        parser.error("--rounds, --repeat and --threads are at least 1")
    with tempfile.TemporaryDirectory() as directory:
        if options.scaling:
            scale(options, directory)
        elif not compare(options, directory):
            sys.exit(1)


if __name__ == "__main__":
    main()
