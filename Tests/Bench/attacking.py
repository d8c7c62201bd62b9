"""The attacks and bounds of other tools on the work of peers.py.

Each function here makes one that runs the task once: its seconds, and the images it ends with.
"""

import math

import torch
from torch import nn

from processes import timed


def torchattacks(model, x, y, task):
    from torchattacks import PGD

    attack = PGD(model.requires_grad_(False), task.epsilon, task.step_size, task.steps, random_start=True)
    return lambda: timed(lambda: attack(x, y))


def foolbox(model, x, y, task):
    """`run` is the attack alone; the call by which users start it classifies the result too."""
    import foolbox

    model = foolbox.PyTorchModel(model.requires_grad_(False), bounds=(0, 1), device="cpu")
    attack = foolbox.attacks.LinfPGD(abs_stepsize=task.step_size, steps=task.steps, random_start=True)
    criterion = foolbox.criteria.Misclassification(y)
    return lambda: timed(lambda: attack.run(model, x, criterion, epsilon=task.epsilon))


def art(model, x, y, task):
    """The PyTorch form, faster than the NumPy form. By default it starts at the image, takes 100 steps of 0.1 and
    batches of 32. Two inferences for its log, of the images before and after, cannot be switched off."""
    from art.attacks.evasion.projected_gradient_descent.projected_gradient_descent_pytorch import (
        ProjectedGradientDescentPyTorch)
    from art.estimators.classification import PyTorchClassifier

    classifier = PyTorchClassifier(
        model.requires_grad_(False), nn.CrossEntropyLoss(), tuple(x.shape[1:]), 10, clip_values=(0, 1),
        device_type="cpu")
    attack = ProjectedGradientDescentPyTorch(
        classifier, norm="inf", eps=task.epsilon, eps_step=task.step_size, max_iter=task.steps, num_random_init=1,
        batch_size=len(x), verbose=False)
    images, labels = x.numpy(), y.numpy()

    def run():
        seconds, points = timed(lambda: attack.generate(images, labels))
        return seconds, torch.from_numpy(points)

    return run


def autoattack(model, x, y, task):
    """The authors' program, https://github.com/fra31/auto-attack, in its standard version and its batches of 250."""
    from autoattack import AutoAttack

    attack = AutoAttack(
        model.requires_grad_(False), norm="Linf", eps=task.epsilon, version="standard", device="cpu", verbose=False)
    attack.seed = task.seed
    return lambda: timed(lambda: attack.run_standard_evaluation(x, y, bs=250))


def auto_lirpa(model, x, y, task):
    """CROWN with the settings of https://github.com/Verified-Intelligence/auto_LiRPA; the graph is built once. The
    least margin of every image is kept in `margins`."""
    from auto_LiRPA import BoundedModule, BoundedTensor, PerturbationLpNorm

    bounded = BoundedModule(model, x[:1])
    box = PerturbationLpNorm(
        norm=math.inf, x_L=(x - task.epsilon).clamp(0, 1), x_U=(x + task.epsilon).clamp(0, 1))
    identity = torch.eye(10)
    others = torch.tensor([[other for other in range(10) if other != label] for label in y.tolist()])
    margins = identity[y][:, None] - identity[others]

    @torch.no_grad()
    def bound():
        least, _ = bounded.compute_bounds(
            x=(BoundedTensor(x, box),), C=margins, method="CROWN", bound_upper=False)
        auto_lirpa.margins = least.min(1).values
        return x

    return lambda: timed(bound)
