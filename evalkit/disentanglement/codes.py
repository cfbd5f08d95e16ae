"""Codes of images beside the true factors of these images: what the metrics are computed from."""

from dataclasses import dataclass

import numpy as np

from evalkit.statistics.inference import bootstrap_weights
from fractaldream_base.errors import BadInput

from .options import MIN_IMAGES
from .results import Array


@dataclass(frozen=True)
class FactorCodes:
    """Codes and true factors of N images, in random order.

    Attributes
    ----------
    codes
        Latents of the images, (N, L).
    factors
        True factors of the images, (N, K).
    names
        Names of the K factors.
    shuffled
        The codes in another order, (N, L): what any score is by chance.
    weights
        How often each image counts in each bootstrap draw, (B, N).
    """

    codes: Array
    factors: Array
    names: tuple[str, ...]
    shuffled: Array
    weights: Array

    @classmethod
    def from_arrays(
        cls,
        codes: np.ndarray,
        factors: np.ndarray,
        names: tuple[str, ...],
        *,
        draws: int,
        rng: np.random.Generator,
    ) -> "FactorCodes":
        """Return codes (N, L) and factors (N, K) in random order, with `draws` bootstrap draws.

        Raises
        ------
        BadInput
            If the arrays cannot be scored.
        """
        check(codes, factors, names)
        codes, factors = np.asarray(codes, float), np.asarray(factors, float)
        order = rng.permutation(len(codes))  # the images may come in an order that means something
        codes, factors = codes[order], factors[order]
        shuffled = codes[rng.permutation(len(codes))]
        return cls(codes, factors, names, shuffled, bootstrap_weights(len(codes), draws, rng))

    @property
    def ones(self) -> Array:
        """Weights that count each image once, (N,)."""
        return np.ones(len(self.codes))


def check(codes: np.ndarray, factors: np.ndarray, names: tuple[str, ...]) -> None:
    """Raise BadInput for codes and factors that cannot be scored."""
    if codes.ndim != 2 or factors.ndim != 2 or len(codes) != len(factors):
        raise BadInput(f"codes {codes.shape}, factors {factors.shape}: give (N, L) and (N, K)")
    if factors.shape[1] != len(names):
        raise BadInput(f"{factors.shape[1]} factors, {len(names)} names: give one for each")
    if len(codes) < MIN_IMAGES:
        raise BadInput(f"{len(codes)} images: disentanglement needs {MIN_IMAGES} or more")
    if codes.shape[1] < 2:
        raise BadInput("one-dimensional latent: nothing to disentangle; give a model with more")
    if len(names) < 2:
        raise BadInput(f"{len(names)} factor: disentanglement needs two or more")
    for label, values in (("codes", codes), ("factors", factors)):
        if not np.isfinite(values).all():
            raise BadInput(f"{label} hold values that are not finite")
    for name, column in zip(names, factors.T, strict=True):
        if np.ptp(column) == 0:
            raise BadInput(f"factor {name} does not vary in these data; leave it out")
    if not codes.std(0, dtype=float).max() > 0:
        raise BadInput("no latent varies over these images: the encoder has collapsed")
