"""Rungs 4 and 5: what of the parameters a probe can read off the latent of FD(v).

Signs are not in the images (the map's symmetries), so probes predict each parameter's size, |v_j|:
rung 4 as the size of an affine function of the latent, rung 5 by gradient boosting. They describe,
without a p-value: any good autoencoder climbs them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from evalkit.correspondence.nulls.generators import (
    Sampler,
    narrow_config,
    smooth_network,
    untrained,
)
from evalkit.correspondence.session import ProbeImages, Session, Subject
from evalkit.family.factors import VISIBLE
from evalkit.inputs.pixels import shrink
from evalkit.statistics.inference import bootstrap_weights, interval
from fractaldream.recipe import PARAM_NAMES

from .encoders import (
    LARGEST_POLYNOMIAL,
    Codes,
    affine_codes,
    encode,
    encode_small,
    expand,
    learn_encoder,
    pca,
)
from .outcome import RungResult
from .regression import affine_sizes, boosted_sizes, ridge_sizes

LEARNT_PAIRS = 2048  # (z, G(z)) that an encoder is learnt from; none of them is a probe image
BASELINES = 3  # untrained networks, or random smooth ones

ByParameter = dict[str, float]
Predictor = Callable[[Codes, np.ndarray, int], np.ndarray]  # codes, targets, rows that are learnt


@dataclass(frozen=True)
class ProbeScores:
    """Share of the variance of each parameter's size that a probe predicts, held out: R2.

    Attributes
    ----------
    r2, low, high
        By parameter, with a 95% bootstrap interval over held-out images.
    baselines
        By name of the baseline, R2 by parameter.
    margins
        By name of the baseline, the 95% interval of R2 less its own, on the same held-out images,
        by parameter and for the `mean` of those that show.
    ceiling
        What the inverse renderer reads off the images, by parameter.
    """

    r2: ByParameter
    low: ByParameter
    high: ByParameter
    baselines: dict[str, ByParameter]
    margins: dict[str, dict[str, tuple[float, float]]]
    ceiling: ByParameter

    def above(self, name: str) -> bool:
        """Return whether R2 of a parameter, or of the `mean`, is above that of every baseline."""
        return min(margin[name][0] for margin in self.margins.values()) > 0


class ProbeRow(NamedTuple):
    """One parameter of a probe, for a table or a chart."""

    parameter: str
    r2: float
    low: float
    high: float
    best_baseline: float
    ceiling: float


@dataclass(frozen=True, kw_only=True)
class ProbeResult(ProbeScores, RungResult):
    """Result of rung 4 or 5; the scores are those of `ProbeScores`.

    Attributes
    ----------
    encoder
        Where the latents of FD(v) come from, in words.
    images, held_out
        Number of images, and of those that probes are judged on.
    above_baselines
        Whether the mean R2 of the parameters that show is above that of every baseline.
    """

    encoder: str
    images: int
    held_out: int
    above_baselines: bool

    def rows(self) -> list[ProbeRow]:
        """Return the scores by parameter."""
        return [
            ProbeRow(
                name,
                self.r2[name],
                self.low[name],
                self.high[name],
                max(r2[name] for r2 in self.baselines.values()),
                self.ceiling[name],
            )
            for name in PARAM_NAMES
        ]


def r2_of(predicted: np.ndarray, targets: np.ndarray) -> ByParameter:
    """Return R2 by parameter of held-out predictions (N, 6)."""
    rest = ((targets - predicted) ** 2).mean(0) / targets.var(0)
    return {name: float(1 - rest[j]) for j, name in enumerate(PARAM_NAMES)}


def statistic(
    codes: Codes,
    baselines: dict[str, Codes],
    v: np.ndarray,
    ceiling: np.ndarray,
    predict: Predictor,
    rng: np.random.Generator,
    *,
    folds: int = 1,
) -> ProbeScores:
    """Measure how much of |v| a probe predicts from codes of FD(v).

    A quarter of the rows is held out and predicted by what the others teach; with `folds` up to 4,
    so many quarters in turn. The intervals are those of the images: how far the fits would vary is
    not in them.

    Parameters
    ----------
    codes, baselines
        Codes of the images, (N, F), and those of baselines by name.
    v
        Standardised parameters, (N, 6).
    ceiling
        E[|v| | image] of the inverse renderer, (N, 6).
    predict
        The probe, such as `evalkit.correspondence.rungs.regression.affine_sizes`.
    rng
        Draws the bootstrap.
    folds
        Number of quarters that are held out in turn.
    """
    targets = np.abs(v)
    quarters = np.array_split(np.arange(len(v)), 4)[:folds]
    held_rows = np.concatenate(quarters)
    held = targets[held_rows]
    predicted = _held_out(codes, targets, quarters, predict)
    others = {name: _held_out(c, targets, quarters, predict) for name, c in baselines.items()}
    weights = bootstrap_weights(len(held), 999, rng)
    spread = weights @ held**2 / len(held) - (weights @ held / len(held)) ** 2

    def resampled(predicted: np.ndarray) -> np.ndarray:
        """R2 of resampled images, (999, 6)."""
        out: np.ndarray = 1 - weights @ (held - predicted) ** 2 / len(held) / spread
        return out

    draws = resampled(predicted)
    limits = dict(zip(PARAM_NAMES, map(interval, draws.T), strict=True))
    return ProbeScores(
        r2=r2_of(predicted, held),
        low={name: low for name, (low, _) in limits.items()},
        high={name: high for name, (_, high) in limits.items()},
        baselines={name: r2_of(other, held) for name, other in others.items()},
        margins={name: _margins(draws - resampled(other)) for name, other in others.items()},
        ceiling=r2_of(ceiling[held_rows], held),
    )


def _held_out(
    codes: Codes, targets: np.ndarray, quarters: list[np.ndarray], predict: Predictor
) -> np.ndarray:
    """Return predictions of quarters of the rows in turn, each by what the other rows teach."""
    rows, parts = np.arange(len(targets)), []
    for quarter in quarters:
        order = np.concatenate([np.setdiff1d(rows, quarter), quarter])
        parts.append(predict(codes[order], targets[order], len(rows) - len(quarter)))
    return np.concatenate(parts)


def _margins(differences: np.ndarray) -> dict[str, tuple[float, float]]:
    """Return intervals of resampled differences (B, 6), by parameter and of the visible mean."""
    visible = differences[:, [PARAM_NAMES.index(name) for name in VISIBLE]].mean(1)
    of_each = {name: interval(differences[:, j]) for j, name in enumerate(PARAM_NAMES)}
    return of_each | {"mean": interval(visible)}


class _RungCodes(NamedTuple):
    """Codes of the same images for either rung, (m, F)."""

    affine: Codes
    nonlinear: Codes


@dataclass(frozen=True)
class _Encoded:
    """Images of FD as a generator's encoder and those of the baselines see them."""

    v: np.ndarray  # (m, 6)
    hidden: np.ndarray  # (m, 256)
    codes: _RungCodes
    baselines: dict[str, _RungCodes]
    encoders: tuple[str, str]  # of rungs 4 and 5, in words


