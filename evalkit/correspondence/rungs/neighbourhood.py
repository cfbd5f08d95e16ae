"""Rung 6: whether neighbours stay neighbours.

Of each image FD(v), the nearest latents (by an encoder learnt from the generator's pairs) are
compared with those nearest by the sizes of the parameters that show.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

from evalkit.correspondence.nulls.ensembles import Ensemble
from evalkit.correspondence.session import ProbeImages, Subject
from evalkit.statistics.inference import bootstrap_weights, interval, rank
from evalkit.support.threads import one_thread

from .encoders import Codes, learn_encoder
from .outcome import EFFECT_OF_MARGIN, FamiliesResult, margin_over

NEIGHBOURS = 10


@dataclass(frozen=True)
class References:
    """Images of FD with their neighbours by the sizes of the parameters.

    Attributes
    ----------
    v
        Standardised parameters, (m, 6).
    hidden
        The inverse renderer's hidden layer, (m, 256).
    neighbours
        Rows of the nearest images by |a|, |b|, |c|, |d|, (m, k).
    """

    v: np.ndarray
    hidden: np.ndarray
    neighbours: np.ndarray


@dataclass(frozen=True, kw_only=True)
class NeighbourhoodResult(FamiliesResult):
    """Result of rung 6.

    Attributes
    ----------
    trustworthiness
        How far the nearest latents are also near by the sizes of the parameters (Venna and Kaski
        2001), 1 at best, about 0.5 by chance.
    """

    trustworthiness: float


def references(probe: ProbeImages) -> References:
    """Return the images of FD whose neighbours are compared."""
    images = probe.encoded()
    return References(images.v, images.hidden, neighbours_by_size(images.v))


@one_thread()
def nearest(points: np.ndarray, k: int = NEIGHBOURS) -> np.ndarray:
    """Return rows of the k nearest of the points (N, F) to each, itself left out, (N, k)."""
    out: np.ndarray = NearestNeighbors(n_neighbors=k).fit(points).kneighbors()[1]
    return out


def neighbours_by_size(v: np.ndarray) -> np.ndarray:
    """Return rows of the nearest by |a|, |b|, |c|, |d| of v (N, 6), (N, k)."""
    return nearest(np.abs(v[:, 2:]))


def shared_neighbours(codes: Codes, neighbours: np.ndarray) -> np.ndarray:
    """Return the share of each row's nearest codes that are among its `neighbours`, (N,).

    codes: (N, F). neighbours: (N, k).
    """
    nearest_codes = nearest(codes, neighbours.shape[1])
    out: np.ndarray = (nearest_codes[:, :, None] == neighbours[:, None, :]).any(2).mean(1)
    return out


def statistic(z: np.ndarray, hidden: np.ndarray, references: References) -> np.ndarray:
    """Return for each image of FD the share of neighbours that stay neighbours.

    Parameters
    ----------
    z, hidden
        A generator's latents (n, L), and the hidden layer of its images (n, 256), which its
        encoder is learnt from.
    references
        Images of FD.

    Returns
    -------
    ndarray
        (m,), from 0 to 1; their mean is the statistic.
    """
    codes = learn_encoder(z, hidden)(references.hidden)
    return shared_neighbours(codes, references.neighbours)


@one_thread()
def trust(codes: Codes, v: np.ndarray, k: int = NEIGHBOURS) -> float:
    """Return the trustworthiness of codes (N, F) by the sizes of v (N, 6)."""
    return float(trustworthiness(np.abs(v[:, 2:]), codes, n_neighbors=k))


def test(
    subject: Subject,
    references: References,
    ensembles: dict[str, Ensemble],
    rng: np.random.Generator,
) -> NeighbourhoodResult:
    """Rank a generator's share of kept neighbours among those of ignorant generators.

    Parameters
    ----------
    subject, references
        The generator and the images of FD.
    ensembles
        Scores of the ignorant generators, by family; p is the largest over the families.
    rng
        Draws the bootstrap.
    """
    codes = learn_encoder(subject.z, subject.hidden)(references.hidden)
    shares = shared_neighbours(codes, references.neighbours)
    observed = float(shares.mean())
    ranked = {name: e for name, e in ensembles.items() if len(e.neighbourhood)}
    nulls = {name: rank(name, observed, e.neighbourhood) for name, e in ranked.items()}
    hardest = max(nulls, key=lambda name: nulls[name].p_value)
    weights = bootstrap_weights(len(shares), 999, rng)
    limits = interval(weights @ shares / len(shares))
    return NeighbourhoodResult(
        name="local",
        meaning=f"Share of the {NEIGHBOURS} images of FD with the nearest latents (by an encoder "
        "trained on G's pairs) that also have the nearest |a|, |b|, |c|, |d|. " + EFFECT_OF_MARGIN,
        **margin_over(nulls, hardest, limits),
        hardest=hardest,
        trustworthiness=trust(codes, references.v),
        families={name: e.description for name, e in ranked.items()},
    )
