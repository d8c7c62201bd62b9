#!/usr/bin/env python3
"""Exchange of models with Keras, both ways, on random architectures.

  keras_exchange.py write DIRECTORY [--count 24] [--seed 1]
      Keras writes models in all its formats, with images and what it makes of them.
  keras_exchange.py run DIRECTORY --advlab PROGRAM
      advlab reads each of them, predicts, differentiates and converts them; predictions and gradients are compared.
  keras_exchange.py load DIRECTORY
      Keras reads what advlab converted; outputs and weights are compared.

Needs Keras 3 with the PyTorch backend, and h5py. Exits with 1 where anything differs.
"""

import argparse
import os
import pathlib
import subprocess
import sys

os.environ.setdefault("KERAS_BACKEND", "torch")

import h5py
import keras
import numpy as np
import torch
from keras import layers

# Both sides compute in single precision, through at most 40 layers: one rounding is 6e-8.
OUTPUT_TOLERANCE = 1e-5
GRADIENT_TOLERANCE = 1e-4
# A gradient this small is one that cancels (a mean after a normalisation): what is left of it is rounding.
SMALLEST_GRADIENT = 1e-2
CLASSES = 5
FORMATS = ["keras", "h5", "weights.h5"]

ACTIVATIONS = [
    "relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "sigmoid", "hard_sigmoid", "hard_silu", "tanh",
    "softplus", "mish",
]


