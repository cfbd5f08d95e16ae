"""Encoders of rungs 4 to 6 for generators: latents, or what can be known of them, of images."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.preprocessing import StandardScaler

from evalkit.networks.inverse_renderer import InverseRenderer
from evalkit.support.threads import one_thread

LARGEST_POLYNOMIAL = 32  # latents; beyond it squares alone, without products
Codes = NDArray[np.floating]


def expand(codes: Codes) -> Codes:
    """Standardised latents (N, L) with their squares and products."""
    return _with_products(np.nan_to_num(StandardScaler().fit_transform(codes)))


def _with_products(z: Codes) -> Codes:
    """z (N, L) with z_a z_b, a <= b, or with squares alone where those would be too many."""
    if z.shape[1] > LARGEST_POLYNOMIAL:
        return np.hstack([z, z**2])
    row, column = np.triu_indices(z.shape[1])
    return np.hstack([z, z[:, row] * z[:, column]])


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


def affine_codes(
    inverse: InverseRenderer, z: np.ndarray, seen: np.ndarray, hidden: np.ndarray
) -> Codes:
    """Latents and their products of images, by their hidden layers (M, 256), as a generator's pairs
    tell: z (N, L) and the hidden layers of its images (N, 256).

    Of FD behind an affine map, z and its products are affine in v_j and v_i v_j, so nothing is
    asked of an image but what the inverse renderer expects of these; what else it shows is lost.
    The pairs are weighted to be like the images that are read, which may lie where G makes few.
    """
    own, read = (inverse.answer(h).products().double().numpy() for h in (seen, hidden))
    return learn_encoder(z, own, density_ratio(own, read)).products(read)
