#!/usr/bin/env python3
"""Reads networks that PyTorch exported as ONNX: random architectures, by both exporters, in many versions.

    onnx_import.py write DIR [--count 40] [--seed 0]     makes a folder per case
    onnx_import.py run DIR --advlab PATH                 runs advlab on every one
    onnx_import.py check DIR                             compares what advlab computes with what PyTorch computes

Needs torch, onnx, onnxscript, onnxruntime, numpy and h5py. A case is one architecture of `pytorch_exchange.py`, exported
by the TorchScript exporter (opset 9 to 20) or by the one of torch.export (18 to 22), with an open or a fixed number of
images, with constants folded or not. It holds

    model.onnx          the exported network
    data.h5             x_test (N, C, H, W) float32 in [0, 1] with the attribute layout, y_test
    expected.h5         logits, and gradient: that of the summed cross-entropy with respect to x_test

and after `run`

    predictions.h5      advlab predict  --model model.onnx --data data.h5
    gradient.h5         advlab gradient, likewise

A file that the exporter does not make, or that onnxruntime does not compute as PyTorch does, says nothing about advlab and
is left out; a quarter of them at most. `check` compares logits (1e-5 of the largest) and gradients (1e-4 of the largest; both
sides compute in single precision).
"""

import argparse
import contextlib
import io
import logging
import pathlib
import random
import subprocess
import sys
import warnings

import h5py
import numpy
import onnxruntime
import torch

import pytorch_exchange as exchange


def export(model, images, path, r):
    """One file, as a user's script would write it."""
    dynamic = r.random() < 0.6
    names = dict(input_names=["image"], output_names=["logits"])
    if r.random() < 0.6:
        torch.onnx.export(
            model, images, path, opset_version=r.choice(range(9, 21)), dynamo=False,
            do_constant_folding=r.random() < 0.7, keep_initializers_as_inputs=r.random() < 0.2,
            dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}} if dynamic else None, **names)
    else:
        shapes = ({0: torch.export.Dim("batch")},) if dynamic else None
        torch.onnx.export(
            model, (images,), path, opset_version=r.choice([18, 20, 21, 22]), dynamo=True, external_data=False,
            optimize=r.random() < 0.7, dynamic_shapes=shapes, **names)


def case(folder, seed):
    """Whether a case came about."""
    r = random.Random(seed)
    try:
        description = exchange.architecture(seed)
    except RuntimeError:
        return False
    model = exchange.Graph(description)
    exchange.randomize(model, seed)
    model.eval()
    generator = numpy.random.default_rng(seed)
    shape = description["nodes"][0]["operation"]["input"]
    images = generator.random((exchange.EXAMPLES, *shape), dtype=numpy.float32)
    labels = generator.integers(0, exchange.CLASSES, exchange.EXAMPLES)
    logits, gradient = exchange.evaluate(model, images, labels)
    folder.mkdir(parents=True, exist_ok=True)
    path = str(folder / "model.onnx")
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            export(model, torch.from_numpy(images), path, r)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        computed = session.run(None, {session.get_inputs()[0].name: images})[0]
        fits = abs(computed - logits).max() <= 1e-4 * abs(logits).max()
    except Exception as error:
        print(f"{folder.name}: left out, {str(error).splitlines()[0][:120]}")
        fits = False
    if not fits:
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        return False
    with h5py.File(folder / "data.h5", "w") as file:
        file["x_test"] = images
        file["x_test"].attrs["layout"] = "NCHW"
        file["y_test"] = labels
    with h5py.File(folder / "expected.h5", "w") as file:
        file["logits"] = logits
        file["gradient"] = gradient
    return True


def write(directory, count, seed):
    made, tried = 0, 0
    while made < count:
        made += case(directory / f"case_{tried:03}", seed * 1000 + tried)
        tried += 1
        if tried > count * 4 // 3 + 8:
            sys.exit(f"only {made} of {tried} networks could be exported")
    print(f"{made} networks exported, of {tried}")


def run(directory, advlab):
    for folder in sorted(directory.glob("case_*")):
        for command in ("predict", "gradient"):
            output = {"predict": "predictions.h5", "gradient": "gradient.h5"}[command]
            subprocess.run(
                [advlab, command, "--model", folder / "model.onnx", "--data", folder / "data.h5", "--output",
                 folder / output, "--force"], check=True, stdout=subprocess.DEVNULL)


def check(directory):
    worst = {"logits": 0.0, "gradient": 0.0}
    failures = 0
    folders = sorted(directory.glob("case_*"))
    for folder in folders:
        with h5py.File(folder / "expected.h5") as expected, h5py.File(folder / "predictions.h5") as predictions, \
                h5py.File(folder / "gradient.h5") as gradient:
            found = {"logits": predictions["logits"][...], "gradient": gradient["gradient"][...]}
            for name, tolerance in (("logits", 1e-5), ("gradient", 1e-4)):
                wanted = expected[name][...]
                difference = float(abs(found[name] - wanted).max() / abs(wanted).max())
                worst[name] = max(worst[name], difference)
                if not difference <= tolerance:
                    failures += 1
                    print(f"{folder.name}: {name} differ by {difference:.1e}")
    print(f"{len(folders)} networks: logits differ by at most {worst['logits']:.1e}, gradients by {worst['gradient']:.1e}")
    sys.exit(1 if failures or not folders else 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=["write", "run", "check"])
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--advlab")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    onnxruntime.set_default_logger_severity(3)
    if arguments.command == "write":
        write(arguments.directory, arguments.count, arguments.seed)
    elif arguments.command == "run":
        run(arguments.directory, arguments.advlab)
    else:
        check(arguments.directory)


if __name__ == "__main__":
    main()
