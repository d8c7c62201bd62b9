"""How each tool does each work of peers.py; it starts this file in a process of its own for every measurement.

    tools.py measure TASK      speed, memory and losses of one tool
    tools.py check TASK        the networks here against the logits that advlab wrote
    tools.py start-up TASK     FGSM on the digits, from the start of Python to its end

TASK and the answer are JSON objects. Every tool gets what one who knows it would give it:

  * the model in evaluation mode and, for an attack, its parameters without gradients: Foolbox and ART call `backward`,
    which otherwise computes those of the weights too, a third of the time, and nobody reads them;
  * the order of the pixels in memory, `channels_last` or not, in which it is faster (works.py tries both), and memory
    that is kept from step to step (works.py sets the C library's limits);
  * fresh weights and all steps for every run, no early stop, no progress bar.

Runs of half a minute and more (`is_long`) are timed once, without a run before them.
"""

import json
import pathlib
import resource
import statistics
import sys
import types

import h5py
import torch
from torch import nn
from torch.nn import functional

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Interop"))

import attacking  # noqa: E402
import published_networks as zoo  # noqa: E402
from training import pytorch  # noqa: E402

NETWORKS = {
    "tinycnn": lambda: zoo.tinycnn(10),
    "mnist-small": zoo.mnist_small,
    "mnist-madry": zoo.mnist_madry,
    "resnet18-cifar": lambda: zoo.ResNet(
        zoo.BasicBlock, [2, 2, 2, 2], 64, 10, imagenet=False, side="shortcut", head="linear"),
    "wide-resnet-28-10": lambda: zoo.WideResNet(28, 10, 10),
    "digits-cnn": zoo.digits_cnn,
}
ROLES = {"scale": "weight", "shift": "bias", "mean": "running_mean", "variance": "running_var"}

# Shorter runs are repeated within one timing: one of TinyCNN takes 20 ms, which any other process can double.
SHORTEST = 0.3


def load(architecture, path):
    """The PyTorch module of an architecture with the weights of a native file, `/parameters/<node>/<role>`. Nodes carry
    the names of the modules, or correspond to them in order where those have numbers only."""
    model = NETWORKS[architecture]()
    state = model.state_dict()
    modules = [name for name, module in model.named_modules() if list(module.parameters(recurse=False))]
    with h5py.File(path) as file:
        description = json.loads(file["architecture"][()])
        parameters = file["parameters"]
        nodes = [node["name"] for node in description["nodes"] if node["name"] in parameters]
        assert len(nodes) == len(modules), f"{path}: nodes {nodes}, modules {modules}"
        for node, module in zip(nodes, nodes if set(nodes) == set(modules) else modules):
            for role, values in parameters[node].items():
                state[f"{module}.{ROLES.get(role, role)}"] = torch.from_numpy(values[()])
    model.load_state_dict(state)
    return model.eval()


def examples(path, images="x", labels="y"):
    with h5py.File(path) as file:
        return torch.from_numpy(file[images][()]), torch.from_numpy(file[labels][()]).long()


def subject(task):
    """The model, the images and the labels of a task."""
    model = load(task.architecture, f"{task.directory}/{task.file}.h5")
    x, y = examples(f"{task.directory}/{task.file}-images.h5")
    assert len(x) >= task.batch_size, f"{len(x)} images for a batch of {task.batch_size}"
    form = torch.channels_last if task.channels_last else torch.contiguous_format
    return model.to(memory_format=form), x[:task.batch_size].contiguous(memory_format=form), y[:task.batch_size]


TOOLS = {
    function.__name__: function
    for function in (
        attacking.torchattacks, attacking.foolbox, attacking.art, attacking.autoattack, attacking.auto_lirpa, pytorch)
}


def gradients(model, run):
    """How often one run calls the model for gradients, told by its last layer; this is also the first run, which nobody
    times."""
    calls = []
    last = [module for module in model.modules() if isinstance(module, nn.Linear)][-1]
    hook = last.register_forward_hook(lambda *_: calls.append(torch.is_grad_enabled()))
    run()
    hook.remove()
    return sum(calls)


def sample(run):
    """The mean seconds of as many runs as fill the shortest time, and the images of the last."""
    times = []
    while sum(times) < SHORTEST:
        seconds, points = run()
        times.append(seconds)
    return statistics.mean(times), points


@torch.no_grad()
def cross_entropy(model, x, y):
    return float(functional.cross_entropy(model.eval()(x), y))


def measure(task):
    torch.set_num_threads(task.threads)
    torch.manual_seed(task.seed)
    model, x, y = subject(task)
    before = cross_entropy(model, x, y)
    run = TOOLS[task.tool](model, x, y, task)
    calls = None
    if not task.is_long:
        calls = gradients(model, run)
        sample(run)
    times, points = zip(*[sample(run) for _ in range(task.repeat)])
    memory = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # An attack that leaves the ball or the box has done less. Below 1 a sum and a difference round by 2⁻²⁵ = 3e-8 each.
    distance = float((points[-1] - x).abs().max())
    assert distance <= task.epsilon + 1e-7, f"{task.tool} ends {distance} from the image"
    assert 0 <= points[-1].min() and points[-1].max() <= 1, f"{task.tool} leaves the range of pixels"
    rates = [task.batch_size * task.steps / seconds for seconds in times]
    return {"rate": statistics.median(rates), "rates": rates, "gradients": calls, "peak_memory": memory,
            "loss_before": before, "loss_after": cross_entropy(model, points[-1], y),
            **reached(model, points[-1], y, task)}


@torch.no_grad()
def reached(model, points, y, task):
    """What AutoAttack left standing, or what is certified and the mean bound of the least margins."""
    if task.activity == "autoattack":
        return {"accuracy": float((model(points).argmax(1) == y).float().mean())}
    if task.activity == "certify":
        margins = attacking.auto_lirpa.margins
        return {"accuracy": float((margins > 0).float().mean()), "margin_bound": float(margins.double().mean())}
    return {}


def check(task):
    """The largest difference of logits, in parts of the largest logit, and the mean cross-entropy."""
    model, x, y = subject(task)
    with h5py.File(task.predictions) as file:
        expected = torch.from_numpy(file["logits"][:task.batch_size])
    with torch.no_grad():
        difference = (model(x) - expected).abs().max() / expected.abs().max()
    return {"difference": float(difference), "loss": cross_entropy(model, x, y)}


def start_up(task):
    torch.set_num_threads(task.threads)
    model = load("digits-cnn", ROOT / "Data" / "digits-cnn.h5")
    x, y = examples(ROOT / "Data" / "digits.h5", "x_test", "y_test")
    x.requires_grad_()
    logits = model(x)
    gradient, = torch.autograd.grad(functional.cross_entropy(logits, y), x)
    with torch.no_grad():
        right = model(torch.clamp(x + task.epsilon * gradient.sign(), 0, 1)).argmax(1) == y
        return {"robust_accuracy": float((right & (logits.argmax(1) == y)).float().mean())}


if __name__ == "__main__":
    command = {"measure": measure, "check": check, "start-up": start_up}[sys.argv[1]]
    print(json.dumps(command(types.SimpleNamespace(**json.loads(sys.argv[2])))))
