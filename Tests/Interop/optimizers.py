#!/usr/bin/env python3
"""Prints, as Swift literals, what PyTorch computes for the literals of Tests/TrainingTests. Needs torch alone.

    optimizers.py            optimisers, schedules, whole runs
"""

import torch
from torch import nn
from torch.optim import lr_scheduler
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn


def show(title, rows):
    print(f"// {title}")
    for row in rows:
        print("[" + ", ".join(f"{float(value):.9g}" for value in row) + "],")


def optimizers():
    """Four updates on the problem of `trajectory` in OptimizerLiterals.swift."""
    for name, settings in [
        ("SGD", {}), ("SGD", dict(weight_decay=0.01)), ("SGD", dict(momentum=0.9, weight_decay=0.01)),
        ("SGD", dict(momentum=0.9, nesterov=True, weight_decay=0.01)),
        ("Adam", {}), ("Adam", dict(betas=(0.8, 0.95), eps=1e-3, weight_decay=0.01)),
        ("AdamW", dict(weight_decay=0.05)),
        ("NAdam", {}), ("NAdam", dict(betas=(0.8, 0.95), eps=1e-3, weight_decay=0.01, momentum_decay=0.01)),
        ("RMSprop", {}), ("RMSprop", dict(alpha=0.9, eps=1e-3, momentum=0.5, weight_decay=0.01)),
    ]:
        p = nn.Parameter(torch.tensor([1.0, -2.0, 0.5, 0.0]))
        optimizer = getattr(torch.optim, name)([p], lr=0.1, **settings)
        rows = []
        for t in range(1, 5):
            p.grad = torch.tensor([0.5, -1.0, 2.0, 0.25]) * t + torch.tensor([2.0, 1.0, -0.5, 0.0]) * p.detach()
            optimizer.step()
            rows.append(p.detach().clone())
        show(f"torch.optim.{name}({settings})", rows)


def clipping():
    p, q = nn.Parameter(torch.zeros(3)), nn.Parameter(torch.zeros(2))
    p.grad, q.grad = torch.tensor([3.0, -4.0, 0.0]), torch.tensor([12.0, 0.5])
    norm = nn.utils.clip_grad_norm_([p, q], 2.0)
    show(f"clip_grad_norm_ at 2, norm {norm:.9g}", [p.grad, q.grad])


def schedules():
    """The rates at the starts of epochs, stepped once per epoch, from rate 1."""
    def rates(make, count, momentum=0.9):
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0, momentum=momentum)
        schedule = make(optimizer)
        values = []
        for _ in range(count):
            values.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step()
        return values

    for title, make, count in [
        ("StepLR(3, 0.1)", lambda o: lr_scheduler.StepLR(o, 3, 0.1), 8),
        ("MultiStepLR([3, 6], 0.1)", lambda o: lr_scheduler.MultiStepLR(o, [3, 6], 0.1), 8),
        ("CosineAnnealingLR(8, 0.01)", lambda o: lr_scheduler.CosineAnnealingLR(o, 8, 0.01), 8),
        ("CosineAnnealingWarmRestarts(3, 2, 0.01)",
         lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 3, 2, 0.01), 12),
        ("CosineAnnealingWarmRestarts(4)", lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 4), 9),
        ("CyclicLR(0, 1, 4, 6)", lambda o: lr_scheduler.CyclicLR(o, 0, 1, 4, 6), 11),
        ("OneCycleLR(1, 11, pct_start=0.4)", lambda o: lr_scheduler.OneCycleLR(o, 1, 11, pct_start=0.4), 10),
        ("LinearLR(0.25, total_iters=4) × CosineAnnealingLR(8)", lambda o: lr_scheduler.ChainedScheduler(
            [lr_scheduler.LinearLR(o, 0.25, total_iters=4), lr_scheduler.CosineAnnealingLR(o, 8)]), 9),
    ]:
        print(f"// {title}")
        print(rates(make, count))


IMAGES = torch.tensor(
    [[0, 1, 2, 3], [1, 0, -1, 2], [2, 2, 0, 1], [-1, 1, 1, 0], [0.5, -0.5, 1, -1]], dtype=torch.float32)
LABELS = torch.tensor([0, 1, 2, 1, 0])


def run(title, smoothing=0.0, clip=None, average=None, first_epoch=None):
    """Four full batches; the average takes the weights after every update, or from an epoch on."""
    model = nn.Linear(4, 3)
    with torch.no_grad():
        model.weight.copy_(torch.tensor(
            [[0.1, -0.2, 0.3, 0], [0, 0.2, -0.1, 0.1], [-0.3, 0.1, 0, 0.2]]))
        model.bias.copy_(torch.tensor([0.05, -0.05, 0]))
    loss = nn.CrossEntropyLoss(label_smoothing=smoothing)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9, weight_decay=0.01)
    schedule = lr_scheduler.CosineAnnealingLR(optimizer, 4)
    losses = []
    for epoch in range(4):
        optimizer.zero_grad()
        value = loss(model(IMAGES), LABELS)
        value.backward()
        if clip is not None:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        schedule.step()
        losses.append(value.item())
        if average is not None and epoch >= (first_epoch or 0):
            average = average if isinstance(average, AveragedModel) else average(model)
            average.update_parameters(model)
    final = average.module if average is not None else model
    show(title, [losses, final.weight.detach().flatten(), final.bias.detach()])


def main():
    optimizers()
    clipping()
    schedules()
    run("plain")
    run("label smoothing 0.2", smoothing=0.2)
    run("clip_grad_norm_ at 0.3", clip=0.3)
    run("AveragedModel, EMA of decay 0.6",
        average=lambda model: AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.6)))
    run("AveragedModel from epoch 1", average=AveragedModel, first_epoch=1)


if __name__ == "__main__":
    main()
