"""PGD's relatives and the transfer attacks against torchattacks and Foolbox."""

import foolbox
import numpy as np
import torch
import torchattacks

from lab import no_weaker, same_points

EPS = 0.1
STEPS = 10


def rows(plain, robust):
    x, y = torch.tensor(plain.x), torch.tensor(plain.y.astype(np.int64))
    clean = plain.clean
    step = EPS / STEPS
    common = ("--eps", str(EPS), "--steps", str(STEPS), "--step-size", str(step), "--no-early-stop")

    # Without random numbers the points are the same, but where the sign of a sum that is zero but for rounding decides: from
    # there on an example may go another way, and one pixel by two steps.
    deterministic = [
        ("bim", (), torchattacks.BIM(plain.net, eps=EPS, alpha=step, steps=STEPS)),
        ("mi-fgsm", (), torchattacks.MIFGSM(plain.net, eps=EPS, alpha=step, steps=STEPS, decay=1.0)),
        ("mi-fgsm, decay 0.6", ("--decay", "0.6"),
         torchattacks.MIFGSM(plain.net, eps=EPS, alpha=step, steps=STEPS, decay=0.6)),
        ("ni-fgsm", (), torchattacks.NIFGSM(plain.net, eps=EPS, alpha=step, steps=STEPS, decay=1.0)),
        ("si-ni-fgsm", (), torchattacks.SINIFGSM(plain.net, eps=EPS, alpha=step, steps=STEPS, decay=1.0, m=5)),
    ]
    for name, options, theirs in deterministic:
        ours = plain.attack("--attack", name.split(",")[0], *common, *options)["x_adv"]
        yield same_points(name, type(theirs).__name__, ours[clean], theirs(x, y).numpy()[clean], 2e-6, share=0.97)

    # torchattacks' TIFGSM smooths three channels at once; of gray images each is a copy, and diversity is off.
    class Gray(torch.nn.Module):
        def forward(self, images):
            return plain.net(images[:, :1])

    theirs = torchattacks.TIFGSM(Gray(), eps=EPS, alpha=step, steps=STEPS, decay=1.0, diversity_prob=0.0, len_kernel=5)
    # The two other channels have no gradient, and the mean of all three is a third: the steps are the same.
    points = theirs(x.repeat(1, 3, 1, 1), y).numpy()[:, :1]
    ours = plain.attack("--attack", "ti-fgsm", *common, "--kernel-size", "5")["x_adv"]
    yield same_points("ti-fgsm", "TIFGSM, no diversity", ours[clean], points[clean], 2e-6, share=0.97)

    # Foolbox gives Adam the signs of gradients.
    fmodel = foolbox.PyTorchModel(plain.net, bounds=(0, 1))
    adam = foolbox.attacks.LinfAdamProjectedGradientDescentAttack(abs_stepsize=step, steps=STEPS, random_start=False)
    theirs = adam.run(fmodel, x, foolbox.criteria.Misclassification(y), epsilon=EPS).numpy()
    ours = plain.attack("--attack", "adam-pgd", *common, "--no-random-start")["x_adv"]
    yield same_points("adam-pgd", "Foolbox LinfAdamPGD", ours[clean], theirs[clean], 2e-6, share=0.97)

    yield from random_ones(plain, x, y, common, step)
    yield sparse(robust)


def random_ones(lab, x, y, common, step):
    """Attacks with random numbers: as many successes, up to what chance explains, or more."""
    count = int(lab.clean.sum())
    broken = lambda points: int((lab.clean & ~lab.is_right(points)).sum())
    one_step = ("--eps", str(EPS), "--step-size", str(1.25 * EPS))
    pairs = [
        ("di-fgsm", (*common, "--decay", "1"),
         torchattacks.DIFGSM(lab.net, eps=EPS, alpha=step, steps=STEPS, decay=1.0, resize_rate=0.9, diversity_prob=0.5)),
        ("vmi-fgsm", (*common, "--draws", "5"),
         torchattacks.VMIFGSM(lab.net, eps=EPS, alpha=step, steps=STEPS, decay=1.0, N=5, beta=1.5)),
        ("pgd-kl", common, torchattacks.TPGD(lab.net, eps=EPS, alpha=step, steps=STEPS)),
        ("eot-pgd", (*common, "--draws", "2"),
         torchattacks.EOTPGD(lab.net, eps=EPS, alpha=step, steps=STEPS, eot_iter=2)),
        ("ffgsm", one_step, torchattacks.FFGSM(lab.net, eps=EPS, alpha=1.25 * EPS)),
    ]
    torch.manual_seed(0)
    for name, options, theirs in pairs:
        ours = lab.attack("--attack", name, *options)["x_adv"]
        yield no_weaker(name, type(theirs).__name__, broken(ours), broken(theirs(x, y).numpy()), count)


def sparse(lab):
    """Sparse L1 descent; Foolbox projects onto the ball and clips then, and so gives away what the box cuts off."""
    x, y = torch.tensor(lab.x), torch.tensor(lab.y.astype(np.int64))
    eps = 2.0
    attack = foolbox.attacks.SparseL1DescentAttack(rel_stepsize=0.2, steps=STEPS)
    fmodel = foolbox.PyTorchModel(lab.net, bounds=(0, 1))
    theirs = attack.run(fmodel, x, foolbox.criteria.Misclassification(y), epsilon=eps).numpy()
    ours = lab.attack("--attack", "slide", "--norm", "l1", "--eps", str(eps), "--no-early-stop")["x_adv"]
    count = int(lab.clean.sum())
    broken = lambda points: int((lab.clean & ~lab.is_right(points)).sum())
    return no_weaker("slide, robust", "SparseL1DescentAttack", broken(ours), broken(theirs), count)
