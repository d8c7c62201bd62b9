"""FGSM and PGD against torchattacks and Foolbox."""

import numpy as np
import torch
import torchattacks

from lab import no_weaker, same_points


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
