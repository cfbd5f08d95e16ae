"""Groups of images that show the same: equal pixels, or nearly the same picture.

Candidates are nearest neighbours of a small code that neither a flip nor a small shift changes
much; each candidate pair is then laid over each other, flipped or not, at the best shift, and its
correlation decides. Perceptual hashes alone miss shifts of a few pixels in small frames.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from .embedding import cells, lab
from .progress import progress_bar

SHIFT = 4  # px of 32; how far two frames may be moved against each other
NEIGHBOURS = 10
CODE = 48  # components of the code
EXACT = 20_000  # images up to which every code is compared with every other
NEAR = 0.7  # distance of two codes, in units of a typical image's, beyond which none is checked
ALIKE = 0.88  # correlation from which two images are near duplicates; see docs/results/cleaning.md
SOFT = 0.7  # px of 32; a blur that forgives shifts of half a pixel
SOFT_COLOUR = 1.2  # px of 32
COLOUR = 0.6  # weight of the colour channels against lightness
FAINT = 4.0  # deviation, in Lab, below which there is nothing to compare
FEWEST = 100  # images from which a set says how alike its unrelated images are
PAIRS = 512  # checked at a time
HALF = 16  # px; size at which pairs that are far from alike are turned away
MARGIN = 0.15  # of correlation, by which the half size may be below the whole


@dataclass(frozen=True)
class Pair:
    """Two images, first < second, and how alike they are."""

    first: int
    second: int
    correlation: float  # over what both show, at the best shift
    flipped: bool


def softened(thumbs: np.ndarray) -> np.ndarray:
    """uint8 (N, S, S, 3) sRGB to float32 Lab, a little blurred.

    Colour more than light, and it weighs less: JPEG keeps colour at half the resolution or less.
    """
    from scipy.ndimage import gaussian_filter

    planes = lab(thumbs)
    planes[..., 0] = gaussian_filter(planes[..., 0], (0, SOFT, SOFT))
    planes[..., 1:] = gaussian_filter(planes[..., 1:], (0, SOFT_COLOUR, SOFT_COLOUR, 0))
    planes[..., 1:] *= COLOUR
    return planes


def codes(thumbs: np.ndarray) -> np.ndarray:
    """float32 (N, CODE): principal components of what is the same in an image and its mirror."""
    from sklearn.decomposition import PCA

    parts = []
    for start in range(0, len(thumbs), 1024):
        planes = cells(softened(thumbs[start : start + 1024]), 8)
        even = (planes + planes[:, :, ::-1]) / 2
        odd = np.abs(planes - planes[:, :, ::-1]) / 2
        both = np.concatenate([even[:, :, :4], odd[:, :, :4]], 2)
        parts.append(both.reshape(len(planes), -1))
    rows = np.concatenate(parts)
    axes = min(CODE, *rows.shape)
    out = PCA(axes, svd_solver="covariance_eigh").fit_transform(rows).astype(np.float32)
    scale = float(np.sqrt((out**2).sum(1).mean()))
    result: np.ndarray = out / max(scale, 1e-6)
    return result


def candidates(code: np.ndarray) -> np.ndarray:
    """Return the pairs (P, 2), first < second, of images that are near in code."""
    k = min(NEIGHBOURS + 1, len(code))
    nearest = _nearest if len(code) <= EXACT else _nearly_nearest
    distance, index = nearest(code, k)
    rows, places = np.nonzero(distance < NEAR)
    pairs = np.sort(np.stack([rows, index[rows, places]], 1), axis=1)
    return np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)


def _nearest(code: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances and indices, (N, k), by comparing all with all: exact and quadratic."""
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(code)
    parts = [search.kneighbors(code[i : i + 4096]) for i in range(0, len(code), 4096)]
    distance, index = zip(*parts, strict=True)
    return np.concatenate(distance), np.concatenate(index)


