#!/usr/bin/env python3
"""Ends of networks, one output, bfloat16 and rescaled bytes, against Keras itself.

  keras_ends.py --advlab PROGRAM

Each model is saved in every format; the classes that `advlab predict` finds are those that Keras decides for, the
logits are as far apart as Keras says, and what `advlab convert` writes back has Keras' own outputs again. Needs Keras 3
with the PyTorch backend, and h5py. Exits with 1 where anything differs.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ.setdefault("KERAS_BACKEND", "torch")

import h5py
import keras
import numpy as np
from keras import layers

CLASSES = 5
SHAPE = (6, 6, 1)


def body(x):
    x = layers.Conv2D(4, 3, activation="relu")(x)
    return layers.Dense(16, activation="relu")(layers.Flatten()(x))


def ends():
    """Names, and what follows the body of the network."""
    logits = lambda x, units=CLASSES: layers.Dense(units)(x)
    yield "softmax reshape", lambda x: layers.Reshape((CLASSES,))(layers.Softmax()(logits(x)))
    yield "softmax flatten", lambda x: layers.Flatten()(layers.Softmax()(logits(x)))
    yield "softmax linear", lambda x: layers.Activation("linear")(layers.Softmax()(logits(x)))
    yield "softmax dropout", lambda x: layers.Dropout(0.4)(layers.Activation("softmax")(logits(x)))
    yield "softmax identity", lambda x: layers.Identity()(layers.Dense(CLASSES, activation="softmax")(x))
    yield "softmax twice", lambda x: layers.Softmax()(layers.Dense(CLASSES, activation="softmax")(x))
    yield "softmax rescaling", lambda x: layers.Rescaling(2.0, 0.5)(layers.Softmax()(logits(x)))
    yield "sigmoids", lambda x: layers.Dense(CLASSES, activation="sigmoid")(x)
    yield "tanh", lambda x: layers.Dense(CLASSES, activation="tanh")(x)
    yield "softplus", lambda x: layers.Dense(CLASSES, activation="softplus")(x)
    yield "tanh softmax", lambda x: layers.Softmax()(layers.Dense(CLASSES, activation="tanh")(x))
    yield "log softmax", lambda x: layers.Dense(CLASSES, activation="log_softmax")(x)
    yield "mean of softmaxes", lambda x: layers.Average()([layers.Softmax()(logits(x)) for _ in range(3)])
    yield "sum of softmaxes", lambda x: layers.Add()([layers.Softmax()(logits(x)) for _ in range(2)])
    yield "product of softmaxes", lambda x: layers.Multiply()([layers.Softmax()(logits(x)) for _ in range(2)])
    yield "heads", lambda x: layers.Concatenate()([layers.Dense(1, activation="sigmoid")(x) for _ in range(CLASSES)])
    yield "softmax of channels", lambda x: layers.Flatten()(layers.Softmax()(layers.Reshape((1, 1, CLASSES))(logits(x))))
    yield "one sigmoid", lambda x: layers.Dense(1, activation="sigmoid")(x)
    yield "one sigmoid flatten", lambda x: layers.Flatten()(layers.Activation("sigmoid")(logits(x, 1)))
    yield "one output", lambda x: logits(x, 1)
    yield "one tanh", lambda x: layers.Dense(1, activation="tanh")(x)


def functions():
    """Names, and plain functions and preparations of images that may stand before a network."""
    means = np.array([0.4, 0.5, 0.75], "float32")
    yield "scaled", lambda x: x / 0.5 - 1.0
    yield "inverted", lambda x: 1.0 - keras.ops.cast(x, "float32")
    yield "means", lambda x: keras.ops.subtract(x, means)
    yield "deviations", lambda x: keras.ops.divide(x, keras.ops.convert_to_tensor(means.reshape(1, 1, 3)))
    yield "numbers first", lambda x: keras.ops.add(0.5, keras.ops.multiply(2.0, x))
    yield "negative", lambda x: -x
    yield "clipped from below", lambda x: keras.ops.maximum(x - 0.5, 0.0)
    yield "extremes", lambda x: keras.ops.minimum(keras.ops.maximum(x, 1.0 - x), x * 0.75)
    yield "gelu", lambda x: keras.ops.gelu(x * 4.0 - 2.0)
    yield "activations", lambda x: keras.activations.elu(keras.activations.relu(x, max_value=0.75) - 0.5)
    yield "augmented", lambda x: layers.RandomRotation(0.2)(layers.RandomFlip()(layers.RandomContrast(0.1)(x)))
    yield "enlarged", lambda x: layers.Resizing(12, 24)(x)
    yield "enlarged, nearest", lambda x: layers.Resizing(18, 12, interpolation="nearest")(x)
    yield "reduced", lambda x: layers.Resizing(3, 2)(x)
    yield "one size", lambda x: layers.Resizing(6, 6, interpolation="bicubic")(x)
    yield "centre", lambda x: layers.CenterCrop(5, 3)(x)


def fill(model, random):
    """Logits far enough apart that probabilities saturate now and then."""
    for layer in model.layers:
        layer.set_weights([random.normal(0, 0.5, value.shape).astype("float32") for value in layer.get_weights()])


def decisions(name, outputs):
    if outputs.shape[1] > 1:
        return outputs.argmax(1)
    return (outputs[:, 0] > (0.5 if "sigmoid" in name else 0)).astype(int)


def predict(advlab, model, data, out, *more):
    command = [advlab, "predict", "--model", str(model), "--data", str(data), "--output", str(out), *map(str, more)]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        return None, run.stderr
    with h5py.File(out) as file:
        return file["logits"][...], run.stdout


class Check:
    def __init__(self, advlab, directory):
        self.advlab, self.directory, self.failures, self.count = advlab, directory, 0, 0

    def fail(self, text):
        self.failures += 1
        print(text)

    def predictions(self, model, data):
        """The model in every format, with its logits, or none, and what was printed."""
        architecture = self.directory / "m.json"
        architecture.write_text(model.to_json())
        for form in ["keras", "h5", "weights.h5"]:
            path, out = self.directory / f"m.{form}", self.directory / "logits.h5"
            model.save_weights(path) if form == "weights.h5" else model.save(path)
            out.unlink(missing_ok=True)
            self.count += 1
            more = ["--architecture", architecture] if form == "weights.h5" else []
            yield form, *predict(self.advlab, path, data, out, *more)

    def end(self, name, end, random):
        image = keras.Input(SHAPE)
        model = keras.Model(image, end(body(image)))
        fill(model, random)
        images = random.random((64, *SHAPE)).astype("float32")
        outputs = keras.ops.convert_to_numpy(model(images, training=False)).astype("float64")
        expected = decisions(name, outputs)
        data = self.directory / "data.h5"
        data.unlink(missing_ok=True)
        with h5py.File(data, "w") as file:
            file["x_test"], file["y_test"] = images, expected
        ranked = np.sort(outputs, 1)
        # Where Keras' probabilities are equal in single precision it decides for the first.
        isclear = ranked[:, -1] - ranked[:, -2] > 1e-5 if outputs.shape[1] > 1 else np.abs(outputs[:, 0] - 0.5) > 0
        for form, logits, text in self.predictions(model, data):
            if logits is None:
                self.fail(f"{name}.{form}: {text}")
            elif not (logits.argmax(1) == expected)[isclear].all():
                self.fail(f"{name}.{form}: other classes than Keras")
            elif "Warning" in text:
                self.fail(f"{name}.{form}: {text}")
        self.back(name, images, outputs)

    def back(self, name, images, outputs):
        """What is written back means the same to Keras, or is refused."""
        path = self.directory / "back.keras"
        path.unlink(missing_ok=True)
        run = subprocess.run(
            [self.advlab, "convert", str(self.directory / "m.keras"), str(path), "--to", "keras3"],
            capture_output=True, text=True)
        if run.returncode != 0:
            if "product" not in name:
                self.fail(f"{name}: not written: {run.stderr}")
            return
        found = keras.ops.convert_to_numpy(keras.models.load_model(path)(images, training=False))
        if found.shape != outputs.shape or np.abs(found - outputs).max() > 1e-5 * max(1, np.abs(outputs).max()):
            self.fail(f"{name}: written back it gives other outputs")

    def bfloat16(self, random):
        model = keras.Sequential([
            keras.Input(SHAPE), layers.Conv2D(4, 3, dtype="bfloat16"), layers.BatchNormalization(dtype="bfloat16"),
            layers.Flatten(), layers.Dense(CLASSES, dtype="bfloat16")])
        wide = keras.Sequential([
            keras.Input(SHAPE), layers.Conv2D(4, 3), layers.BatchNormalization(), layers.Flatten(),
            layers.Dense(CLASSES)])
        # The same numbers, computed with in single precision, as the lab does.
        wide.set_weights([
            keras.ops.convert_to_numpy(keras.ops.cast(v, "float32")) for v in model.weights])
        images = random.random((16, *SHAPE)).astype("float32")
        expected = keras.ops.convert_to_numpy(wide(images, training=False))
        data = self.directory / "bf.data.h5"
        with h5py.File(data, "w") as file:
            file["x_test"], file["y_test"] = images, np.zeros(16, "int64")
        for form, logits, text in self.predictions(model, data):
            if logits is None or np.abs(logits - expected).max() > 1e-5:
                self.fail(f"bfloat16 {form}: {text}")

    def functions(self, random):
        """Logits of networks on functions of images, in every format."""
        images = random.random((32, 6, 6, 3)).astype("float32")
        for name, function in functions():
            image = keras.Input((6, 6, 3))
            model = keras.Model(image, layers.Dense(CLASSES)(layers.Flatten()(layers.Conv2D(4, 2)(function(image)))))
            fill(model, random)
            expected = keras.ops.convert_to_numpy(model(images, training=False))
            data = self.directory / "functions.h5"
            data.unlink(missing_ok=True)
            with h5py.File(data, "w") as file:
                file["x_test"], file["y_test"] = images, expected.argmax(1)
            for form, logits, text in self.predictions(model, data):
                if logits is None or np.abs(logits - expected).max() > 1e-5 * np.abs(expected).max():
                    self.fail(f"{name}.{form}: {text}")

    def bytes(self, random):
        """Networks that scale bytes themselves, in the ways of keras.applications."""
        heads = {
            "1/255": [layers.Rescaling(1 / 255)], "1/127.5 - 1": [layers.Rescaling(1 / 127.5, -1.0)],
            "moments": [layers.Normalization(axis=-1, mean=[33.3], variance=[6178.0])],
            "efficientnet": [
                layers.Rescaling(1 / 255), layers.Normalization(axis=-1, mean=[0.485], variance=[0.229]),
                layers.Rescaling([1 / 0.229**0.5])],
            "batch normalisation": [layers.BatchNormalization()], "caffe": [layers.Rescaling(1.0, -103.939)],
            "x / 255": [lambda x: x / 255.0], "x / 127.5 - 1": [lambda x: x / 127.5 - 1.0],
        }
        images = random.integers(0, 256, (32, *SHAPE), dtype="uint8")
        for name, head in heads.items():
            x = image = keras.Input(SHAPE)
            for layer in [*head, layers.Conv2D(3, 3, activation="relu"), layers.Flatten(), layers.Dense(3)]:
                x = layer(x)
            model = keras.Model(image, x)
            if name == "batch normalisation":
                head[0].set_weights([np.ones(1), np.zeros(1), np.full(1, 120.0), np.full(1, 5000.0)])
            expected = keras.ops.convert_to_numpy(model(images.astype("float32"), training=False))
            data, path = self.directory / f"bytes.h5", self.directory / "bytes.keras"
            data.unlink(missing_ok=True)
            with h5py.File(data, "w") as file:
                file["x_test"], file["y_test"] = images, expected.argmax(1)
            model.save(path)
            out = self.directory / "bytes.logits.h5"
            out.unlink(missing_ok=True)
            logits, text = predict(self.advlab, path, data, out)
            self.count += 1
            if logits is None or np.abs(logits - expected).max() > 1e-4 * max(1, np.abs(expected).max()):
                self.fail(f"bytes, {name}: {text}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--advlab", required=True)
    options = parser.parse_args()
    random = np.random.default_rng(1)
    keras.utils.set_random_seed(1)
    with tempfile.TemporaryDirectory() as directory:
        check = Check(options.advlab, pathlib.Path(directory))
        for name, end in ends():
            check.end(name, end, random)
        check.functions(random)
        check.bfloat16(random)
        check.bytes(random)
    print(f"{check.count} files read, {check.failures} failures")
    return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())
