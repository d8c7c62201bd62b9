"""Writes the files that fuzzing starts from: one small file of every kind, with the byte that chooses its reader in front.

python Tests/Fuzz/seeds.py CORPUS
Needs h5py, numpy, torch, onnx and safetensors. The files hold random numbers and nothing else.
"""

import base64
import gzip
import io
import json
import pathlib
import pickle
import struct
import sys
import tempfile
import zipfile
import zlib

import h5py
import numpy as np
import onnx
import safetensors.numpy
import torch
from onnx import helper, numpy_helper

MODEL, ARCHIVE, ARCHITECTURE, DATASET, NUMPY, IDX, ADVERSARIAL, MAP, IMAGE, ONNX, SAFETENSORS, TORCH, CIFAR = range(13)
random = np.random.default_rng(0)


def hdf5(fill, **options):
    with tempfile.NamedTemporaryFile(suffix=".h5") as file:
        with h5py.File(file.name, "w", **options) as root:
            fill(root)
        return pathlib.Path(file.name).read_bytes()


def layer(class_name, name, **config):
    return {"class_name": class_name, "config": {"name": name, **config}}


def keras_config():
    layers = [
        layer("InputLayer", "input", batch_input_shape=[None, 6, 6, 1]),
        layer("Conv2D", "conv", filters=2, kernel_size=[3, 3], strides=[1, 1], padding="same", activation="relu"),
        layer("BatchNormalization", "norm", epsilon=1e-3, axis=[3]),
        layer("MaxPooling2D", "pool", pool_size=[2, 2]),
        layer("Flatten", "flatten"),
        layer("Dense", "dense", units=3, activation="softmax"),
    ]
    return {"class_name": "Sequential", "config": {"name": "s", "layers": layers}}


WEIGHTS = {
    "conv": {"kernel:0": (3, 3, 1, 2), "bias:0": (2,)},
    "norm": {"gamma:0": (2,), "beta:0": (2,), "moving_mean:0": (2,), "moving_variance:0": (2,)},
    "dense": {"kernel:0": (18, 3), "bias:0": (3,)},
}


def array(shape):
    return np.abs(random.standard_normal(shape)).astype("f4")


def legacy(root):
    root.attrs["model_config"] = json.dumps(keras_config())
    root.attrs["keras_version"] = "2.15.0"
    group = root.create_group("model_weights")
    group.attrs["layer_names"] = [b"input", b"conv", b"norm", b"pool", b"flatten", b"dense"]
    for name in ["input", "conv", "norm", "pool", "flatten", "dense"]:
        tensors = WEIGHTS.get(name, {})
        inner = group.create_group(name)
        inner.attrs["weight_names"] = [f"{name}/{key}".encode() for key in tensors]
        for key, shape in tensors.items():
            inner.create_dataset(f"{name}/{key}", data=array(shape))


def keras3(root):
    for name, kind in [("conv", "conv2d"), ("norm", "batch_normalization"), ("dense", "dense")]:
        for index, shape in enumerate(WEIGHTS[name].values()):
            root.create_dataset(f"layers/{kind}/vars/{index}", data=array(shape))


def archive(compression):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as file:
        file.writestr("metadata.json", json.dumps({"keras_version": "3.9.0"}))
        file.writestr("config.json", json.dumps(keras_config()))
        file.writestr("model.weights.h5", hdf5(keras3))
    return buffer.getvalue()


