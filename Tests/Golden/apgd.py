"""Traces of APGD for the tests: the published algorithm in double precision, on a small network of sines.

    python Tests/Golden/apgd.py > Tests/Golden/apgd.json

Croce and Hein, arXiv 2003.01690 (L-infinity and L2, algorithm 1) and arXiv 2103.01208 (L1), with the choices of the authors'
implementation: the loss of the first step is compared with zero, L2 points are rescaled into the ball and then clipped.
A trace is only kept where no decision hangs on rounding, so that single precision must follow it.
"""

import json

import numpy as np

PIXELS, HIDDEN, CLASSES, STEPS, RHO = 8, 10, 5, 30, 0.75


class SineNetwork:
    def __init__(self, random):
        # Rounded to what single precision holds exactly.
        draw = lambda *shape: np.float64(np.float32(random.normal(size=shape)))
        self.inner, self.phase = 2 * draw(HIDDEN, PIXELS), draw(HIDDEN)
        self.outer, self.bias = draw(CLASSES, HIDDEN), draw(CLASSES)

    def logits(self, x):
        return self.outer @ np.sin(self.inner @ x + self.phase) + self.bias

    def pullback(self, x, cotangent):
        return self.inner.T @ (np.cos(self.inner @ x + self.phase) * (self.outer.T @ cotangent))


def cross_entropy(z, y, _):
    p = np.exp(z - z.max())
    p /= p.sum()
    return -np.log(p[y]), p - np.eye(CLASSES)[y]


def dlr(z, y, _):
    order = np.argsort(-z)
    other = order[1] if order[0] == y else order[0]
    spread = z[order[0]] - z[order[2]] + 1e-12
    unit = np.eye(CLASSES)
    value = -(z[y] - z[other]) / spread
    return value, (unit[other] - unit[y] - value * (unit[order[0]] - unit[order[2]])) / spread


def dlr_targeted(z, y, t):
    order = np.argsort(-z)
    unit = np.eye(CLASSES)
    spread = z[order[0]] - (z[order[2]] + z[order[3]]) / 2 + 1e-12
    value = -(z[y] - z[t]) / spread
    return value, (unit[t] - unit[y] - value * (unit[order[0]] - (unit[order[2]] + unit[order[3]]) / 2)) / spread


LOSSES = {"cross-entropy": cross_entropy, "dlr": dlr, "dlr-targeted": dlr_targeted}


def project_l1(x, point, eps):
    """The nearest point of the L1 ball around x and the unit box."""
    change = point - x
    room = np.where(change > 0, 1 - x, x)
    size = lambda t: np.minimum(np.maximum(np.abs(change) - t, 0), room)
    low, high = 0.0, np.abs(change).max()
    if size(0).sum() <= eps:
        return x + np.sign(change) * size(0)
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if size(middle).sum() > eps else (low, middle)
    return x + np.sign(change) * size(high)


def project(x, point, eps, norm):
    if norm == "linf":
        return np.clip(np.clip(point, x - eps, x + eps), 0, 1)
    if norm == "l2":
        change = point - x
        return np.clip(x + change * min(1, eps / max(np.linalg.norm(change), 1e-300)), 0, 1)
    return project_l1(x, point, eps)


class Doubt(Exception):
    pass


def sure(gap, scale=1.0):
    """Whether a comparison survives single precision."""
    if np.min(np.abs(gap)) < 3e-5 * scale:
        raise Doubt
    return gap > 0


