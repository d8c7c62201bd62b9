"""The deterministic families of CIFAR-10-C and MNIST-C by the libraries that their published code uses, on small pictures.

    python Tests/Golden/corruptions.py > Tests/Golden/corruptions.json

Needs numpy, scipy, scikit-image, opencv-python-headless and Pillow. Each entry holds the family, the severity and the values of the
corrupted picture, in thousandths; a colour picture has channels first.
"""

import json

import cv2
import numpy as np
from PIL import Image
from scipy.ndimage import zoom
from skimage import color, feature, filters, transform


def pattern(shape):
    """Bytes that differ from each other, over 255."""
    k = np.arange(np.prod(shape))
    return ((k * 29 + k // 7 * 13 + 5 * (k % 3) * k) % 256 / 255).reshape(shape)


def disc(height, width):
    """A bright disc on a slope."""
    y, x = np.mgrid[:height, :width]
    return np.where((y - 7) ** 2 + (x - 6) ** 2 < 17, 0.9, 0.02 * x)


def soft_disk(radius, edge):
    side = np.arange(-8, 9)
    x, y = np.meshgrid(side, side)
    inside = (x ** 2 + y ** 2 <= radius ** 2).astype(np.float32)
    return cv2.GaussianBlur(inside / inside.sum(), ksize=(3, 3), sigmaX=edge)


def clipped_zoom(image, factor):
    side = image.shape[0]
    crop = int(np.ceil(side / factor))
    top = (side - crop) // 2
    large = zoom(image[top:top + crop, top:top + crop], (factor, factor, 1), order=1)
    trim = (large.shape[0] - side) // 2
    return large[trim:trim + side, trim:trim + side]


def zoom_blur(image, end):
    factors = np.arange(1, end, 0.01)
    return (image + sum(clipped_zoom(image, f) for f in factors)) / (len(factors) + 1)


def hsv(image, channel, change):
    image = color.rgb2hsv(image)
    image[..., channel] = np.clip(change(image[..., channel]), 0, 1)
    return color.hsv2rgb(image)


def box(image, share):
    side = image.shape[0]
    small = Image.fromarray(np.uint8(np.round(image * 255))).resize((int(side * share),) * 2, Image.BOX)
    return np.asarray(small.resize((side, side), Image.BOX)) / 255


def centred(image, matrix):
    middle = (np.array(image.shape[::-1]) - 1) / 2
    full = np.eye(3)
    full[:2, :2], full[:2, 2] = matrix, middle - matrix @ middle
    return transform.warp(image, inverse_map=transform.AffineTransform(matrix=full))


def colour_cases():
    image = pattern((8, 8, 3))
    yield "gaussian_blur", 5, filters.gaussian(image, sigma=1, channel_axis=-1)
    yield "defocus_blur", 3, cv2.filter2D(image, -1, soft_disk(0.5, 0.6))
    yield "defocus_blur", 5, cv2.filter2D(image, -1, soft_disk(1.5, 0.1))
    yield "zoom_blur", 4, zoom_blur(image, 1.21)
    yield "brightness", 4, hsv(image, 2, lambda v: v + 0.2)
    yield "saturate", 5, hsv(image, 1, lambda s: s * 2.5 + 0.2)
    yield "contrast", 3, (image - image.mean((0, 1))) * 0.4 + image.mean((0, 1))
    yield "pixelate", 5, box(image, 0.65)


def gray_cases():
    image = disc(14, 14)
    yield "scale", 3, centred(image, np.diag([1 / 0.7] * 2))
    yield "canny_edges", 1, feature.canny(image)
    yield "brightness", 2, np.clip(image + 0.2, 0, 1)


def entry(suite, name, severity, image):
    image = np.clip(image, 0, 1)
    values = image.transpose(2, 0, 1) if image.ndim == 3 else image
    return {"suite": suite, "name": name, "severity": severity, "values": [int(round(1000 * v)) for v in values.flat]}


cases = [entry("cifar10-c", *case) for case in colour_cases()] + [entry("mnist-c", *case) for case in gray_cases()]
print("[" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "]")
