"""Brendel and Bethge's attack against Foolbox, from random starts of either's own, on few images with few steps.

Foolbox has its solver compiled by numba, which takes a minute for every norm; here Python runs it. It multiplies the trust
region by the number of images in the batch, and so is given one at a time. In 60 steps of the default size no point comes
far: steps are ten times as long, and halved ten times.
"""

import types

import foolbox
import numpy as np
import torch
from foolbox.attacks import brendel_bethge

from lab import no_farther
from references import by_foolbox, distances

STEPS = 60
COUNT = 8


def rows(plain, robust):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    interpret()
    fa = foolbox.attacks
    attacks = {
        "l2": fa.L2BrendelBethgeAttack, "linf": fa.LinfinityBrendelBethgeAttack, "l1": fa.L1BrendelBethgeAttack,
        "l0": fa.L0BrendelBethgeAttack,
    }
    chosen = np.flatnonzero(plain.clean)[:COUNT]
    for norm, attack in attacks.items():
        method = attack(steps=STEPS, lr=0.01, lr_num_decay=10)
        points = np.concatenate([by_foolbox(plain, method, slice(row, row + 1)) for row in chosen])
        text = f"bb:steps={STEPS},rate=0.01,decays=10"
        mine = plain.attack("--attack", text, "--norm", norm, "--eps", "1", "--count", str(chosen.max() + 1))["x_adv"]
        # Another start leads to another part of the boundary: a tenth of the median.
        yield no_farther(
            f"bb {norm}", f"foolbox {attack.__name__}", distances(plain, norm, mine[chosen], chosen),
            distances(plain, norm, points, chosen), 0.1)


def interpret():
    """Foolbox refuses to begin without numba, though its classes are there."""
    if brendel_bethge.NUMBA_IMPORT_ERROR is not None:
        brendel_bethge.NUMBA_IMPORT_ERROR = None
        brendel_bethge.numba = types.SimpleNamespace(__version__="none")
        brendel_bethge.L2Optimizer._ctor = types.SimpleNamespace(signatures=[()])
