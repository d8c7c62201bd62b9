#!/usr/bin/env python3
"""Opens the web pages of --report in headless Chromium: every figure in the page of its command, valid HTML, no errors,
lists that narrow the gallery down, no line wider than a phone, light and dark.

    report_pages.py ADVLAB [--keep DIRECTORY]

Needs chromium, tidy and Pillow. With --keep the pages and their screenshots stay, to be looked at.
"""

import argparse
import json
import pathlib
import re
import subprocess
import tempfile

from PIL import Image

DATA = pathlib.Path(__file__).resolve().parents[2] / "Data"

# What some pages are made of.
RESULTS = {
    "plain.json": ["evaluate", "--suite", "fgsm", "--eps", "0.05,0.1", "--json"],
    "robust.json": ["evaluate", "--suite", "fgsm", "--eps", "0.05,0.1", "--json", "--model",
                    str(DATA / "digits-cnn-robust.h5")],
    "attack.json": ["attack", "--pgd", "--eps", "0.2", "--count", "5", "--json", "--output", "adv.h5"],
}

PAGES = {
    "attack": ["attack", "--pgd", "--eps", "0.2"],
    "targeted": ["attack", "--pgd", "--eps", "0.2", "--targets", "next", "--count", "30"],
    "evaluate": ["evaluate", "--suite", "fgsm,noise", "--eps", "0.05,0.1,0.2"],
    "bracket": ["evaluate", "--model", str(DATA / "digits-certified.h5"), "--suite", "pgd", "--eps", "0.02,0.05,0.1",
                "--certify", "ibp"],
    "black-box": ["evaluate", "--suite", "square:queries=200", "--eps", "0.2", "--count", "40"],
    "doubtful": ["evaluate", "--suite", "fgsm,noise", "--eps", "1", "--count", "40"],
    "certify": ["certify", "--method", "ibp", "--eps", "0.001,0.01"],
    "exact": ["certify", "--method", "exact", "--timeout", "1", "--eps", "0.002,0.3", "--count", "12"],
    "smoothing": ["certify", "--method", "smoothing:sigma=0.25,samples=500", "--count", "60"],
    "clever": ["certify", "--method", "clever:batches=5,samples=64", "--eps", "0.1,0.2", "--count", "12"],
    "train": ["train", "--architecture", "mlp:hidden=18", "--data", str(DATA / "digits.h5"), "--epochs", "4",
              "--output", "m.h5"],
    "filters": ["train", "--architecture", "tinycnn", "--data", str(DATA / "digits.h5"), "--epochs", "4", "--output",
                "m.h5", "--force"],
    "universal": ["universal", "--method", "uap", "--eps", "0.2"],
    "compare": ["compare", "plain.json", "robust.json"],
    "trace": ["trace", "--adversarial", "adv.h5", "--count", "3"],
}

# What must be found in a page: the figures for which reports are made, and what repeats a run.
FIGURES = {
    "attack": ['class="summary"', ">By class<", ">Predicted for the images<", ">Predicted under attack", 'alt="attacked"',
               'alt="change', 'alt="saliency"', "logits, image", "logits, attacked", 'name="kind"', 'name="outcome"',
               ">How far broken examples", ">Margin from pass to pass", ">Loss from pass to pass", "model, SHA-256",
               "data, SHA-256", ">command<", ">version<", ">libraries<", ">seed<"],
    "evaluate": [">Security curve<", 'class="band', 'type="range"'],
    "bracket": [">Between certificate and attack<"],
    "black-box": [">Success against queries"],
    "doubtful": [">warning<"],
    "certify": [">Certified accuracy<", 'class="band', 'type="range"'],
    "exact": ['alt="counterexample"', "counterexample taken for"],
    "smoothing": [">Certified accuracy<", 'alt="with noise"'],
    "clever": [">Scores, eps = 0.2<", ">Lowest scores<"],
    "train": [">Accuracy<", ">Training loss<"],
    "filters": ['alt="', 'type="range"'],
    "universal": [">The change<"],
    "compare": [">Security curves<", 'class="band'],
}

