#!/usr/bin/env python3
"""Measures PyTorch, torchattacks, Foolbox, ART, AutoAttack and auto_LiRPA on the work of `advlab bench`, and prints the ratios.

    peers.py ADVLAB [--works NAME …] [--tools NAME …] [--rounds 3] [--repeat 5] [--threads 2] [--json FILE]
    peers.py ADVLAB --scaling WORK [--repeat 5] [--threads 2] [--json FILE]

Run it with a Python that has the tools, and packaging, which ART imports without asking for it:

    python3 -m venv peers
    peers/bin/pip install torch torchattacks foolbox adversarial-robustness-toolbox packaging h5py
    peers/bin/pip install git+https://github.com/fra31/auto-attack
    peers/bin/pip install git+https://github.com/Verified-Intelligence/auto_LiRPA
    peers/bin/python Tests/Bench/peers.py "$(swift build -c release --show-bin-path)/advlab"

All of it takes about an hour on two cores.

For every work `advlab bench --save` writes weights and images. PyTorch loads them, and nothing is timed before its
logits and its cross-entropy are those of advlab. Then, round by round, every tool takes its turn in a process of its
own, never two at a time: a warm-up, then the median of --repeat runs. A ratio is of two rates of the same round; the
table has its median and range over the rounds. Where the work turns out to differ there is no ratio and the exit code
is 1; a missed target is printed and changes nothing.

--scaling prints the rates of one work for batches of 1 to 1024 and for one thread and all.

Rates are of the machine as it is in that minute. PyTorch suffers most from company: its threads wait for one another,
and one busy process can take nine tenths of its speed. So the script waits for a quiet moment before every measurement
and tells how much others computed during it. A disturbed one is made again, of three the quietest counts, and what was
disturbed all the same is said under the table.
"""

import argparse
import json
import os
import pathlib
import sys
import tempfile

from processes import note, undisturbed
from tables import COLUMNS, HEADER, at_least, megabytes, number, print_machine, print_table, ratios, rows, unit
from works import WORKS, Bench, Differs

BATCHES = (1, 4, 16, 64, 256, 1024)


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
    """The rates of one work for growing batches, on one thread and all."""
    work = next(work for work in WORKS if work.name == options.scaling)
    bench = Bench(work, options, directory, batch_size=BATCHES[-1])
    # Settles the layout by a batch of middling size.
    bench.tool(bench.peer, batch_size=64)
    threads = sorted({1, options.threads})
    entries = [{"batch_size": batch, "results": scaled(bench, batch, threads)} for batch in BATCHES]
    print(f"{work.name}, {unit(bench)}\n")
    names = ("advlab", bench.peer)
    titles = [f"{name}, {count} thread{'s' * (count > 1)}" for name in names for count in threads]
    print_table(["batch", *titles, "ratio", *[f"memory {name}" for name in names]], map(scaling_line, entries))
    print_machine([result for entry in entries for result in entry["results"]])
    save(options, {"scaling": work.name, "rows": entries})


def scaled(bench, batch, threads):
    """The measurements of advlab, then those of the peer, each for the numbers of threads."""
    bench.size = ["--batch-size", batch]
    results = []
    for name in ("advlab", bench.peer):
        for count in threads:
            result = undisturbed(
                lambda: bench.advlab(threads=count) if name == "advlab"
                else bench.tool(name, threads=count, batch_size=batch))
            note(f"  batch {batch}, {name}, threads {count}: {result['rate']:,.4g}")
            results.append({"tool": name, "threads": count, **result})
    return results


def scaling_line(entry):
    results = entry["results"]
    own, peer = results[len(results) // 2 - 1], results[-1]
    return [str(entry["batch_size"]), *[number(result["rate"]) for result in results],
            at_least(own["rate"] / peer["rate"]), megabytes(own["peak_memory"]), megabytes(peer["peak_memory"])]


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
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
