"""Images as text that a page can hold: strips of many, decoded by the browser when needed."""

import base64
import io

import numpy as np
from PIL import Image

LOSSLESS_UP_TO = 40  # px; larger images are kept as WebP
QUALITY = 90
MOSAIC = 1200  # px, the side of the picture of a whole plane


def strips(images: np.ndarray, per: int) -> list[str]:
    """Return uint8 images (N, S, S, C) as data URIs: strips of `per` images side by side."""
    out = []
    for start in range(0, len(images), per):
        part = images[start : start + per]
        out.append(data_uri(np.concatenate(list(part), 1)))
    return out


def mosaic(images: np.ndarray, n: int) -> str:
    """Return n x n images, uint8 (n * n, S, S, C), rows from the top, as one data URI."""
    side, channels = images.shape[1], images.shape[3]
    whole = images.reshape(n, n, side, side, channels).transpose(0, 2, 1, 3, 4)
    return data_uri(whole.reshape(n * side, n * side, channels), most=MOSAIC)


def data_uri(image: np.ndarray, most: int | None = None) -> str:
    """Return uint8 (H, W, C) as a data URI.

    It is PNG up to LOSSLESS_UP_TO px high or where grey is shrunk to `most` px, else WebP.
    """
    picture = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
    if most is not None and picture.width > most:
        picture = picture.resize((most, most), Image.Resampling.BOX)
    buffer = io.BytesIO()
    if image.shape[0] <= LOSSLESS_UP_TO or (most is not None and image.shape[2] == 1):
        picture.save(buffer, "PNG")
        kind = "png"
    else:
        picture.save(buffer, "WEBP", quality=QUALITY, method=2)
        kind = "webp"
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"


def packed(image: np.ndarray) -> np.ndarray:
    """Return uint8 (H, W, C) as uint32 (H, W), opaque, as canvases hold pixels."""
    rgba = np.full((*image.shape[:2], 4), 255, np.uint8)
    rgba[..., :3] = image
    return rgba.view("<u4")[..., 0]
