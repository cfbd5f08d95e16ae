"""Read one image file: the only place where the pixels of a file are decided.

Training, places in latent space, cleaning and packing all read through this module, so that a
file has the same pixels everywhere: the first frame, upright as its EXIF data say, 8 bits a
channel from the range that its format states, and transparent pixels over white.
"""

import io
import os
import stat
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from fractaldream_base.errors import BadInput
from fractaldream_base.opening import reason_of

IMAGE_FORMATS = {  # suffix: name of the format in Pillow
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif"), "JPEG"),
    ".png": "PNG",
    ".bmp": "BMP",
    ".gif": "GIF",
    ".webp": "WEBP",
    ".avif": "AVIF",
    **dict.fromkeys((".heic", ".heif"), "HEIF"),  # counted, so that none is lost without a word
    **dict.fromkeys((".tif", ".tiff"), "TIFF"),
    **dict.fromkeys((".ppm", ".pgm", ".pbm", ".pnm"), "PPM"),
}
DECODED = sorted({*IMAGE_FORMATS.values()} - {"HEIF"})  # Pillow has no decoder of HEIF
OTHER_FORMATS = {  # first bytes of what is often named as an image and is none
    b"<!DOCTYPE": "a web page",
    b"<html": "a web page",
    b"<svg": "an SVG drawing",
    b"<?xml": "an XML file",
    b"%PDF": "a PDF file",
    b"PK\x03\x04": "a ZIP file",
    b"\x1f\x8b": "a gzip file",
    b"\x89HDF": "an HDF5 file",
    b"8BPS": "a Photoshop file",
}
TIFF_BITS, TIFF_PHOTOMETRIC, TIFF_SAMPLE_FORMAT = 258, 262, 339  # numbers of tags


class UnreadableImage(BadInput):
    """Raised for a file whose pixels cannot be had; `reason` is the message without the path.

    `truncated` tells that the file ends before its format says.
    """

    def __init__(self, reason: str, mend: str, truncated: bool = False, path: str = "") -> None:
        super().__init__(reason, mend, truncated, path)  # all of them, so that it can be pickled
        self.reason, self.mend, self.truncated, self.path = reason, mend, truncated, path

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}; {self.mend}".removeprefix(": ")


def is_image_name(name: str | Path) -> bool:
    """Return whether a file is taken for an image by its suffix."""
    return os.path.splitext(name)[1].lower() in IMAGE_FORMATS  # noqa: PTH122 - any bytes


def read_image(path: str | Path) -> Image.Image:
    """Read the image of a file.

    Parameters
    ----------
    path
        A file of any format of `IMAGE_FORMATS`; its content decides, not its name.

    Returns
    -------
    Image.Image
        The first frame, mode RGB, upright, over white.

    Raises
    ------
    UnreadableImage
        A `BadInput` that tells apart what is missing, may not be read, has another format, is
        truncated, damaged or too large.
    """
    try:
        return on_white(decode_image(image_bytes(path))[1])
    except UnreadableImage as error:
        name = os.fsencode(path).decode("utf-8", "backslashreplace")
        raise UnreadableImage(error.reason, error.mend, error.truncated, name) from error


def image_bytes(path: str | Path) -> bytes:
    """Return all bytes of a regular file. Raises UnreadableImage."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - opening a pipe would wait
            raise UnreadableImage("not a regular file", "give an image file")
        with open(path, "rb") as file:  # noqa: PTH123 - a name may be bytes that are no text
            return file.read()
    except OSError as error:
        reason, mend = reason_of(error)
        if isinstance(error, FileNotFoundError) and os.path.islink(path):  # noqa: PTH114
            reason = "link to a file that is not there"
        raise UnreadableImage(reason, mend) from error


def decode_image(data: bytes) -> tuple[Image.Image, Image.Image]:
    """Decode the bytes of an image file.

    Parameters
    ----------
    data
        All bytes of the file.

    Returns
    -------
    tuple
        The first frame as the file has it, and upright with 8 bits a channel: mode RGB, or RGBA
        where something is transparent.

    Raises
    ------
    UnreadableImage
        If there are no pixels in it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # warnings of decoders are about damage, told below
        image = None
        try:
            image = Image.open(io.BytesIO(data), formats=DECODED)
            image.load()
            return image, upright(image)
        except UnreadableImage:
            raise
        except Exception as error:  # decoders meet any bytes: any error is about the file
            raise _explained(data, error, image is not None) from error


def upright(image: Image.Image) -> Image.Image:
    """Return the image with 8 bits a channel, RGB or RGBA (where something is transparent)."""
    turned = _transposed(image)
    if turned.mode.startswith(("I", "F")):
        turned = _from_deep(turned, *_white_of(image))
    if turned.has_transparency_data:
        turned = turned.convert("RGBA")
        if np.asarray(turned.getchannel("A")).min(initial=255) < 255:
            return turned
    return turned.convert("RGB")


def on_white(image: Image.Image) -> Image.Image:
    """Return an upright image as RGB, with white under what is transparent."""
    if image.mode != "RGBA":
        return image
    ground = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(ground, image).convert("RGB")


