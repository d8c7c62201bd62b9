#!/usr/bin/env python3
"""Runs commands in one process and in several, and compares everything that they write and print, times apart.

    ranks.py <advlab built with --traits MPI> [--ranks 1,2,3,4] [--alone <advlab built without>]

Needs mpirun (Debian: openmpi-bin) and h5py.
"""

import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import h5py
import numpy

# A container's user is often root, and has fewer cores than ranks.
ENVIRONMENT = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
MPIRUN = ["mpirun", "--oversubscribe", "-n"]
# Seconds between the signal that mpirun passes on and the one that kills; it waits for their end, whatever happens.
PATIENCE = ["mpirun", "--mca", "odls_base_sigkill_timeout", "5"]
DATA = pathlib.Path(__file__).resolve().parents[2] / "Data"


def words(advlab, ranks, arguments):
    return ([] if ranks == 0 else MPIRUN + [str(ranks)]) + [advlab] + arguments + ["--data-directory", str(DATA)]


def run(advlab, ranks, arguments, directory, code=0):
    """What a command prints; `ranks` is 0 for a process that no launcher has started."""
    result = subprocess.run(
        words(advlab, ranks, arguments), cwd=directory, env=ENVIRONMENT, capture_output=True, text=True, timeout=600)
    if result.returncode != code:
        sys.exit(f"{ranks} ranks, {' '.join(arguments)}: exit code {result.returncode} instead of {code}\n"
                 f"{result.stdout}{result.stderr}")
    return result


def is_time(name):
    return "second" in name.split("/")[-1]


def without_times(value):
    if isinstance(value, dict):
        return {key: without_times(item) for key, item in value.items() if not is_time(key)}
    return [without_times(item) for item in value] if isinstance(value, list) else value


def plain(value):
    """An attribute or a dataset in a form that can be compared: JSON without its times, arrays with their bytes."""
    if isinstance(value, bytes):
        value = value.decode()
    if isinstance(value, str):
        try:
            return without_times(json.loads(value))
        except ValueError:
            return value
    array = numpy.asarray(value)
    return [str(array.dtype), array.shape, array.tolist() if array.dtype == object else array.tobytes()]


def content(path):
    """Everything in a file of HDF5, by name."""
    found = {}

    def enter(name, item):
        for key, value in item.attrs.items():
            if not is_time(key):
                found[f"{name}@{key}"] = plain(value)
        if isinstance(item, h5py.Dataset) and not is_time(name):
            found[name] = plain(item[()])

    with h5py.File(path) as file:
        enter("", file)
        file.visititems(enter)
    return found


def require_same(found, expected, what):
    if found != expected:
        names = [name for name in {**found, **expected} if found.get(name) != expected.get(name)] \
            if isinstance(found, dict) else [f"{found}\ninstead of\n{expected}"]
        sys.exit(f"{what}: differs in {', '.join(map(str, names[:5]))}")


def results(advlab, ranks, arguments, directory):
    """What a command prints as JSON, and the file it writes."""
    output = directory / "out.h5"
    output.unlink(missing_ok=True)
    printed = json.loads(run(advlab, ranks, arguments + ["--json", "--quiet", "--threads", "1"], directory).stdout)
    return without_times(printed), content(output) if output.exists() else {}


MANY = "many.h5"


