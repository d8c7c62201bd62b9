"""Carlini-Wagner in L∞ and L0 and ZOO against ART, the only one to have them, on few images: it takes one at a time.

Traps of the reference that matter here: in L∞ every threshold and every constant begins at the image again, so that it gets few
of both; in L0 ART goes round as often as there are channels, so that hardly a pixel is held; ZOO clips the change, and not
the point, to the pixel range, so that no pixel gets darker.
"""

import numpy as np
import torch
from art.attacks.evasion import CarliniL0Method, CarliniLInfMethod, ZooAttack

from lab import Lab, no_farther
from references import art_classifier, distances


def ours(lab, norm, text, rows):
    points = lab.attack("--attack", text, "--norm", norm, "--eps", "1")["x_adv"]
    return distances(lab, norm, points[rows], rows)


def rows(plain, robust):
    torch.set_num_threads(1)
    np.random.seed(0)
    lab = Lab(plain.advlab, count=20)
    art, few = art_classifier(lab.net), slice(0, 3)
    # A rate at which the variable of a black pixel comes back to where the pixel moves.
    method = CarliniLInfMethod(
        art, max_iter=50, initial_const=0.5, const_factor=20.0, learning_rate=0.2, decrease_factor=0.7, verbose=False)
    theirs = distances(lab, "linf", method.generate(lab.x[few], lab.y[few]), few)
    yield no_farther(
        "cw linf", "ART CarliniLInfMethod", ours(lab, "linf", "cw:steps=50,initial-const=0.5,learning-rate=0.2", few), theirs)
    everything = slice(0, 20)
    theirs = CarliniL0Method(art, batch_size=20, verbose=False).generate(lab.x, lab.y)
    yield no_farther(
        "cw l0", "ART CarliniL0Method", ours(lab, "l0", "cw:steps=200", everything), distances(lab, "l0", theirs))
    few = slice(0, 4)
    attack = ZooAttack(
        art, max_iter=40, binary_search_steps=1, initial_const=100, abort_early=False, use_resize=False,
        use_importance=False, nb_parallel=64, verbose=False)
    theirs = distances(lab, "l2", attack.generate(lab.x[few], lab.y[few]), few)
    text = "zoo:steps=40,binary-search-steps=1,initial-const=100,abort-early=false,coordinates=64"
    yield no_farther("zoo", "ART ZooAttack", ours(lab, "l2", text, few), theirs)
