"""Find images that are off the topic of their set.

Off topic is far from its neighbours among the ordinary images of the set; the ordinary ones are
found first, so that fifty strays of one kind cannot vouch for each other. Off topic is also what a
classifier takes for one of many synthetic images of no set.
"""

import io

import numpy as np
from PIL import Image

from . import embedding
from .findings import FEWEST
from .outlier_exposure import generic_images
from .progress import progress_bar
from .yellow_faces import yellow

CORE = 0.85  # share of a set that is taken to be ordinary
FAR = 10.0  # robust deviations that one column may add to the first guess of the ordinary
AXES = 20  # principal components, whitened, in which distances are taken
NEIGHBOURS = 20
GENERIC = 300, 1500  # synthetic images that a set is told from: as many as it has, within these
OWN = 3000  # of its own images that they are told from, at most: a kernel machine costs squares
WIDE = 0.1  # kernel exp(-WIDE |x - y|^2 / D), D standardised columns: wide, so nearly a plane
FOLDS = 4


def off_topic(features: np.ndarray, cuts: np.ndarray | None = None) -> np.ndarray:
    """Return distances to the nearest ordinary images, float64 (N + M,).

    features: float32 (N, D). cuts: float32 (M, D), of images that are measured against the set and
    are not of it. The mean distance to the 6th to 20th neighbour in whitened principal components:
    the first five are left out because near duplicates stand there.
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


def topic_features(thumbs: np.ndarray, faces: bool) -> np.ndarray:
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
    """Measure how far an image is none of its set but one of `generic_images`, float64 (N + M,).

    features: of thumbs, by `topic_features`. cuts, cut_from: of further images that are judged,
    features (M, D) and the row each was cut from (M,). The margin of a support vector machine
    (Cortes and Vapnik 1995); no image, and nothing made of it, is judged by one that has learnt it
    as an image of the set.
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
    strange = topic_features(saved_again(drawn, rng), faces)
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


def saved_again(thumbs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Make thumbnails smaller by up to a quarter, save them as JPEG, and bring back their size."""
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
