"""Find bad crops.

A bad crop looks like what one gets by cutting the other images of the set badly: each image is
judged by trees that learnt, from the other images, to tell them from cut versions of themselves.
"""

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from PIL import Image

from . import embedding
from .findings import FEWEST
from .progress import progress_bar
from .yellow_faces import yellow

LEARNT = 6000  # images of which cut versions are made, at most
FOLDS = 4
TREES = 200


@dataclass(frozen=True)
class Cut:
    """A bad cut of an image: a part of it is enlarged, or it is moved out of its frame.

    Attributes
    ----------
    enlarged
        Whether the part is enlarged. Else the image is moved.
    size
        Size of the image (width, height).
    part
        Size (width, height) of the part that is enlarged.
    at
        Its corner (x, y); or by how much the image is moved (rows, columns).
    fill
        What the border is filled with: 0 mirrored, 1 its edge, 2 the median colour, 3 one level.
    level
        That level.
    """

    enlarged: bool
    size: tuple[int, int]
    at: np.ndarray
    part: np.ndarray
    fill: int = 0
    level: float = 0.0


def draw_cut(size: tuple[int, int], enlarged: bool, rng: np.random.Generator) -> Cut:
    """Draw how an image of a size (width, height) is cut.

    It is moved out of the frame by 25 to 65% with the border filled, or a corner of 40 to 60% is
    enlarged.
    """
    if enlarged:
        part = np.maximum(np.round(rng.uniform(0.4, 0.6) * np.array(size)), 1).astype(int)
        return Cut(True, size, rng.integers(0, 2, 2) * (size - part), part)
    columns, rows = size
    move = (rng.uniform(0.25, 0.65, 2) * (rows, columns)).astype(int) * rng.choice([-1, 1], 2)
    if rng.random() < 0.6:
        move[rng.integers(2)] = 0
    fill = int(rng.integers(4))
    level = float(rng.choice([0.0, 255.0])) if fill == 3 else 0.0
    return Cut(False, size, move, np.array(size), fill, level)


def cut_version(image: Image.Image, cut: Cut) -> Image.Image:
    """Return an RGB image of the size of the cut, cut so."""
    if cut.enlarged:
        (x, y), part = cut.at, cut.part
        corner = image.crop((int(x), int(y), int(x + part[0]), int(y + part[1])))
        return corner.resize(image.size, Image.Resampling.BILINEAR)
    pixels = np.asarray(image)
    rows, columns = pixels.shape[:2]
    pads = [(max(int(m), 0), max(-int(m), 0)) for m in cut.at]
    if cut.fill < 2:
        wide = np.pad(pixels, [*pads, (0, 0)], "edge" if cut.fill else "reflect")
    else:
        colour = np.median(pixels, (0, 1)) if cut.fill == 2 else cut.level * np.ones(3)
        planes = [np.pad(pixels[..., c], pads, constant_values=int(colour[c])) for c in range(3)]
        wide = np.stack(planes, 2)
    y, x = (max(-int(m), 0) for m in cut.at)
    return Image.fromarray(np.ascontiguousarray(wide[y : y + rows, x : x + columns]))


def cut_and_whole(
    previews: Sequence[bytes], side: int, rng: np.random.Generator, workers: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Return thumbnails of each preview cut badly, and whole: two of uint8 (N, side, side, 3).

    Both are saved as JPEG and made small as a file is that is read, so that what is learnt are cuts
    and not how they were made. (Cut from thumbnails, they differ by their pixels from any file's.)
    The draws come first and in one order, so that workers do not change them.
    """
    plans = []
    for row, preview in enumerate(previews):
        size = Image.open(io.BytesIO(preview)).size
        plans.append((draw_cut(size, row % 2 > 0, rng), rng.integers(80, 97, 2).tolist()))

    def both(preview: bytes, plan: tuple[Cut, list[int]]) -> np.ndarray:
        cut, qualities = plan
        whole = Image.open(io.BytesIO(preview)).convert("RGB")
        images = cut_version(whole, cut), whole
        return np.stack([_as_read(i, side, q) for i, q in zip(images, qualities, strict=True)])

    with ThreadPoolExecutor(workers) as pool:  # codecs and scaling leave the interpreter free
        described = progress_bar(pool.map(both, previews, plans), "cut versions", len(plans))
        out = np.stack([*described], axis=1)
    return out[0], out[1]


def _as_read(image: Image.Image, side: int, quality: int) -> np.ndarray:
    """Return the thumbnail of an image that is saved as a small JPEG, uint8 (side, side, 3)."""
    image.thumbnail((2 * side, 2 * side), Image.Resampling.BOX)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    again = Image.open(buffer).convert("RGB")
    return np.asarray(again.resize((side, side), Image.Resampling.BOX))


@dataclass(frozen=True)
class Crops:
    """Scores, 0 to 1, of how much images look like cut versions of each other."""

    images: np.ndarray  # float64 (N,)
    cuts: np.ndarray  # float64 (M,): the same of the cut versions made of them
    thumbs: np.ndarray  # uint8 (M, 32, 32, 3): those cut versions
    cut_from: np.ndarray  # int (M,): the image that each was cut from


def crop_likeness(
    thumbs: np.ndarray, previews: Sequence[bytes], rng: np.random.Generator, workers: int = 1
) -> Crops:
    """Measure how much each thumbnail looks like a cut version of the others.

    thumbs: uint8 (N, 32, 32, 3). previews: JPEG, N, of which cut versions are made. No image, and
    no cut version of it, is judged by trees that have seen it.
    """
    from sklearn.decomposition import PCA
    from sklearn.ensemble import ExtraTreesClassifier

    n = len(thumbs)
    if n < FEWEST:
        return Crops(np.zeros(n), np.zeros(0), thumbs[:0], np.zeros(0, int))
    learnt = np.sort(rng.permutation(n)[:LEARNT])
    where = embedding.layout(thumbs)
    axes = PCA(min(80, len(learnt) // 2), svd_solver="covariance_eigh").fit(where[learnt])

    def describe(images: np.ndarray, placed: np.ndarray) -> np.ndarray:
        parts = [axes.transform(placed), embedding.statistics(images), embedding.profiles(images)]
        return np.hstack([*parts, yellow(images)]).astype(np.float32)

    whole = describe(thumbs, where)
    cuts, plain = cut_and_whole([previews[i] for i in learnt], thumbs.shape[1], rng, workers)
    cut = describe(cuts, embedding.layout(cuts))
    uncut = describe(plain, embedding.layout(plain))
    fold = rng.permutation(n) % FOLDS
    scores, cut_scores = np.empty(n), np.empty(len(learnt))
    for part in progress_bar(range(FOLDS), "bad crops"):
        seen = fold[learnt] != part
        inputs = np.concatenate([whole[learnt[seen]], uncut[seen], cut[seen]])
        labels = np.repeat([0, 0, 1], int(seen.sum()))
        trees = ExtraTreesClassifier(
            TREES,
            min_samples_leaf=3,
            class_weight="balanced",
            random_state=int(rng.integers(2**31)),
            n_jobs=workers,
        ).fit(inputs, labels)
        trees.set_params(n_jobs=1)  # threads would add the trees up in any order
        scores[fold == part] = trees.predict_proba(whole[fold == part])[:, 1]
        if not seen.all():
            cut_scores[~seen] = trees.predict_proba(cut[~seen])[:, 1]
    return Crops(scores, cut_scores, cuts, learnt)