class Architect:
    """Builds a random model; `features` are the kinds of layer that must be in it."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)

    def choose(self, *values):
        return values[int(self.random.integers(len(values)))]

    def activation(self):
        return self.choose(*ACTIVATIONS)

    # Blocks that take an image to an image.

    def convolution(self, x):
        strides = self.choose(1, 1, 2, (2, 1), (1, 3))
        dilation = self.choose(1, 2, (2, 1)) if strides == 1 else 1
        groups = self.choose(1, 1, 2) if x.shape[-1] % 2 == 0 else 1
        kernel = self.choose(1, 2, 3, (3, 2), (1, 3), 5)
        return layers.Conv2D(
            self.choose(4, 6, 8), kernel, strides=strides, dilation_rate=dilation, groups=groups,
            padding=self.padding(x, 9), use_bias=bool(self.choose(True, True, False)),
            activation=self.choose(None, self.activation()))(x)

    def depthwise(self, x):
        return layers.DepthwiseConv2D(
            self.choose(2, 3), strides=self.choose(1, 2), depth_multiplier=self.choose(1, 2),
            padding=self.padding(x, 3), use_bias=bool(self.choose(True, False)))(x)

    def separable(self, x):
        return layers.SeparableConv2D(
            self.choose(4, 6), 3, strides=self.choose(1, 2), depth_multiplier=self.choose(1, 2), padding="same",
            activation=self.choose(None, "relu"))(x)

    def transposed(self, x):
        kernel = self.choose(2, 3, 4)
        return layers.Conv2DTranspose(
            self.choose(4, 6), kernel, strides=self.choose(1, 2, 3), padding=self.choose("same", "valid"),
            use_bias=bool(self.choose(True, False)), activation=self.choose(None, "relu"))(x)

    def batch_normalization(self, x):
        return layers.BatchNormalization(
            scale=bool(self.choose(True, False)), center=bool(self.choose(True, False)),
            epsilon=self.choose(1e-3, 1e-5))(x)

    def layer_normalization(self, x):
        return layers.LayerNormalization(
            axis=self.choose(-1, [1, 2, 3], [2, 3]), scale=bool(self.choose(True, False)),
            center=bool(self.choose(True, False)))(x)

    def group_normalization(self, x):
        return layers.GroupNormalization(groups=self.choose(1, -1, 2 if x.shape[-1] % 2 == 0 else 1))(x)

    def max_pooling(self, x):
        return layers.MaxPooling2D(
            self.choose(2, 3, (2, 1)), strides=self.choose(None, 1, 2), padding=self.padding(x, 3))(x)

    def average_pooling(self, x):
        # Keras on PyTorch repeats the edge where 'same' is not symmetric, TensorFlow does not: only 'valid' and the
        # symmetric case here.
        if self.choose(True, False):
            return layers.AveragePooling2D(3, strides=1, padding="same")(x)
        return layers.AveragePooling2D(2, strides=self.choose(None, 1))(x)

    def zero_padding(self, x):
        return layers.ZeroPadding2D(self.choose(1, ((0, 1), (2, 0))))(x)

    def cropping(self, x):
        return layers.Cropping2D(((0, 1), (1, 0)))(x) if min(x.shape[1:3]) > 3 else x

    def upsampling(self, x):
        return layers.UpSampling2D(self.choose(2, (1, 2)), interpolation=self.choose("nearest", "bilinear"))(x)

    def activations(self, x):
        return layers.Activation(self.activation())(x)

    def activation_layers(self, x):
        return self.choose(
            layers.ReLU(), layers.ReLU(max_value=1.5), layers.ReLU(max_value=6.0), layers.ReLU(negative_slope=0.1),
            layers.LeakyReLU(negative_slope=0.05), layers.ELU(alpha=0.7))(x)

    def parametric_relu(self, x):
        return layers.PReLU(shared_axes=self.choose(None, [1, 2], [1, 2, 3]))(x)

    def identities(self, x):
        return self.choose(
            layers.Dropout(0.3), layers.SpatialDropout2D(0.2), layers.GaussianNoise(0.1), layers.RandomFlip(),
            layers.RandomZoom(0.2))(x)

    def functions(self, x):
        """Plain functions of tensors and numbers, for which Keras makes layers."""
        numbers = self.choose(2.0, np.linspace(0.5, 1.5, x.shape[-1]).astype("float32"))
        return self.choose(
            lambda: x / 4.0 + 0.25, lambda: 1.0 - x, lambda: -x, lambda: keras.ops.multiply(x, numbers) - 0.5,
            lambda: keras.ops.divide(x, numbers), lambda: keras.ops.leaky_relu(x, 0.3),
            lambda: keras.ops.maximum(x, 0.0), lambda: x * keras.ops.sigmoid(x))()

    def extremes(self, x):
        others = [layers.Conv2D(x.shape[-1], 3, padding="same")(x) for _ in range(self.choose(1, 2))]
        return self.choose(layers.Maximum(), layers.Minimum())([x, *others])

    def resizing(self, x):
        height, width = x.shape[1:3]
        if self.choose(True, False):
            return layers.CenterCrop(height - self.choose(0, 1), max(width - self.choose(0, 1, 2), 1))(x)
        height = height // 2 if height % 2 == 0 and height > 6 and self.choose(True, False) else height
        width = 2 * width if width < 12 and self.choose(True, False) else width
        return layers.Resizing(height, width)(x)

    def dense_on_image(self, x):
        return layers.Dense(self.choose(4, 6), activation=self.choose(None, "tanh"))(x)

    def residual(self, x):
        y = layers.Conv2D(x.shape[-1], 3, padding="same")(x)
        y = layers.BatchNormalization()(y)
        return self.choose(layers.Add(), layers.Subtract(), layers.Average())([y, x])

    def gate(self, x):
        g = layers.GlobalAveragePooling2D()(x)
        g = layers.Dense(x.shape[-1], activation="sigmoid")(g)
        g = layers.Reshape((1, 1, x.shape[-1]))(g)
        return layers.Multiply()([x, g])

    def branches(self, x):
        a = layers.Conv2D(4, 1, activation="relu")(x)
        b = layers.Conv2D(4, 3, padding="same")(x)
        return layers.Concatenate(axis=self.choose(-1, 3, 1, 2))([a, b])

    def permutation(self, x):
        return layers.Permute(self.choose((2, 1, 3), (3, 1, 2)))(x)

    def nested_sequential(self, x):
        inner = keras.Sequential([
            keras.Input(x.shape[1:]), layers.Conv2D(4, 3, padding="same"), layers.BatchNormalization(),
            layers.ReLU(), layers.Conv2D(4, 1), layers.BatchNormalization(),
        ])
        return inner(x)

    def nested_functional(self, x):
        i = keras.Input(x.shape[1:])
        a = layers.Conv2D(x.shape[-1], 3, padding="same")(i)
        a = layers.BatchNormalization()(a)
        inner = keras.Model(i, layers.Add()([a, i]))
        inner.trainable = bool(self.choose(True, False))
        return inner(inner(x))

    def shared(self, x):
        layer = layers.Conv2D(x.shape[-1], 3, padding="same", activation="tanh")
        return layers.Add()([layer(x), layer(layer(x))])

    def padding(self, x, size):
        return self.choose("same", "valid") if min(x.shape[1], x.shape[2]) > size else "same"

    # The two ends.

    def inputs(self, x):
        kind = self.choose("none", "rescaling", "channels", "normalization", "adapted")
        if kind == "rescaling":
            return layers.Rescaling(2.0, offset=-1.0)(x)
        if kind == "channels":
            return layers.Rescaling([2.0] * x.shape[-1], offset=[-0.1 * c for c in range(x.shape[-1])])(x)
        if kind == "normalization":
            return layers.Normalization(mean=[0.4] * x.shape[-1], variance=[0.2] * x.shape[-1])(x)
        if kind == "adapted":
            layer = layers.Normalization()
            layer.adapt(self.random.uniform(size=(16,) + x.shape[1:]).astype("float32"))
            return layer(x)
        return x

    def head(self, x):
        kind = self.choose("flatten", "average", "max", "keep", "permuted", "reshape")
        if kind == "flatten":
            x = layers.Flatten()(x)
        elif kind == "average":
            x = layers.GlobalAveragePooling2D()(x)
        elif kind == "max":
            x = layers.GlobalMaxPooling2D()(x)
        elif kind == "keep":
            x = layers.Flatten()(layers.GlobalAveragePooling2D(keepdims=True)(x))
        elif kind == "permuted":
            x = layers.Flatten()(layers.Permute((3, 1, 2))(x))
        else:
            x = layers.Reshape((-1,))(x)
        if self.choose(True, False):
            x = layers.Dense(12, activation=self.activation())(x)
            x = self.choose(layers.BatchNormalization(), layers.LayerNormalization(), layers.PReLU())(x)
        end = self.choose("logits", "argument", "layer", "activation")
        if end == "argument":
            return layers.Dense(CLASSES, activation="softmax")(x), True
        x = layers.Dense(CLASSES)(x)
        if end == "layer":
            return layers.Softmax()(x), True
        if end == "activation":
            return layers.Activation("softmax")(x), True
        return x, False

    def model(self, features):
        """A model with those features, and whether it ends in a softmax."""
        shape = (self.choose(8, 9, 12), self.choose(8, 10, 11), self.choose(1, 2, 3))
        inputs = keras.Input(shape)
        x = self.inputs(inputs)
        x = layers.Conv2D(4, 3, padding="same")(x)
        for feature in features:
            # Images neither vanish nor grow beyond what a test needs.
            if max(x.shape[1:3]) > 24:
                x = layers.MaxPooling2D(2)(x)
            if min(x.shape[1:3]) < 4:
                x = layers.UpSampling2D(2)(x)
            x = getattr(self, feature)(x)
        outputs, ends_in_softmax = self.head(x)
        return keras.Model(inputs, outputs), ends_in_softmax


FEATURES = [
    "convolution", "depthwise", "separable", "transposed", "batch_normalization", "layer_normalization",
    "group_normalization", "max_pooling", "average_pooling", "zero_padding", "cropping", "upsampling", "activations",
    "activation_layers", "parametric_relu", "identities", "dense_on_image", "residual", "gate", "branches",
    "permutation", "nested_sequential", "nested_functional", "shared", "functions", "extremes", "resizing",
]


def randomize(model, random):
    """Weights of a size that keeps values near 1; variances above 0."""
    for variable in model.variables:
        if "seed" in variable.path or variable.dtype.startswith("int") or variable.dtype.startswith("uint"):
            continue
        shape = tuple(variable.shape)
        if variable.name in ("moving_variance", "gamma", "variance"):
            value = random.uniform(0.5, 1.5, size=shape)
        else:
            fan = max(int(np.prod(shape[:-1])), 1) if len(shape) > 1 else 10
            value = random.normal(size=shape) * (1.5 / np.sqrt(fan))
        variable.assign(value.astype("float32"))


def log_probabilities(outputs, are_probabilities):
    outputs = outputs.astype("float64")
    if are_probabilities:
        return np.log(outputs)
    shifted = outputs - outputs.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def outcome(model, images, labels, are_probabilities):
    """Outputs, and the gradient of the summed cross-entropy with respect to the images."""
    x = torch.tensor(images, requires_grad=True)
    outputs = model(x, training=False)
    logs = torch.log(outputs) if are_probabilities else torch.log_softmax(outputs, dim=1)
    loss = -logs[torch.arange(len(labels)), torch.tensor(labels)].sum()
    loss.backward()
    return outputs.detach().cpu().numpy(), x.grad.cpu().numpy()


def write(directory, count, seed):
    directory.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        keras.utils.set_random_seed(seed + number)
        architect = Architect(seed * 1000 + number)
        # Every feature comes up in turn, among two or three others.
        features = [FEATURES[number % len(FEATURES)]]
        features += [architect.choose(*FEATURES) for _ in range(int(architect.random.integers(2, 4)))]
        model, ends_in_softmax = architect.model(features)
        randomize(model, architect.random)
        images = architect.random.uniform(size=(3,) + model.input_shape[1:]).astype("float32")
        labels = architect.random.integers(CLASSES, size=3)
        outputs, gradient = outcome(model, images, labels, ends_in_softmax)
        # A saturated softmax is 0 and 1 in single precision, and its logarithm nothing to compare.
        last = [layer for layer in model.layers if isinstance(layer, layers.Dense)][-1]
        while not (outputs.min() > 1e-4 if ends_in_softmax else np.abs(outputs).max() < 100):
            last.kernel.assign(last.kernel * 0.25)
            last.bias.assign(last.bias * 0.25)
            outputs, gradient = outcome(model, images, labels, ends_in_softmax)
        stem = directory / f"case_{number:02}"
        model.save(f"{stem}.keras")
        model.save(f"{stem}.h5")
        model.save_weights(f"{stem}.weights.h5")
        pathlib.Path(f"{stem}.json").write_text(model.to_json())
        with h5py.File(f"{stem}.data.h5", "w") as file:
            data = file.create_dataset("images", data=images.transpose(0, 3, 1, 2))
            data.attrs["layout"] = "NCHW"
            file["labels"] = labels
        with h5py.File(f"{stem}.expected.h5", "w") as file:
            file["outputs"] = outputs
            file["gradient"] = gradient.transpose(0, 3, 1, 2)
            file.attrs["are_probabilities"] = ends_in_softmax
            file.attrs["features"] = " ".join(features)
    print(f"Wrote {count} models to {directory}.")


class Report:
    """Counts comparisons; says which failed."""

    def __init__(self):
        self.failures = 0
        self.worst = {}

    def compare(self, what, found, expected, tolerance, smallest=1e-30):
        if found.shape != expected.shape:
            return self.fail(f"{what}: shape {found.shape}, expected {expected.shape}")
        error = np.abs(found - expected).max() / max(np.abs(expected).max(), smallest)
        kind = what.split()[-1]
        self.worst[kind] = max(self.worst.get(kind, 0), error)
        if not error <= tolerance:
            self.fail(f"{what}: differs by {error:.2e}")

    def fail(self, text):
        self.failures += 1
        print(text)

    def finish(self):
        for kind, error in self.worst.items():
            print(f"largest relative difference of {kind}: {error:.1e}")
        print("All agree." if self.failures == 0 else f"{self.failures} failures.")
        return 1 if self.failures else 0


def cases(directory):
    return sorted(path.name[: -len(".expected.h5")] for path in directory.glob("*.expected.h5"))


def expectation(stem):
    with h5py.File(f"{stem}.expected.h5") as file:
        are_probabilities = bool(file.attrs["are_probabilities"])
        return file["outputs"][()], file["gradient"][()], are_probabilities, file.attrs["features"]


def run(directory, advlab):
    report = Report()
    for case in cases(directory):
        stem = directory / case
        outputs, gradient, are_probabilities, features = expectation(stem)
        for form in FORMATS:
            model = f"{stem}.{form}"
            arguments = ["--model", model, "--data", f"{stem}.data.h5"]
            if form == "weights.h5":
                arguments += ["--architecture", f"{stem}.json"]
            what = f"{case}.{form} ({features})"
            try:
                call([advlab, "predict", *arguments, "--output", f"{stem}.{form}.logits.h5"])
                call([advlab, "gradient", *arguments, "--output", f"{stem}.{form}.gradient.h5"])
            except subprocess.CalledProcessError as error:
                report.fail(f"{what}: {error.stderr.strip()}")
                continue
            with h5py.File(f"{stem}.{form}.logits.h5") as file:
                logits = file["logits"][()]
            with h5py.File(f"{stem}.{form}.gradient.h5") as file:
                found = file["gradient"][()]
            report.compare(
                f"{what} outputs", log_probabilities(logits, False), log_probabilities(outputs, are_probabilities),
                OUTPUT_TOLERANCE)
            report.compare(f"{what} gradients", found, gradient, GRADIENT_TOLERANCE, SMALLEST_GRADIENT)
        for form, target in [("keras", "keras3"), ("weights.h5", "keras3"), ("h5", "keras")]:
            try:
                call([advlab, "convert", f"{stem}.keras", f"{stem}.ours.{form}", "--to", target])
            except subprocess.CalledProcessError as error:
                report.fail(f"{case} to {target}: {error.stderr.strip()}")
    return report.finish()


def call(arguments):
    subprocess.run(arguments, check=True, capture_output=True, text=True)


def load(directory):
    report = Report()
    for case in cases(directory):
        stem = directory / case
        outputs, gradient, are_probabilities, features = expectation(stem)
        with h5py.File(f"{stem}.data.h5") as file:
            images, labels = file["images"][()].transpose(0, 2, 3, 1).copy(), file["labels"][()]
        models = {}
        for form in ["keras", "h5"]:
            path = f"{stem}.ours.{form}"
            try:
                models[form] = keras.models.load_model(path)
            except Exception as error:
                report.fail(f"{path} ({features}): {type(error).__name__}: {error}")
        if "keras" in models:
            # Weights alone go into a model of the same structure with other weights.
            path = f"{stem}.ours.weights.h5"
            try:
                clone = keras.models.model_from_json(models["keras"].to_json())
                clone.load_weights(path)
                models["weights.h5"] = clone
            except Exception as error:
                report.fail(f"{path} ({features}): {type(error).__name__}: {error}")
        originals = fingerprints(keras.models.load_model(f"{stem}.keras"))
        for form, model in models.items():
            what = f"{case}.ours.{form} ({features})"
            found, slope = outcome(model, images, labels, are_probabilities)
            report.compare(
                f"{what} outputs", log_probabilities(found, are_probabilities),
                log_probabilities(outputs, are_probabilities), OUTPUT_TOLERANCE)
            report.compare(
                f"{what} gradients", slope.transpose(0, 3, 1, 2), gradient, GRADIENT_TOLERANCE, SMALLEST_GRADIENT)
            if not fingerprints(model) >= originals:
                report.fail(f"{what}: weights are not the same to the bit")
    return report.finish()


def fingerprints(model):
    """The kernels to the bit, whatever shape and order they are stored in."""
    arrays = [np.asarray(keras.ops.convert_to_numpy(v)) for v in model.variables if v.name.endswith("kernel")]
    return {np.sort(array.astype("float32"), axis=None).tobytes() for array in arrays}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=["write", "run", "load"])
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--advlab", default="advlab")
    options = parser.parse_args()
    if options.mode == "write":
        write(options.directory, options.count, options.seed)
        return 0
    return run(options.directory, options.advlab) if options.mode == "run" else load(options.directory)


if __name__ == "__main__":
    sys.exit(main())
