#!/usr/bin/env python3
"""Exchanges PyTorch's own files with PyTorch, both ways: random architectures, their weights in every form.

    torch_archives.py write DIR [--count 36] [--seed 0]     makes a folder per case, and files to be refused
    torch_archives.py run DIR --advlab PATH                 runs advlab on every one
    torch_archives.py check DIR                             compares what advlab wrote with what PyTorch computes

Needs torch, numpy and h5py. A case is one architecture of `pytorch_exchange.py` in one of FORMS, in turn, and holds

    architecture.json   the network in the native description
    weights.pt          what torch.save wrote
    data.h5             x_test (N, C, H, W) float32 in [0, 1] with the attribute layout, y_test
    expected.h5         logits, and gradient: that of the summed cross-entropy with respect to x_test
    rounded.pt          the state dictionary in single precision, as it comes out of weights.pt

and after `run`

    predictions.h5      advlab predict  --model weights.pt --architecture architecture.json --data data.h5
    gradient.h5         advlab gradient, likewise
    native.h5           advlab convert weights.pt native.h5 --to native --architecture architecture.json
    converted.pt        advlab convert native.h5 converted.pt --to pytorch

`check` compares logits (1e-5 of the largest) and gradients (1e-4 of the largest; both sides compute in single
precision), loads converted.pt by torch.load(weights_only=True) and load_state_dict, and compares its tensors to the bit.
The folder `refused` holds files that are no state dictionaries; `run` fails unless advlab refuses each, and names what it
is.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys

import h5py
import numpy
import torch
from torch import nn

from pytorch_exchange import CLASSES, EXAMPLES, Graph, architecture, difference, evaluate, folders, randomize


def floats(state, change):
    """The state dictionary with its floating-point tensors changed."""
    return collections.OrderedDict(
        (name, change(value) if value.is_floating_point() else value) for name, value in state.items())


def other(state):
    """Weights that are not those of the model."""
    return floats(state, lambda tensor: torch.zeros_like(tensor) - 3)


def strided(tensor):
    """The same numbers in another order of memory, every second one of a larger storage."""
    spread = torch.full((*reversed(tensor.shape), 2), float("nan"))
    view = spread[..., 0].permute(*reversed(range(tensor.dim())))
    view.copy_(tensor)
    return view


def shared(state):
    """All tensors in one storage, one after the other."""
    flat = torch.cat([torch.zeros(5)] + [value.flatten() for value in state.values() if value.is_floating_point()])
    position = 5
    views = collections.OrderedDict()
    for name, value in state.items():
        if value.is_floating_point():
            views[name] = flat[position:position + value.numel()].view(value.shape)
            position += value.numel()
        else:
            views[name] = value
    return views


def prefixed(state, prefix):
    return collections.OrderedDict((prefix + name, value) for name, value in state.items())


def training(model, state):
    """A checkpoint with the optimiser's state, which has tensors of the weights' shapes."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.0)
    sum(parameter.sum() for parameter in model.parameters()).backward()
    optimizer.step()
    return {"epoch": 3, "state_dict": state, "optimizer": optimizer.state_dict(), "best": torch.tensor(0.5)}


# What is saved, from the model and its state dictionary, and options of torch.save.
FORMS = {
    "zip": lambda model, state: (state, {}),
    "legacy": lambda model, state: (state, {"_use_new_zipfile_serialization": False}),
    "protocol 4": lambda model, state: (state, {"pickle_protocol": 4}),
    "legacy of protocol 4": lambda model, state: (
        state, {"pickle_protocol": 4, "_use_new_zipfile_serialization": False}),
    "half": lambda model, state: (floats(state, torch.Tensor.half), {}),
    "bfloat16": lambda model, state: (floats(state, torch.Tensor.bfloat16), {}),
    "float64": lambda model, state: (floats(state, torch.Tensor.double), {}),
    "strided": lambda model, state: (floats(state, strided), {}),
    "legacy and strided": lambda model, state: (
        floats(state, strided), {"_use_new_zipfile_serialization": False}),
    "shared": lambda model, state: (shared(state), {}),
    "channels last": lambda model, state: (model.to(memory_format=torch.channels_last).state_dict(), {}),
    "training": lambda model, state: (training(model, state), {}),
    "parallel": lambda model, state: ({"model": prefixed(state, "module."), "args": {"lr": 0.1}}, {}),
    "compiled": lambda model, state: (prefixed(state, "_orig_mod."), {}),
    "with an average": lambda model, state: (
        {"ema": {"module": other(state), "decay": 0.9}, "model_state_dict": state}, {}),
    "an average": lambda model, state: ({"ema_state_dict": state, "step": 7}, {}),
    "parameters": lambda model, state: (floats(state, nn.Parameter), {}),
    "NumPy": lambda model, state: ({name: value.numpy() for name, value in state.items()}, {}),
}

# Files that are no state dictionaries, and what advlab must say about them.
REFUSED = {
    "module": ("whole module", lambda path: torch.save(nn.Linear(3, 2), path)),
    "module_legacy": (
        "whole module", lambda path: torch.save(nn.Linear(3, 2), path, _use_new_zipfile_serialization=False)),
    "scripted": ("TorchScript", lambda path: torch.jit.script(nn.Linear(3, 2)).save(str(path))),
    "sparse": ("sparse", lambda path: torch.save({"weight": torch.eye(3).to_sparse()}, path)),
    "quantised": ("quantised", lambda path: torch.save(
        {"weight": torch.quantize_per_tensor(torch.eye(3), 0.1, 0, torch.qint8)}, path)),
    "complex": ("complex", lambda path: torch.save({"weight": torch.eye(3) * 1j}, path)),
    "path": ("PosixPath", lambda path: torch.save({"weight": torch.eye(3), "file": pathlib.PosixPath("x")}, path)),
}


