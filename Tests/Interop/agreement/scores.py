"""The attacks that see logits: SPSA and OnePixel of torchattacks, SimBA and PixelAttack of ART, NES of Foolbox.

All are random: as many successes as theirs within the binomial interval, or more, at the same number of queries.
"""

import numpy as np
import torch
import torchattacks
from art.attacks.evasion import PixelAttack, SimBA
from art.estimators.classification import PyTorchClassifier
from foolbox.attacks import LinfPGD
from foolbox.gradient_estimators import es_gradient_estimator
from torch import nn

from lab import Lab, no_weaker
from references import by_foolbox

COUNT = 25


class Counting(nn.Module):
    """A network that counts the images it is shown, with probabilities at its end where a reference wants them."""

    def __init__(self, net, has_softmax=False):
        super().__init__()
        self.net, self.has_softmax, self.images = net, has_softmax, 0

    def forward(self, x):
        self.images += len(x)
        logits = self.net(x)
        return torch.softmax(logits, 1) if self.has_softmax else logits


def classifier(lab, has_softmax=False):
    counting = Counting(lab.net, has_softmax)
    return counting, PyTorchClassifier(
        counting, loss=nn.CrossEntropyLoss(), input_shape=lab.x.shape[1:], nb_classes=10, clip_values=(0.0, 1.0)
    )


def rows(plain, robust):
    torch.manual_seed(0)
    np.random.seed(0)
    lab = Lab(plain.advlab, count=COUNT)
    clean, count = lab.clean, int(lab.clean.sum())
    x, y = torch.tensor(lab.x), torch.tensor(lab.y.astype(np.int64))
    broken = lambda points: int((clean & ~lab.is_right(points)).sum())

    theirs = torchattacks.SPSA(lab.net, eps=0.15, delta=0.01, lr=0.01, nb_iter=15, nb_sample=64)(x, y).numpy()
    ours = lab.attack("--attack", "spsa:steps=15,directions=64", "--eps", "0.15")["x_adv"]
    yield no_weaker("spsa", "torchattacks SPSA", broken(ours), broken(theirs), count)

    # The reference has multiples of the genes: a population of 40 numbers has 13 members of three each, so 40 are 120.
    reference = torchattacks.OnePixel(lab.net, pixels=1, steps=10, popsize=40)
    theirs = reference(x, y).numpy()
    members = 3 * max(1, 40 // 3)
    ours = lab.attack(
        "--attack", f"one-pixel:population={members},steps=10", "--norm", "l0", "--eps", "1")["x_adv"]
    yield no_weaker("one-pixel", "torchattacks OnePixel", broken(ours), broken(theirs), count)

    # ART's differential evolution takes a third of 400 times three numbers; few generations, for it goes image by image.
    _, art = classifier(lab)
    labels = np.eye(10)[lab.y]
    theirs = PixelAttack(art, th=1, es=1, max_iter=2).generate(lab.x, labels)
    ours = lab.attack("--attack", "one-pixel:population=399,steps=2", "--norm", "l0", "--eps", "1")["x_adv"]
    yield no_weaker("one-pixel", "ART PixelAttack", broken(ours), broken(theirs), count)

    # ART's SimBA has no ball: of what it finds counts what is near enough. Ours keeps to the ball, with as many queries.
    for basis, attack in [("pixel", "px"), ("dct", "dct")]:
        _, art = classifier(lab, has_softmax=True)
        steps = 60
        theirs = SimBA(art, attack=attack, max_iter=steps, epsilon=0.2, freq_dim=4, verbose=False).generate(
            lab.x.copy(), labels)
        eps = 0.9
        near = np.linalg.norm((theirs - lab.x).reshape(len(theirs), -1), axis=1) <= eps
        ours = lab.attack(
            "--attack", f"simba:basis={basis},queries={2 * steps + 1}", "--norm", "l2", "--eps", str(eps))["x_adv"]
        hits = int((clean & near & ~lab.is_right(theirs)).sum())
        yield no_weaker(f"simba, {basis}", "ART SimBA", broken(ours), hits, count)
    yield nes(lab, clean, broken)


def nes(lab, clean, broken):
    """Foolbox estimates a gradient of the batch's summed loss, and so is given one image at a time."""
    steps, pairs, eps = 8, 20, 0.15
    estimated = es_gradient_estimator(LinfPGD, samples=2 * pairs, sigma=0.001, bounds=(0, 1), clip=False)
    attack = estimated(steps=steps, rel_stepsize=0.2, random_start=False)
    theirs = np.concatenate([by_foolbox(lab, attack, slice(k, k + 1), epsilon=eps) for k in range(COUNT)])
    queries = steps * (2 * pairs + 1) + 1
    ours = lab.attack("--attack", f"nes:directions={pairs},queries={queries}", "--eps", str(eps))["x_adv"]
    return no_weaker("nes", "Foolbox LinfPGD, estimated", broken(ours), broken(theirs), int(clean.sum()))
