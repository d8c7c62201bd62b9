"""DeepFool against Foolbox."""

import foolbox
import torch

from lab import same_points


def by_foolbox(lab, attack):
    x, y = torch.tensor(lab.x), torch.tensor(lab.y.astype("int64"))
    model = foolbox.PyTorchModel(lab.net, bounds=(0, 1))
    raw, _, _ = attack(model, x, foolbox.criteria.Misclassification(y), epsilons=None)
    return raw.detach().numpy()


def rows(plain, robust):
    attacks = foolbox.attacks
    for lab, name in [(plain, ""), (robust, ", robust")]:
        for norm, attack in [("l2", attacks.L2DeepFoolAttack), ("linf", attacks.LinfDeepFoolAttack)]:
            theirs = by_foolbox(lab, attack(loss="logits"))
            ours = lab.attack("--attack", "deepfool", "--norm", norm, "--eps", "1")["x_adv"]
            # An iterate between two boundaries that are equally near may take either.
            yield same_points(
                f"deepfool {norm}{name}", "Foolbox DeepFool", ours[lab.clean], theirs[lab.clean], 1e-4, share=0.98
            )
