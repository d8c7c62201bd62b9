#!/usr/bin/env python3
"""Compares every built-in architecture with its published form in PyTorch, weights exchanged both ways.

    architectures.py ADVLAB [--only NAME …]

For each architecture of `advlab inspect --architectures`, at the width in CASES:

  in    a PyTorch module with random weights and lived-in batch statistics writes its state_dict to HDF5;
        `advlab predict` and `advlab gradient --architecture NAME` read it, logits and input gradients are compared
  out   `advlab train --architecture NAME` makes a model, `advlab convert --to pytorch` writes it, the module takes it
        by load_state_dict (strict, by name, or in order where the published names say nothing), and its logits are
        those of `advlab predict`

and the parameters at the published sizes are counted by `advlab inspect` and by PyTorch. Needs torch, numpy and h5py.
"""

import argparse
import json
import math
import pathlib
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import Callable

import h5py
import numpy
import torch
from torch import nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

import published_networks as zoo
from pytorch_exchange import randomize

EXAMPLES = 2
# Images to choose those from; see images_off_kinks.
CANDIDATES = 16

# Of the largest logit, the largest gradient, the largest logit of the model that goes back. A layer's sums are off by a
# few times 2⁻²⁴ = 6e-8, sixty layers follow one another, and a normalisation multiplies what came before it by up to
# the inverse of its deviation: 1e-6 to 1e-5 in PyTorch's own single precision too. A wrong padding, epsilon or order
# of operations shows at 1e-3 and more.
LIMITS = (1e-5, 1e-4, 1e-5)


@dataclass
class Case:
    """An architecture as advlab is asked for it, and its published form."""

    text: str
    shape: tuple
    classes: int
    build: Callable[[], nn.Module]

    @property
    def options(self):
        return ["--input-shape", "x".join(map(str, self.shape)), "--classes", str(self.classes)]


def resnet(*arguments, **options):
    return lambda: zoo.ResNet(*arguments, **options)


SMALL = (3, 32, 32)
LARGE = (3, 224, 224)
MNIST = (1, 28, 28)
DIGITS = (1, 8, 8)
VGG_STAGES = {11: [1, 1, 2, 2, 2], 13: [2, 2, 2, 2, 2], 16: [2, 2, 3, 3, 3], 19: [2, 2, 4, 4, 4]}

