"""Name pixels by their hash, so that decisions hold for any copy of an image."""

import hashlib

from PIL import Image


def pixel_key(image: Image.Image) -> str:
    """Return the SHA-256, in hex, of `MODE WIDTHxHEIGHT`, a newline and the bytes of the pixels.

    Parameters
    ----------
    image
        Upright, mode RGB or RGBA, as `decode_image` returns it, so that the same picture in a PNG
        and in a BMP has one key.
    """
    digest = hashlib.sha256(f"{image.mode} {image.width}x{image.height}\n".encode())
    digest.update(image.tobytes())
    return digest.hexdigest()