def write_many(directory):
    """More digits than fit into one range of 16,384: the same ones again and again."""
    with h5py.File(DATA / "digits.h5") as digits, h5py.File(directory / MANY, "w") as many:
        images, labels = digits["x_test"][()], digits["y_test"][()]
        many["x_test"] = numpy.concatenate([images] * (1 + 16_384 // len(images)))
        many["y_test"] = numpy.concatenate([labels] * (1 + 16_384 // len(images)))


CASES = {
    "plain training": ["train", "--architecture", "digits-cnn", "--epochs", "2", "--batch-size", "300", "--output",
                       "out.h5"],
    "training in windows": ["train", "--data", MANY, "--split", "test", "--architecture", "mlp:hidden=8", "--epochs", "1",
                            "--batch-size", "512", "--window", "4MB", "--output", "out.h5"],
    "batch normalisation": ["train", "--architecture", "resnet18-cifar:width=2", "--epochs", "1", "--batch-size", "256",
                            "--augment", "crop:padding=1", "--output", "out.h5"],
    "adversarial training": ["train", "--architecture", "digits-cnn", "--defence", "pgd:steps=3,eps=0.1", "--epochs", "1",
                             "--batch-size", "256", "--output", "out.h5"],
    "TRADES": ["train", "--architecture", "mlp", "--defence", "trades:steps=2,eps=0.1", "--epochs", "1", "--batch-size",
               "500", "--output", "out.h5"],
    "free training": ["train", "--architecture", "mlp", "--defence", "free:replays=2,eps=0.1", "--epochs", "1",
                      "--batch-size", "500", "--output", "out.h5"],
    "interval bounds": ["train", "--architecture", "mlp", "--defence", "crown-ibp:eps=0.05", "--epochs", "2",
                        "--batch-size", "256", "--output", "out.h5"],
    "attack": ["attack", "--pgd", "--eps", "0.1", "--steps", "10", "--output", "out.h5"],
    "black-box attack": ["attack", "--attack", "square", "--queries", "50", "--eps", "0.1", "--output", "out.h5"],
    "attack of several radii": ["attack", "--fgsm", "--eps", "0.05,0.1"],
    "evaluate": ["evaluate", "--eps", "0.05,0.1", "--suite", "quick"],
    "certify": ["certify", "--eps", "0.02", "--count", "60", "--output", "out.h5"],
    "smoothing": ["certify", "--method", "smoothing:samples=200", "--count", "20"],
    "CLEVER": ["certify", "--method", "clever:batches=20,samples=64", "--eps", "0.1", "--count", "5"],
    "attack in ranges": ["attack", "--fgsm", "--eps", "0.1", "--data", MANY, "--output", "out.h5"],
    "evaluate in ranges": ["evaluate", "--suite", "fgsm,noise:draws=1", "--policy", "cascade", "--eps", "0.1", "--data",
                           MANY],
    "certify in ranges": ["certify", "--method", "ibp", "--eps", "0.01", "--data", MANY, "--output", "out.h5"],
}


def compare(advlab, counts, directory):
    for name, arguments in CASES.items():
        expected = results(advlab, 0, arguments, directory)
        for count in counts:
            found = results(advlab, count, arguments, directory)
            for one, other, what in zip(found, expected, ["standard output", "the file"]):
                require_same(one, other, f"{name}, {count} ranks, {what}")
        print(f"{name}: the same with {', '.join(map(str, counts))} ranks", flush=True)


TRAINING = ["train", "--architecture", "digits-cnn", "--epochs", "400", "--batch-size", "256", "--quiet", "--threads", "1",
            "--output", "long.h5", "--checkpoint", "state"]


def start_training(advlab, directory):
    """A long run of two ranks that has kept its state at least twice."""
    process = subprocess.Popen(
        PATIENCE + words(advlab, 2, TRAINING)[1:], cwd=directory, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True)
    state = directory / "state" / "checkpoint.h5"
    deadline = time.time() + 120
    first = None
    while process.poll() is None and time.time() < deadline:
        if state.exists():
            first = first or state.stat().st_ino
            if state.stat().st_ino != first:
                return process
        time.sleep(0.05)
    process.kill()
    sys.exit(f"no state is kept: {process.stderr.read()}")


def rank_processes(process):
    """The ranks that mpirun has started."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            name, fields = path.read_text().rsplit(")", 1)
        except OSError:
            continue
        if int(fields.split()[1]) == process.pid and "advlab" in name:
            found.append(int(path.parent.name))
    return sorted(found)


def check_ends(advlab, directory):
    # One rank dies: the run ends, and the state stays.
    process = start_training(advlab, directory)
    os.kill(rank_processes(process)[-1], signal.SIGKILL)
    errors = process.communicate(timeout=60)[1]
    if process.returncode == 0 or "signal 9" not in errors:
        sys.exit(f"a rank was killed: exit code {process.returncode}\n{errors}")
    print("a rank that dies ends the run", flush=True)
    # The ranks are interrupted as mpirun does it: the weights so far are written. Some mpirun, itself interrupted, signals
    # nobody for ten seconds and leaves.
    (directory / "state" / "checkpoint.h5").unlink()
    process = start_training(advlab, directory)
    for rank in rank_processes(process):
        os.kill(rank, signal.SIGTERM)
    errors = process.communicate(timeout=90)[1]
    content(directory / "long.h5")
    if errors.count("interrupted after") != 1:
        sys.exit(f"interrupted: exit code {process.returncode}\n{errors}")
    print("Ctrl-C leaves the weights so far", flush=True)


def check_resumption(advlab, directory):
    """A run of two ranks that was stopped goes on with three, and ends as one that was not."""
    short = [word if word != "400" else "60" for word in TRAINING]
    state = directory / "state" / "checkpoint.h5"
    state.unlink()
    process = subprocess.Popen(PATIENCE + words(advlab, 2, short)[1:], cwd=directory, env=ENVIRONMENT,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not (state.exists() and content(state)["state"]["epochs"]):
        time.sleep(0.02)
    for rank in rank_processes(process):
        os.kill(rank, signal.SIGTERM)
    process.wait(timeout=90)
    run(advlab, 3, ["train", "--resume", "--checkpoint", "state", "--quiet"], directory)
    found = content(directory / "long.h5")
    state.unlink()
    run(advlab, 0, short, directory)
    expected = content(directory / "long.h5")
    # The resumed run has its options from the state, in another spelling.
    del found["@command"], expected["@command"]
    require_same(found, expected, "resumed")
    print("a run of 2 ranks goes on with 3", flush=True)


def check_errors(advlab, directory):
    for arguments, code, message in [
        (["predict", "--output", "p.h5"], 64, "'predict' runs in one process"),
        (["attack", "--pgd"], 64, "--eps"),
        (["attack", "--fgsm", "--eps", "0.1", "--model", "none.h5"], 66, "none.h5"),
    ]:
        errors = run(advlab, 3, arguments, directory, code).stderr
        if errors.count("Error: ") != 1 or message not in errors:
            sys.exit(f"{' '.join(arguments)}: expected one message with {message}, found\n{errors}")
    print("errors are printed once", flush=True)


def check_refusal(advlab, directory):
    errors = run(advlab, 2, ["attack", "--fgsm", "--eps", "0.1", "--output", "twice.h5"], directory, 64).stderr
    if errors.count("Error: ") != 1 or "--traits MPI" not in errors or (directory / "twice.h5").exists():
        sys.exit(f"a build without MPI: expected one message that names the trait, found\n{errors}")
    print("a build without MPI runs in one process alone", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("advlab")
    parser.add_argument("--ranks", default="1,2,3,4")
    parser.add_argument("--alone")
    arguments = parser.parse_args()
    advlab = os.path.abspath(arguments.advlab)
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        if arguments.alone:
            check_refusal(os.path.abspath(arguments.alone), directory)
        check_errors(advlab, directory)
        write_many(directory)
        compare(advlab, [int(count) for count in arguments.ranks.split(",")], directory)
        check_ends(advlab, directory)
        check_resumption(advlab, directory)


main()
