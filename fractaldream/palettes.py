"""The colours of levels: colorcet's `kbc`, matplotlib's `inferno` and `viridis`."""

import functools

import numpy as np

from .errors import BadInput

PALETTES = ("kbc", "inferno", "viridis")


@functools.cache
def palette(name: str) -> np.ndarray:
    """RGB table uint8 (256, 3) of levels: entry 0, never visited, is white as in 2019; entries
    1 to 255 are those of colorcet (Kovesi, 2015) or matplotlib."""
    if name == "kbc":
        import colorcet

        codes = [bytes.fromhex(code[1:]) for code in colorcet.palette["kbc"]]
        table = np.array([list(code) for code in codes], np.uint8)
    elif name in PALETTES:
        import matplotlib

        table = matplotlib.colormaps[name](np.arange(256), bytes=True)[:, :3].astype(np.uint8)
    else:
        raise BadInput(f"palette {name!r}: choose {', '.join(PALETTES)}")
    table[0] = 255
    table.setflags(write=False)
    return table


def to_rgb(levels: np.ndarray, name: str = "kbc") -> np.ndarray:
    """Levels uint8 (...) as RGB uint8 (..., 3)."""
    return palette(name)[levels]
