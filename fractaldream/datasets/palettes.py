"""The colours of levels: colorcet's `kbc`, matplotlib's `inferno` and `viridis`.

palettes.npz holds the tables as those libraries give them (colorcet 3.2, CC BY 4.0, P. Kovesi;
matplotlib 3.10, CC0, S. van der Walt and N. Smith), since importing both takes longer than
rendering a thousand images; `from_source` asks the libraries themselves.
"""

import functools
from pathlib import Path

import numpy as np

from fractaldream_base.errors import BadInput

PALETTES = ("kbc", "inferno", "viridis")


@functools.cache
def palette(name: str) -> np.ndarray:
    """Return the RGB of each level.

    Parameters
    ----------
    name : str
        `kbc`, `inferno` or `viridis`.

    Returns
    -------
    ndarray of uint8 (256, 3)
        Entry 0, never visited, is white as in 2019; entries 1 to 255 are those of colorcet or
        matplotlib. It cannot be written to.

    Examples
    --------
    >>> import fractaldream as fd
    >>> table = fd.palette("viridis")
    >>> table.shape, table[0].tolist(), table[255].tolist()
    ((256, 3), [255, 255, 255], [253, 231, 36])
    """
    if name not in PALETTES:
        raise BadInput(f"palette {name!r}: choose {', '.join(PALETTES)}")
    with np.load(Path(__file__).with_name("palettes.npz")) as tables:
        table: np.ndarray = tables[name].copy()
    table[0] = 255
    table.setflags(write=False)
    return table


def from_source(name: str) -> np.ndarray:
    """Return the table uint8 (256, 3) as colorcet (kbc) or matplotlib gives it."""
    if name == "kbc":
        import colorcet

        return np.array(
            [list(bytes.fromhex(code[1:])) for code in colorcet.palette[name]], np.uint8
        )
    import matplotlib

    return matplotlib.colormaps[name](np.arange(256), bytes=True)[:, :3].astype(np.uint8)


def to_rgb(levels: np.ndarray, name: str = "kbc") -> np.ndarray:
    """Return levels, uint8 (...), as RGB, uint8 (..., 3).

    Parameters
    ----------
    levels : ndarray of uint8 (...)
        Levels of any shape, 0 to 255.
    name : str
        Palette: `kbc`, `inferno` or `viridis`.

    Returns
    -------
    ndarray of uint8 (..., 3)
        Red, green and blue of each level, 0 to 255.

    Raises
    ------
    BadInput
        If there is no such palette.

    Examples
    --------
    >>> import numpy as np
    >>> import fractaldream as fd
    >>> levels = np.array([[0, 255]], np.uint8)
    >>> fd.to_rgb(levels, "inferno").tolist()
    [[[255, 255, 255], [252, 254, 164]]]
    """
    out: np.ndarray = palette(name)[levels]
    return out