def _by_own_encoder(subject: Subject, session: Session, probe: ProbeImages) -> _Encoded:
    """Encode by the model's encoder, beside those of untrained models."""
    model = subject.model.network
    assert model is not None
    images = probe.encoded(part=1 if subject.model.size <= 64 else 2)  # of larger images half
    size = subject.z.shape[1]
    small = session.renderer.shrunk(images.levels)

    def both(codes: Codes) -> _RungCodes:
        codes = expand(codes)
        return _RungCodes(codes, codes)

    codes = both(encode(model, session.renderer.colours(images.levels)))
    baselines = {"PCA of the pixels": both(pca(small, size))}
    config, palette = narrow_config(model), session.renderer.palette
    assert config is not None
    for k in range(BASELINES):
        baselines[f"untrained {k}"] = both(encode_small(untrained(config, k, palette)[1], small))
    encoders = ("the model's encoder",) * 2
    return _Encoded(images.v, images.hidden, codes, baselines, encoders)


def _by_learnt_encoder(
    subject: Subject,
    session: Session,
    probe: ProbeImages,
    gain: float,
    rng: np.random.Generator,
) -> _Encoded:
    """Encode by what a generator's own pairs tell, beside the same of untrained generators."""
    size, inverse = subject.z.shape[1], session.inverse
    z = rng.standard_normal((LEARNT_PAIRS, size))

    def learnt(sample: Sampler) -> _RungCodes:
        generated = inverse.hidden(sample(z))
        return _RungCodes(
            affine_codes(inverse, z, generated, probe.hidden),
            learn_encoder(z, generated).products(probe.hidden),
        )

    codes = learnt(lambda z: shrink(subject.model.decode(z)))
    pixels = expand(pca(session.renderer.shrunk(probe.levels), size))
    baselines = {"PCA of the pixels": _RungCodes(pixels, pixels)}
    config = narrow_config(subject.model.network)
    for k in range(BASELINES):
        if config is not None:
            baselines[f"untrained {k}"] = learnt(untrained(config, k, session.renderer.palette)[0])
        else:
            network = smooth_network(size, rng, channels=session.renderer.channels, gain=gain)
            baselines[f"smooth network {k}"] = learnt(network)
    learnt_from = f"an encoder learnt from {LEARNT_PAIRS} pairs (z, G(z)), by ridge on "
    encoders = (
        learnt_from + "E[v_j] and E[v_i v_j], weighted like the images of FD",
        learnt_from + "the inverse renderer's hidden layer",
    )
    return _Encoded(probe.v, probe.hidden, codes, baselines, encoders)


