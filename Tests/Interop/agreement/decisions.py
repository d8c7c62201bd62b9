"""Attacks by decisions alone against Foolbox and ART: medians of the distances, at about as many queries.

Traps of the references that matter here. Foolbox stops with an error where one image has no adversarial start, so that
both sides are given only images that have one; its directions are shared by the batch. ART's GeoDA has a tolerance of 0.1,
far more than its noise of 0.0002 can cross, and is given 0.0001, as in the authors' code; for L1 it goes along the
gradient. It keeps a file of cosines in the working directory. What the lab gives back is the nearest point that was
found, which in references is the last one. Random attacks on 20 images: a slack of a tenth for the median.
"""

import os
import tempfile

import eagerpy as ep
import foolbox
import numpy as np
import torch
from art.attacks.evasion import GeoDA, SignOPTAttack
from art.estimators.classification import PyTorchClassifier

from lab import no_farther

# GeoDA of ART asks for a function that NumPy 2 no longer has.
if not hasattr(np, "mat"):
    np.mat = np.asmatrix

P = {"l0": 0, "l1": 1, "l2": 2, "linf": np.inf}
COUNT = 20


def lengths(norm, x, points):
    change = (points - x).reshape(len(x), -1)
    if norm == "l0":
        return (change != 0).sum(1).astype(float)
    return np.linalg.norm(change, ord=P[norm], axis=1)


def distances(lab, norm, points, rows):
    """Infinite where a point is not adversarial."""
    wrong = lab.logits(points).argmax(1) != lab.y[rows]
    return np.where(wrong, lengths(norm, lab.x[rows], points), np.inf)


def images(lab):
    """The images that uniform noise leads away from, and Foolbox' starting points for them."""
    fool = foolbox.PyTorchModel(lab.net, bounds=(0, 1))
    rows = np.flatnonzero(lab.clean)[:3 * COUNT]
    x, y = torch.tensor(lab.x[rows]), torch.tensor(lab.y[rows].astype(np.int64))
    attack = foolbox.attacks.LinearSearchBlendedUniformNoiseAttack(steps=50)
    starts = attack.run(fool, ep.astensor(x), foolbox.criteria.Misclassification(ep.astensor(y))).raw
    kept = np.flatnonzero(lab.logits(starts.numpy()).argmax(1) != lab.y[rows])[:COUNT]
    return rows[kept], starts[kept]


def by_foolbox(lab, attack, norm, rows, starts):
    fool = foolbox.PyTorchModel(lab.net, bounds=(0, 1))
    x, y = torch.tensor(lab.x[rows]), torch.tensor(lab.y[rows].astype(np.int64))
    criterion = foolbox.criteria.Misclassification(ep.astensor(y))
    given = {} if starts is None else {"starting_points": ep.astensor(starts)}
    points = attack.run(fool, ep.astensor(x), criterion, **given).raw.numpy()
    return distances(lab, norm, points, rows)


def by_art(lab, attack, norm, rows):
    folder = os.getcwd()
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        try:
            points = attack.generate(lab.x[rows], lab.y[rows].astype(np.int64))
        finally:
            os.chdir(folder)
    return distances(lab, norm, points, rows)


def ours(lab, text, norm, rows):
    points = lab.attack("--attack", text, "--norm", norm, "--eps", "1")["x_adv"][:rows.max() + 1]
    return distances(lab, norm, points[rows], rows)


def rows(plain, robust):
    fa = foolbox.attacks
    # Passes of 20 small images: threads would only wait for each other.
    torch.set_num_threads(1)
    for lab, name in [(plain, ""), (robust, ", robust")]:
        chosen, starts = images(lab)
        bare = torch.nn.CrossEntropyLoss()
        art = PyTorchClassifier(lab.net, loss=bare, input_shape=(1, 8, 8), nb_classes=10, clip_values=(0.0, 1.0))
        torch.manual_seed(1)
        np.random.seed(1)
        yield no_farther(
            f"boundary{name}", "foolbox BoundaryAttack", ours(lab, "boundary:steps=400", "l2", chosen),
            by_foolbox(lab, fa.BoundaryAttack(steps=400), "l2", chosen, starts), 0.1)
        for norm in ["l2", "linf"]:
            attack = fa.HopSkipJumpAttack(steps=5, constraint=norm)
            yield no_farther(
                f"hopskipjump {norm}{name}", "foolbox HopSkipJumpAttack", ours(lab, "hopskipjump:steps=5", norm, chosen),
                by_foolbox(lab, attack, norm, chosen, starts), 0.1)
        for norm in ["l0", "l2"]:
            attack = fa.PointwiseAttack(l2_binary_search=norm == "l2")
            yield no_farther(
                f"pointwise {norm}{name}", "foolbox PointwiseAttack", ours(lab, "pointwise", norm, chosen),
                by_foolbox(lab, attack, norm, chosen, None), 0.1)
        part = chosen[:8]
        attack = SignOPTAttack(art, targeted=False, query_limit=1500, verbose=False)
        yield no_farther(
            f"sign-opt{name}", "ART SignOPTAttack", ours(lab, "sign-opt:queries=2000", "l2", part),
            by_art(lab, attack, "l2", part), 0.1)
        for norm in ["l2", "linf", "l1"]:
            attack = GeoDA(
                art, norm="inf" if norm == "linf" else int(norm[1]), max_iter=1000, bin_search_tol=0.0001, verbose=False)
            yield no_farther(
                f"geoda {norm}{name}", "ART GeoDA", ours(lab, "geoda:queries=1000", norm, chosen),
                by_art(lab, attack, norm, chosen), 0.1)