CASES = [
    Case("tinycnn", DIGITS, 3, zoo.tinycnn),
    Case("mlp:hidden=24-24-16,activation=tanh", DIGITS, 3, lambda: zoo.mlp([24, 24, 16])),
    Case("lenet5", MNIST, 10, zoo.LeNet5),
    Case("digits-cnn", DIGITS, 10, zoo.digits_cnn),
    Case("digits-cnn:width=8,normalization=none", DIGITS, 10, lambda: zoo.digits_cnn_plain(8)),
    Case("mnist-small", MNIST, 10, zoo.mnist_small),
    Case("mnist-madry", MNIST, 10, zoo.mnist_madry),
    Case("mnist-large", MNIST, 10, zoo.mnist_large),
    Case("mnist-trades", MNIST, 10, zoo.SmallCNN),
    Case("mnist-ibp-small", MNIST, 10, zoo.ibp_small),
    Case("mnist-ibp-medium", MNIST, 10, zoo.ibp_medium),
    Case("mnist-ibp-large", MNIST, 10, zoo.ibp_large),
    Case("resnet18:width=16", (3, 64, 64), 7, resnet(zoo.BasicBlock, [2, 2, 2, 2], 16, 7)),
    Case("resnet34:width=8", (3, 75, 64), 7, resnet(zoo.BasicBlock, [3, 4, 6, 3], 8, 7)),
    Case("resnet50:width=16", (3, 64, 64), 7, resnet(zoo.Bottleneck, [3, 4, 6, 3], 16, 7)),
    Case("resnet18-cifar:width=16", SMALL, 10,
         resnet(zoo.BasicBlock, [2, 2, 2, 2], 16, 10, imagenet=False, side="shortcut", head="linear")),
    Case("resnet18-cifar:width=8,normalize=cifar10", SMALL, 10,
         resnet(zoo.BasicBlock, [2, 2, 2, 2], 8, 10, imagenet=False, side="shortcut", head="linear",
                normalize=zoo.cifar10_normalize(stored=True))),
    Case("resnet20-cifar", SMALL, 10, resnet(zoo.BasicBlock, [3, 3, 3], 16, 10, imagenet=False)),
    # The same network under the names of akamaster/pytorch_resnet_cifar10.
    Case("resnet20-cifar:width=8", SMALL, 10,
         resnet(zoo.BasicBlock, [3, 3, 3], 8, 10, imagenet=False, side="shortcut", head="linear")),
    Case("resnet56-cifar:width=8", SMALL, 10, resnet(zoo.BasicBlock, [9, 9, 9], 8, 10, imagenet=False)),
    Case("preact-resnet18-cifar:width=16", SMALL, 10, lambda: zoo.PreActResNet18(16, 10)),
    Case("preact-resnet18-cifar:width=8,normalize=cifar10", SMALL, 10,
         lambda: zoo.PreActResNet18(8, 10, zoo.cifar10_normalize(stored=False))),
    Case("wide-resnet-28-10:widen=1", SMALL, 10, lambda: zoo.WideResNet(28, 1, 10)),
    Case("wide-resnet-28-10:depth=16,widen=2,dropout=0.3", SMALL, 10, lambda: zoo.WideResNet(16, 2, 10, drop=0.3)),
    Case("wide-resnet-34-10:widen=1", SMALL, 10, lambda: zoo.WideResNet(34, 1, 10, surplus=True)),
    Case("densenet121:growth=8", (3, 64, 64), 7, lambda: zoo.DenseNet([6, 12, 24, 16], 8, 7)),
    Case("densenet-cifar:depth=40", SMALL, 10, lambda: zoo.DenseNet([6, 6, 6], 12, 10, imagenet=False)),
    Case("mobilenet:width=8", SMALL, 10, lambda: zoo.MobileNet(8, 10)),
    Case("mobilenet:width=8,stride=2", (3, 64, 64), 7, lambda: zoo.MobileNet(8, 7, stride=2)),
    Case("efficientnet-b0", (3, 64, 64), 7, lambda: zoo.EfficientNetB0(7)),
    Case("efficientnet-b0:stride=1", SMALL, 10, lambda: zoo.EfficientNetB0(10, stride=1)),
    Case("convnext-tiny:width=16", (3, 64, 64), 7, lambda: zoo.ConvNeXt([3, 3, 9, 3], 16, 7)),
    Case("convnext-tiny:width=8,patch=1", SMALL, 10, lambda: zoo.ConvNeXt([3, 3, 9, 3], 8, 10, patch=1)),
    *[Case(f"convnext-{size}:width=16", (3, 64, 64), 7, lambda: zoo.ConvNeXt([3, 3, 27, 3], 16, 7))
      for size in ("small", "base")],
    *[Case(f"mobilenet-v3-{size}", (3, 64, 64), 7, lambda size=size: zoo.MobileNetV3(size, 7))
      for size in zoo.MobileNetV3.FORMS],
    Case("mobilenet-v3-small:stride=1", SMALL, 10, lambda: zoo.MobileNetV3("small", 10, stride=1)),
    *[Case(f"regnet-{form}", (3, 64, 64), 7, lambda form=form: zoo.RegNet(form, 7)) for form in zoo.RegNet.FORMS],
    Case("regnet-y-400mf:stride=1", SMALL, 10, lambda: zoo.RegNet("y-400mf", 10, stride=1)),
    Case("inception-resnet-v2:width=4", (3, 75, 91), 7, lambda: zoo.InceptionResNetV2(4, 7)),
    Case("alexnet:hidden=64", LARGE, 7, lambda: zoo.AlexNet(64, 7)),
    *[Case(f"vgg{depth}:width=4,hidden=32", LARGE, 7, lambda stages=stages: zoo.VGG(stages, 4, 32, 7))
      for depth, stages in VGG_STAGES.items()],
    *[Case(f"vgg{depth}-bn:width=4,hidden=32", (3, 64, 64), 7, lambda stages=stages: zoo.VGG(stages, 4, 32, 7, True))
      for depth, stages in VGG_STAGES.items()],
    # Larger images are pooled down to 7×7 or 6×6, in windows of one size or of several; smaller ones are repeated.
    # Not 448×448: among so many ReLUs one is tipped over by rounding, in PyTorch's single precision as well.
    *[Case("vgg11:width=4,hidden=16", (3, *size), 7, lambda: zoo.VGG(VGG_STAGES[11], 4, 16, 7))
      for size in [(448, 64), (256, 320), (96, 64), (32, 32)]],
    Case("alexnet:hidden=16", (3, 160, 200), 7, lambda: zoo.AlexNet(16, 7)),
]

