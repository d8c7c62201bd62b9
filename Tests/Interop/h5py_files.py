"""Reads every kind of file that advlab writes with h5py and nothing else, and checks what the files say of themselves.

Usage: python h5py_files.py PATH-OF-ADVLAB
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np

ADVLAB = sys.argv[1]
DATA = Path(__file__).resolve().parents[2] / "Data"
ROOT = ("advlab_format", "advlab_version", "command", "seed", "model_sha256", "data_sha256")


def run(*arguments):
    result = subprocess.run([ADVLAB, *map(str, arguments)], capture_output=True, text=True)
    assert result.returncode == 0, f"{arguments}: exit {result.returncode}\n{result.stderr}"
    return result.stdout


def opened(path, form, arguments):
    file = h5py.File(path, "r")
    for name in ROOT:
        assert name in file.attrs, f"{path}: no attribute {name}"
    assert file.attrs["advlab_format"] == form, file.attrs["advlab_format"]
    assert json.loads(file.attrs["command"]) == [str(a) for a in arguments]
    return file


def written(folder, form, *arguments):
    path = Path(folder) / f"{form}.h5"
    arguments = (*arguments, "--data-directory", DATA, "--output", path)
    run(*arguments)
    return opened(path, form, arguments)


def main():
    checked = 0
    with h5py.File(DATA / "digits.h5") as digits:
        x, y = digits["x_test"][...].astype(np.float32), digits["y_test"][...]
    with tempfile.TemporaryDirectory() as folder:
        with written(folder, "adversarial", "attack", "--pgd", "--eps", "0.1") as file:
            clean, adversarial = file["x"][...], file["x_adv"][...]
            assert file["x"].attrs["layout"] == "NCHW" and clean.dtype == np.float32
            assert np.array_equal(clean, x) and np.array_equal(file["y"][...], y)
            assert np.array_equal(file["index"][...], np.arange(len(y)))
            distance = np.abs(adversarial.astype(np.float64) - clean).reshape(len(y), -1).max(1)
            assert distance.max() <= 0.1 * (1 + 1e-6) and adversarial.min() >= 0 and adversarial.max() <= 1
            assert np.allclose(file["distance_linf"][...], distance, rtol=1e-5, atol=1e-7)
            assert np.array_equal(
                file["success"][...] == 1,
                (file["y_pred_clean"][...] == y) & (file["y_pred_adv"][...] != y))
            assert json.loads(file.attrs["attack"])["name"] == "pgd"
            for name in ("status", "distance_l2", "forwards", "backwards"):
                assert len(file[name]) == len(y), name
            checked += 1
        with written(folder, "predictions", "predict") as file:
            assert file["logits"].shape == (len(y), 10) and file["logits"].dtype == np.float32
            accuracy = (file["logits"][...].argmax(1) == file["labels"][...]).mean()
            assert accuracy >= 0.98, accuracy
            checked += 1
        with written(folder, "gradients", "gradient") as file:
            assert file["gradient"].shape == x.shape and np.isfinite(file["gradient"][...]).all()
            assert file["loss"].shape == (len(y),)
            checked += 1
        path = Path(folder) / "patterns.h5"
        arguments = ("data", "generate", "patterns", "--output", path)
        run(*arguments)
        with opened(path, "dataset", arguments) as file:
            assert file["x_train"].shape[1:] == (1, 8, 8) and set(file["y_test"][...]) == {0, 1, 2}
            checked += 1
        model = Path(folder) / "model.h5"
        arguments = ("train", "--architecture", "tinycnn", "--data", path, "--epochs", "2", "--output", model)
        run(*arguments)
        with opened(model, "model", arguments) as file:
            architecture = file["architecture"][()] if "architecture" in file else file.attrs["architecture"]
            nodes = [node["name"] for node in json.loads(architecture)["nodes"]]
            weights = []
            file["parameters"].visititems(
                lambda _, item: weights.append(item[...]) if isinstance(item, h5py.Dataset) else None)
            assert nodes[0] == "input" and sum(w.size for w in weights) == 114
            assert all(w.dtype == np.float32 for w in weights)
            checked += 1
    print(f"{checked} passed, 0 failed")


main()