def test(
    subject: Subject,
    session: Session,
    probe: ProbeImages,
    gain: float,
    rng: np.random.Generator,
) -> tuple[ProbeResult, ProbeResult]:
    """Compare probes of a generator's latents with those of baselines, for rungs 4 and 5.

    Parameters
    ----------
    subject, session
        The generator and what all share.
    probe
        The images of FD that are read.
    gain
        Gain of the random smooth networks that a callable is compared with.
    rng
        Draws the pairs that an encoder is learnt from, the baselines and the bootstrap.
    """
    encoded = (
        _by_own_encoder(subject, session, probe)
        if subject.model.encodes
        else _by_learnt_encoder(subject, session, probe, gain, rng)
    )
    size = subject.z.shape[1]
    affine: tuple[str, Predictor] = ("as the size of an affine function", affine_sizes)
    if size > LARGEST_POLYNOMIAL:
        affine = (f"by ridge on squares, for want of products of {size} latents", ridge_sizes)
    boosting: tuple[str, Predictor] = ("by gradient boosting", boosted_sizes)
    ceiling = session.inverse.answer(encoded.hidden).moments()[1].double().numpy()
    return (
        _probe("affine", encoded, ceiling, affine, rng, folds=4),
        _probe("nonlinear", encoded, ceiling, boosting, rng, folds=1),  # four would take a minute
    )


def _probe(
    name: str,
    encoded: _Encoded,
    ceiling: np.ndarray,
    probe: tuple[str, Predictor],
    rng: np.random.Generator,
    *,
    folds: int,
) -> ProbeResult:
    """Return one rung; probe: how it predicts, in words and as a function."""
    rung = ("affine", "nonlinear").index(name)
    baselines = {beside: codes[rung] for beside, codes in encoded.baselines.items()}
    scores = statistic(
        encoded.codes[rung], baselines, encoded.v, ceiling, probe[1], rng, folds=folds
    )
    mean = _visible_mean(scores.r2)
    best = max(scores.baselines, key=lambda beside: _visible_mean(scores.baselines[beside]))
    return ProbeResult(
        name=name,
        meaning="Share of the variance (R2) of |a|, |b|, |c|, |d| that is predicted from the "
        f"latent of FD(v) {probe[0]}, for held-out images. Effect: margin over the best baseline.",
        statistic=mean,
        effect=mean - _visible_mean(scores.baselines[best]),
        ci=scores.margins[best]["mean"],
        encoder=encoded.encoders[rung],
        images=len(encoded.v),
        held_out=folds * len(encoded.v) // 4,
        above_baselines=scores.above("mean"),
        **vars(scores),
    )


def _visible_mean(by_parameter: ByParameter) -> float:
    return float(np.mean([by_parameter[name] for name in VISIBLE]))