# Trained parameters in the forms of the papers; those of 1000 classes are torchvision's published figures.
PUBLISHED = [
    (Case("mnist-madry", MNIST, 10, zoo.mnist_madry), 3_274_634),
    (Case("mnist-small", MNIST, 10, zoo.mnist_small), 166_406),
    (Case("lenet5", MNIST, 10, zoo.LeNet5), 61_706),
    (Case("alexnet", LARGE, 1000, lambda: zoo.AlexNet(4096, 1000)), 61_100_840),
    (Case("vgg11", LARGE, 1000, lambda: zoo.VGG(VGG_STAGES[11], 64, 4096, 1000)), 132_863_336),
    (Case("vgg13", LARGE, 1000, lambda: zoo.VGG(VGG_STAGES[13], 64, 4096, 1000)), 133_047_848),
    (Case("vgg16", LARGE, 1000, lambda: zoo.VGG(VGG_STAGES[16], 64, 4096, 1000)), 138_357_544),
    (Case("vgg19", LARGE, 1000, lambda: zoo.VGG(VGG_STAGES[19], 64, 4096, 1000)), 143_667_240),
    (Case("resnet18", LARGE, 1000, resnet(zoo.BasicBlock, [2, 2, 2, 2], 64, 1000)), 11_689_512),
    (Case("resnet34", LARGE, 1000, resnet(zoo.BasicBlock, [3, 4, 6, 3], 64, 1000)), 21_797_672),
    (Case("resnet50", LARGE, 1000, resnet(zoo.Bottleneck, [3, 4, 6, 3], 64, 1000)), 25_557_032),
    (Case("densenet121", LARGE, 1000, lambda: zoo.DenseNet([6, 12, 24, 16], 32, 1000)), 7_978_856),
    (Case("efficientnet-b0", LARGE, 1000, lambda: zoo.EfficientNetB0(1000)), 5_288_548),
    (Case("convnext-tiny", LARGE, 1000, lambda: zoo.ConvNeXt([3, 3, 9, 3], 96, 1000)), 28_589_128),
    (Case("convnext-small", LARGE, 1000, lambda: zoo.ConvNeXt([3, 3, 27, 3], 96, 1000)), 50_223_688),
    (Case("convnext-base", LARGE, 1000, lambda: zoo.ConvNeXt([3, 3, 27, 3], 128, 1000)), 88_591_464),
    *[(Case(f"vgg{depth}-bn", LARGE, 1000, lambda depth=depth: zoo.VGG(VGG_STAGES[depth], 64, 4096, 1000, True)), count)
      for depth, count in [(11, 132_868_840), (13, 133_053_736), (16, 138_365_992), (19, 143_678_248)]],
    *[(Case(f"mobilenet-v3-{size}", LARGE, 1000, lambda size=size: zoo.MobileNetV3(size, 1000)), count)
      for size, count in [("small", 2_542_856), ("large", 5_483_032)]],
    *[(Case(f"regnet-{form}", LARGE, 1000, lambda form=form: zoo.RegNet(form, 1000)), count)
      for form, count in [("x-400mf", 5_495_976), ("x-800mf", 7_259_656), ("y-400mf", 4_344_144),
                          ("y-800mf", 6_432_512)]],
    # Timm's figure.
    (Case("inception-resnet-v2", (3, 299, 299), 1000, lambda: zoo.InceptionResNetV2(32, 1000)), 55_843_464),
    (Case("mobilenet:stride=2", LARGE, 1000, lambda: zoo.MobileNet(32, 1000, stride=2)), 4_231_976),
    (Case("wide-resnet-28-10", SMALL, 10, lambda: zoo.WideResNet(28, 10, 10)), 36_479_194),
    (Case("wide-resnet-34-10", SMALL, 10, lambda: zoo.WideResNet(34, 10, 10)), 46_160_474),
    (Case("preact-resnet18-cifar", SMALL, 10, lambda: zoo.PreActResNet18(64, 10)), 11_172_170),
    (Case("densenet-cifar", SMALL, 10, lambda: zoo.DenseNet([16, 16, 16], 12, 10, imagenet=False)), 769_162),
]


