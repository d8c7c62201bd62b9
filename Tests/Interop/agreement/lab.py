"""The shipped networks in PyTorch, and the lab's attacks on the same images: what the agreement tests share."""

import json
import math
import os
import subprocess
import tempfile

import h5py
import numpy as np
import torch
from torch import nn

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
DATA = os.path.join(ROOT, "Data")


class DigitsCNN(nn.Module):
    """The architecture `digits-cnn` in inference mode, with the weights of a file of the lab."""

    def __init__(self, path):
        super().__init__()
        channels = [1, 16, 32, 32]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(a, b, 3, padding=1, bias=False) for a, b in zip(channels, channels[1:])
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(c, eps=1e-5) for c in channels[1:])
        self.logits = nn.Linear(512, 10)
        with h5py.File(path) as file:
            parameters = file["parameters"]
            read = lambda node, role: torch.tensor(parameters[node][role][()])
            for k, (convolution, norm) in enumerate(zip(self.convolutions, self.norms), start=1):
                convolution.weight.data = read(f"conv{k}", "weight")
                norm.weight.data, norm.bias.data = read(f"norm{k}", "scale"), read(f"norm{k}", "shift")
                norm.running_mean, norm.running_var = read(f"norm{k}", "mean"), read(f"norm{k}", "variance")
            self.logits.weight.data, self.logits.bias.data = read("logits", "weight"), read("logits", "bias")
        self.eval()
        for parameter in self.parameters():
            parameter.requires_grad_(False)

    def forward(self, x):
        for k, (convolution, norm) in enumerate(zip(self.convolutions, self.norms)):
            x = torch.relu(norm(convolution(x)))
            if k == 1:
                x = torch.max_pool2d(x, 2)
        return self.logits(torch.flatten(x, 1))


class Lab:
    """Runs `advlab attack` on a shipped network and the test images of the UCI digits."""

    def __init__(self, advlab, model="digits-cnn.h5", count=None):
        self.advlab = advlab
        self.path = os.path.join(DATA, model)
        self.net = DigitsCNN(self.path)
        # The images, as every attack's file holds them.
        self.count = count
        clean = self.attack("--fgsm", "--eps", "0.001")
        self.x, self.y, self.logits_differ = clean["x"], clean["y"], None
        self.logits_differ = float(
            np.abs(self.logits(self.x) - self._predict()).max()
        )

    def _predict(self):
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "p.npz")
            command = [self.advlab, "predict", "--model", self.path, "--output", out]
            if self.count:
                command += ["--count", str(self.count)]
            self._run(command)
            with np.load(out) as file:
                return file["logits"]

    def _run(self, command):
        environment = dict(os.environ, ADVLAB_DATA=DATA)
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr}")
        return done.stdout

    def attack(self, *options):
        """The arrays of the file that `advlab attack` writes, and its JSON under `report`."""
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "adv.npz")
            command = [self.advlab, "attack", *options, "--model", self.path, "--output", out, "--json"]
            if self.count:
                command += ["--count", str(self.count)]
            report = json.loads(self._run(command))
            with np.load(out) as file:
                arrays = {name: file[name] for name in file.files}
        return {**arrays, "report": report}

    def logits(self, x):
        with torch.no_grad():
            return self.net(torch.tensor(np.asarray(x, np.float32))).numpy()

    def is_right(self, x):
        """Which images the network in PyTorch classifies rightly."""
        return self.logits(x).argmax(1) == self.y

    @property
    def clean(self):
        return self.is_right(self.x)


ORDER = {"l0": 0, "l1": 1, "l2": 2, "linf": np.inf}


def lengths(norm, changes):
    """The length of each change. In L0 what is not a ten-thousandth of the pixel range is no change."""
    changes = np.asarray(changes, np.float64).reshape(len(changes), -1)
    if norm == "l0":
        return (np.abs(changes) > 1e-4).sum(1).astype(float)
    return np.linalg.norm(changes, ord=ORDER[norm], axis=1)


def interval(hits, count, z=1.96):
    """The 95 % score interval of a share (Wilson)."""
    if count == 0:
        return 0.0, 1.0
    p = hits / count
    centre = (p + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(p * (1 - p) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return centre - half, centre + half


def row(attack, reference, ours, theirs, verdict, note=""):
    """A row of the agreement table; `verdict` is whether the claim that the test makes holds."""
    return {"attack": attack, "reference": reference, "ours": ours, "theirs": theirs, "holds": bool(verdict), "note": note}


def same_points(attack, reference, ours, theirs, tolerance, share=1.0):
    """A deterministic attack: the perturbations agree within float error for at least a share of the examples."""
    error = np.abs(ours - theirs).reshape(len(ours), -1).max(1)
    agree = float((error <= tolerance).mean())
    return row(attack, reference, f"{agree:.2%} within {tolerance:g}", f"largest {error.max():.2e}", agree >= share)


def same_lengths(attack, reference, ours, theirs, tolerance, share=1.0):
    """A minimum-norm attack whose points rounding can turn: the same distance for at least a share of the examples."""
    both = np.isfinite(ours) & np.isfinite(theirs)
    error = np.abs(ours[both] / theirs[both] - 1)
    agree = float(((np.isinf(ours) & np.isinf(theirs)).sum() + (error <= tolerance).sum()) / len(ours))
    return row(
        attack, reference, f"{agree:.2%} within {tolerance:.1%}", f"median {np.median(theirs):.4f}", agree >= share)


def no_weaker(attack, reference, ours, theirs, count):
    """A random attack: as many successes as the reference, within the binomial interval, or more."""
    low, high = interval(theirs, count)
    return row(
        attack, reference, f"{ours / count:.2%}", f"{theirs / count:.2%} [{low:.2%}, {high:.2%}]", ours / count >= low
    )


def no_farther(attack, reference, ours, theirs, slack=0.0):
    """A minimum-norm attack: the median distance is at most that of the reference, up to a relative slack."""
    a, b = float(np.median(ours)), float(np.median(theirs))
    return row(attack, reference, f"median {a:.4f}", f"median {b:.4f}", a <= b * (1 + slack))
