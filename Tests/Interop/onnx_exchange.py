#!/usr/bin/env python3
"""Runs networks that advlab wrote as ONNX models, and compares their outputs with what they should be.

    onnx_exchange.py check DIR                  every folder of DIR that holds model.onnx
    onnx_exchange.py check DIR --advlab PATH    writes model.onnx first: advlab convert native.h5 model.onnx --to onnx

Needs onnx, onnxruntime, numpy and h5py. A folder holds

    model.onnx, or native.h5    the network
    data.h5                     x_test
    expected.h5                 logits: the outputs for x_test; where it has one, the attribute `operation` says what the
                                network is there to check

Such folders come from the lab's own tests, with every operation in every form and the outputs of its double-precision
oracle:

    ADVLAB_ONNX_NETWORKS=DIR swift test --filter ONNXNetworksTests

and from `pytorch_exchange.py`, once it has run, with the logits of PyTorch.

A model must pass onnx.checker with the inference of all shapes, have the names that are promised, and be in the bytes in which
protobuf itself writes it. onnxruntime computes it with and without its optimisations, one example at a time and all at
once. Both sides' largest difference is to be at most 1e-5 of the largest output: onnxruntime computes in single precision
(unit roundoff 6e-8), with sums of up to some hundred products over a few layers. Activations alone are a handful of
roundings, with no sums: 5e-7, so that a coefficient with a digit less than it should have is seen, too.

Agreement says nothing where the outputs hardly depend on the images: a softmax over one class is 1, and a deep network of
fresh weights gives its last bias, whatever is before it. Networks whose outputs vary by less than a hundredth of the
largest are counted as blind, and an operation that only such networks hold has not been checked, which is a failure.
"""

import argparse
import collections
import pathlib
import subprocess
import sys

import h5py
import numpy
import onnx
import onnxruntime

TOLERANCE = 1e-5
ACTIVATION_TOLERANCE = 5e-7
LEAST_VARIATION = 1e-2
OUTPUTS = {"logits", "probabilities", "log_probabilities", "output"}


def described_wrongly(path):
    """What is wrong with the model as a file; None where nothing is."""
    onnx.checker.check_model(str(path), full_check=True)
    model = onnx.load(str(path))
    if model.SerializeToString(deterministic=True) != path.read_bytes():
        return "protobuf writes the same model in other bytes"
    if (model.producer_name, model.ir_version, [(o.domain, o.version) for o in model.opset_import]) != (
            "advlab", 8, [("", 17)]):
        return "another producer, IR version or operator set than promised"
    ends = [*model.graph.input, *model.graph.output]
    if len(ends) != 2 or ends[0].name != "input" or ends[1].name not in OUTPUTS:
        return f"inputs and outputs are called {[end.name for end in ends]}"
    if any(end.type.tensor_type.shape.dim[0].dim_param != "batch" for end in ends):
        return "the number of examples is fixed"
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True).graph.value_info
    if any(value.type.tensor_type.shape.dim[0].HasField("dim_value") for value in inferred):
        return "the number of examples is fixed somewhere"
    names = [node.name for node in model.graph.node]
    if "" in names or len(set(names)) < len(names):
        return "nodes without names of their own"
    return None


def difference(found, expected):
    """The largest difference over the largest expected output; infinite where shapes differ."""
    if found.shape != expected.shape:
        return float("inf")
    return float(abs(found - expected).max() / (abs(expected).max() or 1))


def is_blind(expected):
    """Whether outputs are too much alike for all images to tell a right network from a wrong one."""
    return float(numpy.ptp(expected, axis=0).max()) < LEAST_VARIATION * float(abs(expected).max() or 1)


def outputs(path, images):
    """What onnxruntime computes, in every way in which it is to be the same."""
    for level in (onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL, onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL):
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = level
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        run = lambda x: session.run(None, {"input": x})[0]
        yield run(images)
        yield numpy.concatenate([run(images[i:i + 1]) for i in range(len(images))])


def write(advlab, folder):
    result = subprocess.run(
        [str(advlab), "convert", str(folder / "native.h5"), str(folder / "model.onnx"), "--to", "onnx", "--force"],
        capture_output=True, text=True)
    return result.stderr.strip() or f"exit code {result.returncode}" if result.returncode != 0 else None


def check(folder):
    """The operation that a network is there for, its largest difference, whether it is blind, and what is wrong."""
    with h5py.File(folder / "data.h5") as data, h5py.File(folder / "expected.h5") as expected:
        images = data["x_test"][...].astype(numpy.float32)
        logits = expected["logits"][...].astype(numpy.float64)
        operation = expected.attrs.get("operation", "whole networks")
    path = folder / "model.onnx"
    try:
        failure = described_wrongly(path)
        worst = max(difference(found, logits) for found in outputs(path, images))
    except Exception as error:  # Whatever onnx or onnxruntime does not like.
        return operation, float("inf"), is_blind(logits), str(error)
    tolerance = ACTIVATION_TOLERANCE if operation.startswith("activation ") else TOLERANCE
    if failure is None and not worst <= tolerance:
        failure = f"outputs differ by {worst:.1e}"
    return operation, worst, is_blind(logits), failure


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["check"])
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--advlab", type=pathlib.Path)
    options = parser.parse_args()
    mark = "native.h5" if options.advlab else "model.onnx"
    folders = sorted(path.parent for path in options.directory.glob(f"*/{mark}"))
    worst, seeing, blind = collections.defaultdict(float), collections.Counter(), collections.Counter()
    failures = 0
    for folder in folders:
        failure = write(options.advlab.resolve(), folder) if options.advlab else None
        if failure is None:
            operation, largest, sees_nothing, failure = check(folder)
            worst[operation] = max(worst[operation], largest)
            (blind if sees_nothing else seeing)[operation] += 1
        if failure is not None:
            failures += 1
            print(f"{folder.name}: {failure}")
    for operation in sorted(worst):
        print(f"{operation:24} {seeing[operation]:4} networks and {blind[operation]:3} blind ones, "
              f"largest relative difference {worst[operation]:.1e}")
    unchecked = sorted(operation for operation in worst if seeing[operation] == 0)
    for operation in unchecked:
        print(f"{operation}: not checked, no network's outputs depend enough on the images")
    print(f"{len(folders) - failures} of {len(folders)} agree; {sum(blind.values())} of all are blind")
    sys.exit(1 if failures or unchecked or not folders else 0)


if __name__ == "__main__":
    main()