class Failure(Exception):
    """What one case found wrong."""


def run(*arguments):
    result = subprocess.run(list(map(str, arguments)), capture_output=True, text=True)
    if result.returncode != 0:
        raise Failure(f"{' '.join(map(str, arguments[1:3]))} exits {result.returncode}: {result.stderr.strip()}")
    return result.stdout


def scenes(count, shape, generator):
    """Smooth random images with some noise: unlike noise alone they differ from one another at every scale, so that
    deep layers do not see the same mean over and over."""
    smooth = functional.interpolate(
        torch.rand(count, shape[0], 4, 4, generator=generator), shape[1:], mode="bilinear", align_corners=True)
    return 0.8 * smooth + 0.2 * torch.rand(count, *shape, generator=generator)


def lived_in(model, shape, seed):
    """Random weights; batch statistics near those of the images, as after training, so that no depth makes signals
    grow or vanish; and a last layer that gives logits of order 1, where the softmax is not saturated."""
    generator = torch.Generator().manual_seed(seed)
    fixed = {name: value.clone() for name, value in model.named_buffers() if name.startswith("normalize.")}
    randomize(model, seed)
    model.load_state_dict(fixed, strict=False)

    def observe(module, inputs):
        """The moments of what arrives, with those before it settled; a fifth of a deviation and up to half off. A
        channel that hardly varies would blow up the rounding of its mean: half of the mean is the least deviation. A
        bias that opens most ReLUs keeps rounding from growing layer by layer as it does in networks of random signs."""
        variance, mean = torch.var_mean(inputs[0], (0, 2, 3), correction=0)
        noise = torch.randn(mean.shape, generator=generator)
        module.bias += 1
        module.running_mean.copy_(mean + 0.2 * noise * variance.sqrt())
        spread = variance * (0.5 + torch.rand(mean.shape, generator=generator))
        module.running_var.copy_(spread + 0.25 * mean ** 2 + 0.01)

    hooks = [module.register_forward_pre_hook(observe) for module in model.modules()
             if isinstance(module, nn.BatchNorm2d)]
    head = [module for module in model.modules() if isinstance(module, nn.Linear)][-1]
    with torch.no_grad():
        logits = model.eval()(scenes(8, shape, generator))
        head.weight /= logits.std()
        head.bias.copy_(0.3 * torch.randn(head.bias.shape, generator=generator))
    for hook in hooks:
        hook.remove()


class KinkDistance(TorchFunctionMode):
    """How near each example comes to a kink: the least |x| of a ReLU, the least distance of a hard swish or sigmoid
    from ±3 and the least lead of a maximum over the runner-up of its window, over the mean magnitude there."""

    def __init__(self, count):
        super().__init__()
        self.distances = torch.full((count,), math.inf, dtype=torch.float64)

    def __torch_function__(self, function, types, arguments=(), options=None):
        name = function.__name__
        if name == "relu":
            self.note(arguments[0].abs(), arguments[0])
        elif name in ("hardswish", "hardsigmoid"):
            self.note((arguments[0].abs() - 3).abs(), arguments[0])
        elif "max_pool2d" in name:
            self.note(self.leads(*arguments, **(options or {})), arguments[0])
        return function(*arguments, **(options or {}))

    def note(self, distances, x):
        distances = distances.flatten(1).amin(1) / x.abs().flatten(1).mean(1)
        self.distances = torch.minimum(self.distances, distances)

    @staticmethod
    def leads(x, kernel, stride=None, padding=0, *rest, **options):
        kernel, stride = [side[0] if isinstance(side, tuple) else side for side in (kernel, stride or kernel)]
        # All images here come out of a ReLU, where zeros around them change no maximum; and windows of zeros alone
        # pass no gradient on.
        x = functional.pad(x, [padding] * 4)
        windows = x.unfold(2, kernel, stride).unfold(3, kernel, stride).flatten(4)
        best = windows.topk(2, dim=4).values
        return torch.where(best[..., 0] > 0, best[..., 0] - best[..., 1], math.inf)


