"""JSMA and SparseFool against torchattacks and ART.

Traps of the references that matter here: torchattacks' JSMA moves pixel 0 twice where no pair of pixels will do, and
changes the images it is given. torchattacks' SparseFool takes the slope at the plane and not at the boundary, so that with
λ = 3 it fails on many images where the authors' code does not, and lets every round begin at the image again.
"""

import numpy as np
import torch
import torchattacks
from art.attacks.evasion import SaliencyMapMethod

from lab import Lab, no_farther, no_weaker, row, same_points
from references import art_classifier, distances, tensors

COUNT = 40


def rows(plain, robust):
    torch.set_num_threads(1)
    for path, name in [("digits-cnn.h5", ""), ("digits-cnn-robust.h5", ", robust")]:
        lab = Lab(plain.advlab, path, count=COUNT)
        yield from jsma(lab, name)
        yield from sparsefool(lab, name)


def jsma(lab, name):
    x, y = tensors(lab)
    targets = (lab.y + 1) % 10
    mine = lab.attack("--attack", "jsma", "--norm", "l0", "--eps", "64", "--targets", "next")["x_adv"]
    theirs = torchattacks.JSMA(lab.net, theta=1.0, gamma=0.1)(x.clone(), y).numpy()
    hits = lambda points: lab.clean & (lab.logits(points).argmax(1) == targets)
    both = hits(mine) & hits(theirs)
    count = int(lab.clean.sum())
    # Two pairs of pixels may be worth the same but for rounding.
    yield same_points(f"jsma{name}", "torchattacks JSMA, both found", mine[both], theirs[both], 1e-6, share=0.98)
    yield no_weaker(f"jsma{name}", "torchattacks JSMA", int(hits(mine).sum()), int(hits(theirs).sum()), count)
    attack = SaliencyMapMethod(art_classifier(lab.net), theta=1.0, gamma=0.1, batch_size=COUNT, verbose=False)
    theirs = attack.generate(lab.x, np.eye(10)[targets])
    # No claim: another rule than the paper's, and on these networks a better one.
    yield row(
        f"jsma{name}", "ART SaliencyMapMethod", f"{hits(mine).sum() / count:.2%}", f"{hits(theirs).sum() / count:.2%}", True,
        "ART moves the two pixels that raise the target most, whatever else they do: not the rule of the paper")


def sparsefool(lab, name):
    # Close to the boundary, and with the default.
    for distance in [1, 3]:
        theirs = torchattacks.SparseFool(lab.net, steps=20, lam=distance, overshoot=0.02)(*tensors(lab)).numpy()
        text = f"sparsefool:lambda={distance}"
        found = {norm: lab.attack("--attack", text, "--norm", norm, "--eps", "64")["x_adv"] for norm in ["l0", "l1"]}
        broken = lambda points: int(np.isfinite(distances(lab, "l1", points)).sum())
        yield no_weaker(
            f"sparsefool, lambda {distance}{name}", "torchattacks SparseFool", broken(found["l1"]), broken(theirs),
            int(lab.clean.sum()))
        if distance == 1:
            for norm, points in found.items():
                yield no_farther(
                    f"sparsefool {norm}, lambda 1{name}", "torchattacks SparseFool", distances(lab, norm, points),
                    distances(lab, norm, theirs))
