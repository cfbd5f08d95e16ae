"""Encoders of rungs 4 to 6: from images to latents, or to what images tell of them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from evalkit.networks.inverse_renderer import InverseRenderer
from evalkit.support.batches import fixed_batches
from evalkit.support.threads import one_thread
from fractaldream_models.levels import levels_of

if TYPE_CHECKING:
    from fractaldream_models.model import Model

LARGEST_POLYNOMIAL = 32  # latents; beyond it squares alone, without products
Codes = NDArray[np.floating]


def expand(codes: Codes) -> Codes:
    """Return standardised latents (N, L) with their squares and products."""
    return _with_products(np.nan_to_num(StandardScaler().fit_transform(codes)))


def _with_products(z: Codes) -> Codes:
    """Return z (N, L) with z_a z_b, a <= b, or with squares alone where those are too many."""
    if z.shape[1] > LARGEST_POLYNOMIAL:
        return np.hstack([z, z**2])
    row, column = np.triu_indices(z.shape[1])
    return np.hstack([z, z[:, row] * z[:, column]])


@dataclass(frozen=True)
class LearntEncoder:
    """An encoder learnt from pairs: from features (N, F) of images to z and its products, P in all.

    feature_scaler, product_scaler: of either side. model: the ridge regression between them.
    """

    feature_scaler: StandardScaler
    product_scaler: StandardScaler
    model: RidgeCV

    def __call__(self, features: np.ndarray) -> Codes:
        """Return the standardised products that features tell of, (N, P)."""
        out: Codes = self.model.predict(self.feature_scaler.transform(features))
        return out

    def products(self, features: np.ndarray) -> Codes:
        """Return the products in their own units, (N, P); unknown ones are as good as constant."""
        out: Codes = self.product_scaler.inverse_transform(self(features))
        return out


@one_thread()
def learn_encoder(
    z: np.ndarray, features: np.ndarray, weights: np.ndarray | None = None
) -> LearntEncoder:
    """Learn an encoder for a generator that has none, from its own pairs (z, G(z)).

    It is a ridge regression to z and its products (N, L + L (L + 1) / 2), which hold what an image
    tells of sizes, signs being open; of more than `LARGEST_POLYNOMIAL` latents, to z and its
    squares (N, 2 L).

    Parameters
    ----------
    z
        Latents, (N, L).
    features
        Features of the images, (N, F), such as the inverse renderer's hidden layer.
    weights
        Weights of the pairs, (N,).
    """
    products = _with_products(z)
    product_scaler = StandardScaler().fit(products, sample_weight=weights)
    feature_scaler = StandardScaler().fit(features, sample_weight=weights)
    model = RidgeCV(np.logspace(0, 5, 8))
    model.fit(
        feature_scaler.transform(features),
        product_scaler.transform(products),
        sample_weight=weights,
    )
    return LearntEncoder(feature_scaler, product_scaler, model)


@one_thread()
def density_ratio(features: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return how much more usual each row of features is among the `wanted` ones.

    Parameters
    ----------
    features, wanted
        Features (N, F) and (M, F).

    Returns
    -------
    ndarray
        (N,), with mean 1: a regularised logistic regression tells the two apart, and the odds are
        clipped to at most e^2 times the median, so that no few of them decide.
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
    inverse: InverseRenderer, z: np.ndarray, generated: np.ndarray, hidden: np.ndarray
) -> Codes:
    """Return latents and their products of images, as far as a generator's pairs tell of them.

    Of FD behind an affine map, z and its products are affine in v_j and v_i v_j, so nothing is
    asked of an image but what the inverse renderer expects of these; what else it shows is lost.
    The pairs are weighted to be like the images that are read, which may lie where G makes few.

    Parameters
    ----------
    inverse
        The inverse renderer.
    z, generated
        A generator's latents (N, L), and the hidden layer of its images (N, 256).
    hidden
        Hidden layer of the images that are read, (M, 256).

    Returns
    -------
    ndarray
        (M, P).
    """
    expected, read = (inverse.answer(h).products().double().numpy() for h in (generated, hidden))
    return learn_encoder(z, expected, density_ratio(expected, read)).products(read)


@torch.inference_mode()
def encode(model: "Model", colours: np.ndarray) -> np.ndarray:
    """Return latents (N, L) of images, uint8 (N, H, W, C), by the model's encoder.

    A model of levels sees the levels of these colours.
    They do not depend on the number of threads: batches of one shape are computed by one thread
    each.
    """
    low, high = model.value_range
    device, palette = next(model.parameters()).device, model.colours

    @torch.inference_mode()
    def latents(piece: Tensor) -> Tensor:
        images = piece.to(device).permute(0, 3, 1, 2).float() / 255
        images = images if palette is None else levels_of(images, palette)
        return model.encode(images * (high - low) + low).float().cpu()

    batches = fixed_batches(latents, torch.from_numpy(np.ascontiguousarray(colours)), rows=64)
    return np.concatenate([part.numpy() for _, part in batches])


def encode_small(model: "Model", small: np.ndarray) -> np.ndarray:
    """Return latents of images (N, C, 32, 32), brought to the size of the model's images."""
    side = model.config.size
    images = torch.nn.functional.interpolate(torch.from_numpy(small), (side, side), mode="area")
    return encode(model, (images * 255).round().byte().permute(0, 2, 3, 1).numpy())


def pca(small: np.ndarray, components: int) -> np.ndarray:
    """Return principal components (N, at most `components`) of images (N, C, 32, 32)."""
    from sklearn.decomposition import PCA

    flat = small.reshape(len(small), -1)
    out: np.ndarray = PCA(min(components, *flat.shape), random_state=0).fit_transform(flat)
    return out
