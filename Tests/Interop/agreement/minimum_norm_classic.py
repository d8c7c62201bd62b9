"""DeepFool and NewtonFool against Foolbox and ART."""

import foolbox
import torch
from art.attacks.evasion import NewtonFool

from lab import no_farther, same_points
from references import art_classifier, by_foolbox, distances


def rows(plain, robust):
    attacks = foolbox.attacks
    for lab, name in [(plain, ""), (robust, ", robust")]:
        for norm, attack in [("l2", attacks.L2DeepFoolAttack), ("linf", attacks.LinfDeepFoolAttack)]:
            theirs = by_foolbox(lab, attack(loss="logits"))
            ours = lab.attack("--attack", "deepfool", "--norm", norm, "--eps", "1")["x_adv"]
            # An iterate between two boundaries that are equally near may take either.
            yield same_points(
                f"deepfool {norm}{name}", "Foolbox DeepFool", ours[lab.clean], theirs[lab.clean], 1e-4, share=0.98
            )
        yield from newtonfool(lab, name)


def newtonfool(lab, name):
    mine = distances(lab, "l2", lab.attack("--attack", "newtonfool", "--norm", "l2", "--eps", "1")["x_adv"])
    theirs = distances(lab, "l2", by_foolbox(lab, foolbox.attacks.NewtonFoolAttack(steps=100, stepsize=0.01)))
    # Foolbox squares the lengths of image and gradient, which makes other steps.
    yield no_farther(f"newtonfool{name}", "Foolbox NewtonFoolAttack", mine, theirs)
    # ART takes what the network gives for probabilities, goes on after success, and clips at the end alone.
    net = torch.nn.Sequential(lab.net, torch.nn.Softmax(1))
    attack = NewtonFool(art_classifier(net), max_iter=100, eta=0.01, batch_size=len(lab.x), verbose=False)
    yield no_farther(f"newtonfool{name}", "ART NewtonFool", mine, distances(lab, "l2", attack.generate(lab.x)))
