"""How the attacks of Foolbox and ART are run on the network of a lab."""

import eagerpy as ep
import foolbox
import numpy as np
import torch
from art.estimators.classification import PyTorchClassifier

from lab import lengths


def tensors(lab, rows=slice(None)):
    return torch.tensor(lab.x[rows]), torch.tensor(lab.y[rows].astype(np.int64))


def by_foolbox(lab, attack, rows=slice(None), **options):
    """The points that an attack of Foolbox gives back for the images at some rows."""
    x, y = tensors(lab, rows)
    model = foolbox.PyTorchModel(lab.net, bounds=(0, 1))
    criterion = foolbox.criteria.Misclassification(ep.astensor(y))
    return attack.run(model, ep.astensor(x), criterion, **options).raw.detach().numpy()


def art_classifier(net):
    """A network as ART wants it. It takes what comes out for probabilities only where an attack asks for them."""
    return PyTorchClassifier(
        net, loss=torch.nn.CrossEntropyLoss(), input_shape=(1, 8, 8), nb_classes=10, clip_values=(0.0, 1.0),
        device_type="cpu",
    )


def distances(lab, norm, points, rows=slice(None)):
    """The distances of some images that are right without any attack; infinite where a point is not adversarial."""
    wrong = lab.logits(points).argmax(1) != lab.y[rows]
    return np.where(wrong, lengths(norm, points - lab.x[rows]), np.inf)[lab.clean[rows]]