def channels_first(description):
    """A state dictionary does not say how images were flattened; PyTorch's own layer does it channels first."""
    for node in description["nodes"]:
        if "flatten" in node["operation"]:
            node["operation"]["flatten"] = "channelsFirst"
    return description


def write(directory, count, seed):
    for index in range(count):
        folder = directory / f"case_{index:03}"
        folder.mkdir(parents=True, exist_ok=True)
        description = channels_first(architecture(seed * 1000 + index))
        model = Graph(description).eval()
        randomize(model, seed * 1000 + index)
        form = list(FORMS)[index % len(FORMS)]
        saved, options = FORMS[form](model, model.state_dict())
        torch.save(saved, folder / "weights.pt", **options)
        precision = {"half": torch.Tensor.half, "bfloat16": torch.Tensor.bfloat16}.get(form, lambda tensor: tensor)
        rounded = floats(model.state_dict(), lambda tensor: precision(tensor).float())
        model.load_state_dict(rounded)
        torch.save(rounded, folder / "rounded.pt")
        shape = description["nodes"][0]["operation"]["input"]
        random_numbers = numpy.random.default_rng(seed * 1000 + index)
        images = random_numbers.random((EXAMPLES, *shape), dtype=numpy.float32)
        labels = random_numbers.integers(0, CLASSES, EXAMPLES)
        logits, gradient = evaluate(model, images, labels)
        (folder / "architecture.json").write_text(json.dumps(description, indent=1))
        (folder / "form.txt").write_text(form)
        with h5py.File(folder / "data.h5", "w") as file:
            file.create_dataset("x_test", data=images).attrs["layout"] = "NCHW"
            file["y_test"] = labels
            file.attrs["class_count"] = CLASSES
        with h5py.File(folder / "expected.h5", "w") as file:
            file["logits"] = logits
            file["gradient"] = gradient
    (directory / "refused").mkdir(exist_ok=True)
    for name, (_, save) in REFUSED.items():
        save(directory / "refused" / f"{name}.pt")
    print(f"{count} cases in {min(count, len(FORMS))} forms, {len(REFUSED)} files to be refused")


def run(directory, advlab):
    for folder in folders(directory):
        path = lambda name: str(folder / name)
        model = ["--model", path("weights.pt"), "--architecture", path("architecture.json"), "--data", path("data.h5")]
        for arguments in [
            ["predict", *model, "--output", path("predictions.h5")],
            ["gradient", *model, "--output", path("gradient.h5")],
            ["convert", path("weights.pt"), path("native.h5"), "--to", "native",
             "--architecture", path("architecture.json")],
            ["convert", path("native.h5"), path("converted.pt"), "--to", "pytorch"],
        ]:
            subprocess.run([advlab, *arguments], check=True, stdout=subprocess.DEVNULL)
    for name, (words, _) in REFUSED.items():
        path = directory / "refused" / f"{name}.pt"
        result = subprocess.run([advlab, "inspect", str(path)], capture_output=True, text=True)
        if result.returncode == 0 or words not in result.stderr:
            sys.exit(f"{path.name}: expected to be refused as {words}: {result.stdout}{result.stderr}")


def check(directory):
    failures = []
    worst = {"logits": 0.0, "gradient": 0.0}
    for folder in folders(directory):
        title = f"{folder.name} ({(folder / 'form.txt').read_text()})"
        with h5py.File(folder / "expected.h5") as expected:
            for name, file, limit in [("logits", "predictions.h5", 1e-5), ("gradient", "gradient.h5", 1e-4)]:
                with h5py.File(folder / file) as found:
                    error = difference(found[name][...], expected[name][...])
                worst[name] = max(worst[name], error)
                if not error <= limit:
                    failures.append(f"{title}: {name} differ by {error:.2e}")
        failures += [f"{title}: {failure}" for failure in check_state(folder)]
    print(f"{len(folders(directory))} cases, worst differences {worst}")
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


def check_state(folder):
    """Loads what advlab wrote by PyTorch's own call: to the bit the weights that went in."""
    converted = torch.load(folder / "converted.pt", weights_only=True)
    model = Graph(json.loads((folder / "architecture.json").read_text())).eval()
    model.load_state_dict(converted)
    original = torch.load(folder / "rounded.pt", weights_only=True)
    return [
        f"{name} differs"
        for name, tensor in original.items()
        if not name.endswith("num_batches_tracked")
        and converted[name].numpy().tobytes() != tensor.contiguous().numpy().tobytes()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mode", choices=["write", "run", "check"])
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=36)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--advlab", default="advlab")
    arguments = parser.parse_args()
    if arguments.mode == "write":
        write(arguments.directory, arguments.count, arguments.seed)
    elif arguments.mode == "run":
        run(arguments.directory, arguments.advlab)
    else:
        sys.exit(check(arguments.directory))


if __name__ == "__main__":
    main()
