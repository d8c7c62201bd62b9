"""Makes digits.h5 from the copy of the UCI digits that comes with scikit-learn.

    python Data/make-digits.py Data/digits.h5

Needs numpy, h5py and scikit-learn; nothing else in this project needs them. The split is stratified and fixed: of each
class, the examples are put into the order of a linear congruential generator (written out below, so that no library's
idea of shuffling matters), and the first ones go to the test set, 36 of each class on average and 360 in all.

The file has no times and no library-dependent choices, so that its bytes depend on the versions of HDF5 and zlib alone.
"""

import sys

import h5py
import numpy
from sklearn.datasets import load_digits

SEED = 1998
TEST_COUNT = 360


def permutation(count, state):
    """A random order of range(count), and the next state: Fisher and Yates with Knuth's MMIX generator."""
    order = list(range(count))
    for last in range(count - 1, 0, -1):
        state = (6364136223846793005 * state + 1442695040888963407) % 2**64
        chosen = (state >> 33) % (last + 1)
        order[last], order[chosen] = order[chosen], order[last]
    return order, state


def test_counts(labels):
    """How many examples of each class are tested: shares of TEST_COUNT, the largest remainders rounded up."""
    shares = numpy.bincount(labels) * TEST_COUNT / len(labels)
    counts = numpy.floor(shares).astype(int)
    for label in numpy.argsort(counts - shares, kind="stable")[: TEST_COUNT - counts.sum()]:
        counts[label] += 1
    return counts


def split(labels):
    """The indices of the training and of the test set, each in the order of the original."""
    test, state = [], SEED
    for label, count in enumerate(test_counts(labels)):
        members = numpy.flatnonzero(labels == label)
        order, state = permutation(len(members), state)
        test += [members[position] for position in order[:count]]
    test = numpy.sort(numpy.array(test))
    return numpy.setdiff1d(numpy.arange(len(labels)), test), test


def write(path):
    digits = load_digits()
    # 0 to 16 ink counts; sixteenths are exact in single precision.
    images = (digits.images / 16).astype("<f4")[:, None, :, :]
    labels = digits.target.astype("u1")
    with h5py.File(path, "w", libver=("earliest", "v108")) as file:
        file.attrs["advlab_format"] = "dataset"
        file.attrs["advlab_version"] = numpy.int64(1)
        file.attrs["command"] = '["Data/make-digits.py"]'
        file.attrs["seed"] = numpy.uint64(SEED)
        file.attrs["model_sha256"] = ""
        file.attrs["data_sha256"] = ""
        file.attrs["title"] = "Optical Recognition of Handwritten Digits, 8×8"
        file.attrs["source"] = (
            "E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998, "
            "doi 10.24432/C50P49; the 1797 examples of its test part as distributed with scikit-learn. "
            "Changes: pixels divided by 16, stratified split into 1437 training and 360 test examples."
        )
        file.attrs["license"] = "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/"
        file.attrs["class_count"] = numpy.int64(10)
        options = dict(compression="gzip", compression_opts=9, shuffle=True, track_times=False)
        for name, rows in zip(("train", "test"), split(labels)):
            x = file.create_dataset(f"x_{name}", data=images[rows], chunks=(len(rows), 1, 8, 8), **options)
            x.attrs["layout"] = "NCHW"
            x.attrs["pixel_range"] = numpy.array([0, 1], dtype="<f4")
            file.create_dataset(f"y_{name}", data=labels[rows], track_times=False)
            # Where each example stands in the original, so that results can be traced back.
            file.create_dataset(f"original_index_{name}", data=rows.astype("<u2"), track_times=False)


if __name__ == "__main__":
    write(sys.argv[1])
