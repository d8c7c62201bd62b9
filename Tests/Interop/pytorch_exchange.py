#!/usr/bin/env python3
"""Exchanges models with PyTorch both ways: random architectures, their weights, logits and input gradients.

    pytorch_exchange.py write DIR [--count 60] [--seed 0]     makes a folder per architecture
    pytorch_exchange.py run DIR --advlab PATH                 runs advlab on every folder
    pytorch_exchange.py check DIR                             compares what advlab wrote with what PyTorch computes

Needs torch, numpy and h5py. A folder holds

    architecture.json   the network in the native description
    weights.h5          model.state_dict() as PyTorch users store it: dotted names, or groups, with or without a prefix
    data.h5             x_test (N, C, H, W) float32 in [0, 1] with the attribute layout, y_test
    expected.h5         logits, and gradient: that of the summed cross-entropy with respect to x_test

and after `run`

    predictions.h5      advlab predict  --model weights.h5 --architecture architecture.json --data data.h5
    gradient.h5         advlab gradient, likewise
    native.h5           advlab convert weights.h5 native.h5 --to native --architecture architecture.json
    converted.h5        advlab convert native.h5 converted.h5 --to pytorch

`check` compares logits (1e-5 of the largest) and gradients (1e-4 of the largest; both sides compute in single
precision), loads converted.h5 by load_state_dict and compares its tensors to the bit.

The native description is a JSON object {"nodes": [...], "hadFinalSoftmax": false}. A node is
{"name": text, "inputs": [names of earlier nodes], "operation": {kind: payload}}; the first is
{"name": "input", "inputs": [], "operation": {"input": [C, H, W]}}, the last gives the logits. Kinds and payloads:

    convolution            {outputChannels, kernel, stride, padding, dilation, groups, hasBias}
    transposedConvolution  the same and outputPadding
    dense                  {outputs, hasBias}
    pooling                {kind: {"max": {}} | {"average": {countsPadding}}, kernel, stride, padding, roundsUp}
    globalPooling          {kind: "max" | "average", keepsAxes}
    activation             {"relu": {}} | relu6 | {"leakyReLU": {slope}} | {"elu": {alpha}} | selu | {"gelu": {approximate}}
                           | silu | hardSwish | sigmoid | {"hardSigmoid": {slope}} | tanh | softplus
    parametricReLU         {isShared}
    softmax, add, multiply true
    flatten                "channelsFirst" | "channelsLast"
    reshape                {shape, order}
    permute                [axes]
    zeroPadding, cropping  {top, bottom, left, right}
    upsampling             {factor, method: "nearest" | "bilinear" | "bilinearAlignedCorners"}
    batchNormalization     {epsilon, momentum, hasScale, hasShift}
    layerNormalization     {axes, epsilon, hasScale, hasShift}
    groupNormalization     {groups, epsilon, hasScale, hasShift}
    affine                 {isTrainable}
    dropout                rate
    concatenate            axis

where kernel, stride, dilation, factor, outputPadding are {height, width} and padding is {top, bottom, left, right}.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys

import h5py
import numpy
import torch
from torch import nn
from torch.nn import functional

CLASSES = 5
EXAMPLES = 6


class Affine(nn.Module):
    """scale[c] * x + shift[c]."""

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels))
        self.bias = nn.Parameter(torch.empty(channels))

    def forward(self, x):
        return x * self.weight[:, None, None] + self.bias[:, None, None]


class Graph(nn.Module):
    """A network in the native description, run node by node; the modules carry the names of the nodes."""

    def __init__(self, description):
        super().__init__()
        self.nodes = description["nodes"]
        self.functions = {}
        shapes = {}
        for node in self.nodes:
            kind, payload = next(iter(node["operation"].items()))
            inputs = [shapes[name] for name in node["inputs"]]
            module = self.module(kind, payload, inputs)
            if isinstance(module, nn.Module):
                self.place(node["name"], module)
            self.functions[node["name"]] = module
            with torch.no_grad():
                zeros = [torch.zeros(2, *shape) for shape in inputs]
                run = module.eval() if isinstance(module, nn.Module) else module
                shapes[node["name"]] = list(run(*zeros).shape[1:]) if kind != "input" else payload

    def place(self, name, module):
        """Dotted names are modules within modules."""
        parent = self
        *path, last = name.split(".")
        for part in path:
            if part not in parent._modules:
                parent.add_module(part, nn.Module())
            parent = parent._modules[part]
        parent.add_module(last, module)

    def forward(self, x):
        values = {"input": x}
        for node in self.nodes[1:]:
            values[node["name"]] = self.functions[node["name"]](*[values[name] for name in node["inputs"]])
        return values[self.nodes[-1]["name"]]

    @staticmethod
    def module(kind, p, inputs):
        """The PyTorch module or function of an operation."""
        pair = lambda extent: (extent["height"], extent["width"])
        if kind == "input":
            return None
        if kind in ("convolution", "transposedConvolution"):
            edges = p["padding"]
            assert edges["top"] == edges["bottom"] and edges["left"] == edges["right"]
            options = dict(
                kernel_size=pair(p["kernel"]), stride=pair(p["stride"]), padding=(edges["top"], edges["left"]),
                dilation=pair(p["dilation"]), groups=p["groups"], bias=p["hasBias"])
            if kind == "convolution":
                return nn.Conv2d(inputs[0][0], p["outputChannels"], **options)
            return nn.ConvTranspose2d(
                inputs[0][0], p["outputChannels"], output_padding=pair(p["outputPadding"]), **options)
        if kind == "dense":
            return nn.Linear(inputs[0][0], p["outputs"], bias=p["hasBias"])
        if kind == "pooling":
            options = dict(
                kernel_size=pair(p["kernel"]), stride=pair(p["stride"]),
                padding=(p["padding"]["top"], p["padding"]["left"]), ceil_mode=p["roundsUp"])
            if "max" in p["kind"]:
                return nn.MaxPool2d(**options)
            return nn.AvgPool2d(count_include_pad=p["kind"]["average"]["countsPadding"], **options)
        if kind == "globalPooling":
            reduce = torch.amax if p["kind"] == "max" else torch.mean
            return lambda x: reduce(x, (2, 3), keepdim=p["keepsAxes"])
        if kind == "activation":
            name, options = next(iter(p.items()))
            return {
                "relu": lambda: nn.ReLU(), "relu6": lambda: nn.ReLU6(),
                "leakyReLU": lambda: nn.LeakyReLU(options["slope"]), "elu": lambda: nn.ELU(options["alpha"]),
                "selu": lambda: nn.SELU(), "silu": lambda: nn.SiLU(), "hardSwish": lambda: nn.Hardswish(),
                "gelu": lambda: nn.GELU("tanh" if options["approximate"] else "none"),
                "sigmoid": lambda: nn.Sigmoid(), "hardSigmoid": lambda: nn.Hardsigmoid(), "tanh": lambda: nn.Tanh(),
                "softplus": lambda: nn.Softplus(),
            }[name]()
        if kind == "parametricReLU":
            return nn.PReLU(1 if p["isShared"] else inputs[0][0])
        if kind == "softmax":
            return nn.Softmax(dim=1)
        if kind == "flatten":
            return nn.Flatten() if p == "channelsFirst" else lambda x: x.permute(0, 2, 3, 1).flatten(1)
        if kind == "reshape":
            return lambda x: x.reshape(-1, *p["shape"])
        if kind == "permute":
            return lambda x: x.permute(0, *[axis + 1 for axis in p])
        if kind == "zeroPadding":
            return nn.ZeroPad2d((p["left"], p["right"], p["top"], p["bottom"]))
        if kind == "cropping":
            return lambda x: x[:, :, p["top"]:x.shape[2] - p["bottom"], p["left"]:x.shape[3] - p["right"]]
        if kind == "upsampling":
            mode = "nearest" if p["method"] == "nearest" else "bilinear"
            corners = None if mode == "nearest" else p["method"] == "bilinearAlignedCorners"
            return nn.Upsample(scale_factor=pair(p["factor"]), mode=mode, align_corners=corners)
        if kind == "batchNormalization":
            return nn.BatchNorm2d(inputs[0][0], eps=p["epsilon"], momentum=p["momentum"])
        if kind == "layerNormalization":
            return nn.LayerNorm([inputs[0][axis] for axis in p["axes"]], eps=p["epsilon"],
                                elementwise_affine=p["hasScale"], bias=p["hasShift"])
        if kind == "groupNormalization":
            if p["groups"] == inputs[0][0]:
                return nn.InstanceNorm2d(inputs[0][0], eps=p["epsilon"], affine=p["hasScale"])
            return nn.GroupNorm(p["groups"], inputs[0][0], eps=p["epsilon"], affine=p["hasScale"])
        if kind == "affine":
            return Affine(inputs[0][0])
        if kind == "dropout":
            return nn.Dropout(p)
        if kind == "add":
            return lambda *xs: sum(xs[1:], xs[0])
        if kind == "multiply":
            return lambda a, b: a * b
        if kind == "concatenate":
            return lambda *xs: torch.cat(xs, dim=p + 1)
        raise ValueError(kind)


def square(side):
    return {"height": side, "width": side}


def edges(rows, columns=None):
    columns = rows if columns is None else columns
    return {"top": rows, "bottom": rows, "left": columns, "right": columns}


class Draft:
    """A random architecture in the making: appends blocks to the last node while the image has room for them."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.nodes = []
        self.shapes = {}
        shape = [self.random.choice([1, 2, 3, 4]), self.random.randint(9, 14), self.random.randint(9, 14)]
        self.last = self.append({"input": shape}, "input", [])
        self.style = self.random.choice(["flat", "blocks"])

    def append(self, operation, name=None, inputs=None):
        kind = next(iter(operation))
        number = len(self.nodes)
        if name is None:
            name = f"blocks.{number}.{kind}" if self.style == "blocks" else f"{kind}{number}"
        inputs = [self.last] if inputs is None else inputs
        self.nodes.append({"name": name, "operation": operation, "inputs": inputs})
        module = Graph.module(kind, operation[kind], [self.shapes[i] for i in inputs])
        if kind == "input":
            self.shapes[name] = operation[kind]
        else:
            run = module.eval() if isinstance(module, nn.Module) else module
            with torch.no_grad():
                self.shapes[name] = list(run(*[torch.zeros(2, *self.shapes[i]) for i in inputs]).shape[1:])
        self.last = name
        return name

    @property
    def shape(self):
        return self.shapes[self.last]

    def activation(self):
        self.append({"activation": self.random.choice([
            {"relu": {}}, {"relu6": {}}, {"leakyReLU": {"slope": 0.125}}, {"elu": {"alpha": 0.75}}, {"selu": {}},
            {"gelu": {"approximate": False}}, {"gelu": {"approximate": True}}, {"silu": {}}, {"hardSwish": {}},
            {"sigmoid": {}}, {"hardSigmoid": {"slope": 1 / 6}}, {"tanh": {}}, {"softplus": {}}])})

    def convolution(self, channels=None, side=None, groups=None, **changes):
        r = self.random
        inputs = self.shape[0]
        groups = groups or r.choice([g for g in (1, 1, 2, inputs) if inputs % g == 0])
        channels = channels or groups * r.randint(1, max(2, 8 // groups))
        height, width = (side, side) if side else (r.choice([1, 2, 3]), r.choice([2, 3, 5]))
        padding = edges(height // 2, width // 2) if side else edges(r.randint(0, height - 1), r.randint(0, width - 1))
        payload = {
            "outputChannels": channels, "kernel": {"height": height, "width": width}, "stride": square(1),
            "padding": padding, "dilation": square(1), "groups": groups, "hasBias": r.random() < 0.7}
        if side is None and min(self.shape[1:]) >= 6:
            payload["stride"] = {"height": r.choice([1, 2]), "width": r.choice([1, 1, 2])}
            payload["dilation"] = {"height": r.choice([1, 2]), "width": 1}
        payload.update(changes)
        return self.append({"convolution": payload})

    def transposed_convolution(self):
        r = self.random
        groups = r.choice([g for g in (1, 2) if self.shape[0] % g == 0])
        stride = r.choice([1, 2, 3])
        self.append({"transposedConvolution": {
            "outputChannels": groups * r.randint(1, 3), "kernel": {"height": r.choice([2, 3]), "width": 3},
            "stride": square(stride), "padding": edges(r.randint(0, 1)),
            "dilation": {"height": 1, "width": r.choice([1, 2])},
            "outputPadding": square(r.randint(0, stride - 1)), "groups": groups, "hasBias": r.random() < 0.5}})
        if max(self.shape[1:]) > 20:
            self.append({"cropping": {
                "top": 1, "bottom": max(0, self.shape[1] - 11), "left": 0, "right": max(0, self.shape[2] - 10)}})

    def pooling(self):
        r = self.random
        kind = r.choice([{"max": {}}, {"average": {"countsPadding": True}}, {"average": {"countsPadding": False}}])
        height, width = r.choice([2, 3]), r.choice([2, 3])
        self.append({"pooling": {
            "kind": kind, "kernel": {"height": height, "width": width},
            "stride": {"height": r.choice([1, 2]), "width": r.choice([2, 3])},
            "padding": edges(r.randint(0, height // 2), r.randint(0, width // 2)), "roundsUp": r.random() < 0.6}})

    def normalization(self):
        r = self.random
        channels = self.shape[0]
        affine = r.random() < 0.8
        epsilon = r.choice([1e-5, 1e-3])
        self.append(r.choice([
            {"batchNormalization": {"epsilon": epsilon, "momentum": 0.1, "hasScale": True, "hasShift": True}},
            {"groupNormalization": {
                "groups": r.choice([g for g in (1, 2, 3) if channels % g == 0]), "epsilon": epsilon,
                "hasScale": affine, "hasShift": affine}},
            {"groupNormalization": {"groups": channels, "epsilon": epsilon, "hasScale": affine, "hasShift": affine}},
            {"layerNormalization": {
                "axes": r.choice([[0, 1, 2], [1, 2], [2]]), "epsilon": epsilon, "hasScale": affine,
                "hasShift": affine and r.random() < 0.8}},
            {"affine": {"isTrainable": True}}]))

    def residual(self):
        start = self.last
        channels = self.shape[0]
        self.convolution(channels, side=3, groups=1)
        self.activation()
        self.convolution(channels, side=3, groups=1)
        inputs = [self.last, start]
        if self.random.random() < 0.5:
            self.last = start
            inputs.append(self.convolution(channels, side=1, groups=1))
        self.append({"add": True}, inputs=inputs)

    def excitation(self):
        start = self.last
        channels = self.shape[0]
        self.append({"globalPooling": {"kind": "average", "keepsAxes": True}})
        self.convolution(2, side=1, groups=1)
        self.activation()
        self.convolution(channels, side=1, groups=1)
        gate = self.append({"activation": {"sigmoid": {}}})
        self.append({"multiply": True}, inputs=[start, gate])

    def branches(self):
        start = self.last
        ends = []
        for side in self.random.sample([1, 3, 5], 2):
            self.last = start
            ends.append(self.convolution(self.random.randint(1, 3), side=side, groups=1))
        self.append({"concatenate": 0}, inputs=[start] + ends)

    def rearrangement(self):
        r = self.random
        channels, height, width = self.shape
        choices = [
            {"permute": [0, 2, 1]}, {"zeroPadding": {"top": 1, "bottom": 0, "left": 2, "right": 1}}, {"softmax": True}]
        if max(height, width) <= 10:
            choices.append({"upsampling": {
                "factor": {"height": 2, "width": r.choice([1, 2])},
                "method": r.choice(["nearest", "bilinear", "bilinearAlignedCorners"])}})
        if height % 2 == 0:
            choices.append({"reshape": {"shape": [channels * 2, height // 2, width], "order": "channelsFirst"}})
        if width % 2 == 0:
            choices.append({"reshape": {"shape": [channels * 2, height, width // 2], "order": "channelsFirst"}})
        self.append(r.choice(choices))

    def head(self):
        r = self.random
        if r.random() < 0.4:
            self.append({"globalPooling": {"kind": r.choice(["max", "average"]), "keepsAxes": False}})
        else:
            self.append({"flatten": r.choice(["channelsFirst", "channelsFirst", "channelsLast"])})
        if r.random() < 0.5:
            self.append({"dense": {"outputs": r.randint(6, 12), "hasBias": r.random() < 0.7}})
            self.activation()
            self.append({"dropout": 0.25})
        self.append({"dense": {"outputs": CLASSES, "hasBias": r.random() < 0.8}})


def architecture(seed):
    """A description out of all operations, with two to five blocks between the images and the head."""
    draft = Draft(seed)
    r = draft.random
    if r.random() < 0.3:
        draft.append({"affine": {"isTrainable": False}})
    draft.convolution(r.randint(3, 6), groups=1)
    blocks = [
        draft.convolution, draft.transposed_convolution, draft.pooling, draft.residual, draft.excitation,
        draft.branches, draft.rearrangement]
    for _ in range(r.randint(2, 5)):
        r.choice(blocks)() if min(draft.shape[1:]) >= 4 else draft.excitation()
        if r.random() < 0.6 and min(draft.shape[1:]) > 1:
            draft.normalization()
        if r.random() < 0.2:
            draft.append({"parametricReLU": {"isShared": r.random() < 0.5}})
        elif r.random() < 0.8:
            draft.activation()
    draft.head()
    return {"nodes": draft.nodes, "hadFinalSoftmax": False}


def randomize(model, seed):
    """Weights of moderate size, and statistics and scales that are not those of a fresh layer."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if not tensor.is_floating_point():
                continue
            fan = max(1, tensor[0].numel()) if tensor.dim() > 1 else 1
            values = torch.randn(tensor.shape, generator=generator)
            if name.endswith("running_var") or (tensor.dim() == 1 and name.endswith("weight")):
                tensor.copy_(0.5 + values.abs())
            else:
                tensor.copy_(values * (1.5 / fan ** 0.5 if tensor.dim() > 1 else 0.3))


def store(group, state, style):
    """A state dictionary in one of the forms in which people write it."""
    for name, tensor in state.items():
        array = tensor.numpy()
        if style == "big-endian" and array.dtype == numpy.float32:
            array = array.astype(">f4")
        if style == "float64" and array.dtype == numpy.float32:
            array = array.astype(numpy.float64)
        path = {"nested": name.replace(".", "/"), "parallel": "module." + name,
                "wrapped": "state_dict/" + name}.get(style, name)
        group.create_dataset(path, data=array)


STYLES = ["flat", "nested", "parallel", "wrapped", "big-endian", "float64"]


def evaluate(model, images, labels):
    images = torch.from_numpy(images).requires_grad_(True)
    logits = model(images)
    loss = functional.cross_entropy(logits, torch.from_numpy(labels), reduction="sum")
    return logits.detach().numpy(), torch.autograd.grad(loss, images)[0].numpy()


def write(directory, count, seed):
    kinds = set()
    for index in range(count):
        folder = directory / f"case_{index:03}"
        folder.mkdir(parents=True, exist_ok=True)
        description = architecture(seed * 1000 + index)
        model = Graph(description).eval()
        randomize(model, seed * 1000 + index)
        kinds |= {next(iter(node["operation"])) for node in description["nodes"]}
        shape = description["nodes"][0]["operation"]["input"]
        random_numbers = numpy.random.default_rng(seed * 1000 + index)
        images = random_numbers.random((EXAMPLES, *shape), dtype=numpy.float32)
        labels = random_numbers.integers(0, CLASSES, EXAMPLES)
        logits, gradient = evaluate(model, images, labels)
        (folder / "architecture.json").write_text(json.dumps(description, indent=1))
        with h5py.File(folder / "weights.h5", "w") as file:
            store(file, model.state_dict(), STYLES[index % len(STYLES)])
        with h5py.File(folder / "data.h5", "w") as file:
            file.create_dataset("x_test", data=images).attrs["layout"] = "NCHW"
            file["y_test"] = labels
            file.attrs["class_count"] = CLASSES
        with h5py.File(folder / "expected.h5", "w") as file:
            file["logits"] = logits
            file["gradient"] = gradient
    print(f"{count} architectures with {len(kinds)} operations: {', '.join(sorted(kinds))}")


def run(directory, advlab):
    for folder in folders(directory):
        path = lambda name: str(folder / name)
        model = ["--model", path("weights.h5"), "--architecture", path("architecture.json"), "--data", path("data.h5")]
        for arguments in [
            ["predict", *model, "--output", path("predictions.h5")],
            ["gradient", *model, "--output", path("gradient.h5")],
            ["convert", path("weights.h5"), path("native.h5"), "--to", "native",
             "--architecture", path("architecture.json")],
            ["convert", path("native.h5"), path("converted.h5"), "--to", "pytorch"],
        ]:
            subprocess.run([advlab, *arguments], check=True, stdout=subprocess.DEVNULL)


def difference(found, expected):
    if found.shape != expected.shape:
        return float("inf")
    return float(numpy.abs(found - expected).max() / max(numpy.abs(expected).max(), 1e-30))


def check(directory):
    failures = []
    worst = {"logits": 0.0, "gradient": 0.0}
    for folder in folders(directory):
        missing = [n for n in ("predictions.h5", "gradient.h5", "converted.h5") if not (folder / n).exists()]
        if missing:
            failures.append(f"{folder.name}: no {', '.join(missing)}")
            continue
        with h5py.File(folder / "expected.h5") as expected:
            for name, file, limit in [("logits", "predictions.h5", 1e-5), ("gradient", "gradient.h5", 1e-4)]:
                with h5py.File(folder / file) as found:
                    error = difference(found[name][...], expected[name][...])
                worst[name] = max(worst[name], error)
                if not error <= limit:
                    failures.append(f"{folder.name}: {name} differ by {error:.2e}")
        failures += check_state(folder)
    print(f"{len(folders(directory))} architectures, worst differences {worst}")
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


def check_state(folder):
    """Loads what advlab wrote by PyTorch's own call: the same logits, and to the bit the weights that went in.

    A network that flattens channels last comes back as one that does it like nn.Flatten, its weights rearranged."""
    with h5py.File(folder / "converted.h5") as f:
        description = json.loads(f.attrs["architecture"])
        converted = {k: torch.from_numpy(f[k][...]) for k in f}
    model = Graph(description).eval()
    model.load_state_dict(converted)
    with h5py.File(folder / "data.h5") as data, h5py.File(folder / "expected.h5") as expected:
        logits, _ = evaluate(model, data["x_test"][...], data["y_test"][...])
        error = difference(logits, expected["logits"][...])
    if not error <= 1e-5:
        return [f"{folder.name}: logits of the converted model differ by {error:.2e}"]
    if description["nodes"] != json.loads((folder / "architecture.json").read_text())["nodes"]:
        return []
    with h5py.File(folder / "weights.h5") as f:
        names = []
        f.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
        original = {
            name.replace("/", ".").removeprefix("module.").removeprefix("state_dict."): f[name][...] for name in names}
    state = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    return [
        f"{folder.name}: {name} differs"
        for name, array in original.items()
        if not name.endswith("num_batches_tracked")
        and state[name].tobytes() != array.astype("<f4").tobytes()]


def folders(directory):
    found = sorted(path for path in directory.glob("case_*") if path.is_dir())
    if not found:
        sys.exit(f"no cases in {directory}: run `write` first")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mode", choices=["write", "run", "check"])
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=60)
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
