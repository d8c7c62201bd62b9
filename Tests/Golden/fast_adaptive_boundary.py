"""The first steps of the fast adaptive boundary attack on a small smooth network.

The algorithm of Croce and Hein (arXiv 1907.02044) with the parameters of their code, in NumPy and double precision, by
other means than the lab's: the projections bisect or sort. AttacksTests/MinimumNorm follows the points step by step.

    python Tests/Golden/fast_adaptive_boundary.py > Tests/Golden/fast_adaptive_boundary.json
"""

import json

import numpy as np

STEPS, ALPHA_MAX, ETA, BETA = 12, 0.1, 1.05, 0.9
INPUTS, HIDDEN, CLASSES = 9, 8, 4


def single(values):
    """Numbers that single precision holds, so that both sides begin with the same."""
    return np.asarray(values, np.float32).astype(np.float64)


class Network:
    """Logits B tanh(A x + a) + b."""

    def __init__(self, random):
        self.A = single(random.normal(size=(HIDDEN, INPUTS)))
        self.a = single(random.normal(size=HIDDEN) * 0.3)
        self.B = single(random.normal(size=(CLASSES, HIDDEN)))
        self.b = single(random.normal(size=CLASSES) * 0.3)

    def __call__(self, x):
        return self.B @ np.tanh(self.A @ x + self.a) + self.b

    def gradients(self, x):
        """One row for each logit."""
        slope = 1 - np.tanh(self.A @ x + self.a) ** 2
        return self.B @ (slope[:, None] * self.A)


def project(x, w, b, norm):
    """The shortest d with w·(x + d) = b and 0 ≤ x + d ≤ 1; all the way to the box where there is none."""
    excess = w @ x - b
    falls = np.sign(excess) * w > 0
    room = np.where(w == 0, 0, np.where(falls, x, 1 - x))
    direction = np.where(falls, -1.0, 1.0)
    needed, slope = abs(excess), np.abs(w)
    if slope @ room <= needed:
        return direction * room
    if norm == "l1":
        size = np.zeros_like(x)
        for i in np.argsort(-slope, kind="stable"):
            size[i] = min(room[i], needed / slope[i])
            needed -= size[i] * slope[i]
            if size[i] < room[i]:
                break
        return direction * size
    rate = np.ones_like(w) if norm == "linf" else slope
    low, high = 0.0, 1.0
    while slope @ np.minimum(high * rate, room) < needed:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if slope @ np.minimum(middle * rate, room) < needed:
            low = middle
        else:
            high = middle
    return direction * np.minimum(high * rate, room)


def length(d, norm):
    return {"linf": np.abs(d).max(), "l2": np.sqrt(d @ d), "l1": np.abs(d).sum()}[norm]


def dual_length(w, norm):
    return {"linf": np.abs(w).sum(), "l2": np.sqrt(w @ w), "l1": np.abs(w).max()}[norm]


def trace(network, image, norm, target):
    """The point after every step, before the step back, and the least lead with which a choice was made."""
    label = int(network(image).argmax())
    others = [k for k in range(CLASSES) if k != label] if target is None else [target]
    x, points, lead = image.copy(), [], np.inf
    for _ in range(STEPS):
        z, gradients = network(x), network.gradients(x)
        df = np.array([z[k] - z[label] for k in others])
        dg = np.array([gradients[k] - gradients[label] for k in others])
        ratio = np.abs(df) / (1e-12 + np.array([dual_length(w, norm) for w in dg]))
        nearest = int(ratio.argmin())
        if len(others) > 1:
            first, second = np.sort(ratio)[:2]
            lead = min(lead, second / first - 1)
        w, b = dg[nearest], dg[nearest] @ x - df[nearest]
        d1, d2 = project(x, w, b, norm), project(image, w, b, norm)
        a1, a2 = max(length(d1, norm), 1e-8), max(length(d2, norm), 1e-8)
        alpha = min(a1 / (a1 + a2), ALPHA_MAX)
        x = np.clip((x + ETA * d1) * (1 - alpha) + (image + ETA * d2) * alpha, 0, 1)
        points.append(x)
        z = network(x)
        lead = min(lead, abs(np.delete(z, label).max() - z[label]))
        if z.argmax() != label:
            x = image + (x - image) * BETA
    return points, lead


def main():
    for seed in range(20000):
        random = np.random.default_rng(seed)
        network = Network(random)
        image = single(np.clip(random.uniform(-0.2, 1.2, size=INPUTS), 0, 1))
        order = np.argsort(-network(image))
        runs = [
            {"norm": norm, "target": target} for norm in ("linf", "l2", "l1") for target in (None, int(order[2]))
        ]
        found = [trace(network, image, run["norm"], run["target"]) for run in runs]
        # No choice may hang on the rounding of single precision, some pixels are at an end, and the steps lead somewhere.
        moves = [np.abs(np.diff(points[:4], axis=0)).max(1).min() for points, _ in found]
        if min(lead for _, lead in found) < 1e-3 or (image % 1 > 0).all() or min(moves) < 1e-3:
            continue
        for run, (points, _) in zip(runs, found):
            run["points"] = [[round(float(v), 9) for v in point] for point in points]
        document = {
            "A": network.A.tolist(), "a": network.a.tolist(), "B": network.B.tolist(), "b": network.b.tolist(),
            "image": image.tolist(), "label": int(order[0]), "runs": runs,
        }
        return print(json.dumps(document, separators=(",", ":")))


if __name__ == "__main__":
    main()
