"""FAB against torchattacks, Square against torchattacks and ART."""

import numpy as np
import torch
import torchattacks
from art.attacks.evasion import SquareAttack

from lab import lengths, no_farther, no_weaker, row
from references import art_classifier, distances, tensors


def rows(plain, robust):
    yield from fab(plain, "")
    yield from fab(robust, ", robust")
    for norm, eps in [("linf", 0.2), ("l2", 0.7)]:
        yield from square(robust, norm, eps, queries=300)


def fab(lab, name):
    x, y = tensors(lab)
    clean = lab.clean
    for norm, theirs_norm, radius in [("linf", "Linf", 0.3), ("l2", "L2", 1.0)]:
        # Ten steps are the default of torchattacks, a tenth of the authors'. It returns points beyond its eps as clean
        # images, so that it gets an eps that nothing is beyond: with one run nothing else depends on it.
        attack = torchattacks.FAB(lab.net, norm=theirs_norm, eps=100.0, steps=30, n_classes=10)
        theirs = attack(x, y).numpy()
        ours = lab.attack("--attack", "fab", "--norm", norm, "--eps", str(radius), "--steps", "30")["x_adv"]
        both = clean & ~lab.is_right(ours) & ~lab.is_right(theirs)
        nearest = no_farther(
            f"fab {norm}{name}", "torchattacks FAB", lengths(norm, ours - lab.x)[both], lengths(norm, theirs - lab.x)[both],
            # Neither makes a last search, and a step is a step: equal but for rounding.
            slack=1e-3)
        nearest["note"] = f"{int((clean & ~lab.is_right(ours)).sum())} found here, {int((clean & ~lab.is_right(theirs)).sum())} there"
        yield nearest
        found = clean & (ours != lab.x).reshape(len(ours), -1).any(1)
        kept = int((found & ~lab.is_right(ours)).sum())
        yield row(
            f"fab {norm}{name}", "PyTorch, looking again", f"{kept} adversarial", f"{int(found.sum())} found",
            # A point that is the nearest of thirty because it is so near to the boundary may be lost, hardly two of a
            # hundred.
            kept >= 0.98 * found.sum())
    yield towards_classes(lab, name)


def towards_classes(lab, name):
    attack = torchattacks.FAB(
        lab.net, norm="Linf", eps=100.0, steps=20, n_classes=10, multi_targeted=True)
    part = slice(0, 60)
    theirs = distances(lab, "linf", attack(*tensors(lab, part)).numpy(), part)
    points = lab.attack("--attack", "fab-t", "--norm", "linf", "--eps", "1", "--steps", "20", "--count", "60")["x_adv"]
    return no_farther(f"fab-t linf{name}", "torchattacks FAB, 9 targets", distances(lab, "linf", points, part), theirs, 1e-3)


def square(lab, norm, eps, queries):
    x, y = tensors(lab)
    clean = lab.clean
    count = int(clean.sum())
    broken = lambda points: int((clean & ~lab.is_right(points)).sum())
    # Both libraries stretch the schedule over the queries that there are; here that is asked for.
    ours = lab.attack(
        "--attack", "square", "--norm", norm, "--eps", str(eps), "--queries", str(queries), "--rescale-schedule"
    )["x_adv"]
    theirs = torchattacks.Square(
        lab.net, norm={"linf": "Linf", "l2": "L2"}[norm], eps=eps, n_queries=queries, p_init=0.8, loss="margin",
        resc_schedule=True, seed=1)(x, y).numpy()
    yield no_weaker(f"square {norm}", "torchattacks Square", broken(ours), broken(theirs), count)
    # ART looks at the clean image first, and takes probabilities' order from logits all the same.
    attack = SquareAttack(
        art_classifier(lab.net), norm=np.inf if norm == "linf" else 2, eps=eps, max_iter=queries, p_init=0.8, nb_restarts=1,
        batch_size=512, verbose=False)
    theirs = attack.generate(lab.x, np.eye(10)[lab.y])
    yield no_weaker(f"square {norm}", "ART SquareAttack", broken(ours), broken(theirs), count)
