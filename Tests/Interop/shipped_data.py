#!/usr/bin/env python3
"""Runs the commands in the table of Data/README.md and compares what they write with what Data/ holds: of datasets every
scalar, of models clean and robust accuracy within 5 points, for another processor sums in another order and the images are 360.

    shipped_data.py ADVLAB [--update]

Needs h5py. --update puts what they write into Data/ where it differs. It takes some minutes and belongs to no change: run it
after one that trains otherwise. Exit code: 0 everything as it is shipped, 2 something differs, 1 a command failed.
"""

import argparse
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import h5py
import numpy as np

DATA = pathlib.Path(__file__).resolve().parents[2] / "Data"
ROW = re.compile(r"^\| `(?P<file>[\w.-]+\.h5)` \|.*\| `advlab (?P<command>[^`]*)` \| `(?P<sha>[0-9a-f]{64})` \|$")


def arrays(path):
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[...]} if isinstance(item, h5py.Dataset) else {}))
        return found, file.attrs["advlab_format"]


def accuracies(advlab, path):
    """Clean and robust accuracy of a model on the data that ships with it."""
    data = DATA / ("patterns.h5" if path.name == "tinycnn.h5" else "digits.h5")
    text = subprocess.run([advlab, "attack", "--fgsm", "--eps", "0.1", "--model", path, "--data", data, "--quiet", "--json"],
                          capture_output=True, text=True, check=True).stdout
    result = json.loads(text)
    return result["clean_accuracy"], result["robust_accuracy"]


def difference(advlab, shipped, made):
    """What differs; None where nothing does."""
    (old, form), (new, _) = arrays(shipped), arrays(made)
    if form == "dataset":
        names = [name for name in old.keys() | new.keys() if not np.array_equal(old.get(name), new.get(name))]
        return f"{', '.join(sorted(names))} differ" if names else None
    before, after = accuracies(advlab, shipped), accuracies(advlab, made)
    print(f"{shipped.name}: clean and robust accuracy {before} as shipped, {after} as made", flush=True)
    return None if all(abs(a - b) <= 0.05 for a, b in zip(before, after)) else "accuracies differ"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("advlab", type=os.path.abspath)
    parser.add_argument("--update", action="store_true")
    arguments = parser.parse_args()
    page = DATA / "README.md"
    lines, differences = page.read_text().split("\n"), 0
    with tempfile.TemporaryDirectory() as directory:
        copy = pathlib.Path(directory) / "Data"
        shutil.copytree(DATA, copy)
        for index, line in enumerate(lines):
            match = ROW.match(line)
            if not match:
                continue
            made, shipped = copy / match["file"], DATA / match["file"]
            made.unlink()
            # The file records its command line, so that has to be this one.
            subprocess.run(["bash", "-ec", f'"$0" {match["command"]}', arguments.advlab], cwd=directory, check=True,
                           stdout=subprocess.DEVNULL, env={**os.environ, "ADVLAB_DATA": ""})
            found = difference(arguments.advlab, shipped, made)
            if found:
                differences += 1
                print(f"{match['file']} is not what its command writes: {found}", flush=True)
                if arguments.update:
                    shutil.copyfile(made, shipped)
            sha = hashlib.sha256(shipped.read_bytes()).hexdigest()
            if sha != match["sha"]:
                differences += 1
                print(f"the digest of {match['file']} is {sha}", flush=True)
                lines[index] = line.replace(match["sha"], sha)
            print(f"{match['file']}: compared", flush=True)
    if arguments.update:
        page.write_text("\n".join(lines))
    sys.exit(2 if differences and not arguments.update else 0)


if __name__ == "__main__":
    main()
