"""Attack by attack on the shipped networks: the lab against the reference implementations, in one table.

    python Tests/Interop/agreement/run.py .build/release/advlab [family ...]

Needs torch, torchattacks, foolbox and adversarial-robustness-toolbox. Each family is a module beside this file with a
function `rows(lab, robust)`: labs on the plainly trained network and on the robust one. Exits with 1 where a claim fails.
"""

import importlib
import os
import sys
import warnings

import lab

FAMILIES = sorted(
    name[:-3] for name in os.listdir(os.path.dirname(os.path.abspath(__file__)))
    if name.endswith(".py") and name not in ("lab.py", "run.py")
)


def main():
    warnings.filterwarnings("ignore")
    advlab, families = os.path.abspath(sys.argv[1]), sys.argv[2:] or FAMILIES
    plain = lab.Lab(advlab)
    robust = lab.Lab(advlab, "digits-cnn-robust.h5")
    print(f"logits of PyTorch and the lab differ by at most {max(plain.logits_differ, robust.logits_differ):.1e}")
    failed = 0
    print(f"{'attack':<34} {'reference':<28} {'ours':<28} theirs")
    for family in families:
        for found in importlib.import_module(family).rows(plain, robust):
            mark = "" if found["holds"] else "   <- FAILS"
            failed += not found["holds"]
            print(f"{found['attack']:<34} {found['reference']:<28} {found['ours']:<28} {found['theirs']}{mark}")
            if found["note"]:
                print(f"    {found['note']}")
            sys.stdout.flush()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
