"""Makes folders of images with Pillow and by hand, lets advlab import them, and compares classes, order and every pixel
with what Pillow decodes, and with what torchvision's ImageFolder gives where that is installed.

Usage: python image_folders.py PATH-OF-ADVLAB
"""
import itertools
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import h5py
import numpy as np
from PIL import Image

try:
    from torchvision.datasets import ImageFolder
    from torchvision.transforms import ToTensor
except (ImportError, RuntimeError):  # RuntimeError: built for another torch than the installed one
    ImageFolder = None

ADVLAB = sys.argv[1]
RANDOM = np.random.default_rng(0)
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
SAMPLES = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGB_ALPHA: 4}


def run(*arguments):
    return subprocess.run([ADVLAB, *map(str, arguments)], capture_output=True, text=True)


def imported(folder):
    target = folder.with_suffix(".h5")
    result = run("data", "import", folder, "--output", target, "--force")
    assert result.returncode == 0, f"{folder}: exit {result.returncode}\n{result.stderr}"
    with h5py.File(target) as file:
        names = [name.decode() if isinstance(name, bytes) else name for name in file.attrs["class_names"]]
        return {name: file[name][...] for name in ("x_train", "y_train", "x_test", "y_test")}, names, result.stdout


def compare(name, found, expected):
    assert found.shape == expected.shape, f"{name}: {found.shape} instead of {expected.shape}"
    wrong = np.flatnonzero((found != expected).reshape(len(found), -1).any(axis=1))
    assert len(wrong) == 0, f"{name}: images {wrong[:5]} differ by up to {abs(found - expected).max() * 255} of 255"


# PNG files of every kind, which Pillow does not write.

def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def packed(samples, depth):
    """The bytes of a row of samples."""
    if depth == 16:
        return samples.astype(">u2").tobytes()
    if depth == 8:
        return samples.astype("u1").tobytes()
    bits = ((samples[:, None] >> np.arange(depth - 1, -1, -1)) & 1).astype("u1").ravel()
    return np.packbits(bits).tobytes()


def filtered(rows, size):
    """Rows with filters 0 to 4 in turn; `size` is the number of bytes of a pixel, at least 1."""
    result, above = b"", bytes(len(rows[0]) if rows else 0)
    for number, row in enumerate(rows):
        kind = number % 5
        a = np.frombuffer(bytes(size) + row[:-size] if len(row) > size else bytes(len(row)), "u1").astype(int)
        b = np.frombuffer(above, "u1").astype(int)
        c = np.frombuffer(bytes(size) + above[:-size] if len(row) > size else bytes(len(row)), "u1").astype(int)
        p = a + b - c
        distances = np.stack([abs(p - a), abs(p - b), abs(p - c)])
        paeth = np.choose(distances.argmin(axis=0), [a, b, c])
        prediction = [0 * a, a, b, (a + b) // 2, paeth][kind]
        result += bytes([kind]) + ((np.frombuffer(row, "u1") - prediction) % 256).astype("u1").tobytes()
        above = row
    return result


def png(samples, depth, kind, chunks=(), interlaced=False):
    """A PNG file of samples H×W×C."""
    height, width, count = samples.shape
    size = max(1, depth * count // 8)
    passes = [samples]
    if interlaced:
        steps = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
        passes = [samples[y::dy, x::dx] for y, x, dy, dx in steps]
    data = b"".join(
        filtered([packed(row.ravel(), depth) for row in part], size) for part in passes if part.size > 0)
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, int(interlaced))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunk(*c) for c in chunks) + chunk(
        b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


GAMMA = (b"gAMA", struct.pack(">I", 100000))
SRGB = (b"sRGB", b"\0")
LINEAR = (b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000))


