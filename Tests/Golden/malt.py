"""The order in which MALT turns to classes, for the tests: in double precision, on the network of `apgd.py`.

    python Tests/Golden/malt.py > Tests/Golden/malt.json

Melamed, Yehudai and Shamir, arXiv 2407.02240: by the distance to the boundary with each class, were the logits linear. That
distance is the difference of the logits over the length of its gradient in the dual norm. Only images are kept whose order is
clear, and another one than by the logits.
"""

import json

import numpy as np

from apgd import PIXELS, SineNetwork

DUAL = {"linf": 1, "l2": 2, "l1": np.inf}


def order(network, x, norm):
    z = network.logits(x)
    y = int(z.argmax())
    slopes = np.array([network.pullback(x, np.eye(len(z))[k]) for k in range(len(z))])
    others = [k for k in range(len(z)) if k != y]
    distances = [(z[y] - z[k]) / np.linalg.norm(slopes[k] - slopes[y], DUAL[norm]) for k in others]
    found = [others[place] for place in np.argsort(distances)]
    is_clear = np.diff(np.sort(distances)).min() > 1e-3
    return y, found, is_clear and found != sorted(others, key=lambda k: -z[k])


def main():
    network = SineNetwork(np.random.default_rng(7))
    random = np.random.default_rng(17)
    cases = []
    for norm in DUAL:
        found = 0
        while found < 10:
            x = np.float64(np.float32(random.uniform(0, 1, PIXELS)))
            label, targets, is_telling = order(network, x, norm)
            if is_telling:
                found += 1
                cases.append({"norm": norm, "image": [float(f"{v:.9g}") for v in x], "label": label, "targets": targets})
    print(json.dumps({"cases": cases}, separators=(",", ":")))


if __name__ == "__main__":
    main()
