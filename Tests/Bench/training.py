"""Training and inference by PyTorch on the work of peers.py.

Each function here makes one that runs the task once: its seconds, and the images it ends with.
"""

import torch
from torch import nn
from torch.nn import functional

from processes import timed


def pytorch(model, x, y, task):
    return {"fast": fast_training, "trades": trades, "predict": inference}[task.activity](model, x, y, task)


def inference(model, x, y, task):
    @torch.inference_mode()
    def passes():
        for _ in range(task.steps):
            model(x)
        return x

    return lambda: timed(passes)


def training(model, x, task, update):
    """A function that trains from the same weights again, with the optimiser of the authors in one kernel (`fused`)."""
    initial = {name: value.clone() for name, value in model.state_dict().items()}
    colour = x.shape[1] == 3

    def updates(optimizer):
        for _ in range(task.steps):
            update(optimizer)
        return x

    def run():
        model.load_state_dict(initial)
        parameters = model.train().parameters()
        if task.activity == "trades":
            optimizer = torch.optim.SGD(parameters, lr=0.01, momentum=0.9, fused=True)
        elif colour:
            optimizer = torch.optim.SGD(parameters, lr=0.2, momentum=0.9, weight_decay=5e-4, fused=True)
        else:
            optimizer = torch.optim.Adam(parameters, lr=5e-3, fused=True)
        return timed(lambda: updates(optimizer))

    return run


def fast_training(model, x, y, task):
    """The loop of locuslab/fast_adversarial, train_mnist.py and train_cifar.py, with changes that make it faster: the
    attack asks for the gradient of the images alone (the authors' `backward` also computes those of the weights, and
    `zero_grad` discards them), and of the model in evaluation mode, as advlab does, where the authors average over the
    batch. The start is put into the range of pixels for colour alone, as the authors do."""
    epsilon, colour = task.epsilon, x.shape[1] == 3

    def update(optimizer):
        model.eval()
        delta = torch.zeros_like(x).uniform_(-epsilon, epsilon)
        if colour:
            delta = torch.max(torch.min(1 - x, delta), 0 - x)
        delta.requires_grad_()
        gradient, = torch.autograd.grad(functional.cross_entropy(model(x + delta), y), delta)
        delta = torch.clamp(delta.detach() + task.step_size * torch.sign(gradient), -epsilon, epsilon)
        delta = torch.max(torch.min(1 - x, delta), 0 - x)
        loss = functional.cross_entropy(model.train()(torch.clamp(x + delta, 0, 1)), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return training(model, x, task, update)


def trades(model, x, y, task):
    """`trades_loss` of yaodongyu/TRADES with 40 steps and beta 1, as its train_trades_mnist.py. The logits of the images,
    which stay the same, are computed once and not in every step."""
    divergence = nn.KLDivLoss(reduction="sum")

    def attacked():
        model.eval()
        with torch.no_grad():
            reference = functional.softmax(model(x), 1)
        points = x + 0.001 * torch.randn_like(x)
        for _ in range(40):
            points.requires_grad_()
            loss = divergence(functional.log_softmax(model(points), 1), reference)
            gradient, = torch.autograd.grad(loss, points)
            points = points.detach() + task.step_size * torch.sign(gradient)
            points = torch.clamp(torch.min(torch.max(points, x - task.epsilon), x + task.epsilon), 0, 1)
        return points

    def update(optimizer):
        points = attacked()
        model.train()
        optimizer.zero_grad()
        logits = model(x)
        robust = divergence(functional.log_softmax(model(points), 1), functional.softmax(logits, 1)) / len(x)
        (functional.cross_entropy(logits, y) + robust).backward()
        optimizer.step()

    return training(model, x, task, update)
