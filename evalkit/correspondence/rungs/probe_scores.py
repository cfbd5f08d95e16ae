"""Rungs 4 to 6: what of the parameters can be read off latents, and do neighbours stay so.

Signs are not in the images (the map's symmetries), so what is read off is each parameter's
size, |v_j|. Of FD behind an affine map that is the size of an affine function of the latent: its
square is known from the latent's products, whose signs cancel, and has no more freedom than w has.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

from evalkit.family.factors import VISIBLE
from evalkit.statistics.inference import bootstrap_weights, interval
from evalkit.support.threads import one_thread
from fractaldream.recipe import PARAM_NAMES

NEIGHBOURS = 10
LARGEST_POLYNOMIAL = 32  # latents; beyond it squares alone, without products
Codes = NDArray[np.floating]


@dataclass(frozen=True)
class ReadOff:
    """Share of the variance of each parameter's size that is read off, held out: R2.

    r2, low, high: by parameter, with a 95% bootstrap interval over held-out images. baselines: by
    name, R2 by parameter. margins: by name of the baseline, the 95% interval of R2 less its own, on
    the same held-out images, by parameter and for the `mean` of those that show. ceiling: what the
    inverse renderer reads off the images.
    """

    r2: dict[str, float]
    low: dict[str, float]
    high: dict[str, float]
    baselines: dict[str, dict[str, float]]
    margins: dict[str, dict[str, tuple[float, float]]]
    ceiling: dict[str, float]

    def above(self, name: str) -> bool:
        """Whether R2 of this parameter, or the `mean`, is above that of every baseline."""
        return min(margin[name][0] for margin in self.margins.values()) > 0


def expand(codes: Codes) -> Codes:
    """Standardised latents (N, L) with their squares and products."""
    return _with_products(np.nan_to_num(StandardScaler().fit_transform(codes)))


def _with_products(z: Codes) -> Codes:
    """z (N, L) with z_a z_b, a <= b, or with squares alone where those would be too many."""
    if z.shape[1] > LARGEST_POLYNOMIAL:
        return np.hstack([z, z**2])
    row, column = np.triu_indices(z.shape[1])
    return np.hstack([z, z[:, row] * z[:, column]])


def affine(codes: Codes, targets: np.ndarray, learn: int) -> np.ndarray:
    """Predictions for the rows from `learn` on, (N - learn, P), of sizes |v_j| (N, P) as those of
    an affine function of the latent, by what the rows before tell of w.

    codes: (N, L + L (L + 1) / 2), latents and their products z_a z_b (a <= b), or what can be known
    of them. v_j^2 is fitted by (w . z + w_0)^2, the smallest squares of several descents.
    """
    size = int((np.sqrt(9 + 8 * codes.shape[1]) - 3) / 2)
    row, column = np.triu_indices(size)
    seen, squares = codes[:learn], targets[:learn] ** 2
    q, r = np.linalg.qr(seen - seen.mean(0))  # the rows, as far as squares depend on them
    wanted = q.T @ (squares - squares.mean(0))
    free = _quadratic(seen, squares, row, column)
    out = []
    for j, b in enumerate(wanted.T):
        # an axis along which the square grows is near an eigenvector of its free quadratic form
        strength, axes = np.linalg.eigh(free[j])
        starts = np.vstack([axes * np.sqrt(np.abs(strength) + 1e-3), np.zeros(size)]).T

        def rest(w: np.ndarray, b: np.ndarray = b) -> np.ndarray:
            return r @ _products_of(w, row, column) - b

        def slope(w: np.ndarray) -> np.ndarray:
            return r @ _products_slope(w, row, column)

        fits = [least_squares(rest, start, jac=slope, max_nfev=50) for start in starts]
        w = min(fits, key=lambda fit: fit.cost).x
        square = codes @ _products_of(w, row, column) + w[-1] ** 2
        # what is known of a square is less than the square: the size is some rising curve of it
        curve = IsotonicRegression(out_of_bounds="clip").fit(square[:learn], targets[:learn, j])
        out.append(curve.predict(square[learn:]))
    return np.column_stack(out)


def _products_of(w: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Coefficients of (w . z + w_0)^2 on z and z_a z_b; w_0 is last. Its square is left out."""
    weights = np.where(row == column, 1.0, 2.0)
    return np.concatenate([2 * w[-1] * w[:-1], weights * w[row] * w[column]])


