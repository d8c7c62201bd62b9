"""FGSM, PGD and R+FGSM against torchattacks and Foolbox."""

import foolbox
import numpy as np
import torch
import torchattacks

from lab import no_weaker, same_points
from references import by_foolbox


def rows(plain, robust):
    eps = 0.1
    x, y = torch.tensor(plain.x), torch.tensor(plain.y.astype(np.int64))
    clean = plain.clean
    theirs = torchattacks.FGSM(plain.net, eps=eps)(x, y).numpy()
    ours = plain.attack("--fgsm", "--eps", str(eps))["x_adv"]
    # A pixel whose gradient is zero but for rounding may go either way.
    yield same_points("fgsm", "torchattacks FGSM", ours[clean], theirs[clean], 1e-6, share=0.98)
    for lab, name in [(plain, ""), (robust, ", robust")]:
        theirs = torchattacks.PGD(lab.net, eps=eps, alpha=eps / 4, steps=40, random_start=True)(x, y).numpy()
        ours = lab.attack("--pgd", "--eps", str(eps), "--steps", "40", "--step-size", str(eps / 4))["x_adv"]
        count = int(lab.clean.sum())
        broken = lambda points: int((lab.clean & ~lab.is_right(points)).sum())
        yield no_weaker(f"pgd{name}", "torchattacks PGD", broken(ours), broken(theirs), count)
        # In L1 Foolbox steps along the gradient over its length, which is not the steepest ascent.
        for norm, radius, attack in [("l2", 0.5, foolbox.attacks.L2PGD), ("l1", 3.0, foolbox.attacks.L1PGD)]:
            theirs = by_foolbox(lab, attack(steps=20, rel_stepsize=0.1), epsilon=radius)
            ours = lab.attack(
                "--pgd", "--norm", norm, "--eps", str(radius), "--steps", "20", "--step-size", str(radius / 10))["x_adv"]
            yield no_weaker(f"pgd {norm}{name}", f"foolbox {attack.__name__}", broken(ours), broken(theirs), count)
        # With one step, torchattacks' R+FGSM is that of the paper.
        theirs = torchattacks.RFGSM(lab.net, eps=eps, alpha=eps / 2, steps=1)(x, y).numpy()
        ours = lab.attack("--attack", "r-fgsm", "--eps", str(eps))["x_adv"]
        yield no_weaker(f"r-fgsm{name}", "torchattacks RFGSM", broken(ours), broken(theirs), count)
