#!/usr/bin/env python3
"""Models inside models, as each generation of Keras saves them.

  keras_nested.py --advlab PROGRAM [--count 40] [--seed 1] [--keep DIRECTORY]

Builds random nested models (depth, slashes in names, frozen layers and frozen models, batch normalisation frozen before
trainable, optimiser and metrics of the model inside), saves them in every format, and compares `advlab predict` with
what Keras computed. Runs with TF-Keras (Keras 2) where that is installed, else with Keras 3. Exits with 1 where anything
differs or is refused.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np

try:
    import tf_keras as keras

    GENERATION = 2
except ImportError:
    import keras

    GENERATION = 3

layers = keras.layers
# Both sides compute in single precision, through at most 20 layers: one rounding is 6e-8, sums of a hundred terms add
# some of them at random. A swapped weight changes the logits by tenths.
TOLERANCE = 1e-4
CLASSES = 4
SHAPE = (6, 6, 3)


class Architect:
    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.count = 0

    def choose(self, *values):
        return values[int(self.random.integers(len(values)))]

    def name(self, kind):
        """Names with and without slashes; a part of another name now and then."""
        self.count += 1
        if GENERATION == 3:
            # Keras 3 takes no slashes.
            return self.choose(f"{kind}{self.count}", f"{kind}_{self.count}")
        return self.choose(f"{kind}{self.count}", f"block{self.count}/{kind}", f"a/b{self.count}/{kind}_{self.count}")

    def block(self, x):
        """Few channels, so that shapes tell nothing apart."""
        for _ in range(int(self.random.integers(1, 4))):
            x = layers.Conv2D(3, 3, padding="same", use_bias=bool(self.choose(True, False)), name=self.name("conv"))(x)
            if self.choose(True, True, False):
                x = layers.BatchNormalization(name=self.name("bn"))(x)
            kinds = [
                layers.ReLU(name=self.name("relu")), layers.PReLU(shared_axes=[1, 2], name=self.name("prelu")),
                layers.Dropout(0.2, name=self.name("drop")), layers.RandomFlip(name=self.name("flip")),
                # Plain functions: Keras makes layers of them, in each generation of another class.
                lambda x: x / 2.0 + 0.25, lambda x: 1.0 - 0.5 * x]
            x = self.choose(*kinds)(x)
        return x

    def inner(self, depth, name):
        if self.choose(True, False):
            parts = [keras.Input(SHAPE) if GENERATION == 3 else layers.InputLayer(SHAPE)]
            parts += [layers.Conv2D(3, 1, name=self.name("conv")), layers.BatchNormalization(name=self.name("bn"))]
            if depth > 1:
                parts.append(self.inner(depth - 1, name + "i"))
            parts.append(layers.Conv2D(3, 3, padding="same", name=self.name("conv")))
            return keras.Sequential(parts, name=name)
        image = keras.Input(SHAPE)
        x = self.block(image)
        if depth > 1:
            x = self.inner(depth - 1, name + "i")(x)
            x = self.block(x)
        return keras.Model(image, x, name=name)

    def model(self):
        image = keras.Input(SHAPE)
        x = self.inner(self.choose(1, 1, 2, 3), "base")(image)
        if self.choose(True, False):
            x = self.inner(1, "second")(x)
        x = layers.GlobalAveragePooling2D(name="gap")(x)
        x = layers.Dense(CLASSES, name="head", activation=self.choose(None, "softmax"))(x)
        model = keras.Model(image, x)
        self.freeze(model)
        self.fill(model)
        return model

    def leaves(self, model):
        for layer in model.layers:
            if hasattr(layer, "layers"):
                yield from self.leaves(layer)
            else:
                yield layer

    def freeze(self, model):
        for inner in [layer for layer in model.layers if hasattr(layer, "layers")]:
            way = self.choose("nothing", "some", "all", "normalisations", "all but some")
            if way.startswith("all"):
                inner.trainable = False
            for layer in self.leaves(inner):
                if way in ("some", "all but some") and self.choose(True, False):
                    layer.trainable = way != "some"
                if way == "normalisations" and "bn" in layer.name and self.choose(True, False):
                    layer.trainable = False

    def fill(self, model):
        """Weights of their own for all, variances above 0."""
        for layer in self.leaves(model):
            values = [self.random.normal(0, 0.4, np.shape(value)) for value in layer.get_weights()]
            if type(layer).__name__ == "BatchNormalization":
                values[-1] = np.abs(values[-1]) + 0.5
                values[0] += 1
            layer.set_weights(values)


def train_inside(model, random):
    """Gives the first model inside an optimiser and metrics of its own, without changing its weights."""
    inner = next(layer for layer in model.layers if hasattr(layer, "layers"))
    inner.compile(keras.optimizers.Adam(0.0), "mse", metrics=["mae"])
    images = random.random((4, *SHAPE)).astype("float32")
    weights = [value.copy() for value in inner.get_weights()]
    inner.fit(images, inner.predict(images, verbose=0), verbose=0)
    inner.set_weights(weights)


def logits_of(advlab, path, data, architecture, out):
    command = [advlab, "predict", "--model", str(path), "--data", str(data), "--output", str(out), "--json"]
    if architecture:
        command += ["--architecture", str(architecture)]
    out.unlink(missing_ok=True)
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        return None, run.stderr.strip()
    with h5py.File(out) as file:
        return file["logits"][...], ""


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--advlab", required=True)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep")
    options = parser.parse_args()
    directory = pathlib.Path(options.keep or tempfile.mkdtemp())
    directory.mkdir(parents=True, exist_ok=True)
    failures = compared = 0
    for number in range(options.count):
        keras.backend.clear_session()
        architect = Architect(options.seed * 1000 + number)
        model = architect.model()
        if number % 4 == 0:
            train_inside(model, architect.random)
        images = architect.random.random((6, *SHAPE)).astype("float32")
        outputs = np.asarray(model.predict(images, verbose=0))
        data = directory / f"{number}.io.h5"
        with h5py.File(data, "w") as file:
            file["x_test"], file["y_test"] = images, np.arange(6) % CLASSES
        architecture = directory / f"{number}.json"
        architecture.write_text(model.to_json())
        slashes = any("/" in layer.name for layer in architect.leaves(model))
        formats = [("h5", None), ("keras", None), ("weights.h5", architecture)]
        for suffix, json in formats:
            path = directory / f"{number}.{suffix}"
            try:
                model.save_weights(path) if suffix == "weights.h5" else model.save(path)
            except Exception as error:  # Keras refuses names with slashes in some formats.
                if not slashes:
                    raise
                print(f"{number}.{suffix}: not written by Keras: {type(error).__name__}")
                continue
            logits, message = logits_of(options.advlab, path, data, json, directory / "out.h5")
            compared += 1
            if logits is None:
                failures += 1
                print(f"{path}: {message}")
                continue
            ends_in_softmax = model.layers[-1].activation is keras.activations.softmax
            found = softmax(logits) if ends_in_softmax else logits
            error = np.abs(found - outputs).max() / max(1, np.abs(outputs).max())
            if not error < TOLERANCE:
                failures += 1
                print(f"{path}: outputs differ by {error:.3g}")
    print(f"Keras {keras.__version__}: {compared} files compared, {failures} failures")
    sys.exit(1 if failures or compared < options.count else 0)


main()