def pngs():
    """(name, bytes, samples that a reader without alpha gives, bits) of PNG files of every kind."""
    for kind, depth, interlaced, extra in itertools.product(
            SAMPLES, (1, 2, 4, 8, 16), (False, True), ((), (GAMMA,), (SRGB,), (GAMMA, LINEAR))):
        if (depth < 8 and kind not in (GREY, PALETTE)) or (kind == PALETTE and depth == 16):
            continue
        samples = RANDOM.integers(0, 2**depth, (11, 13, SAMPLES[kind]))
        chunks = list(extra)
        if kind == PALETTE:
            palette = RANDOM.integers(0, 256, (2**depth, 3)).astype("u1")
            chunks += [(b"PLTE", palette.tobytes()), (b"tRNS", bytes(range(2**depth // 2)))]
            pixels = palette[samples[:, :, 0]]
        else:
            if kind == RGB:
                chunks.append((b"tRNS", samples[0, 0].astype(">u2").tobytes()))
            pixels = samples[:, :, :3] if kind in (RGB, RGB_ALPHA) else samples[:, :, :1]
            if depth < 8:
                pixels = pixels * (255 // (2**depth - 1))
        name = f"kind {kind} of {depth} bits{' interlaced' if interlaced else ''} {len(extra)}"
        yield name, png(samples, depth, kind, chunks, interlaced), pixels, max(depth, 8), pixels.shape[2]


def every_png(folder):
    """One folder for images that go together: 8 and 16 bits, grey and color."""
    count = 0
    files = list(pngs())
    for bits, channels in itertools.product((8, 16), (1, 3)):
        place = folder / f"png{bits}-{channels}"
        expected = []
        for number, (name, content, pixels, depth, samples) in enumerate(files):
            if (depth, samples) != (bits, channels):
                continue
            path = place / f"class {number % 3}" / f"{number:04} {name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            expected.append((path, pixels))
            if bits == 8:
                opened = np.asarray(Image.open(path).convert("RGB" if channels == 3 else "L"))
                assert np.array_equal(opened.reshape(pixels.shape), pixels), f"Pillow reads another {name}"
        expected.sort()
        images = np.stack([pixels for _, pixels in expected]).transpose(0, 3, 1, 2).astype(np.float32)
        found, _, _ = imported(place)
        compare(place.name, found["x_test"], images / np.float32(2**bits - 1))
        count += len(expected)
    return count


def photograph(height, width):
    """Smooth colors with edges and noise, as JPEG is made for."""
    y, x = np.mgrid[:height, :width]
    waves = [np.sin(x / RANDOM.uniform(2, 9) + y / RANDOM.uniform(2, 9) + c) for c in range(3)]
    image = 127 + 100 * np.stack(waves, axis=2) + RANDOM.normal(0, 8, (height, width, 3))
    image[height // 3:height // 2, width // 4:] = RANDOM.integers(0, 256, 3)
    return Image.fromarray(image.clip(0, 255).astype("u1"))


def jpegs(folder):
    count = 0
    for height, width in ((17, 23), (32, 32), (8, 8), (1, 1), (65, 50)):
        place = folder / f"jpeg{height}x{width}"
        paths = []
        for number, (quality, subsampling, progressive) in enumerate(
                itertools.product((20, 75, 90, 100), ("4:4:4", "4:2:2", "4:2:0"), (False, True))):
            path = place / f"{number % 4}" / f"{number:04}.{('jpg', 'JPEG', 'jpeg')[number % 3]}"
            path.parent.mkdir(parents=True, exist_ok=True)
            exif = Image.Exif()
            exif[0x0112] = 1 + number % 8  # the orientation, which nobody applies
            photograph(height, width).save(
                path, "JPEG", quality=quality, subsampling=subsampling, progressive=progressive, exif=exif,
                optimize=number % 5 == 0)
            paths.append(path)
        grey = place / "0" / "grey.jpg"
        photograph(height, width).convert("L").save(grey, quality=80)
        whole = place / "3" / "rgb.jpg"
        photograph(height, width).save(whole, quality=80, keep_rgb=True)
        paths = sorted(paths + [grey, whole])
        images = np.stack([np.asarray(Image.open(path).convert("RGB")) for path in paths])
        found, _, said = imported(place)
        compare(place.name, found["x_test"], images.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255))
        assert "grey images among colored ones, taken as RGB: 1" in " ".join(said.split()), said
        count += len(paths)
    return count


def orders(folder):
    """Names that sort otherwise by words, by letters or by case, in folders within folders."""
    place = folder / "orders"
    classes = ["e\u0301t\u00e9", "z", "\u00e9t\u00e9", "Zebra", "a b", "a", "a-b", "10", "9", "\u732b"]
    names = ["1.png", "10.png", "2.png", "B.PNG", "a.png", "e\u0301.png", "\u00e9.png", "z z.png", "b/1.png", "b-c/1.png",
             "b/a/1.png", "a.jpg", "z.jpeg"]
    splits = {"train": classes, "test": classes}
    for split in splits:
        for name in classes:
            for file in names:
                path = place / split / name / file
                path.parent.mkdir(parents=True, exist_ok=True)
                photograph(9, 7).save(path, "JPEG" if file[-1] in "g" and "jp" in file else "PNG")
            (place / split / name / "notes.txt").write_text("no image")
            (place / split / name / ".hidden.png").write_text("no image")
    found, said, _ = imported(place)
    assert said == sorted(classes), f"{said}"
    if ImageFolder is None:
        print("torchvision cannot be imported: its order is not compared")
        return 0
    count = 0
    for split in splits:
        # torchvision takes hidden files, too, and cannot open this one.
        for hidden in place.glob("*/*/.hidden.png"):
            hidden.unlink()
        data = ImageFolder(place / split, transform=ToTensor())
        assert data.classes == said
        images = np.stack([np.asarray(image) for image, _ in data])
        compare(f"torchvision, {split}", found[f"x_{split}"], images)
        assert [label for _, label in data] == list(found[f"y_{split}"])
        count += len(data)
    return count


def refused(folder):
    """What is damaged, or cannot be understood in one way."""
    def message(name, change):
        place = folder / "refused"
        shutil.rmtree(place, ignore_errors=True)
        for number in range(4):
            path = place / "ab"[number % 2] / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            photograph(6, 6).save(path)
        change(place)
        result = run("data", "inspect", place)
        assert result.returncode == 65, f"{name}: exit {result.returncode}\n{result.stdout}{result.stderr}"
        return result.stderr

    def shortened(place):
        path = place / "a" / "2.png"
        path.write_bytes(path.read_bytes()[:-20])

    def flipped(place):
        path = place / "b" / "1.png"
        content = bytearray(path.read_bytes())
        content[60] ^= 1
        path.write_bytes(content)

    cases = {
        "cut": (shortened, "2.png: expected a whole PNG image"),
        "checksum": (flipped, "1.png: expected a whole PNG image, found a damaged one (libpng: IDAT: "),
        "size": (lambda p: photograph(7, 6).save(p / "b" / "3.png"), "6×7; resize all images to one size first"),
        "CMYK": (lambda p: photograph(6, 6).convert("CMYK").save(p / "b" / "3.jpg"), "convert it to RGB"),
        "WebP": (lambda p: photograph(6, 6).save(p / "b" / "3.webp"), "3.webp: expected PNG or JPEG images"),
        "WebP in disguise": (lambda p: photograph(6, 6).save(p / "b" / "3.png", "WebP"), "found something else"),
        "half a JPEG": (
            lambda p: (photograph(6, 6).save(p / "b" / "3.jpg"),
                       (p / "b" / "3.jpg").write_bytes((p / "b" / "3.jpg").read_bytes()[:-30])),
            "expected a whole JPEG image"),
        "no image": (lambda p: (p / "c").mkdir(), "c: expected PNG or JPEG images of a class, found none"),
        "no folders": (
            lambda p: [shutil.move(i, p / f"{i.name}") for i in p.glob("?/*.png")] + [(p / n).rmdir() for n in "ab"],
            "a folder for each class"),
    }
    for name, (change, expected) in cases.items():
        found = " ".join(message(name, change).split())
        assert expected in found, f"{name}: {found}"
    return len(cases)


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        counts = [part(folder) for part in (every_png, jpegs, orders, refused)]
    print("{} PNG and {} JPEG images as Pillow decodes them, {} as torchvision gives them, {} sets refused".format(*counts))


if __name__ == "__main__":
    main()
