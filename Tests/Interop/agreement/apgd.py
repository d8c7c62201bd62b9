"""APGD, its targeted form, ACG, ReACG and PMA against torchattacks and ART."""

import numpy as np
import torch
import torchattacks
from art.attacks.evasion import AutoConjugateGradient, RescalingAutoConjugateGradient

from lab import no_weaker
from references import art_classifier


COUNT = 100


def rows(plain, robust):
    for lab, name, eps in [(plain, "", 0.08), (robust, ", robust", 0.15)]:
        x, y = torch.tensor(lab.x[:COUNT]), torch.tensor(lab.y[:COUNT].astype(np.int64))
        clean = lab.clean[:COUNT]
        count = int(clean.sum())

        def broken(points):
            is_right = lab.logits(points).argmax(1) == lab.y[: len(points)]
            return int((clean & ~is_right[:COUNT]).sum())

        def ours(attack, *options):
            return lab.attack("--attack", attack, "--eps", str(eps), "--count", str(COUNT), *options)["x_adv"]

        # torchattacks runs 10 steps unless told otherwise, where the windows are 2 steps and then 1: another algorithm.
        ce = ours("apgd-ce")
        theirs = torchattacks.APGD(lab.net, eps=eps, steps=100, loss="ce")(x, y).detach().numpy()
        yield no_weaker(f"apgd-ce{name}", "torchattacks APGD, 100 steps", broken(ce), broken(theirs), count)
        dlr = ours("apgd-dlr")
        theirs = torchattacks.APGD(lab.net, eps=eps, steps=100, loss="dlr")(x, y).detach().numpy()
        yield no_weaker(f"apgd-dlr{name}", "torchattacks APGD, DLR", broken(dlr), broken(theirs), count)
        targeted = ours("apgd-t")
        theirs = torchattacks.APGDT(lab.net, eps=eps, steps=100, n_classes=10)(x, y).detach().numpy()
        yield no_weaker(f"apgd-t{name}", "torchattacks APGDT, 100 steps", broken(targeted), broken(theirs), count)
        # The same classes in another order.
        yield no_weaker(f"malt{name}", "apgd-t", broken(ours("malt")), broken(targeted), count)
        # ART's first step is the caller's, and in L-infinity it moves along the direction itself and not its sign.
        labels = np.eye(10)[lab.y[:COUNT]]
        for name_of_ours, attack in [("acg", AutoConjugateGradient), ("reacg", RescalingAutoConjugateGradient)]:
            art = attack(
                art_classifier(lab.net), eps=eps, eps_step=2 * eps, max_iter=100, nb_random_init=1, batch_size=COUNT,
                loss_type="cross_entropy", verbose=False
            ).generate(x.numpy(), labels)
            yield no_weaker(
                f"{name_of_ours}{name}", f"ART {attack.__name__}", broken(ours(name_of_ours)), broken(art), count)
        # By the paper stronger than APGD on cross-entropy.
        yield no_weaker(f"reacg{name}", "apgd-ce", broken(ours("reacg")), broken(ce), count)
        yield no_weaker(f"pma{name}", "apgd-ce", broken(ours("pma")), broken(ce), count)