def images_off_kinks(model, case, seed):
    """The images farthest from kinks out of CANDIDATES: rounding that tips a ReLU over changes the gradient at once, by
    far more than any tolerance for rounding, in PyTorch as well."""
    images = scenes(CANDIDATES, case.shape, torch.Generator().manual_seed(seed))
    distances = []
    with torch.no_grad():
        for batch in images.double().split(4):
            with KinkDistance(len(batch)) as kinks:
                model(batch)
            distances.append(kinks.distances)
    distances = torch.cat(distances)
    if distances.isinf().all():
        return images[:EXAMPLES].numpy()
    return images[distances.topk(EXAMPLES).indices].numpy()


def write_images(path, case, images):
    labels = numpy.arange(len(images)) % case.classes
    with h5py.File(path, "w") as file:
        for split in ("train", "test"):
            file.create_dataset(f"x_{split}", data=images).attrs["layout"] = "NCHW"
            file[f"y_{split}"] = labels
        file.attrs["class_count"] = case.classes
    return labels


def reference(model, images, labels):
    """Logits and gradient of the summed cross-entropy."""
    images = torch.from_numpy(images).double().requires_grad_(True)
    logits = model(images)
    loss = functional.cross_entropy(logits, torch.from_numpy(labels), reduction="sum")
    gradient = torch.autograd.grad(loss, images)[0]
    return logits.detach().numpy(), gradient.numpy()


def difference(found, expected):
    """The largest difference over the largest magnitude."""
    if found.shape != expected.shape:
        raise Failure(f"shape {found.shape}, not {expected.shape}")
    return float(numpy.abs(found - expected).max() / numpy.abs(expected).max())


def check_in(advlab, case, folder, seed):
    """PyTorch's weights in advlab: how far logits and gradients are from PyTorch's in double precision."""
    model = case.build()
    lived_in(model, case.shape, seed)
    with h5py.File(folder / "weights.h5", "w") as file:
        for name, tensor in model.state_dict().items():
            file[name] = tensor.numpy()
    model.double()
    images = images_off_kinks(model, case, seed + 1)
    labels = write_images(folder / "data.h5", case, images)
    arguments = ["--model", folder / "weights.h5", "--architecture", case.text, *case.options,
                 "--data", folder / "data.h5", "--quiet"]
    run(advlab, "predict", *arguments, "--output", folder / "predictions.h5")
    run(advlab, "gradient", *arguments, "--output", folder / "gradient.h5")
    logits, gradient = reference(model, images, labels)
    with h5py.File(folder / "predictions.h5") as p, h5py.File(folder / "gradient.h5") as g:
        return difference(p["logits"][...], logits), difference(g["gradient"][...], gradient)


def check_out(advlab, case, folder):
    """A trained model of advlab's in PyTorch: how far the logits are from advlab's own."""
    run(advlab, "train", "--architecture", case.text, "--data", folder / "data.h5", "--split", "train",
        "--epochs", 2, "--batch-size", EXAMPLES, "--validation", 0, "--quiet", "--output", folder / "model.h5")
    run(advlab, "predict", "--model", folder / "model.h5", "--data", folder / "data.h5", "--quiet",
        "--output", folder / "trained.h5")
    run(advlab, "convert", folder / "model.h5", folder / "converted.h5", "--to", "pytorch")
    model = case.build()
    with h5py.File(folder / "converted.h5") as file:
        load(model, file)
    with h5py.File(folder / "data.h5") as data, torch.no_grad():
        logits = model.double().eval()(torch.from_numpy(data["x_test"][...]).double()).numpy()
    with h5py.File(folder / "trained.h5") as trained:
        return difference(trained["logits"][...], logits)


