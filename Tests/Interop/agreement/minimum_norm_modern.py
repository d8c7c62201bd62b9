"""DDN, FMN and σ-zero against Foolbox: medians of the distances.

A trap of the reference that matters here: Foolbox's FMN in L2 does not project (it divides the length by itself). DeepFool
is there because no attack may be weaker than a simpler one.
"""

import eagerpy as ep
import foolbox
import numpy as np
import torch

from lab import no_farther

P = {"l0": 0, "l1": 1, "l2": 2, "linf": np.inf}


def lengths(norm, x, points):
    change = (points - x).reshape(len(x), -1)
    if norm == "l0":
        return (np.abs(change) > 1e-4).sum(1).astype(float)
    return np.linalg.norm(change, ord=P[norm], axis=1)


def ours(lab, name, norm, rows, *options):
    out = lab.attack("--attack", name, "--norm", norm, "--eps", "1", *options)
    points = out["x_adv"]
    found = ~lab.is_right(points)
    return np.where(found, lengths(norm, lab.x, points), np.inf)[rows]


def theirs(lab, attack, norm, rows, batch=None):
    model = foolbox.PyTorchModel(lab.net, bounds=(0, 1))
    found = []
    for start in range(0, len(rows), batch or len(rows)):
        part = rows[start:start + (batch or len(rows))]
        x, y = torch.tensor(lab.x[part]), torch.tensor(lab.y[part].astype(np.int64))
        points = attack.run(model, ep.astensor(x), foolbox.criteria.Misclassification(ep.astensor(y))).raw.numpy()
        wrong = lab.logits(points).argmax(1) != lab.y[part]
        found.append(np.where(wrong, lengths(norm, lab.x[part], points), np.inf))
    return np.concatenate(found)


def rows(plain, robust):
    fa = foolbox.attacks
    fmn = {"l0": fa.L0FMNAttack, "l1": fa.L1FMNAttack, "l2": fa.L2FMNAttack, "linf": fa.LInfFMNAttack}
    for lab, name in [(plain, ""), (robust, ", robust")]:
        clean = np.flatnonzero(lab.clean)
        deepfool = theirs(lab, fa.L2DeepFoolAttack(), "l2", clean)
        mine = ours(lab, "ddn", "l2", clean)
        # Rounding alone tells the two apart.
        yield no_farther(f"ddn{name}", "foolbox DDNAttack", mine, theirs(lab, fa.DDNAttack(), "l2", clean), 0.001)
        yield no_farther(f"ddn{name}", "foolbox L2DeepFoolAttack", mine, deepfool)
        for norm, attack in fmn.items():
            mine = ours(lab, "fmn", norm, clean)
            yield no_farther(f"fmn {norm}{name}", f"foolbox {attack.__name__}", mine, theirs(lab, attack(), norm, clean), 0.01)
            if norm == "l2":
                yield no_farther(f"fmn l2{name}", "foolbox L2DeepFoolAttack", mine, deepfool)
            if norm == "l0":
                sigma = ours(lab, "sigma-zero", norm, clean, "--steps", "100")
                yield no_farther(f"sigma-zero{name}", "fmn of the lab", sigma, mine)