def _nearly_nearest(code: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the same by nearest-neighbour descent (Dong, Moses and Li, WWW 2011): close to linear.

    On one thread, so that a folder has one review whatever the number of workers.
    """
    from pynndescent import NNDescent

    index, distance = NNDescent(code, n_neighbors=k, random_state=0, n_jobs=1).neighbor_graph
    return distance, index


def aligned_correlation(first: np.ndarray, second: np.ndarray, shift: int = SHIFT) -> np.ndarray:
    """Highest correlation of pairs of images over shifts of up to shift pixels, float (P,).

    first, second: float32 (P, S, S, 3). The inner part of the first is compared with every part of
    that size of the second, and the other way round, each channel about its own mean; the better
    of both counts. Gain and offset of a channel therefore do not matter.
    """
    every = np.arange(len(first))
    return _correlation(_Spectra.of(first, shift), every, _Spectra.of(second, shift), every)


@dataclass(frozen=True)
class _Spectra:
    """Terms of the normalised cross-correlation (Lewis 1995) for each of N images.

    Each image is a scene to the inner part of others, and its inner part a template to others.
    """

    scene: np.ndarray  # complex64 (N, S, S // 2 + 1, 3)
    template: np.ndarray  # complex64, conjugate, the same
    length: np.ndarray  # float32 (N,), of the template, squared
    energy: np.ndarray  # float64 (N, M, M), of each of M x M windows of the scene

    @classmethod
    def of(cls, images: np.ndarray, shift: int) -> "_Spectra":
        """Transform images, float32 (N, S, S, 3), for shifts of up to so many pixels."""
        from scipy import fft

        inner = slice(shift, images.shape[1] - shift)
        part = images[:, inner, inner]
        part = part - part.mean((1, 2), keepdims=True)
        side = part.shape[1]
        padded = np.zeros_like(images)
        padded[:, :side, :side] = part
        # channels are pooled, so that a plain channel cannot decide
        energy = _windows(images**2, side) - _windows(images, side) ** 2 / side**2
        return cls(
            fft.rfft2(images, axes=(1, 2)),
            np.conj(fft.rfft2(padded, axes=(1, 2))),
            (part**2).sum((1, 2, 3)),
            energy.sum(3).clip(1e-3),
        )


def _correlation(first: _Spectra, a: np.ndarray, second: _Spectra, b: np.ndarray) -> np.ndarray:
    """Return the highest correlation of images a (P,) of the first with b (P,) of the second."""
    out: np.ndarray = np.maximum(_best(first, a, second, b), _best(second, b, first, a))
    return out


def _best(templates: _Spectra, a: np.ndarray, scenes: _Spectra, b: np.ndarray) -> np.ndarray:
    """Return the highest correlation of templates a (P,) with windows of scenes b (P,)."""
    from scipy import fft

    side, moves = scenes.scene.shape[1], scenes.energy.shape[1]
    spectrum = scenes.scene[b] * templates.template[a]
    products = fft.irfft2(spectrum, (side, side), axes=(1, 2))[:, :moves, :moves]
    below = np.sqrt(templates.length[a, None, None] * scenes.energy[b])
    return np.asarray((products.sum(3) / below.clip(1e-3)).max((1, 2)))


def _windows(planes: np.ndarray, size: int) -> np.ndarray:
    """Return sums over every window: (P, S, S, C) to (P, S - size + 1, S - size + 1, C)."""
    total = np.pad(planes.astype(np.float64), ((0, 0), (1, 0), (1, 0), (0, 0))).cumsum(1).cumsum(2)
    high, low = slice(size, None), slice(None, -size)
    out: np.ndarray = total[:, high, high] - total[:, low, high] - total[:, high, low]
    result: np.ndarray = out + total[:, low, low]
    return result


def near_pairs(thumbs: np.ndarray, workers: int = 1) -> list[Pair]:
    """Return near duplicates among uint8 (N, 32, 32, 3); plain images are in no pair."""
    if len(thumbs) < 2:
        return []
    soften = _softener(thumbs)
    pairs = candidates(codes(thumbs))
    check = partial(_checked, soften, least=alike(thumbs))
    parts = [pairs[start : start + PAIRS] for start in range(0, len(pairs), PAIRS)]
    with ThreadPoolExecutor(workers) as pool:  # transforms and sums leave the interpreter free
        checked = progress_bar(pool.map(check, parts), "near duplicates", len(parts))
        return [pair for part in checked for pair in part]


def _softener(thumbs: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return what softens rows of uint8 (N, S, S, 3); of few images, all are softened once."""
    if len(thumbs) > EXACT:
        return lambda rows: softened(thumbs[rows])
    starts = range(0, len(thumbs), 1024)
    soft = np.concatenate([softened(thumbs[i : i + 1024]) for i in starts])
    return lambda rows: soft[rows]


def alike(thumbs: np.ndarray) -> float:
    """Correlation from which two images of this set are near duplicates.

    ALIKE, or more where unrelated images of the set are alike already, as centred faces are: the
    correlation that less than one of all candidates would reach by chance, were Fisher's z of
    unrelated pairs normal. Unrelated are images half a set apart in name.
    """
    from scipy.stats import norm

    n = len(thumbs)
    if n < FEWEST:
        return ALIKE
    first = np.arange(n // 2)[:: -(-n // 2000)]
    left, right = softened(thumbs[first]), softened(thumbs[first + n // 2])
    unrelated = np.arctanh(aligned_correlation(left, right).clip(-0.99, 0.99))
    middle = float(np.median(unrelated))
    spread = (
        float(np.quantile(unrelated, 0.84)) - middle
    )  # one deviation; duplicates cannot widen it
    return max(ALIKE, float(np.tanh(middle + spread * norm.isf(1 / (n * NEIGHBOURS)))))


def _checked(
    soften: Callable[[np.ndarray], np.ndarray], part: np.ndarray, least: float
) -> list[Pair]:
    images, ends = np.unique(part, return_inverse=True)
    soft = soften(images)
    contrast = soft.std((1, 2)).max(1)
    pairs = ends.reshape(part.shape)
    coarse = _either_way(cells(soft, HALF), pairs, SHIFT * HALF // 32)
    something = contrast[pairs].min(1) > FAINT
    likely = np.nonzero(something & (coarse.max(0) >= least - MARGIN))[0]
    needed, again = np.unique(pairs[likely], return_inverse=True)
    alike = _either_way(soft[needed], again.reshape(-1, 2), SHIFT)
    return [
        Pair(int(part[row, 0]), int(part[row, 1]), float(max(both)), bool(both[1] > both[0]))
        for row, both in zip(likely, alike.T, strict=True)
        if max(both) >= least
    ]


def _either_way(images: np.ndarray, pairs: np.ndarray, shift: int) -> np.ndarray:
    """Return the correlation of pairs of rows (P, 2), the second as it is and mirrored, (2, P).

    The first is mirrored in its place: there are fewer of them. Each image is transformed once.
    """
    first, second = np.moveaxis(pairs, 1, 0)
    mirrored, rows = np.unique(first, return_inverse=True)
    spectra = _Spectra.of(images, shift)
    turned = _Spectra.of(images[mirrored][:, :, ::-1], shift)
    return np.stack(
        [
            _correlation(spectra, first, spectra, second),
            _correlation(turned, rows, spectra, second),
        ]
    )


def grouped(n: int, pairs: list[Pair]) -> np.ndarray:
    """Return the group of each image, int (N,): connected by pairs; -1 for those in none."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not pairs:
        return np.full(n, -1)
    ends = np.array([(p.first, p.second) for p in pairs])
    graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(n, n))
    _, label = connected_components(graph, directed=False)
    sizes = np.bincount(label)
    number = np.full(len(sizes), -1)
    shared = sizes > 1
    number[shared] = np.arange(int(shared.sum()))
    return np.asarray(number[label])
