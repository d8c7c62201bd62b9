#!/usr/bin/env python3
"""Exchanges weights with PyTorch as safetensors, both ways: random architectures, in every type of numbers.

    safetensors_exchange.py DIR --advlab PATH [--count 40]

Needs torch, safetensors, numpy and h5py. For each architecture of `pytorch_exchange.py` the library `safetensors` writes the
state dictionary, in single, double or half precision or bfloat16, with a prefix or in two files with an index. `advlab
convert` makes a model of the lab of it, and a safetensors file of that again, which the library reads: every tensor must
have the bits that PyTorch has when it converts the file's numbers to single precision.
"""

import argparse
import json
import pathlib
import subprocess
import sys

import torch
from safetensors.torch import load_file, save_file

import pytorch_exchange as exchange

TYPES = [torch.float32, torch.float64, torch.float16, torch.bfloat16]
FORMS = ["plain", "parallel", "index"]


def write(folder, state, form):
    """The path of the file to be read."""
    if form == "index":
        names = sorted(state)
        parts = {"model-00001-of-00002.safetensors": names[::2], "model-00002-of-00002.safetensors": names[1::2]}
        for file, part in parts.items():
            save_file({name: state[name] for name in part}, folder / file)
        index = {"metadata": {}, "weight_map": {name: file for file, part in parts.items() for name in part}}
        path = folder / "model.safetensors.index.json"
        path.write_text(json.dumps(index))
        return path
    prefix = "module." if form == "parallel" else ""
    save_file({prefix + name: tensor for name, tensor in state.items()}, folder / "model.safetensors", {"format": "pt"})
    return folder / "model.safetensors"


def flattens_channels_last(description):
    """Columns of the dense layer behind are arranged for `nn.Flatten` when such a network is written."""
    return any(node["operation"].get("flatten") == "channelsLast" for node in description["nodes"])


def case(folder, seed, description, advlab):
    model = exchange.Graph(description)
    exchange.randomize(model, seed)
    kind, form = TYPES[seed % len(TYPES)], FORMS[seed % len(FORMS)]
    state = {
        name: tensor.to(kind) if tensor.is_floating_point() else tensor
        for name, tensor in model.state_dict().items()}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "architecture.json").write_text(json.dumps(description))
    path = write(folder, state, form)
    convert = [advlab, "convert", "--force"]
    subprocess.run(
        convert + [path, folder / "native.h5", "--to", "native", "--architecture", folder / "architecture.json"],
        check=True, stdout=subprocess.DEVNULL)
    subprocess.run(convert + [folder / "native.h5", folder / "back.safetensors"], check=True, stdout=subprocess.DEVNULL)
    back = load_file(folder / "back.safetensors")
    wanted = {name: tensor.float() for name, tensor in state.items() if tensor.is_floating_point()}
    floats = {name: tensor for name, tensor in back.items() if tensor.is_floating_point()}
    # Fixed scales and shifts of an affine node are its own parameters in both.
    different = [name for name in wanted if name not in floats or not torch.equal(floats[name], wanted[name])]
    if different or set(floats) != set(wanted):
        return f"{folder.name} ({kind}, {form}): {different or set(floats) ^ set(wanted)}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--advlab", required=True)
    parser.add_argument("--count", type=int, default=40)
    arguments = parser.parse_args()
    failures, done, seed = [], 0, 0
    while done < arguments.count:
        seed += 1
        try:
            description = exchange.architecture(seed)
        except RuntimeError:
            # A few random architectures do not fit PyTorch.
            continue
        if flattens_channels_last(description):
            continue
        failures.append(case(arguments.directory / f"case_{seed:03}", seed, description, arguments.advlab))
        done += 1
    failures = [failure for failure in failures if failure]
    for failure in failures:
        print(failure)
    print(f"{done} state dictionaries as safetensors, both ways: {len(failures)} failures")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
