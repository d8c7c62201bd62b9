"""Attack by attack on the shipped networks: the lab against the reference implementations, in one table.

    python Tests/Interop/agreement/run.py .build/release/advlab [family ...]

Needs torch, torchattacks, foolbox and adversarial-robustness-toolbox. Each family is a module beside this file with a
function `rows(lab, robust)`: labs on the plainly trained network and on the robust one. Exits with 1 where a claim fails, or
where an attack is missing from the table of README.md.
"""

import importlib
import json
import os
import re
import subprocess
import sys
import warnings

import lab

HERE = os.path.dirname(os.path.abspath(__file__))
FAMILIES = sorted(
    name[:-3] for name in os.listdir(HERE)
    if name.endswith(".py") and name not in ("lab.py", "references.py", "run.py")
)


def modules():
    """The table of the README: the module where each attack is compared, or `none`."""
    with open(os.path.join(HERE, "README.md")) as file:
        rows = [re.match(r"\| `([a-z0-9-]+)` \|.*\| ([a-z_]+)[^|]*\|$", line) for line in file]
    return {row[1]: row[2] for row in rows if row}


def gaps(advlab, families, compared):
    """What the table promises and the modules that ran do not keep, and attacks that it lacks."""
    listed = json.loads(subprocess.run([advlab, "attack", "--list", "--json"], capture_output=True, check=True).stdout)
    names, table = {method["name"] for method in listed["methods"]}, modules()
    for name in sorted(names ^ table.keys()):
        yield f"{name}: in {'the program' if name in names else 'README.md'} alone"
    for name, family in table.items():
        if family in families and name not in compared:
            yield f"{name}: {family} does not compare it"


def main():
    warnings.filterwarnings("ignore")
    advlab, families = os.path.abspath(sys.argv[1]), sys.argv[2:] or FAMILIES
    plain = lab.Lab(advlab)
    robust = lab.Lab(advlab, "digits-cnn-robust.h5")
    print(f"logits of PyTorch and the lab differ by at most {max(plain.logits_differ, robust.logits_differ):.1e}")
    failed, compared = 0, set()
    print(f"{'attack':<34} {'reference':<28} {'ours':<28} theirs")
    for family in families:
        for found in importlib.import_module(family).rows(plain, robust):
            mark = "" if found["holds"] else "   <- FAILS"
            failed += not found["holds"]
            compared.add(re.split("[ ,]", found["attack"])[0])
            print(f"{found['attack']:<34} {found['reference']:<28} {found['ours']:<28} {found['theirs']}{mark}")
            if found["note"]:
                print(f"    {found['note']}")
            sys.stdout.flush()
    missing = list(gaps(advlab, families, compared))
    for gap in missing:
        print(gap)
    sys.exit(1 if failed or missing else 0)


if __name__ == "__main__":
    main()
