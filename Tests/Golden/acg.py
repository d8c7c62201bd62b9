"""Traces of ACG and ReACG for the tests: the published algorithms in double precision, on the network of `apgd.py`.

    python Tests/Golden/acg.py > Tests/Golden/acg.json

Yamamura et al., arXiv 2206.09628 and 2408.03972, from the image itself, with the choices of the authors' code: the loss is the
difference of the largest other logit and the label's, that of the first step is compared with zero, and where a step is
halved the point, its gradient and the direction that led there come back together. A trace is only kept where no decision
hangs on rounding, so that single precision must follow it.
"""

import json

import numpy as np

from apgd import PIXELS, RHO, Doubt, SineNetwork, project, sure

STEPS = 30
# The first window, how much shorter the next one is, and the shortest, as shares of all steps.
WINDOWS = {"acg": (0.22, 0.03, 0.06), "reacg": (0.43, 0.24, 0.08)}


def hestenes_stiefel(g, g_before, s_before):
    change = g_before - g
    below = s_before @ change
    # A quotient that is all cancellation is another one in single precision.
    if abs(below) <= 1e-3 * np.linalg.norm(s_before) * np.linalg.norm(change):
        raise Doubt
    return (g @ change) / below


def weight(method, g, g_before, s_before):
    beta = hestenes_stiefel(g, g_before, s_before)
    if method == "acg":
        return beta
    limit = np.mean(np.abs(g / s_before))
    if not sure(abs(beta) - limit):
        return beta
    scaled = hestenes_stiefel(g / np.linalg.norm(g), g_before / np.linalg.norm(g_before), s_before)
    return scaled if sure(abs(beta) - abs(scaled)) else beta


def trace(network, method, x, y, eps, norm):
    def look(point):
        z = network.logits(point)
        sure(np.diff(np.sort(z)))
        others = np.where(np.arange(len(z)) == y, -np.inf, z)
        other = int(others.argmax())
        cotangent = np.eye(len(z))[other] - np.eye(len(z))[y]
        return z[other] - z[y], network.pullback(point, cotangent)

    point = x
    value, g = look(point)
    best = (value, point, g, None, None)
    rows = [(value, point)]
    size = 2 * eps
    g_before = s_before = None
    window, shorter, shortest = (max(int(share * STEPS), 1) for share in WINDOWS[method])
    losses, since, halved, best_then = [], 0, True, value
    scaled = 0
    for _ in range(STEPS):
        s = g if g_before is None else g + weight(method, g, g_before, s_before) * s_before
        sure(s)
        direction = np.sign(s) if norm == "linf" else s / np.linalg.norm(s)
        point = project(x, point + size * direction, eps, norm)
        g_before, s_before = g, s
        value, g = look(point)
        losses.append(value)
        rows.append((value, point))
        if sure(value - best[0]):
            best = (value, point, g, g_before, s_before)
        since += 1
        if since < window:
            continue
        steps = [0.0] + losses if len(losses) == window else losses
        rises = sum(sure(b - a) for a, b in zip(steps[-window - 1:], steps[-window:]))
        halve = rises <= RHO * window or (not halved and best_then >= best[0])
        halved, best_then = halve, best[0]
        if halve:
            if best[3] is None:
                raise Doubt
            size /= 2
            scaled += 1
            _, point, g, g_before, s_before = best
        window, since = max(window - shorter, shortest), 0
    if scaled < 2:
        raise Doubt
    return rows


def main():
    network = SineNetwork(np.random.default_rng(7))
    random = np.random.default_rng(11)
    traces = []
    for method in WINDOWS:
        # In L2 the nearest point of ball and box is no matter of rescaling: the images keep away from the box.
        for norm, eps in [("linf", 0.2), ("l2", 0.35)]:
            for _ in range(100000):
                low, high = (0, 1) if norm == "linf" else (eps, 1 - eps)
                x = np.float64(np.float32(random.uniform(low, high, PIXELS)))
                y = int(network.logits(x).argmax())
                try:
                    rows = trace(network, method, x, y, np.float64(np.float32(eps)), norm)
                    break
                except Doubt:
                    continue
            else:
                raise SystemExit(f"no trace without doubt for {method}, {norm}")
            short = lambda values: [float(f"{v:.7g}") for v in np.ravel(values)]
            traces.append({
                "method": method, "norm": norm, "radius": eps, "image": short(x), "label": y,
                "points": [short(point) for _, point in rows],
            })
    print(json.dumps({"traces": traces}, separators=(",", ":")))


if __name__ == "__main__":
    main()
