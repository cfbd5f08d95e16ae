"""Planes through a latent space, decoded beforehand so that looking at them costs nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from evalkit.errors import BadInput
from evalkit.inputs.pixels import shrink

REACH = 3.0  # half the side of a plane, as in the source
ANCHORS_WITHIN = 1.5  # anchors' distance from the middle times this is the reach of their plane
DRAWS = 512  # samples that tell along which latent directions a generator's images differ most

Decode = Callable[[np.ndarray], np.ndarray]  # z (N, L) -> float (N, C, S, S) in [0, 1]
Name = Callable[[np.ndarray], np.ndarray]  # float (N, C, S, S) -> probabilities (N, K)


@dataclass(frozen=True)
class Plane:
    """z(s, t) = origin + s u + t v for s and t in [-reach, reach].

    spec: what it is asked for by: axes:0,1, pc, or anchors:3,17,20 (rows of the data).
    marks: where its anchors lie, (k, 2).
    """

    spec: str
    origin: np.ndarray  # (L,)
    u: np.ndarray  # (L,)
    v: np.ndarray  # (L,)
    x: str  # what s is
    y: str
    reach: float = REACH
    marks: np.ndarray | None = None

    def latents(self, places: np.ndarray) -> np.ndarray:
        """Places (N, 2) -> latents (N, L)."""
        places = np.asarray(places, float)
        return self.origin + places[:, :1] * self.u + places[:, 1:] * self.v

    def places(self, n: int) -> np.ndarray:
        """The n x n places of the grid, (n * n, 2): rows from the top, ends on the border."""
        steps = np.linspace(-self.reach, self.reach, n)
        t, s = np.meshgrid(steps[::-1], steps, indexing="ij")
        return np.stack([s.ravel(), t.ravel()], 1)


def axes_plane(latent: int, first: int, second: int) -> Plane:
    """The plane of two axes, counted from 0, the others at 0. Raises BadInput."""
    if not (0 <= first < latent and 0 <= second < latent) or first == second:
        raise BadInput(f"axes:{first},{second}: give two different ones, 0 to {latent - 1}")
    base = np.eye(latent)
    return Plane(
        f"axes:{first},{second}",
        np.zeros(latent),
        base[first],
        base[second],
        f"z{first}",
        f"z{second}",
    )


def principal_plane(codes: np.ndarray) -> Plane:
    """The two directions in which codes (N, L) spread most, in standard deviations about their
    mean. Raises BadInput."""
    if codes.shape[1] < 2 or len(codes) < 3:
        raise BadInput(f"pc: codes of shape {codes.shape}; needs three or more of two or more")
    mean = codes.mean(0)
    _, sizes, rows = np.linalg.svd(codes - mean, full_matrices=False)
    spread = sizes / (len(codes) - 1) ** 0.5
    share = sizes**2 / (sizes**2).sum()
    u, v = (signed(rows[k]) * spread[k] for k in (0, 1))
    names = [f"component {k + 1} ({share[k]:.0%} of the variance), sd" for k in (0, 1)]
    return Plane("pc", mean, u, v, names[0], names[1])


def visible_plane(decode: Decode, latent: int, rng: np.random.Generator) -> Plane:
    """The two latent directions that go with the first two principal components of the images
    of N(0, I), for models without an encoder.

    Härkönen 2020 (GANSpace) does so with a layer's activations; here it is pixels at 32 px.
    """
    z = rng.standard_normal((DRAWS, latent))
    images = shrink(decode(z)).reshape(DRAWS, -1).astype(float)
    centred = images - images.mean(0)
    left, _, _ = np.linalg.svd(centred, full_matrices=False)
    first = left[:, 0] @ z
    second = left[:, 1] @ z
    u = first / np.linalg.norm(first)
    second = second - (second @ u) * u
    v = second / np.linalg.norm(second)
    names = [f"direction of the images' component {k}" for k in (1, 2)]
    return Plane("pc", np.zeros(latent), signed(u), signed(v), names[0], names[1])


def anchors_plane(codes: np.ndarray, names: list[str]) -> Plane:
    """The plane through three latents (3, L), the middle of the three at 0. Raises BadInput."""
    middle = codes.mean(0)
    first = codes[1] - codes[0]
    length = np.linalg.norm(first)
    second = codes[2] - codes[0]
    u = first / max(float(length), 1e-12)
    second = second - (second @ u) * u
    height = np.linalg.norm(second)
    if length < 1e-9 or height < 1e-9 * max(1.0, float(length)):
        raise BadInput(f"anchors:{','.join(names)}: on one line; give three others")
    v = second / height
    marks = np.stack([(codes - middle) @ u, (codes - middle) @ v], 1)
    reach = ANCHORS_WITHIN * float(np.abs(marks).max())
    spec = f"anchors:{','.join(names)}"
    return Plane(spec, middle, u, v, "through the anchors", "across", reach, marks)


def signed(direction: np.ndarray) -> np.ndarray:
    """Of a direction and its opposite, the one whose largest entry is positive."""
    largest: float = direction[np.abs(direction).argmax()]
    return direction if largest >= 0 else -direction


def numbers(spec: str, count: int) -> list[int]:
    """The numbers behind the colon of axes:0,1 or anchors:3,17,20. Raises BadInput."""
    kind, _, rest = spec.partition(":")
    try:
        found = [int(part) for part in rest.split(",")]
    except ValueError:
        found = []
    if len(found) != count:
        example = {2: "0,1", 3: "3,17,20"}[count]
        raise BadInput(f"plane {spec!r}: write {kind}:{example}")
    return found


@dataclass(frozen=True)
class Decoded:
    """A plane's n x n images, and what a classifier calls them.

    images: uint8 (n * n, S, S, C), rows from the top. chances: (n * n, K), or None.
    """

    plane: Plane
    n: int
    images: np.ndarray
    chances: np.ndarray | None

    @property
    def labels(self) -> np.ndarray | None:
        """The likeliest class of each, (n * n,)."""
        return None if self.chances is None else self.chances.argmax(1)


def decode_plane(
    plane: Plane, n: int, decode: Decode, name: Name | None, batch: int
) -> Iterator[int | Decoded]:
    """Decode a plane batch by batch: yields how many are done, and at last the Decoded."""
    z = plane.latents(plane.places(n))
    images, chances = [], []
    for start in range(0, len(z), batch):
        made = decode(z[start : start + batch])
        images.append(to_bytes(made))
        if name is not None:
            chances.append(name(made))
        yield min(start + batch, len(z))
    yield Decoded(plane, n, np.concatenate(images), np.concatenate(chances) if chances else None)


def to_bytes(images: np.ndarray) -> np.ndarray:
    """Float (N, C, S, S) in [0, 1] -> uint8 (N, S, S, C)."""
    return np.round(images * 255).astype(np.uint8).transpose(0, 2, 3, 1)


def borders(labels: np.ndarray, reach: float) -> np.ndarray:
    """Where neighbouring cells of labels (n, n), row 0 on top, differ: segments (k, 4) of
    x0, y0, x1, y1, those that go on joined.

    Cells are centred on the grid's places, so that the drawing ends half a cell beyond reach.
    """
    n = len(labels)
    cell = 2 * reach / (n - 1)
    edges = -reach - cell / 2 + cell * np.arange(n + 1)
    out = []
    for upright in (True, False):
        differ = labels[:, 1:] != labels[:, :-1] if upright else (labels[1:] != labels[:-1]).T
        for k in range(n - 1):
            line = np.flatnonzero(np.diff(np.concatenate([[0], differ[:, k], [0]]).astype(int)))
            for start, stop in line.reshape(-1, 2):
                if upright:
                    ends = (edges[k + 1], -edges[start], edges[k + 1], -edges[stop])
                else:
                    ends = (edges[start], -edges[k + 1], edges[stop], -edges[k + 1])
                out.append(ends)
    return np.array(out, float).reshape(-1, 4)


def regions(labels: np.ndarray, reach: float, least: int = 12) -> list[tuple[float, float, int]]:
    """Where the names of the connected regions of labels (n, n) are written: x, y, class.

    In each region the cell deepest inside; regions of fewer cells than `least` have no name.
    """
    from scipy.ndimage import distance_transform_cdt, label

    n = len(labels)
    steps = np.linspace(-reach, reach, n)
    out = []
    for one in np.unique(labels):
        found, count = label(labels == one)
        for k in range(1, count + 1):
            inside = found == k
            if inside.sum() < least:
                continue
            depth = distance_transform_cdt(np.pad(inside, 1), metric="taxicab")[1:-1, 1:-1]
            row, column = np.unravel_index(depth.argmax(), depth.shape)
            out.append((float(steps[column]), float(-steps[row]), int(one)))
    return out
