"""Writes datasets with h5py and NumPy in the forms that ordinary files have, lets advlab import them, and compares every
pixel and label with what was written.

Usage: python h5py_datasets.py PATH-OF-ADVLAB
"""
import itertools
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np

ADVLAB = sys.argv[1]
RANDOM = np.random.default_rng(0)


def imported(path, *options):
    target = Path(path).with_suffix(".imported.h5")
    target.unlink(missing_ok=True)
    result = subprocess.run(
        [ADVLAB, "data", "import", str(path), "--output", str(target), *options], capture_output=True, text=True)
    assert result.returncode == 0, f"{path}: exit {result.returncode}\n{result.stderr}"
    with h5py.File(target) as file:
        return {name: file[name][...] for name in ("x_train", "y_train", "x_test", "y_test")}


def check(path, images, labels, *options):
    found = imported(path, *options)
    for split in ("train", "test"):
        assert np.array_equal(found[f"x_{split}"], images[split]), f"{path}: pixels of {split}"
        assert np.array_equal(found[f"y_{split}"], labels[split]), f"{path}: labels of {split}"


def made(shape, dtype):
    """Images of both splits with many repetitions, so that compression has something to do, and labels of three classes."""
    images, labels = {}, {}
    for split, count in (("train", 40), ("test", 13)):
        values = RANDOM.integers(0, 256, (count, *shape)) * (RANDOM.random((count, *shape)) < 0.3)
        images[split] = (values / 255).astype(dtype) if np.dtype(dtype).kind == "f" else values.astype(dtype)
        labels[split] = np.arange(count) % 3
    return images, labels


def pixels(images):
    """What the lab makes of them: bytes over 255, in single precision."""
    return {
        split: values.astype(np.float32) if values.dtype.kind == "f"
        else values.astype(np.float32) / np.float32(255) for split, values in images.items()}


def filters(folder):
    count = 0
    for dtype, compression, shuffle, fletcher32, chunks in itertools.product(
            ("u1", "<f4", ">f4", "<f8", ">f8", "f2"), (None, "gzip", "lzf"), (False, True), (False, True),
            (True, (7, 1, 5, 8))):
        images, labels = made((1, 8, 8), dtype)
        path = folder / "filters.h5"
        with h5py.File(path, "w") as file:
            for split in images:
                file.create_dataset(
                    f"x_{split}", data=images[split], compression=compression, shuffle=shuffle,
                    fletcher32=fletcher32, chunks=chunks)
                file.create_dataset(f"y_{split}", data=labels[split].astype(">i8"), compression=compression)
        check(path, pixels(images), labels)
        count += 1
    return count


def layouts(folder):
    count = 0
    for shape in ((4, 4, 3), (4, 4, 1), (3, 3, 1), (1, 1, 3), (4, 4, 4), (8, 8, 3), (3, 4, 4), (1, 3, 3), (1, 8, 8)):
        images, labels = made(shape, "u1")
        path = folder / "layouts.h5"
        with h5py.File(path, "w") as file:
            for split in images:
                file[f"x_{split}"], file[f"y_{split}"] = images[split], labels[split]
        last = shape[0] == shape[1]
        options = ("--layout", "hwc") if shape == (4, 4, 4) else ()
        moved = {s: np.ascontiguousarray(v.transpose(0, 3, 1, 2)) if last else v for s, v in pixels(images).items()}
        check(path, moved, labels, *options)
        count += 1
    return count


def vectors(folder):
    images, labels = made((20,), "f4")
    path = folder / "vectors.npz"
    np.savez_compressed(path, **{f"{n}_{s}": v[s] for n, v in (("x", images), ("y", labels)) for s in v})
    check(path, images, labels)
    return 1


def names(folder):
    """One pair of arrays in a file without splits: all rows are read for either."""
    count = 0
    for x, y in (("x", "y"), ("x_adv", "y_true"), ("adv_x", "labels"), ("x_adv", "y"), ("images_adv", "true_labels"),
                 ("adversarial_examples", "labels"), ("x_clean", "y_true"), ("arr_0", "arr_1"), ("foo", "bar")):
        images, labels = made((1, 4, 4), "f4")
        path = folder / "names.npz"
        np.savez(path, **{x: images["test"], y: labels["test"]})
        check(path, {s: images["test"] for s in images}, {s: labels["test"] for s in labels})
        count += 1
    # Clean images beside adversarial ones are what is meant.
    images, labels = made((1, 4, 4), "f4")
    np.savez(path, x=images["test"], x_adv=1 - images["test"], y=labels["test"])
    check(path, {s: images["test"] for s in images}, {s: labels["test"] for s in labels})
    return count + 1


def apart(folder):
    """Labels in a file of their own."""
    count = 0
    images, labels = made((1, 4, 4), "f4")
    data, target = images["test"], labels["test"]
    with h5py.File(folder / "images.h5", "w") as file:
        file["images"] = data
    with h5py.File(folder / "labels.h5", "w") as file:
        file["anything"] = target
    np.save(folder / "images.npy", data)
    np.save(folder / "other.npy", target)
    np.savez(folder / "labels.npz", y=target, z=data)
    for x, y in itertools.product(("images.h5", "images.npy"), ("labels.h5", "other.npy", "labels.npz")):
        check(folder / x, {s: data for s in images}, {s: target for s in labels}, "--labels-file", str(folder / y))
        count += 1
    return count


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        count = sum(part(folder) for part in (filters, layouts, vectors, names, apart))
    print(f"{count} datasets of h5py and NumPy read as written")


if __name__ == "__main__":
    main()