def zip_tricks():
    """Names that lead elsewhere, and a directory that lies about sizes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name in ["../config.json", "/config.json", "config.json", "config.json"]:
            file.writestr(zipfile.ZipInfo(name), b"0" * 5000)
    data = bytearray(buffer.getvalue())
    place = data.rfind(b"PK\x01\x02")
    data[place + 24 : place + 28] = struct.pack("<I", 0xFFFFFFF0)
    return bytes(data)


def state_dictionary(root):
    root["conv1.weight"] = array((3, 1, 3, 3))
    root["conv1.bias"] = array(3)
    root["fc.weight"] = array((3, 27))
    root["fc.bias"] = array(3)
    root["bn.num_batches_tracked"] = np.int64(3)


def keras_style_data(root):
    for split in ["train", "test"]:
        root[f"x_{split}"] = random.integers(0, 255, (4, 5, 5, 3), dtype="u1")
        root[f"y_{split}"] = np.array([[0], [1], [2], [1]])


def grouped_data(root):
    options = {"compression": "gzip", "shuffle": True, "chunks": True}
    root.create_dataset("test/images", data=random.random((4, 1, 5, 5)).astype("f2"), **options)
    root.create_dataset("test/labels", data=np.eye(4, dtype="?"), **options)
    root["test/labels"].attrs["classes"] = ["a", "b", "c", "d"]


def adversarial(root):
    root.attrs["advlab_format"] = "adversarial"
    root.attrs["advlab_version"] = 1
    root.attrs["command"] = "[]"
    root.attrs["attack"] = "{}"
    root.attrs["norm"] = "linf"
    root.attrs["epsilon"] = 0.1
    root.attrs["bounds"] = np.array([0, 1], "f4")
    for name in ["x", "x_adv"]:
        root[name] = array((2, 1, 3, 3))
        root[name].attrs["layout"] = "NCHW"
    for name in ["y", "y_pred_clean", "y_pred_adv", "forwards", "backwards", "index"]:
        root[name] = np.array([0, 1])
    root["success"] = np.array([0, 1], "u1")
    root["status"] = np.array([0, 1], "u1")
    root["status"].attrs["names"] = ["robust", "broken"]
    root["distance_linf"] = np.array([0.1, 0.1])
    root["distance_l2"] = np.array([0.1, np.nan])


def numpy_archive():
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer, x_train=random.random((4, 6, 6), dtype="f4"), y_train=np.arange(4), x_test=random.random((2, 6, 6), dtype="f4"), y_test=np.arange(2, dtype=">i2"))
    return buffer.getvalue()


def idx():
    return struct.pack(">IIII", 0x803, 2, 3, 3) + bytes(range(18))


def png(color, depth, row, *chunks):
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 3, 2, depth, color, 0, 0, 0)
    data = zlib.compress(b"".join(bytes([kind]) + row for kind in (1, 4)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(*c) for c in ((b"IHDR", header), *chunks, (b"IDAT", data), (b"IEND", b"")))


def onnx_model(opset, *nodes, **constants):
    """A graph from `x` to `y`; 1×6×6 in, three logits out."""
    graph = helper.make_graph(
        [helper.make_node(kind, inputs.split(), outputs.split(), **attributes)
         for kind, inputs, outputs, attributes in nodes],
        "g", [helper.make_tensor_value_info("x", 1, ["n", 1, 6, 6])], [helper.make_tensor_value_info("y", 1, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)]).SerializeToString()


def onnx_convolution():
    return onnx_model(
        13, ("Conv", "x w", "a", dict(pads=[1, 1, 1, 1], auto_pad="NOTSET")), ("Relu", "a", "b", {}),
        ("AveragePool", "b", "c", dict(kernel_shape=[2, 2], strides=[2, 2])), ("Flatten", "c", "d", {}),
        ("Gemm", "d v", "y", dict(transB=1)), w=array((2, 1, 3, 3)), v=array((3, 18)))


def onnx_extents():
    return onnx_model(
        11, ("Shape", "x", "s", {}), ("Gather", "s zero", "n", {}), ("Unsqueeze", "n", "m", dict(axes=[0])),
        ("Concat", "m open", "t", dict(axis=0)), ("Slice", "x from to axes", "p", {}),
        ("Pad", "p pads", "q", {}), ("Transpose", "q", "r", dict(perm=[0, 2, 3, 1])), ("Reshape", "r t", "f", {}),
        ("MatMul", "f v", "g", {}), ("Add", "g b", "h", {}), ("Softmax", "h", "y", dict(axis=1)),
        zero=np.int64(0), open=np.array([-1]), **{"from": np.array([1, 1]), "to": np.array([5, 6]), "axes": np.array([2, 3])},
        pads=np.array([0, 0, 1, 0, 0, 0, 1, 1]), v=array((36, 3)), b=array(3))


def onnx_layers():
    return onnx_model(
        9, ("Flatten", "x", "a", {}), ("ReduceMean", "a", "m", dict(axes=[-1])), ("Sub", "a m", "c", {}),
        ("Pow", "c two", "s", {}), ("ReduceMean", "s", "v", dict(axes=[-1])), ("Add", "v e", "w", {}), ("Sqrt", "w", "d", {}),
        ("Div", "c d", "n", {}), ("Mul", "n g", "k", {}), ("Div", "k root", "o", {}), ("Erf", "o", "p", {}),
        ("Add", "p one", "q", {}), ("Mul", "k q", "r", {}), ("Mul", "r half", "t", {}), ("MatMul", "t u", "y", {}),
        two=np.float32(2), e=np.float32(1e-5), g=array(36), root=np.float32(2 ** 0.5), one=np.float32(1), half=np.float32(0.5),
        u=array((36, 3)))


STATE = {"conv1.weight": array((3, 1, 3, 3)), "conv1.bias": array(3), "fc.weight": array((3, 27)), "fc.bias": array(3)}


def torch_file(**options):
    file = io.BytesIO()
    tensors = {name: torch.from_numpy(value) for name, value in STATE.items()}
    tensors["fc.weight"] = tensors["fc.weight"].half().t().contiguous().t()
    torch.save({"epoch": 3, "state_dict": tensors, "lr": 0.1}, file, **options)
    return file.getvalue()


def cifar(protocol):
    batch = {b"data": np.zeros((2, 3072), "u1"), b"labels": [1, 9], b"batch_label": b"testing"}
    return pickle.dumps(batch, protocol)


# 3×2 pixels, by Pillow with optimize=True: colors, and progressive.
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGB"
    "YUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/wAARCAAC"
    "AAMDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAH/xAAfEAEAAQQBBQAAAAAAAAAAAAABAgADBQYEERIhMUH/xAAVAQEBAAAAAAAAAA"
    "AAAAAAAAAFB//EAB0RAAECBwAAAAAAAAAAAAAAAAABAgMEBTE1c7L/2gAMAwEAAhEDEQA/ALuGqYS9s2QbmH4E2N3sGXFg9IxCMQ8egAD4BSlK"
    "slAxEnrh8oBtsh//2Q==")
PROGRESSIVE = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeX"
    "BkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wgARCAAC"
    "AAMDASIAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABUBAQEAAAAAAAAAAAAAAAAAAAIE/9oADAMBAAIQAxAAAAEKR//EABYQAQEBAA"
    "AAAAAAAAAAAAAAAAECEv/aAAgBAQABBQKg1//EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQMBAT8Bf//EABcRAAMBAAAAAAAAAAAAAAAAAAAB"
    "AjL/2gAIAQIBAT8BjKP/xAAVEAEBAAAAAAAAAAAAAAAAAAAAMf/aAAgBAQAGPwKP/8QAFxAAAwEAAAAAAAAAAAAAAAAAABEhkf/aAAgBAQABPy"
    "FtGH//2gAMAwEAAgADAAAAEAf/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oACAEDAQE/EH//xAAWEQADAAAAAAAAAAAAAAAAAAAAAaH/2gAIAQIB"
    "AT8QmR//xAAYEAACAwAAAAAAAAAAAAAAAAABEQAhMf/aAAgBAQABPxA5p7WJ/9k=")


SEEDS = {
    "legacy": (MODEL, hdf5(legacy)),
    "legacy-latest": (MODEL, hdf5(legacy, libver="latest")),
    "state-dictionary": (MODEL, hdf5(state_dictionary)),
    "keras3-weights": (MODEL, hdf5(keras3)),
    "archive-stored": (ARCHIVE, archive(zipfile.ZIP_STORED)),
    "archive-deflated": (ARCHIVE, archive(zipfile.ZIP_DEFLATED)),
    "archive-tricks": (ARCHIVE, zip_tricks()),
    "architecture": (ARCHITECTURE, json.dumps(keras_config()).encode()),
    "dataset": (DATASET, hdf5(keras_style_data)),
    "dataset-groups": (DATASET, hdf5(grouped_data)),
    "adversarial": (ADVERSARIAL, hdf5(adversarial)),
    "numpy-archive": (NUMPY, numpy_archive()),
    "idx": (IDX, idx()),
    "idx-gzip": (IDX, gzip.compress(idx(), mtime=0)),
    "png-grey": (IMAGE, png(0, 2, b"\x1b")),
    "png-palette": (IMAGE, png(3, 4, b"\x01\x20", (b"PLTE", bytes(range(9))), (b"tRNS", b"\0"))),
    "png-alpha": (IMAGE, png(6, 16, bytes(range(24)), (b"gAMA", b"\0\1\x86\xa0"))),
    "jpeg": (IMAGE, JPEG),
    "jpeg-progressive": (IMAGE, PROGRESSIVE),
    "onnx-convolution": (ONNX, onnx_convolution()),
    "onnx-extents": (ONNX, onnx_extents()),
    "onnx-layers": (ONNX, onnx_layers()),
    "safetensors": (SAFETENSORS, safetensors.numpy.save(STATE, {"format": "pt"})),
    "torch": (TORCH, torch_file()),
    "torch-legacy": (TORCH, torch_file(_use_new_zipfile_serialization=False)),
    "cifar-2": (CIFAR, cifar(2)),
    "cifar-4": (CIFAR, cifar(4)),
    "map": (MAP, b"conv/weight = conv.weight\nconv/bias = conv.bias\n"),
}

if __name__ == "__main__":
    corpus = pathlib.Path(sys.argv[1])
    corpus.mkdir(parents=True, exist_ok=True)
    for name, (reader, data) in SEEDS.items():
        (corpus / name).write_bytes(bytes([reader]) + data)
    print(f"{len(SEEDS)} files, {sum(len(data) for _, data in SEEDS.values())} bytes")