def _products_slope(w: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Their derivatives by w, (L + L (L + 1) / 2, L + 1)."""
    size, places = len(w) - 1, np.arange(len(row))
    linear = np.hstack([2 * w[-1] * np.eye(size), 2 * w[:-1, None]])
    square = np.zeros((len(row), size + 1))
    weights = np.where(row == column, 1.0, 2.0)
    np.add.at(square, (places, row), weights * w[column])
    np.add.at(square, (places, column), weights * w[row])
    return np.vstack([linear, square])


def _quadratic(
    codes: Codes, squares: np.ndarray, row: np.ndarray, column: np.ndarray
) -> np.ndarray:
    """Matrices (P, L, L) of the quadratic forms that ridge fits to squares (N, P)."""
    size = codes.shape[1] - len(row)
    scaler = StandardScaler().fit(codes)
    model = RidgeCV(np.logspace(-2, 5, 15)).fit(scaler.transform(codes), squares)
    forms = np.zeros((squares.shape[1], size, size))
    forms[:, row, column] = (model.coef_ / scaler.scale_)[:, size:] / 2
    return forms + forms.swapaxes(1, 2)


def ridge(codes: Codes, targets: np.ndarray, learn: int) -> np.ndarray:
    """Predictions for the rows from `learn` on, (N - learn, P), by ridge with alpha chosen by
    leave-one-out on the rows before."""
    codes = StandardScaler().fit(codes[:learn]).transform(codes)
    model = RidgeCV(np.logspace(-2, 5, 15), alpha_per_target=True)
    out: np.ndarray = model.fit(codes[:learn], targets[:learn]).predict(codes[learn:])
    return out


def boosting(codes: Codes, targets: np.ndarray, learn: int) -> np.ndarray:
    """The same by gradient boosting, one model for each parameter."""
    columns = []
    for target in targets.T:
        model = HistGradientBoostingRegressor(
            max_iter=150, learning_rate=0.06, max_leaf_nodes=15, l2_regularization=1.0,
            early_stopping=True, random_state=0,
        )  # fmt: skip
        columns.append(model.fit(codes[:learn], target[:learn]).predict(codes[learn:]))
    return np.column_stack(columns)


def r2_of(predicted: np.ndarray, targets: np.ndarray) -> dict[str, float]:
    """R2 by parameter of held-out predictions (N, 6)."""
    rest = ((targets - predicted) ** 2).mean(0) / targets.var(0)
    return {name: float(1 - rest[j]) for j, name in enumerate(PARAM_NAMES)}


def read_off(
    codes: Codes,
    baselines: dict[str, Codes],
    v: np.ndarray,
    ceiling: np.ndarray,
    predict: Callable[[Codes, np.ndarray, int], np.ndarray],
    rng: np.random.Generator,
    *,
    folds: int = 1,
) -> ReadOff:
    """How much of |v| the codes of FD(v) hold. codes (N, F); v (N, 6); ceiling: E[|v| | image]
    (N, 6). A quarter of the rows is held out and read by what the others teach; with `folds` up
    to 4, so many quarters in turn. The intervals are those of the images: how far the fits would
    vary is not in them."""
    targets = np.abs(v)
    rows = np.arange(len(v))
    quarters = np.array_split(rows, 4)[:folds]
    out = np.concatenate(quarters)

    def held_out(codes: Codes) -> np.ndarray:
        parts = []
        for quarter in quarters:
            order = np.concatenate([np.setdiff1d(rows, quarter), quarter])
            parts.append(predict(codes[order], targets[order], len(rows) - len(quarter)))
        return np.concatenate(parts)

    predicted, held = held_out(codes), targets[out]
    others = {name: held_out(c) for name, c in baselines.items()}
    weights = bootstrap_weights(len(held), 999, rng)
    spread = weights @ held**2 / len(held) - (weights @ held / len(held)) ** 2

    def draws(predicted: np.ndarray) -> np.ndarray:
        """R2 of resampled images, (999, 6)."""
        out: np.ndarray = 1 - weights @ (held - predicted) ** 2 / len(held) / spread
        return out

    def margins(beside: np.ndarray) -> dict[str, tuple[float, float]]:
        more = own - draws(beside)
        shown = more[:, [PARAM_NAMES.index(name) for name in VISIBLE]].mean(1)
        return {name: interval(more[:, j]) for j, name in enumerate(PARAM_NAMES)} | {
            "mean": interval(shown)
        }

    own = draws(predicted)
    limits = [interval(own[:, j]) for j in range(len(PARAM_NAMES))]
    return ReadOff(
        r2=r2_of(predicted, held),
        low={name: limits[j][0] for j, name in enumerate(PARAM_NAMES)},
        high={name: limits[j][1] for j, name in enumerate(PARAM_NAMES)},
        baselines={name: r2_of(other, held) for name, other in others.items()},
        margins={name: margins(other) for name, other in others.items()},
        ceiling=r2_of(ceiling[out], held),
    )


@dataclass(frozen=True)
class LearntEncoder:
    """What features of images (N, F) tell of z and its products, P in all."""

    seen: StandardScaler
    told: StandardScaler
    model: RidgeCV

    def __call__(self, features: np.ndarray) -> Codes:
        """Standardised, (N, P)."""
        out: Codes = self.model.predict(self.seen.transform(features))
        return out

    def products(self, features: np.ndarray) -> Codes:
        """As they are: what is not told is as good as constant."""
        out: Codes = self.told.inverse_transform(self(features))
        return out


@one_thread()
def learn_encoder(
    z: np.ndarray, features: np.ndarray, weights: np.ndarray | None = None
) -> LearntEncoder:
    """An encoder for a generator that has none, from its own pairs (z, G(z)).

    Ridge from features of the images (N, F), such as the inverse renderer's hidden layer, to z and
    its products (N, L + L (L + 1) / 2), which hold what an image tells of sizes, signs being open;
    of more than LARGEST_POLYNOMIAL latents, to z and its squares (N, 2 L). weights: of the pairs,
    (N,).
    """
    products = _with_products(z)
    told = StandardScaler().fit(products, sample_weight=weights)
    seen = StandardScaler().fit(features, sample_weight=weights)
    model = RidgeCV(np.logspace(0, 5, 8))
    model.fit(seen.transform(features), told.transform(products), sample_weight=weights)
    return LearntEncoder(seen, told, model)


@one_thread()
def density_ratio(features: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """How much more usual each of these features (N, F) is among the `wanted` (M, F), as a
    weight of mean 1 (N,): by a linear logistic regression (covariate shift, Shimodaira 2000).

    Within e^-4 and e^2 times the median, so that no few of them decide.
    """
    both = np.vstack([features, wanted])
    both = StandardScaler().fit_transform(both)
    among = np.arange(len(both)) >= len(features)
    model = LogisticRegression(C=0.01, max_iter=1000).fit(both, among)
    log_ratio = model.decision_function(both[: len(features)])
    ratio = np.exp(np.clip(log_ratio - np.median(log_ratio), -4, 2))
    out: np.ndarray = ratio / ratio.mean()
    return out


@one_thread()
def nearest(points: np.ndarray, k: int = NEIGHBOURS) -> np.ndarray:
    """Which k of the points (N, F) are nearest to each, (N, k)."""
    out: np.ndarray = NearestNeighbors(n_neighbors=k).fit(points).kneighbors()[1]
    return out


def near_by_sizes(v: np.ndarray) -> np.ndarray:
    """The nearest by |a|, |b|, |c|, |d| of v (N, 6), (N, k)."""
    return nearest(np.abs(v[:, 2:]))


def neighbourhood(codes: Codes, near: np.ndarray) -> np.ndarray:
    """Rung 6: of each image FD(v), the share of its k nearest latents that are among `near`, its k
    nearest by sizes (N, k): (N,). codes: (N, F)."""
    own = nearest(codes, near.shape[1])
    return (own[:, :, None] == near[:, None, :]).any(2).mean(1)


@one_thread()
def trust(codes: Codes, v: np.ndarray, k: int = NEIGHBOURS) -> float:
    """How far the k nearest latents are also near by |a|, |b|, |c|, |d|: trustworthiness (Venna and
    Kaski 2001), 1 at best, about 0.5 by chance. codes: (N, F); v: (N, 6)."""
    return float(trustworthiness(np.abs(v[:, 2:]), codes, n_neighbors=k))
