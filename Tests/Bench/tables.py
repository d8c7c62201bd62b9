"""The table that peers.py prints."""

import math
import os
import pathlib
import statistics

from processes import QUIET

# Memory of advlab, in parts of that of the Python process.
MEMORY_MUST, MEMORY_AIM = 1 / 3, 1 / 10

COLUMNS = {
    "torchattacks": "torchattacks", "foolbox": "Foolbox", "art": "ART", "pytorch": "PyTorch",
    "autoattack": "AutoAttack", "auto_lirpa": "auto_LiRPA"}
HEADER = [
    "work", "unit", "advlab", *COLUMNS.values(), "ratio (range)", "must", "aim", "held", "memory", "of peer", "ratio",
    "held"]


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
    return "–" if value is None else f"{number(value / 1e6)} MB"


def median(rounds, name, key="rate"):
    values = [results[name].get(key) for results in rounds if name in results]
    return statistics.median(values) if values and None not in values else None


def verdict(reached_must, reached_aim):
    return "aim" if reached_aim else "must" if reached_must else "**no**"


def ratios(bench, rounds):
    """Of advlab to the tool of the target, round by round; above 1 advlab is faster."""
    pairs = [(results["advlab"]["rate"], results[bench.peer]["rate"]) for results in rounds if bench.peer in results]
    return [peer / own if bench.work.activity == "start" else own / peer for own, peer in pairs]


def targets(bench, rounds):
    """Ratio, must, aim, held."""
    work, values = bench.work, ratios(bench, rounds)
    figures = [at_least(choose(values)) for choose in (statistics.median, min, max)] if values else []
    ratio = "{} ({}–{})".format(*figures) if values else "–"
    if work.must is None:
        return [ratio, "–", "–", "–"]
    if work.activity == "start":
        seconds = median(rounds, "advlab")
        return [ratio, f"< {work.must} s", f"< {work.aim} s", verdict(seconds < work.must, seconds < work.aim)]
    reached = statistics.median(values) if values else math.nan
    held = verdict(reached >= work.must, reached >= work.aim) if values else "–"
    return [ratio, f"≥ {work.must}", f"≥ {work.aim}", held]


def memory(bench, rounds):
    """Of advlab, of the tool of the target, their ratio, held."""
    own, peer = median(rounds, "advlab", "peak_memory"), median(rounds, bench.peer, "peak_memory")
    if own is None or peer is None:
        return [megabytes(own), megabytes(peer), "–", "–"]
    share = own / peer
    held = verdict(share < MEMORY_MUST, share < MEMORY_AIM)
    return [megabytes(own), megabytes(peer), number(share, rounding=math.ceil), held]


def unit(bench):
    return "s" if bench.work.activity == "start" else f"{bench.sizes['unit']}/s"


def reached(rounds, name):
    """Mean cross-entropy in the end, for AutoAttack and the start-up robust accuracy, for certificates the mean bound of
    the least margin; of inference what the cross-entropy was."""
    keys = ("margin_bound", "accuracy", "robust_accuracy", "loss_after", "loss_before")
    values = [median(rounds, name, key) for key in keys]
    return next((value for value in values if value is not None), None)


def rows(bench, rounds):
    """The rates of a work, and below what every tool reached."""
    names = ["advlab", *COLUMNS]
    rates = [number(median(rounds, name)) for name in names]
    yield [bench.work.name, unit(bench), *rates, *targets(bench, rounds), *memory(bench, rounds)]
    titles = {"start": "robust accuracy", "autoattack": "robust accuracy", "certify": "mean least margin"}
    title = titles.get(bench.work.activity)
    if title is None:
        title = f"cross-entropy, {number(bench.sizes['loss_before'], 4)} before"
    yield ["", title, *[number(reached(rounds, name), 4) for name in names], *[""] * 8]


def print_table(header, lines):
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for line in lines:
        print("| " + " | ".join(line) + " |")


def print_machine(measurements):
    """What figures without a ratio are worth, and how quiet it was."""
    models = [line.partition(":")[2].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().split("\n")
              if line.startswith("model name")]
    processor = models[0] if models else "unknown processor"
    print(f"\nRates, seconds and megabytes are of this machine as it was: {processor}, {os.cpu_count()} logical cores. "
          "Ratios are to the tool of the target: torchattacks for PGD, the authors' programs for AutoAttack and CROWN, "
          "else PyTorch.")
    loud = [measurement["others"] for measurement in measurements if measurement["others"] > QUIET]
    if loud:
        print(f"\nNot quiet: during {len(loud)} of {len(measurements)} measurements other processes used up to "
              f"{max(loud):.0%} of the processors. Measure again.")
