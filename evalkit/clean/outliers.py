"""The two questions of content: is an image off the topic of its set, is it a bad crop.

Both learn from the set itself. Off topic is far from its neighbours among the ordinary images of
the set; the ordinary ones are found first, so that fifty strays of one kind cannot vouch for each
other. Off topic is also what a classifier takes for one of many synthetic images of no set. A bad
crop looks like what one gets by cutting the other images of the set badly: each image is judged by
trees that learnt, from the other images, to tell them from cut versions of themselves.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from . import embedding
from .outlier_exposure import generic_images
from .progress import progress_bar

CORE = 0.85  # share of a set that is taken to be ordinary
FAR = 10.0  # robust deviations that one column may add to the first guess of the ordinary
AXES = 20  # principal components, whitened, in which distances are taken
NEIGHBOURS = 20
LEARNT = 6000  # images of which cut versions are made, at most
GENERIC = 300, 1500  # synthetic images that a set is told from: as many as it has, within these
OWN = 3000  # of its own images that they are told from, at most: a kernel machine costs squares
WIDE = 0.1  # kernel exp(-WIDE |x - y|^2 / D), D standardised columns: wide, so nearly a plane
FOLDS = 4
TREES = 200
FEWEST = 40  # images below which a set says nothing about its own topic
YELLOW = (0.08, 0.5)  # a set is of yellow faces where its median image has this share of yellow


def off_topic(features: np.ndarray, cuts: np.ndarray | None = None) -> np.ndarray:
    """Distance to the nearest ordinary images, float64 (N + M,); features: float32 (N, D).

    cuts: float32 (M, D), of images that are measured against the set and are not of it. The mean
    distance to the 6th to 20th neighbour in whitened principal components: the first five are left
    out because near duplicates stand there.
    """
    from sklearn.decomposition import PCA
    from sklearn.neighbors import NearestNeighbors

    n = len(features)
    cuts = features[:0] if cuts is None else cuts
    if n < FEWEST:
        return np.zeros(n + len(cuts))
    centre = np.median(features, axis=0)
    middle = 1.4826 * np.median(np.abs(features - centre), axis=0)
    far = np.abs(features - centre) / np.maximum(middle, 1e-3 * features.std(0) + 1e-6)
    distance = np.minimum(far, FAR).mean(1)
    deviation = features.std(0)  # of the whole set: by the core's own, wide columns drown the rest
    every = np.concatenate([features, cuts])
    scaled = (every - features.mean(0)) / np.where(deviation > 1e-6, deviation, 1)
    axes = min(AXES, n // 8, features.shape[1])
    for _ in range(4):
        core = distance <= np.quantile(distance, CORE)
        pca = PCA(axes, svd_solver="covariance_eigh").fit(scaled[:n][core])
        lengths = np.sqrt(np.maximum(pca.explained_variance_, 1e-6))
        codes = pca.transform(scaled) / lengths
        distance = (codes[:n] ** 2).sum(1)
    core = distance <= np.quantile(distance, CORE)
    ordinary = codes[:n][core][:: -(-int(core.sum()) // 20_000)]
    k = min(NEIGHBOURS, len(ordinary))
    near, _ = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(ordinary).kneighbors(codes)
    return np.asarray(near[:, k // 4 :].mean(1), np.float64)


def described(thumbs: np.ndarray, faces: bool) -> np.ndarray:
    """Return what the topic is judged by, float32 (N, 85), or (N, 94) for yellow faces.

    thumbs: uint8 (N, 32, 32, 3).
    """
    parts = [embedding.statistics(thumbs)]
    return np.hstack([*parts, yellow(thumbs)] if faces else parts).astype(np.float32)


def foreign(
    thumbs: np.ndarray,
    features: np.ndarray,
    faces: bool,
    seed: int = 0,
    cuts: np.ndarray | None = None,
    cut_from: np.ndarray | None = None,
) -> np.ndarray:
    """How much an image is none of its set but one of `generic_images`, float64 (N + M,).

    features: of thumbs, by `described`. cuts, cut_from: of further images that are judged, features
    (M, D) and the row each was cut from (M,). The margin of a support vector machine (Cortes and
    Vapnik 1995); no image, and nothing made of it, is judged by one that has learnt it as an image
    of the set.
    """
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    n = len(features)
    every = features if cuts is None else np.concatenate([features, cuts])
    if n < FEWEST:
        return np.zeros(len(every))
    rng = np.random.default_rng(seed)
    drawn = generic_images(int(np.clip(n, *GENERIC)), thumbs, rng)
    strange = described(saved_again(drawn, rng), faces)
    fold = rng.permutation(n) % FOLDS
    judged_by = fold if cut_from is None else np.concatenate([fold, fold[cut_from]])
    odds = np.empty(len(every))
    for part in progress_bar(range(FOLDS), "off topic"):
        others = np.nonzero(fold != part)[0]
        others = others[:: -(-len(others) // OWN)]
        inputs = np.concatenate([features[others], strange])
        labels = np.repeat([0, 1], [len(others), len(strange)])
        model = SVC(gamma=WIDE / features.shape[1], class_weight="balanced")
        judge = make_pipeline(StandardScaler(), model).fit(inputs, labels)
        odds[judged_by == part] = judge.decision_function(every[judged_by == part])
    return odds


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
    """Thumbnails of each preview cut badly, and of it whole: two of uint8 (N, side, side, 3).

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


