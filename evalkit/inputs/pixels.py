"""Arrays of images as callables return them, brought to one shape, range and size."""

import numpy as np

from fractaldream_base.errors import BadInput

SIDE = 32  # pixels of the images that the inverse renderer sees
TOLERANCE = 1e-3  # that floats may leave their range by


def to_unit(images: np.ndarray, name: str, *, signed: bool | None = None) -> np.ndarray:
    """Bring images as callables return them to one shape and range.

    Parameters
    ----------
    images
        (N, H, W) or (N, H, W, C), C = 1 or 3, uint8 or float in [0, 1] or [-1, 1].
    name
        Name of their source, for errors.
    signed
        Whether floats lie in [-1, 1]; None: where one is negative, which only tells where there
        are many images.

    Returns
    -------
    float32 (N, C, H, W) in [0, 1].

    Raises
    ------
    BadInput
        For another shape, type or range.
    """
    images = np.asarray(images)
    if images.ndim == 3:
        images = images[..., None]
    if images.ndim != 4 or images.shape[3] not in (1, 3) or images.shape[1] != images.shape[2]:
        raise BadInput(
            f"{name}: returned an array of shape {images.shape}; give square images (N, H, W) or "
            "(N, H, W, C) with C = 1 or 3"
        )
    if images.dtype == np.uint8:
        values = images.astype(np.float32) / 255
    elif np.issubdtype(images.dtype, np.floating):
        values = images.astype(np.float32)
        if not np.isfinite(values).all():
            raise BadInput(f"{name}: returned NaN or infinity; give finite images")
        low, high = float(values.min()), float(values.max())
        if low < -1 - TOLERANCE or high > 1 + TOLERANCE:
            raise BadInput(
                f"{name}: returned values from {low:g} to {high:g}; give uint8, or float in "
                "[0, 1] or [-1, 1]"
            )
        if signed is False and low < -TOLERANCE:
            raise BadInput(
                f"{name}: returned values down to {low:g}, and none below 0 when first asked; give "
                "uint8, or float in [0, 1] throughout"
            )
        if signed or (signed is None and low < -TOLERANCE):
            values = (values + 1) / 2
    else:
        raise BadInput(f"{name}: returned {images.dtype}; give uint8 or float images")
    return values.transpose(0, 3, 1, 2)


def shrink(images: np.ndarray) -> np.ndarray:
    """Shrink images (N, C, H, H) to float32 (N, C, 32, 32).

    By means over blocks, and over areas where 32 is no divisor of H.
    """
    n, channels, side = images.shape[:3]
    if side % SIDE == 0:
        block = side // SIDE  # rows first: whole rows are added fast
        rows = images.reshape(n, channels, SIDE, block, side).sum(3, dtype=np.float32)
        columns = rows.reshape(n, channels, SIDE, SIDE, block)
        total = columns[..., 0].copy()
        for place in range(1, block):
            total += columns[..., place]
        out: np.ndarray = np.divide(total, block**2, dtype=np.float32)
        return out
    import torch
    import torch.nn.functional as F

    tensor = torch.from_numpy(np.ascontiguousarray(images, np.float32))
    return F.interpolate(tensor, (SIDE, SIDE), mode="area").numpy()