def is_cut_off(data: bytes, format_name: str | None) -> bool:
    """Return whether a file ends before its format says, though decoders may forgive it.

    Whatever follows the end of the image, such as zeros or a second image, is no fault.
    """
    if format_name in ("JPEG", "MPO"):
        return not _has_end_of_jpeg(data)
    if format_name == "PNG":
        return b"IEND\xaeB`\x82" not in data
    if format_name == "WEBP":
        return len(data) < 8 + int.from_bytes(data[4:8], "little")
    return False


def _transposed(image: Image.Image) -> Image.Image:
    """Return the image turned as its EXIF data say; damaged EXIF data say nothing."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # any bytes may stand there
        return image


def _from_deep(image: Image.Image, white: float, inverted: bool) -> Image.Image:
    """Return an image of 12, 16 or 32 bits, or of floats, in 8 bits. Raises UnreadableImage.

    White is what the format calls white, whatever the values of this image are.
    """
    values = np.asarray(image)
    if image.mode == "F":
        low, high = float(values.min(initial=0)), float(values.max(initial=0))
        if not (low >= 0 and high <= 1):  # also NaN
            raise UnreadableImage(
                f"floating-point values from {low:g} to {high:g}, and 1 is white",
                "scale them to 0 to 1, or save it with 8 or 16 bits",
            )
    elif white > 65535:
        values = values.view(np.uint32)
    shares = values.astype(np.float64) / white
    if inverted:
        shares = 1 - shares
    levels = Image.fromarray((shares * 255).clip(0, 255).round().astype(np.uint8))
    clear = image.info.get("transparency")
    if isinstance(clear, int):  # a PNG names the one level that is transparent
        levels.putalpha(Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)))
    return levels


def _white_of(image: Image.Image) -> tuple[float, bool]:
    """Return the value of white, and whether 0 is white instead. Raises UnreadableImage."""
    tags = getattr(image, "tag_v2", {})
    inverted = tags.get(TIFF_PHOTOMETRIC) == 0
    if image.mode == "F":
        return 1.0, inverted
    if not tags:  # PNG, and PGM, which Pillow scales to 16 bits
        return 65535.0, False
    if tags.get(TIFF_SAMPLE_FORMAT, (1,))[0] == 2:
        raise UnreadableImage(
            "signed integers, of which TIFF does not say what is white",
            "save it with 8 or 16 bits, unsigned",
        )
    return 2.0 ** tags.get(TIFF_BITS, (16,))[0] - 1, inverted


def _has_end_of_jpeg(data: bytes) -> bool:
    """Return whether the end marker of the (first) image of a JPEG is there."""
    at = 2
    while (at := data.find(b"\xff", at)) >= 0 and at + 1 < len(data):
        marker = data[at + 1]
        if marker == 0xD9:
            return True
        if marker == 0xFF:  # fill byte
            at += 1
        elif marker in (0x00, 0x01) or 0xD0 <= marker <= 0xD8:  # coded data, or no length follows
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return False


def _explained(data: bytes, error: Exception, opened: bool) -> UnreadableImage:
    """Return what is wrong with bytes that could not be decoded, or not even opened."""
    if not data:
        return UnreadableImage("empty file", "copy it again")
    if isinstance(error, Image.DecompressionBombError):
        most = 2 * (Image.MAX_IMAGE_PIXELS or 0)
        return UnreadableImage(
            f"too large, above {most / 1e6:.0f} million pixels", "make it smaller"
        )
    words = " ".join(str(error).split())[:120] or type(error).__name__
    if "MAX_TEXT_" in words:
        return UnreadableImage(
            "a PNG whose text is larger than is read", "save it without its text (metadata)"
        )
    if isinstance(error, MemoryError):
        return UnreadableImage("too large for the memory", "make it smaller")
    name = _format_of(data)
    if name is None:
        return UnreadableImage(_other_format(data), "convert it to PNG or JPEG, or take it out")
    if not opened:
        words = "its header cannot be read"
    elif is_cut_off(data, name) or "truncated" in words.lower():
        return UnreadableImage("the file ends early", "copy it again, or take it out", True)
    return UnreadableImage(f"damaged {name} ({words})", "copy it again, or take it out")


def _format_of(data: bytes) -> str | None:
    """Return the format that the first bytes are of, among those that are read."""
    heads = {
        b"\xff\xd8\xff": "JPEG",
        b"\x89PNG\r\n\x1a\n": "PNG",
        b"GIF8": "GIF",
        b"BM": "BMP",
        b"II*\x00": "TIFF",
        b"MM\x00*": "TIFF",
        b"II+\x00": "TIFF",
        b"MM\x00+": "TIFF",
    }
    for head, name in heads.items():
        if data.startswith(head):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp" and data[8:12] in (b"avif", b"avis"):
        return "AVIF"
    if data[:1] == b"P" and data[1:2] in b"123456" and data[2:3].isspace():
        return "PPM"
    return None


def _other_format(data: bytes) -> str:
    """Return in words what bytes are that are no image of a format that is read."""
    if data[4:8] == b"ftyp" and data[8:11] in (b"hei", b"hev", b"mif", b"msf"):
        return "a HEIC image, which is not read"
    start = data[:64].lstrip().lower()
    for head, words in OTHER_FORMATS.items():
        if start.startswith(head.lower()):
            return f"{words}, not an image"
    return "not an image" if any(data[:64]) else "zeros, not an image"