def saved_again(thumbs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Thumbnails made smaller by up to a quarter, saved as JPEG and brought back to their size."""
    side = thumbs.shape[1]
    out = np.empty_like(thumbs)
    for row, thumb in enumerate(thumbs):
        less = int(rng.integers(side * 3 // 4, side + 1))
        buffer = io.BytesIO()
        smaller = Image.fromarray(thumb).resize((less, less), Image.Resampling.BILINEAR)
        smaller.save(buffer, "JPEG", quality=int(rng.integers(80, 97)))
        again = Image.open(buffer).convert("RGB")
        out[row] = np.asarray(again.resize((side, side), Image.Resampling.BOX))
    return out


@dataclass(frozen=True)
class Crops:
    """How much images look like cut versions of each other, 0 to 1."""

    images: np.ndarray  # float64 (N,)
    cuts: np.ndarray  # float64 (M,): the same of the cut versions made of them
    thumbs: np.ndarray  # uint8 (M, 32, 32, 3): those cut versions
    cut_from: np.ndarray  # int (M,): the image that each was cut from


def bad_crops(
    thumbs: np.ndarray, previews: Sequence[bytes], rng: np.random.Generator, workers: int = 1
) -> Crops:
    """How much each thumbnail, uint8 (N, 32, 32, 3), looks like a cut version of the others.

    previews: JPEG, N, of which cut versions are made. No image, and no cut version of it, is judged
    by trees that have seen it.
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


def yellow_mask(thumbs: np.ndarray) -> np.ndarray:
    """Where the skin of the Simpsons may be, bool (N, S, S): hue of 40 to 60 degrees, saturated.

    Their skin is close to (255, 217, 15), a hue of 51 degrees; scenes at night are darker.
    """
    values = thumbs.astype(np.float32)
    red, green, blue = np.moveaxis(values, 3, 0)
    span = red - np.minimum(green, blue)
    ratio = (green - blue) / np.maximum(span, 1)
    return np.asarray(
        (red >= green) & (red > 90) & (span > 0.45 * red) & (abs(ratio - 5 / 6) < 0.17)
    )


def yellow(thumbs: np.ndarray) -> np.ndarray:
    """Share of yellow, its centre (y, x) and extent, and its share along each side: (N, 9)."""
    return embedding.in_batches(thumbs, _yellow)


def _yellow(thumbs: np.ndarray) -> np.ndarray:
    mask = yellow_mask(thumbs)
    n, side = mask.shape[:2]
    place = (np.arange(side) + 0.5) / side
    total = np.maximum(mask.sum((1, 2)), 1)
    y = (mask.sum(2) * place).sum(1) / total
    x = (mask.sum(1) * place).sum(1) / total
    extent = [
        np.sqrt(np.maximum((mask.sum(axis) * place**2).sum(1) / total - mean**2, 0))
        for axis, mean in ((2, y), (1, x))
    ]
    sides = [mask[:, :2], mask[:, -2:], mask[:, :, :2], mask[:, :, -2:]]
    touching = [part.reshape(n, -1).mean(1) for part in sides]
    return np.stack([mask.mean((1, 2)), y, x, *extent, *touching], 1)


def are_yellow_faces(shares: np.ndarray) -> bool:
    """Whether a set is one of yellow faces, from the share of yellow in each image, (N,)."""
    low, high = YELLOW
    return len(shares) >= FEWEST and low <= float(np.median(shares)) <= high
