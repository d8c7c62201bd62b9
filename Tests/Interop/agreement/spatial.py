"""Rotations and translations against Foolbox's SpatialAttack, on its grid."""

import foolbox
import numpy as np
import torch

from lab import row, same_points
from references import by_foolbox


def rows(plain, robust):
    for lab, name in [(plain, ""), (robust, ", robust")]:
        x, y = torch.tensor(lab.x), torch.tensor(lab.y.astype(np.int64))
        width = x.shape[-1]
        # Foolbox counts from −1 to 1 between the centres of the outermost pixels, but divides a shift by half the number of pixels:
        # n of its pixels are n (W − 1)/W.
        limit = 3 * width / (width - 1)
        attack = foolbox.attacks.SpatialAttack(max_translation=limit, grid_search=True)
        fmodel = foolbox.PyTorchModel(lab.net, bounds=(0, 1))
        theirs, _, success = attack(fmodel, x, foolbox.criteria.Misclassification(y))
        theirs, success = theirs.numpy(), success.numpy()
        ours = lab.attack("--attack", "spatial")["x_adv"]
        clean = lab.clean
        broken = clean & ~lab.is_right(ours)
        # A logit that ties but for rounding may decide otherwise.
        differ = int((broken != (clean & success)).sum())
        yield row(f"spatial, grid{name}", "Foolbox SpatialAttack", f"{broken.sum()} broken", f"{(clean & success).sum()} broken",
                  differ <= 1)
        both = broken & success
        yield same_points(f"spatial, points{name}", "Foolbox SpatialAttack", ours[both], theirs[both], 1e-5, share=0.98)
        yield rotation(lab, name)


def rotation(lab, name):
    """Rotations to either side by whole degrees: the same images are misclassified at some angle."""
    attack = foolbox.attacks.SpatialAttack(max_translation=0, num_translations=1, max_rotation=30, num_rotations=61)
    broken = lab.clean & ~lab.is_right(by_foolbox(lab, attack))
    points = lab.attack(
        "--attack", "rotation:steps=30,max-rotation=30,search-steps=0", "--norm", "l2", "--eps", "100")["x_adv"]
    ours = lab.clean & ~lab.is_right(points)
    return row(
        f"rotation{name}", "Foolbox SpatialAttack", f"{ours.sum()} broken", f"{broken.sum()} broken",
        int((ours != broken).sum()) <= 1)
