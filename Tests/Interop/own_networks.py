#!/usr/bin/env python3
"""One's own PyTorch networks, as the README says to bring them, and the commands that errors about .pt files give.

    own_networks.py ADVLAB [--count 60] [--seed 0]

Runs the README's script on hand-picked and on random Sequentials and compares the logits that `advlab predict` writes with
PyTorch's (1e-4 of the largest: both compute in single precision, and a layer normalisation over nearly equal values makes
rounding larger by their mean over their deviation; a wrong field changes the first digit). Then saves a network in every way that people save
them, runs the command in the error message, and compares the logits of what it made. Needs torch, numpy and h5py.
"""

import argparse
import pathlib
import random
import re
import subprocess
import sys
import tempfile

import h5py
import numpy
import torch
from torch import nn

ROOT = pathlib.Path(__file__).resolve().parents[2]


def script():
    """The README's code."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    names = {}
    exec(next(block for block in blocks if "def export(" in block), names)
    return names["export"]


def randomize(model, seed):
    """Weights and statistics that a trained network might have."""
    generator = torch.Generator().manual_seed(seed)
    for name, value in model.state_dict().items():
        if value.is_floating_point():
            noise = torch.randn(value.shape, generator=generator)
            value.copy_(noise.abs() + 0.5 if name.endswith("running_var") else noise * 0.3)


def hand_picked():
    cnn = lambda *end: nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 3, stride=2), nn.ReLU(), nn.Flatten(), *end)
    yield "batch normalisation, strides", cnn(nn.Linear(6, 10)), (1, 8, 8)
    yield "dropout", cnn(nn.Dropout(0.5), nn.Linear(6, 16), nn.ReLU(), nn.Dropout(0.25), nn.Linear(16, 10)), (1, 8, 8)
    yield "softmax at the end", cnn(nn.Linear(6, 10), nn.LogSoftmax(1)), (1, 8, 8)
    yield "one output", cnn(nn.Linear(6, 1)), (1, 8, 8)
    yield "dense layers", nn.Sequential(
        nn.Flatten(), nn.Linear(20, 16), nn.BatchNorm1d(16), nn.GELU(), nn.Linear(16, 3, bias=False)), (1, 4, 5)
    yield "nested", nn.Sequential(nn.Sequential(nn.Conv2d(3, 4, 3), nn.PReLU()), nn.Sequential(
        nn.AvgPool2d(3, 2, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 5))), (3, 12, 12)
    yield "same padding", nn.Sequential(
        nn.Conv2d(2, 3, 4, padding="same"), nn.Tanh(), nn.Flatten(), nn.Linear(147, 4)), (2, 7, 7)


def random_sequential(rng):
    c, side = rng.choice([1, 2, 3]), rng.choice([7, 8, 9])
    shape, modules = (c, side, side), []
    for _ in range(rng.randint(1, 3)):
        kernel = rng.choice([1, 2, 3])
        width, groups = 2 * rng.randint(1, 4), rng.choice([1, c]) if rng.random() < 0.4 else 1
        width *= groups
        modules.append(nn.Conv2d(
            c, width, (kernel, rng.choice([1, kernel])), stride=rng.choice([1, 1, 2]),
            padding=rng.choice([0, 1, (1, 0)]), groups=groups, bias=rng.random() < 0.6, dilation=rng.choice([1, 1, 2]) if kernel == 1 else 1))
        c = width
        modules += rng.choice([[], [nn.BatchNorm2d(c)], [nn.BatchNorm2d(c, affine=False)], [nn.GroupNorm(2, c)],
                               [nn.Identity()], [nn.ZeroPad2d((1, 0, 2, 1))]])
        modules.append(rng.choice([
            nn.ReLU(), nn.ReLU6(), nn.LeakyReLU(0.2), nn.ELU(0.7), nn.SELU(), nn.GELU(), nn.GELU(approximate="tanh"),
            nn.SiLU(), nn.Hardswish(), nn.Sigmoid(), nn.Hardsigmoid(), nn.Tanh(), nn.Softplus(), nn.PReLU(),
            nn.PReLU(c)]))
        modules += rng.choice([[], [], [nn.MaxPool2d(2, 1)], [nn.AvgPool2d(2, 1, padding=1, count_include_pad=False)],
                               [nn.MaxPool2d(2, ceil_mode=True)], [nn.Dropout(0.1)]])
    modules += rng.choice([[], [nn.AdaptiveAvgPool2d(1)], [nn.AdaptiveMaxPool2d((1, 1))]]) + [nn.Flatten()]
    x = torch.zeros(1, *shape)
    for module in modules:
        # With ceil_mode a window larger than the image counts in PyTorch; the lab refuses it.
        if isinstance(module, nn.MaxPool2d) and min(x.shape[2:]) < 2:
            raise RuntimeError("an image smaller than a window")
        x = module.eval()(x)
    size = x.shape[1]
    modules += rng.choice([[nn.Linear(size, 12), nn.LayerNorm(12), nn.ReLU(), nn.Linear(12, 5)], [nn.Linear(size, 5)]])
    if rng.random() < 0.3:
        return nn.Sequential(nn.Sequential(*modules[:2]), nn.Sequential(*modules[2:])), shape
    return nn.Sequential(*modules), shape


def fitting_sequential(rng):
    """One whose windows fit into the images they meet."""
    while True:
        try:
            return random_sequential(rng)
        except RuntimeError:
            continue


def run(*words):
    return subprocess.run([str(w) for w in words], capture_output=True, text=True)


def logits_agree(advlab, folder, expected, *model):
    """What `advlab predict` gives for the images of data.h5 there."""
    result = run(advlab, "predict", "--quiet", "--data", folder / "data.h5", "--output", folder / "p.h5", *model)
    if result.returncode != 0:
        return result.stderr.strip()
    with h5py.File(folder / "p.h5") as file:
        found = file["logits"][...]
    # One output is two classes, the first with the logit 0.
    if expected.shape[1] == 1 and found.shape[1] == 2:
        expected = numpy.concatenate([numpy.zeros_like(expected), expected], axis=1)
    (folder / "p.h5").unlink()
    worst = abs(found - expected).max() / max(abs(expected).max(), 1e-3)
    return None if worst <= 1e-4 else f"logits differ by {worst:.1e}"


def write_data(folder, shape, classes, seed):
    images = numpy.random.default_rng(seed).random((9, *shape), dtype=numpy.float32)
    with h5py.File(folder / "data.h5", "w") as file:
        file["x_test"] = images
        file["x_test"].attrs["layout"] = "NCHW"
        file["y_test"] = numpy.arange(9) % classes
    return torch.from_numpy(images)


def own_networks(advlab, folder, count, seed):
    export, rng = script(), random.Random(seed)
    cases = list(hand_picked()) + [(f"random {i}", *fitting_sequential(rng)) for i in range(count)]
    for index, (name, model, shape) in enumerate(cases):
        randomize(model, seed + index)
        export(model, shape, str(folder / "net"))
        ends = isinstance(model[-1], (nn.Softmax, nn.LogSoftmax))
        with torch.no_grad():
            classes = model(torch.zeros(2, *shape)).shape[1]
            images = write_data(folder, shape, classes, seed + index)
            expected = (model[:-1] if ends else model)(images).numpy()
        model = ["--model", folder / "net.h5", "--architecture", folder / "net.json"]
        yield name, logits_agree(advlab, folder, expected, *model)
        if index < 3:
            result = run(
                advlab, "attack", "--pgd", "--steps", 3, "--eps", 0.1, "--data", folder / "data.h5", "--quiet", *model)
            yield name + ", attacked", None if result.returncode == 0 else result.stderr


def saved_files(model):
    """Every way in which people save a network, and whether torch warns of it."""
    state = model.state_dict()
    yield "a state dictionary", state, {}
    yield "a module", model, {}
    yield "{'model': state}", {"model": state, "epoch": 3}, {}
    yield "{'state_dict': state}", {"state_dict": state, "optimizer": {}, "best": 0.9}, {}
    yield "{'net': state}", {"net": state, "acc": 91.2, "epoch": 7}, {}
    yield "{'model_state_dict': state}", {"model_state_dict": state}, {}
    yield "{'model': module}", {"model": model, "epoch": 3}, {}
    yield "{'state_dict': {'model': state}}", {"state_dict": {"model": state}}, {}
    yield "a state dictionary of DataParallel", {"module." + k: v for k, v in state.items()}, {}
    old = {"_use_new_zipfile_serialization": False}
    yield "a state dictionary in the old form", state, old
    yield "a module in the old form", model, old
    yield "TorchScript", None, {}


def hints(advlab, folder):
    model, shape = nn.Sequential(
        nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Flatten(), nn.Linear(108, 4)), (1, 8, 8)
    randomize(model, 1)
    script()(model, shape, str(folder / "net"))
    images = write_data(folder, shape, 4, 1)
    with torch.no_grad():
        expected = model.eval()(images).numpy()
    for name, value, options in saved_files(model):
        path = folder / "saved.pt"
        if value is None:
            torch.jit.script(model).save(str(path))
        else:
            torch.save(value, path, **options)
        error = run(
            advlab, "predict", "--model", path, "--architecture", folder / "net.json", "--output", folder / "p.h5")
        command = re.search(r'python -c "(.*?)"', error.stderr)
        if error.returncode != 65 or not command:
            yield name, f"no command in: {error.stderr}"
            continue
        if ("module" in name or name == "TorchScript") != ("if you trust it, and where" in error.stderr):
            yield name, f"the warning is not right: {error.stderr}"
            continue
        made = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", command[1]], cwd=folder, capture_output=True, text=True)
        if made.returncode != 0:
            yield name, made.stderr
            continue
        yield name, logits_agree(
            advlab, folder, expected, "--model", folder / "converted.h5", "--architecture", folder / "net.json")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("advlab", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    failures = count = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name, failure in [*own_networks(options.advlab.resolve(), folder, options.count, options.seed),
                              *hints(options.advlab.resolve(), folder)]:
            count += 1
            if failure:
                failures += 1
                print(f"{name}: {failure}")
    print(f"{count - failures} of {count} agree")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
