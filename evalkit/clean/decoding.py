"""Decode an image file to upright pixels, and name the pixels by their hash."""

import hashlib
import io
import os
import stat
import warnings

import numpy as np
from PIL import Image, ImageOps

SUFFIXES = {  # suffix: what Pillow calls the format
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif"), "JPEG"),
    ".png": "PNG",
    ".bmp": "BMP",
    ".gif": "GIF",
    ".webp": "WEBP",
    **dict.fromkeys((".tif", ".tiff"), "TIFF"),
    **dict.fromkeys((".ppm", ".pgm", ".pbm", ".pnm"), "PPM"),
}
FORMATS = sorted(set(SUFFIXES.values()))


def upright(image: Image.Image) -> Image.Image:
    """Eight bits a channel, RGB or RGBA (where something is transparent), the right way up."""
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith(("I", "F")):  # 16 bits and more: the same range in 8
        values = np.asarray(image, np.float64)
        top = 65535.0 if image.mode.startswith("I") and values.max(initial=0) > 255 else 255.0
        if image.mode == "F" and values.max(initial=0) <= 1:
            top = 1.0
        image = Image.fromarray((values / top * 255).clip(0, 255).round().astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        if np.asarray(image.getchannel("A")).min(initial=255) < 255:
            return image
    return image.convert("RGB")


def pixel_key(image: Image.Image) -> str:
    """SHA-256, in hex, of `MODE WIDTHxHEIGHT` and a newline, then the bytes of the pixels.

    image: as `upright` returns it, so that the same picture in a PNG and in a BMP has one key.
    """
    digest = hashlib.sha256(f"{image.mode} {image.width}x{image.height}\n".encode())
    digest.update(image.tobytes())
    return digest.hexdigest()


def on_white(image: Image.Image) -> Image.Image:
    """RGB; what is transparent shows white."""
    if image.mode != "RGBA":
        return image
    ground = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(ground, image).convert("RGB")


def decode(data: bytes) -> tuple[Image.Image, Image.Image]:
    """The image as the file has it, and upright. Raises whatever Pillow raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # broken files are findings, not noise
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        image.load()
        return image, upright(image)


def file_bytes(full: str) -> bytes:
    """All of a regular file. Raises OSError, also for pipes and devices."""
    if not stat.S_ISREG(os.stat(full).st_mode):  # noqa: PTH116
        raise OSError(0, "not a regular file")
    with open(full, "rb") as file:  # noqa: PTH123
        return file.read()