def trace(network, x, y, target, start, eps, norm, loss):
    def look(point):
        z = network.logits(point)
        sure(np.diff(np.sort(z)))
        value, cotangent = LOSSES[loss](z, y, target)
        return value, network.pullback(point, cotangent)

    point = previous = start
    value, gradient = look(point)
    best = (value, point, gradient)
    rows = [(value, (1 if norm == "l1" else 2) * eps, point)]
    size = rows[0][1]
    losses, window = [], max(int(0.22 * STEPS), 1)
    since, reduced, best_then = 0, True, value
    count, share = PIXELS, 0.2
    for step in range(STEPS):
        if norm == "l1":
            # 1 − k times the number of pixels, rounded down; 0.2 of 8 pixels and the like are far from whole numbers.
            place = (1 - share) * PIXELS
            if abs(place - round(place)) < 1e-3 and place < PIXELS - 1:
                raise Doubt
            order = np.argsort(np.abs(gradient))
            moved = order[min(int(place), PIXELS - 1):]
            sure(np.diff(np.abs(gradient)[order]))
            step_sign = np.zeros(PIXELS)
            step_sign[moved] = np.sign(gradient[moved])
            new = project(x, point + size * step_sign / np.abs(step_sign).sum(), eps, norm)
        else:
            sure(gradient)
            direction = np.sign(gradient) if norm == "linf" else gradient / np.linalg.norm(gradient)
            half = project(x, point + size * direction, eps, norm)
            a = 0.75 if step > 0 else 1.0
            new = project(x, point + (half - point) * a + (point - previous) * (1 - a), eps, norm)
        previous, point = point, new
        value, gradient = look(point)
        losses.append(value)
        rows.append((value, size, point))
        if sure(value - best[0]):
            best = (value, point, gradient)
        since += 1
        if norm == "l1":
            if since == max(int(0.04 * STEPS), 1):
                found = int((best[1] != x).sum())
                ratio = found / max(count, 1)
                if count == 0 or abs(ratio - 0.95) < 1e-3:
                    raise Doubt
                size, back = (eps, True) if ratio < 0.95 else (max(size / 1.5, eps / 10), False)
                count, share, since = found, found / PIXELS / 1.5, 0
                if back:
                    point, gradient = best[1], best[2]
        elif since == window:
            steps = [0.0] + losses if len(losses) == window else losses
            rises = sum(sure(b - a) for a, b in zip(steps[-window - 1:], steps[-window:]))
            halve = rises <= RHO * window or (not reduced and best_then >= best[0])
            reduced, best_then = halve, best[0]
            if halve:
                size /= 2
                point, gradient = best[1], best[2]
            window, since = max(window - max(int(0.03 * STEPS), 1), max(int(0.06 * STEPS), 1)), 0
    # Ratios over a spread near zero are ill-conditioned, and a sparse trace shall widen its step again.
    if max(abs(row[0]) for row in rows) > 20:
        raise Doubt
    if norm == "l1" and all(b[1] <= a[1] for a, b in zip(rows, rows[1:])):
        raise Doubt
    return rows


def begin(random, x, eps, norm):
    noise = random.uniform(-1, 1, PIXELS) if norm == "linf" else random.normal(size=PIXELS)
    if norm == "linf":
        noise *= eps / np.abs(noise).max()
    elif norm == "l2":
        noise *= eps / np.linalg.norm(noise)
    start = np.clip(x + noise, 0, 1) if norm != "l1" else project_l1(x, x + noise, eps)
    return np.float64(np.float32(start))


def main():
    random = np.random.default_rng(7)
    network = SineNetwork(random)
    traces = []
    for norm, eps in [("linf", 0.2), ("l2", 0.4), ("l1", 0.75)]:
        for loss in LOSSES:
            for attempt in range(100000):
                x = np.float64(np.float32(np.clip(random.uniform(-0.2, 1.2, PIXELS), 0, 1)))
                order = np.argsort(-network.logits(x))
                y, target = int(order[0]), int(order[2])
                start = begin(random, x, eps, norm)
                try:
                    rows = trace(network, x, y, target, start, np.float64(np.float32(eps)), norm, loss)
                    break
                except Doubt:
                    continue
            else:
                raise SystemExit(f"no trace without doubt for {norm}, {loss}")
            short = lambda values: [float(f"{v:.7g}") for v in np.ravel(values)]
            traces.append({
                "norm": norm, "loss": loss, "radius": eps, "image": short(x), "label": y, "target": target,
                "losses": short([r[0] for r in rows]), "sizes": short([r[1] for r in rows]),
                "points": [short(r[2]) for r in rows],
            })
    full = lambda array: [float(v) for v in np.ravel(array)]
    print(json.dumps({
        "inner": full(network.inner), "phase": full(network.phase), "outer": full(network.outer),
        "bias": full(network.bias), "traces": traces,
    }, separators=(",", ":")))


if __name__ == "__main__":
    main()
