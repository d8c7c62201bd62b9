"""Traces of PMA for the tests: the published algorithm in double precision, on the network of `apgd.py`.

    python Tests/Golden/pma.py > Tests/Golden/pma.json

Xie et al., arXiv 2411.15210: signs of gradients of one probability for half of the steps, of the difference of two
probabilities for the rest, with steps that follow half a cosine in each. A trace is only kept where no sign hangs on
rounding, so that single precision must follow it.
"""

import json
import math

import numpy as np

from apgd import PIXELS, Doubt, SineNetwork, project

STEPS = 20
EPS = 0.15


def probabilities(z):
    p = np.exp(z - z.max())
    return p / p.sum()


def ascended(z, y, stage):
    """The gradient by the logits of what a stage raises."""
    p = probabilities(z)
    jacobian = np.diag(p) - np.outer(p, p)
    others = np.where(np.arange(len(z)) == y, -np.inf, z)
    other = int(others.argmax())
    if np.diff(np.sort(others)[-2:])[0] < 1e-4:
        raise Doubt
    return {"label": -jacobian[y], "other": jacobian[other], "margin": jacobian[other] - jacobian[y]}[stage]


def trace(network, x, y, start, run):
    point, points = start, [start]
    for step in range(STEPS):
        half = STEPS // 2
        place, count = (step, half) if step < half else (step - half, STEPS - half)
        stage = "margin" if step >= half else ["label", "other"][run % 2]
        gradient = network.pullback(point, ascended(network.logits(point), y, stage))
        if np.abs(gradient).min() < 1e-4 * np.abs(gradient).max():
            raise Doubt
        size = EPS * (1 + math.cos(math.pi * place / count))
        point = project(x, point + size * np.sign(gradient), np.float64(np.float32(EPS)), "linf")
        points.append(point)
    return points


def main():
    network = SineNetwork(np.random.default_rng(7))
    random = np.random.default_rng(13)
    traces = []
    for run in [0, 1]:
        for _ in range(100000):
            x = np.float64(np.float32(random.uniform(0, 1, PIXELS)))
            y = int(network.logits(x).argmax())
            start = np.float64(np.float32(np.clip(x + random.uniform(-EPS, EPS, PIXELS), 0, 1)))
            try:
                points = trace(network, x, y, start, run)
                break
            except Doubt:
                continue
        else:
            raise SystemExit(f"no trace without doubt for run {run}")
        short = lambda values: [float(f"{v:.7g}") for v in np.ravel(values)]
        traces.append({
            "run": run, "radius": EPS, "image": short(x), "label": y, "points": [short(point) for point in points],
        })
    print(json.dumps({"traces": traces}, separators=(",", ":")))


if __name__ == "__main__":
    main()
