"""The map, its orbits and its symmetries.

x' = sin(y b) + c sin(x b),  y' = sin(x a) + d sin(y a): "Fractal Dream" in C. A. Pickover, Chaos
in Wonderland (1994). Parameters are always in the order x0, y0, a, b, c, d.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fractaldream_base.errors import BadInput

from ..parameters.params import check_params

Operation = tuple[bool, bool, bool]  # on the square: transposed, mirrored in x, mirrored in y

OPERATIONS: dict[Operation, str] = {  # of an image whose row 0 is at the top
    (False, False, False): "identity",
    (False, True, False): "mirror left-right",
    (False, False, True): "mirror up-down",
    (False, True, True): "half turn",
    (True, False, False): "mirror in the rising diagonal",
    (True, True, False): "quarter turn counterclockwise",
    (True, False, True): "quarter turn clockwise",
    (True, True, True): "mirror in the falling diagonal",
}


def turned(image: np.ndarray, transposed: bool, mirror_x: bool, mirror_y: bool) -> np.ndarray:
    """Return an image (..., S, S), row 0 at the top, after one of the operations on the square."""
    if transposed:  # x against y, with y upwards
        image = image[..., ::-1, ::-1].swapaxes(-1, -2)
    if mirror_x:
        image = image[..., :, ::-1]
    if mirror_y:
        image = image[..., ::-1, :]
    return image


@dataclass(frozen=True)
class Symmetry:
    """Parameters whose image is that of other parameters after an operation on the square.

    params: the six numbers. operation: one of OPERATIONS' names; `apply` does it. exact: the
    counts of the two images agree to the last one (but for points in the very middle of an even
    view, such as an orbit that dies at the origin: a corner of four pixels); else, for
    (a, b) -> (-a, -b), they agree where the attractor equals its own half turn, as most do.
    """

    params: tuple[float, float, float, float, float, float]
    operation: str
    exact: bool

    def apply(self, image: np.ndarray) -> np.ndarray:
        """Return the image (..., H, W) of the original parameters, turned into that of `params`."""
        return turned(image, *next(k for k, v in OPERATIONS.items() if v == self.operation))


def symmetry_orbit(params: npt.ArrayLike) -> list[Symmetry]:
    """Return all that draws the same picture up to the symmetries of the square: 8 exact, 8 near.

    Swapping (x0, a, c) with (y0, b, d) transposes the image, negating a, b, c, d and one of x0,
    y0 mirrors it, negating x0 and y0 turns it by 180 degrees; (a, b) -> (-a, -b) turns the map F
    into -F.

    Parameters
    ----------
    params : array_like of float (6,)
        The parameters x0, y0, a, b, c, d.

    Returns
    -------
    list of Symmetry
        The first entry is `params` itself.

    Examples
    --------
    >>> import fractaldream as fd
    >>> orbit = fd.symmetry_orbit([0.1, 0.1, -0.97, 2.88, 0.77, 0.74])
    >>> len(orbit), sum(symmetry.exact for symmetry in orbit)
    (16, 8)
    """
    rows = check_params(params)
    if len(rows) != 1:
        raise BadInput(f"{len(rows)} rows of parameters: give one")
    members = []
    for near in (False, True):
        for (transposed, mirror_x, mirror_y), name in OPERATIONS.items():
            x0, y0, a, b, c, d = (float(value) for value in rows[0])
            if near:
                a, b = -a, -b
            if transposed:
                x0, y0, a, b, c, d = y0, x0, b, a, d, c
            if mirror_x:
                x0, a, b, c, d = -x0, -a, -b, -c, -d
            if mirror_y:
                y0, a, b, c, d = -y0, -a, -b, -c, -d
            members.append(Symmetry((x0, y0, a, b, c, d), name, not near))
    return members


def canonical(params: npt.ArrayLike, *, near: bool = False) -> Symmetry:
    """Return one member for a whole symmetry orbit: that of the largest (a, b, c, d, x0, y0).

    Parameters
    ----------
    params : array_like of float (6,)
        The parameters x0, y0, a, b, c, d.
    near : bool
        Also up to (a, b) -> (-a, -b), which is not exact for every attractor.

    Returns
    -------
    Symmetry
        Its `apply` turns the image of `params` into that of the canonical parameters.

    Examples
    --------
    >>> import fractaldream as fd
    >>> fd.canonical([0.1, 0.1, -0.97, 2.88, 0.77, 0.74]).params
    (0.1, 0.1, 2.88, -0.97, 0.74, 0.77)
    """
    members = [member for member in symmetry_orbit(params) if member.exact or near]
    # + 0.0: minus zero counts as zero
    return max(members, key=lambda m: tuple(v + 0.0 for v in m.params[2:] + m.params[:2]))


def orbit(params: npt.ArrayLike, n: int) -> np.ndarray:
    """Return the first n points of an orbit, the very ones that the renderer counts.

    Parameters
    ----------
    params : array_like of float (6,)
        The parameters x0, y0, a, b, c, d.
    n : int
        Number of points.

    Returns
    -------
    ndarray of float64 (n, 2)
        The first point is the start (x0, y0).

    Examples
    --------
    >>> import fractaldream as fd
    >>> fd.orbit([0.1, 0.1, -0.97, 2.88, 0.77, 0.74], 3).round(3).tolist()
    [[0.1, 0.1], [0.503, -0.169], [0.298, -0.348]]
    """
    from .kernels import fill_orbit

    x0, y0, a, b, c, d = check_params(params)[0]
    points = np.empty((n, 2))
    fill_orbit(x0, y0, a, b, c, d, points)
    return points


def jacobian(point: npt.ArrayLike, params: npt.ArrayLike) -> np.ndarray:
    """Return the derivative of the map.

    Parameters
    ----------
    point : array_like of float (..., 2)
        Where it is taken.
    params : array_like of float (6,)
        The parameters x0, y0, a, b, c, d.

    Returns
    -------
    ndarray of float64 (..., 2, 2)

    Examples
    --------
    >>> import fractaldream as fd
    >>> fd.jacobian([0.0, 0.0], [0.1, 0.1, -1.0, 2.0, 0.5, 0.5]).tolist()
    [[1.0, 2.0], [-1.0, -0.5]]
    """
    x, y = np.moveaxis(np.asarray(point, np.float64), -1, 0)
    _, _, a, b, c, d = check_params(params)[0]
    rows = [[c * b * np.cos(x * b), b * np.cos(y * b)], [a * np.cos(x * a), d * a * np.cos(y * a)]]
    return np.moveaxis(np.array(rows), (0, 1), (-2, -1))
