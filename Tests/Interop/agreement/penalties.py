"""Carlini-Wagner in L2 and the elastic net against Foolbox, ART and torchattacks, on the first images.

Both descend a hinge of the logits plus a distance. As many steps and constants on either side, and no early end: Foolbox
looks at the progress of the whole batch, the lab at that of each image. Traps of the references that matter here:
torchattacks' CW has one constant, takes a logit for 0 where a mask hides it, and never moves a pixel that is black or white;
ART's C&W has a line search in the place of Adam. Where Foolbox finds nothing it gives back a black image, which may be
misclassified: that counts as nothing.
"""

import foolbox
import numpy as np
import torch
import torchattacks
from art.attacks.evasion import CarliniL2Method, ElasticNet

from lab import Lab, no_farther, same_lengths
from references import art_classifier, by_foolbox, distances, tensors

STEPS = 100
COUNT = 60


def ours(lab, norm, text, rows=slice(None)):
    points = lab.attack("--attack", text, "--norm", norm, "--eps", "1")["x_adv"]
    return distances(lab, norm, points[rows], rows)


def by_foolbox_or_nothing(lab, norm, attack):
    points = by_foolbox(lab, attack)
    is_black = (points == 0).reshape(len(points), -1).all(1)
    return np.where(is_black[lab.clean], np.inf, distances(lab, norm, points))


def rows(plain, robust):
    torch.set_num_threads(1)
    np.random.seed(0)
    for path, name in [("digits-cnn.h5", ""), ("digits-cnn-robust.h5", ", robust")]:
        lab = Lab(plain.advlab, path, count=COUNT)
        yield from carlini_wagner(lab, name)
        yield from elastic_net(lab, name)


def carlini_wagner(lab, name):
    mine = ours(lab, "l2", f"cw:steps={STEPS},abort-early=false")
    theirs = by_foolbox_or_nothing(lab, "l2", foolbox.attacks.L2CarliniWagnerAttack(steps=STEPS, abort_early=False))
    # Adam follows the sign of gradients that are nearly zero, so that rounding may decide on single pixels.
    yield same_lengths(f"cw l2{name}", "Foolbox L2CarliniWagner", mine, theirs, 0.001, share=0.95)
    points = torchattacks.CW(lab.net, c=1, steps=STEPS, lr=0.01)(*tensors(lab)).numpy()
    yield no_farther(f"cw l2{name}", "torchattacks CW", mine, distances(lab, "l2", points))
    method = CarliniL2Method(
        art_classifier(lab.net), max_iter=20, binary_search_steps=9, batch_size=COUNT, verbose=False)
    # 20 steps with up to ten looks along the line.
    few = slice(0, 30)
    theirs = distances(lab, "l2", method.generate(lab.x[few], lab.y[few]), few)
    yield no_farther(f"cw l2{name}", "ART CarliniL2Method", mine[:len(theirs)], theirs)


def elastic_net(lab, name):
    # Rounding turns points under the L1 rule: Foolbox in single and in double precision agrees with itself for 54 of the 60,
    # and the lab with the latter for 56.
    for rule, share in [("en", 0.95), ("l1", 0.9)]:
        attack = foolbox.attacks.EADAttack(
            steps=STEPS, binary_search_steps=9, decision_rule=rule.upper(), abort_early=False)
        theirs = by_foolbox_or_nothing(lab, "l1", attack)
        mine = ours(lab, "l1", f"ead:steps={STEPS},decision-rule={rule},abort-early=false")
        yield same_lengths(f"ead {rule}{name}", "Foolbox EADAttack", mine, theirs, 0.001, share=share)
    points = torchattacks.EADL1(
        lab.net, max_iterations=STEPS, beta=0.01, abort_early=False)(*tensors(lab)).detach().numpy()
    # torchattacks lets the descent with every constant begin where the last one ended.
    yield no_farther(f"ead l1{name}", "torchattacks EADL1", mine, distances(lab, "l1", points), 0.03)
    if name:
        return
    attack = ElasticNet(
        art_classifier(lab.net), max_iter=STEPS, binary_search_steps=9, beta=0.01, batch_size=COUNT,
        decision_rule="L1", verbose=False)
    few = slice(0, 20)
    theirs = distances(lab, "l1", attack.generate(lab.x[few], lab.y[few]), few)
    # Behind the boundary ART drops the pull of the squares too: what is left there is a descent in L1 alone.
    yield no_farther(f"ead l1{name}", "ART ElasticNet", mine[:len(theirs)], theirs, 0.05)
