"""Regressors of rungs 4 and 5: sizes of the parameters, read off latents.

Signs are not in the images (the map's symmetries), so what is read off is each parameter's
size, |v_j|. Of FD behind an affine map that is the size of an affine function of the latent: its
square is known from the latent's products, whose signs cancel, and has no more freedom than w has.
"""

import numpy as np
from scipy.optimize import least_squares
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import RidgeCV
from sklearn.preprocessing import StandardScaler

from .encoders import Codes


def affine_sizes(codes: Codes, targets: np.ndarray, learn: int) -> np.ndarray:
    """Predict sizes |v_j| as those of an affine function of the latent.

    v_j^2 is fitted by (w . z + w_0)^2, the smallest squares of several descents.

    Parameters
    ----------
    codes
        Latents and their products z_a z_b (a <= b), or what can be known of them,
        (N, L + L (L + 1) / 2).
    targets
        Sizes |v_j|, (N, P).
    learn
        Number of rows that are learnt from; the others are predicted.

    Returns
    -------
    ndarray
        (N - learn, P).
    """
    size = int((np.sqrt(9 + 8 * codes.shape[1]) - 3) / 2)
    row, column = np.triu_indices(size)
    learnt, squares = codes[:learn], targets[:learn] ** 2
    q, r = np.linalg.qr(learnt - learnt.mean(0))  # the rows, as far as squares depend on them
    wanted = q.T @ (squares - squares.mean(0))
    free = _quadratic(learnt, squares, row, column)
    out = []
    for j, b in enumerate(wanted.T):
        # an axis along which the square grows is near an eigenvector of its free quadratic form
        strength, axes = np.linalg.eigh(free[j])
        starts = np.vstack([axes * np.sqrt(np.abs(strength) + 1e-3), np.zeros(size)]).T

        def rest(w: np.ndarray, b: np.ndarray = b) -> np.ndarray:
            out: np.ndarray = r @ _products_of(w, row, column) - b
            return out

        def slope(w: np.ndarray) -> np.ndarray:
            out: np.ndarray = r @ _products_slope(w, row, column)
            return out

        fits = [least_squares(rest, start, jac=slope, max_nfev=50) for start in starts]
        w = min(fits, key=lambda fit: fit.cost).x
        square = codes @ _products_of(w, row, column) + w[-1] ** 2
        # what is known of a square is less than the square: the size is some rising curve of it
        curve = IsotonicRegression(out_of_bounds="clip").fit(square[:learn], targets[:learn, j])
        out.append(curve.predict(square[learn:]))
    return np.column_stack(out)


def _products_of(w: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Return coefficients of (w . z + w_0)^2 on z and z_a z_b; w_0 is last, its square left out."""
    weights = np.where(row == column, 1.0, 2.0)
    return np.concatenate([2 * w[-1] * w[:-1], weights * w[row] * w[column]])


def _products_slope(w: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Return the derivatives of these coefficients by w, (L + L (L + 1) / 2, L + 1)."""
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
    """Return matrices (P, L, L) of the quadratic forms that ridge fits to squares (N, P)."""
    size = codes.shape[1] - len(row)
    scaler = StandardScaler().fit(codes)
    model = RidgeCV(np.logspace(-2, 5, 15)).fit(scaler.transform(codes), squares)
    forms = np.zeros((squares.shape[1], size, size))
    forms[:, row, column] = (model.coef_ / scaler.scale_)[:, size:] / 2
    return forms + forms.swapaxes(1, 2)


def ridge_sizes(codes: Codes, targets: np.ndarray, learn: int) -> np.ndarray:
    """Predict sizes by ridge regression, with alpha chosen by leave-one-out.

    The arguments and the result are those of `affine_sizes`.
    """
    codes = StandardScaler().fit(codes[:learn]).transform(codes)
    model = RidgeCV(np.logspace(-2, 5, 15), alpha_per_target=True)
    out: np.ndarray = model.fit(codes[:learn], targets[:learn]).predict(codes[learn:])
    return out


def boosted_sizes(codes: Codes, targets: np.ndarray, learn: int) -> np.ndarray:
    """Predict sizes by gradient boosting, one model for each parameter.

    The arguments and the result are those of `affine_sizes`.
    """
    columns = []
    for target in targets.T:
        model = HistGradientBoostingRegressor(
            max_iter=150, learning_rate=0.06, max_leaf_nodes=15, l2_regularization=1.0,
            early_stopping=True, random_state=0,
        )  # fmt: skip
        columns.append(model.fit(codes[:learn], target[:learn]).predict(codes[learn:]))
    return np.column_stack(columns)
