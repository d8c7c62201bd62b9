"""Noise, and changes that grow until the class does, against Foolbox."""

import foolbox
import numpy as np
import torch
from foolbox import attacks

from lab import no_farther, no_weaker


# Foolbox's own 1000 would take minutes.
STEPS = 100


def rows(plain, robust):
    torch.manual_seed(0)
    x, y = torch.tensor(plain.x), torch.tensor(plain.y.astype(np.int64))
    fmodel = foolbox.PyTorchModel(plain.net, bounds=(0, 1))
    criterion = foolbox.criteria.Misclassification(y)
    clean = plain.clean
    count = int(clean.sum())
    broken = lambda points: int((clean & ~plain.is_right(points)).sum())

    eps = 2.0
    theirs = attacks.L2RepeatedAdditiveGaussianNoiseAttack(repeats=100).run(fmodel, x, criterion, epsilon=eps).numpy()
    ours = plain.attack("--attack", "gaussian-noise", "--norm", "l2", "--eps", str(eps))["x_adv"]
    yield no_weaker("gaussian-noise", "L2RepeatedAdditiveGaussian", broken(ours), broken(theirs), count)

    eps = 0.4
    # Foolbox scales noise until its largest pixel is on the rim: of 64 pixels, by 65/64 on average.
    attack = attacks.LinfRepeatedAdditiveUniformNoiseAttack(repeats=100)
    theirs = attack.run(fmodel, x, criterion, epsilon=eps * 64 / 65).numpy()
    ours = plain.attack("--attack", "noise", "--eps", str(eps))["x_adv"]
    yield no_weaker("noise", "LinfRepeatedAdditiveUniform", broken(ours), broken(theirs), count)

    # The nearest points in L2, by as many looks and without bisection, as in Foolbox.
    pairs = [
        ("salt-and-pepper", attacks.SaltAndPepperNoiseAttack(steps=STEPS), 0.05),
        ("blur", attacks.GaussianBlurAttack(distance=foolbox.distances.l2, steps=STEPS), 0.001),
        ("contrast", attacks.LinearSearchContrastReductionAttack(distance=foolbox.distances.l2, steps=STEPS), 0.001),
    ]
    length = lambda points, own: np.linalg.norm((points - plain.x)[own].reshape(own.sum(), -1), axis=1)
    for name, attack, slack in pairs:
        theirs = attack.run(fmodel, x, criterion).numpy()
        more = () if name == "salt-and-pepper" else ("--search-steps", "0")
        ours = plain.attack("--attack", name, "--norm", "l2", "--eps", "100", "--steps", str(STEPS), *more)["x_adv"]
        both = clean & ~plain.is_right(ours) & ~plain.is_right(theirs)
        yield no_weaker(f"{name}, found", type(attack).__name__, broken(ours), broken(theirs), count)
        yield no_farther(name, type(attack).__name__, length(ours, both), length(theirs, both), slack)