# Counts what shows for every choice of every list, and what an error says, into the title.
PROBE = """<script>
const found = {width: document.documentElement.scrollWidth, room: innerWidth, stages: [], choices: []};
for (const gallery of document.querySelectorAll('.gallery')) {
  const items = [...gallery.querySelectorAll('li')], slider = gallery.querySelector('input[type=range]');
  const shows = element => element.offsetParent !== null;
  for (let stage = 0; stage <= (slider ? Number(slider.max) : 0); stage++) {
    if (slider) {
      slider.value = stage;
      slider.dispatchEvent(new Event('input'));
    }
    const views = items.map(item => item.querySelectorAll('.view')[stage]);
    found.stages.push([items.length, views.filter(shows).length,
      [...gallery.querySelectorAll('.view')].filter(shows).length, slider ? slider.nextElementSibling.value : '',
      slider ? views[0].dataset.stage : '']);
    for (const list of gallery.querySelectorAll('select')) {
      for (const option of list.options) {
        list.value = option.value;
        list.dispatchEvent(new Event('change'));
        const value = place => list.name === 'kind' ? items[place].dataset.kind : views[place].dataset.outcome;
        found.choices.push([list.name, option.value, items.filter(shows).length,
          items.filter((item, place) => option.value === '' || value(place) === option.value).length]);
      }
      list.value = '';
      list.dispatchEvent(new Event('change'));
    }
  }
}
document.title = JSON.stringify(found);
</script>"""


def chromium(page, *options):
    """What Chromium prints; nothing may be logged on the page's console."""
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
             "--enable-logging=stderr", f"--user-data-dir={profile}", *options, page.as_uri()],
            capture_output=True, text=True, timeout=120, check=True)
    errors = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert not errors, errors
    return done.stdout


def check(page, directory):
    text = page.read_text()
    missing = [figure for figure in FIGURES.get(page.stem, []) if figure not in text]
    assert not missing, f"{page.name} lacks {missing}"
    assert len(text) < 5_000_000, f"{page.name}: {len(text)} bytes"
    assert not re.search(r'(?:src|href)="(?!data:)', text), f"{page.name} needs another file"
    tidy = subprocess.run(["tidy", "-q", "-e", page], capture_output=True, text=True)
    assert tidy.returncode == 0, f"{page.name}: {tidy.stderr}"
    probed = directory / f"probed-{page.name}"
    probed.write_text(text.replace("</body>", PROBE + "</body>"))
    dom = chromium(probed, "--window-size=500,900", "--dump-dom")
    title = re.search(r"<title>(.*?)</title>", dom, re.S).group(1)
    found = json.loads(title.replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    assert found["width"] <= found["room"], f"{page.name}: {found['width']} pixels wide in a window of {found['room']}"
    for name, value, shown, expected in found["choices"]:
        assert shown == expected, f"{page.name}: {name} {value!r} shows {shown} of {expected}"
    for items, own, views, shown, expected in found["stages"]:
        assert own == views == items > 0, f"{page.name}, {expected}: {own} and {views} views of {items} examples"
        assert shown == expected, f"{page.name}: the slider says {shown}, not {expected}"
    for scheme, name in ((1, "light"), (0, "dark")):
        for width in (500, 1200):
            picture = directory / f"{page.stem}-{name}-{width}.png"
            chromium(page, f"--blink-settings=preferredColorScheme={scheme}", f"--window-size={width},1400",
                     f"--screenshot={picture}")
            corner = sum(Image.open(picture).convert("RGB").getpixel((2, 2)))
            assert (corner > 600) == (name == "light"), f"{picture.name}: the corner is {corner} of 765"
    print(f"{page.name}: {len(text)} bytes, {len(found['choices'])} choices, {len(found['stages'])} stages", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("advlab")
    parser.add_argument("--keep", metavar="DIRECTORY", type=pathlib.Path)
    arguments = parser.parse_args()
    advlab = pathlib.Path(arguments.advlab).resolve()
    with tempfile.TemporaryDirectory() as temporary:
        directory = (arguments.keep or pathlib.Path(temporary)).resolve()
        directory.mkdir(exist_ok=True)
        own = ["--data-directory", str(DATA)]
        for name, words in RESULTS.items():
            with open(directory / name, "w") as file:
                subprocess.run([advlab, *words, *own, "--quiet"], cwd=directory, check=True, stdout=file)
        for name, words in PAGES.items():
            page = directory / f"{name}.html"
            own = {"compare": []}.get(name, ["--quiet"] + ([] if "--data" in words else ["--data-directory", str(DATA)]))
            subprocess.run(
                [advlab, *words, *own, "--report", page.name], cwd=directory, check=True,
                stdout=subprocess.DEVNULL)
            check(page, directory)
    print("pages open, and their lists work")


if __name__ == "__main__":
    main()