def load(model, file):
    """Takes the tensors of `file` by name, all of them, where the modules have the names of the nodes; else in the
    order of the network, which the file brings along. A 1×1 convolution may be a dense layer in PyTorch."""
    own = model.state_dict()
    # The module has the figures of an input normalisation in another form.
    names = [name for name in file if not name.startswith("normalize.")]
    wanted = {name for name in own if not name.startswith("normalize.")}
    # What TRADES' code has and never runs.
    surplus = {name for name in own if name.startswith("sub_block1.")}
    if set(names) == wanted - surplus:
        pairs = [(name, name) for name in names]
    else:
        nodes = [node["name"] for node in json.loads(file.attrs["architecture"])["nodes"]]
        leaves = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
        names.sort(key=lambda name: (nodes.index(name.rpartition(".")[0]), leaves.index(name.rpartition(".")[2])))
        if len(names) != len(wanted):
            raise Failure(f"{len(names)} tensors for {len(wanted)}")
        pairs = zip([name for name in own if name in wanted], names)
    state = {name: own[name] for name in own if name not in wanted - surplus}
    for name, source in pairs:
        tensor = torch.from_numpy(file[source][...])
        if squeezed(tensor.shape) != squeezed(own[name].shape):
            raise Failure(f"{source} of shape {list(tensor.shape)} for {name} of {list(own[name].shape)}")
        state[name] = tensor.reshape(own[name].shape)
    model.load_state_dict(state)


def squeezed(shape):
    return list(shape[:2]) if len(shape) == 4 and shape[2] == shape[3] == 1 else list(shape)


def check_counts(advlab, case, count):
    """The trained parameters, by advlab and by the module."""
    summary = json.loads(run(advlab, "inspect", "--architecture", case.text, *case.options, "--json"))
    with torch.device("meta"):
        theirs = sum(parameter.numel() for parameter in case.build().parameters())
    if not summary["parameters"] == theirs == count:
        raise Failure(f"{summary['parameters']} parameters, PyTorch {theirs}, published {count}")


def check_coverage(advlab):
    """Every built-in is here."""
    text = run(advlab, "inspect", "--architectures", "--json")
    names = {item["name"] for item in json.loads(text)["architectures"]}
    covered = {case.text.split(":")[0] for case in CASES}
    if names != covered:
        raise Failure(f"not compared with PyTorch: {', '.join(sorted(names ^ covered))}")


def chosen(case, names):
    return not names or any(case.text.startswith(name) for name in names)


def attempt(name, check, failures):
    try:
        return check()
    except Failure as failure:
        failures.append(f"{name}: {failure}")
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("advlab", help="the program")
    parser.add_argument("--only", nargs="*", help="architectures whose names begin so")
    options = parser.parse_args()
    # Small networks: threads would cost more than they bring.
    torch.set_num_threads(1)
    failures = []
    attempt("architectures", lambda: check_coverage(options.advlab), failures)
    for case, count in PUBLISHED:
        if not chosen(case, options.only):
            continue
        attempt(case.text, lambda: check_counts(options.advlab, case, count), failures)
    print(f"{'architecture':<48}{'logits':>10}{'gradient':>10}{'back':>10}{'seconds':>9}")
    for seed, case in enumerate(CASES):
        if not chosen(case, options.only):
            continue
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            there = attempt(case.text, lambda: check_in(options.advlab, case, folder, 10 * seed), failures)
            back = attempt(case.text, lambda: check_out(options.advlab, case, folder), failures)
        errors = [*(there or (math.nan, math.nan)), math.nan if back is None else back]
        for what, error, limit in zip(("logits", "gradient", "logits back"), errors, LIMITS):
            if error > limit:
                failures.append(f"{case.text}: {what} differ by {error:.1e}, more than {limit:.0e}")
        columns = "".join(f"{error:>10.1e}" for error in errors)
        print(f"{case.text:<48}{columns}{time.monotonic() - start:>9.1f}", flush=True)
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
