"""Find bad crops.

A bad crop looks like what one gets by cutting the other images of the set badly: each image is
judged by trees that learnt, from the other images, to tell them from cut versions of themselves.
"""

import io
from collections.abc import Sequence
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


def cut_version(image: Image.Image, enlarged: bool, rng: np.random.Generator) -> Image.Image:
    """Return an RGB image cut badly, of the same size.

    It is moved out of the frame by 25 to 65% with the border filled, or a corner of 40 to 60% is
    enlarged.
    """
    size = np.array(image.size)
    if enlarged:
        part = np.maximum(np.round(rng.uniform(0.4, 0.6) * size), 1).astype(int)
        x, y = rng.integers(0, 2, 2) * (size - part)
        corner = image.crop((int(x), int(y), int(x + part[0]), int(y + part[1])))
        return corner.resize(image.size, Image.Resampling.BILINEAR)
    pixels = np.asarray(image)
    rows, columns = pixels.shape[:2]
    move = (rng.uniform(0.25, 0.65, 2) * (rows, columns)).astype(int) * rng.choice([-1, 1], 2)
    if rng.random() < 0.6:
        move[rng.integers(2)] = 0
    pads = [(max(int(m), 0), max(-int(m), 0)) for m in move]
    fill = rng.integers(4)
    if fill < 2:
        wide = np.pad(pixels, [*pads, (0, 0)], "edge" if fill else "reflect")
    else:
        colour = np.median(pixels, (0, 1)) if fill == 2 else rng.choice([0.0, 255.0]) * np.ones(3)
        planes = [np.pad(pixels[..., c], pads, constant_values=int(colour[c])) for c in range(3)]
        wide = np.stack(planes, 2)
    y, x = (max(-int(m), 0) for m in move)
    return Image.fromarray(np.ascontiguousarray(wide[y : y + rows, x : x + columns]))


def cut_and_whole(
    previews: Sequence[bytes], side: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return thumbnails of each preview cut badly, and whole: two of uint8 (N, side, side, 3).

    Both are saved as JPEG and made small as a file is that is read, so that what is learnt are cuts
    and not how they were made. (Cut from thumbnails, they differ by their pixels from any file's.)
    """
    out = np.empty((2, len(previews), side, side, 3), np.uint8)
    for row, preview in enumerate(progress_bar(previews, "cut versions")):
        whole = Image.open(io.BytesIO(preview)).convert("RGB")
        for kind, image in enumerate((cut_version(whole, row % 2 > 0, rng), whole)):
            image.thumbnail((2 * side, 2 * side), Image.Resampling.BOX)
            buffer = io.BytesIO()
            image.save(buffer, "JPEG", quality=int(rng.integers(80, 97)))
            again = Image.open(buffer).convert("RGB")
            out[kind, row] = np.asarray(again.resize((side, side), Image.Resampling.BOX))
    return out[0], out[1]


@dataclass(frozen=True)
class Crops:
    """How much images look like cut versions of each other, 0 to 1."""

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
    cuts, plain = cut_and_whole([previews[i] for i in learnt], thumbs.shape[1], rng)
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
