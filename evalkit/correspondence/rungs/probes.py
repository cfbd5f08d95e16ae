"""Rungs 4 and 5: what of the parameters can be read off the latent of FD(v). They describe."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from evalkit.correspondence.nulls.generators import smooth_network, untrained
from evalkit.correspondence.results import Level
from evalkit.correspondence.session import Prepared, Shared
from evalkit.correspondence.subject import Sampler
from evalkit.family.factors import VISIBLE
from evalkit.statistics.inference import bootstrap_weights, interval
from fractaldream.recipe import PARAM_NAMES

from .encoders import LARGEST_POLYNOMIAL, Codes, affine_codes, expand, learn_encoder
from .ranked import narrowed
from .regression import affine_sizes, boosting, ridge

ENCODED_IMAGES = 2048  # of setting.READ_IMAGES, by a model's own encoder; half as many beyond 64 px
LEARNT_PAIRS = 2048  # pairs that an encoder is learnt from
DESCRIBED = ("affine", "nonlinear")


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


def read_levels(
    one: Prepared, shared: Shared, gain: float, rng: np.random.Generator
) -> tuple[Level, Level]:
    """gain: of the random smooth networks that a callable is compared with."""
    generator, size = one.generator, one.z.shape[1]
    own = generator.model is not None and generator.model.encoder is not None
    m = ENCODED_IMAGES // (1 if generator.size <= 64 else 2) if own else len(shared.read_v)
    v, levels, hidden = shared.read_v[:m], shared.read_levels[:m], shared.read_hidden[:m]
    small = shared.renderer.shrunk(levels)
    baselines = {"PCA of the pixels": _for_both(expand(pca(small, size)))}
    if own:
        how = dict.fromkeys(DESCRIBED, "the model's encoder")
        codes = _for_both(expand(encode(generator.model, shared.renderer.colours(levels))))
        for k in range(3):
            model = untrained(narrowed(generator.model), k)[1]
            baselines[f"untrained {k}"] = _for_both(expand(_encode_small(model, small)))
    else:
        learnt_from = f"an encoder learnt from {LEARNT_PAIRS} pairs (z, G(z)), by ridge on "
        how = {
            "affine": learnt_from + "E[v_j] and E[v_i v_j], weighted like the images of FD",
            "nonlinear": learnt_from + "the inverse renderer's hidden layer",
        }
        z = rng.standard_normal((LEARNT_PAIRS, size))

        def learnt(sample: Sampler) -> dict[str, Codes]:
            seen = shared.inverse.hidden(sample(z))
            return {
                "affine": affine_codes(shared.inverse, z, seen, hidden),
                "nonlinear": learn_encoder(z, seen).products(hidden),
            }

        codes = learnt(generator.small)
        for k in range(3):
            if generator.model is not None:
                baselines[f"untrained {k}"] = learnt(untrained(narrowed(generator.model), k)[0])
            else:
                network = smooth_network(size, rng, channels=small.shape[1], gain=gain)
                baselines[f"smooth network {k}"] = learnt(network)
    ceiling = shared.inverse.answer(hidden).moments()[1].double().numpy()
    out = []
    fitted = "as the size of an affine function", affine_sizes
    if size > LARGEST_POLYNOMIAL:
        fitted = f"by ridge on squares, for want of products of {size} latents", ridge
    boosted = "by gradient boosting", boosting
    for name, (by, predict), folds in (
        ("affine", fitted, 4),
        ("nonlinear", boosted, 1),  # four would take a minute
    ):
        others = {beside: of_rung[name] for beside, of_rung in baselines.items()}
        read = read_off(codes[name], others, v, ceiling, predict, rng, folds=folds)
        mean = _visible(read.r2)
        best = max(read.baselines, key=lambda name: _visible(read.baselines[name]))
        out.append(
            Level(
                name,
                f"R2 of |a|, |b|, |c|, |d|, read off the latent of FD(v) {by}, held "
                "out; effect: margin over the best baseline",
                mean, mean - _visible(read.baselines[best]), read.margins[best]["mean"],
                detail={
                    "encoder": how[name], "images": len(v), "held_out": folds * len(v) // 4,
                    "above_baselines": read.above("mean"),
                    **dataclasses.asdict(read),
                },
            )
        )  # fmt: skip
    return out[0], out[1]


def _for_both(codes: Codes) -> dict[str, Codes]:
    return dict.fromkeys(DESCRIBED, codes)


def _visible(by_parameter: dict[str, float]) -> float:
    return float(np.mean([by_parameter[name] for name in VISIBLE]))


def pca(small: np.ndarray, components: int) -> np.ndarray:
    """Principal components (N, at most `components`) of images (N, C, 32, 32)."""
    from sklearn.decomposition import PCA

    flat = small.reshape(len(small), -1)
    out: np.ndarray = PCA(min(components, *flat.shape), random_state=0).fit_transform(flat)
    return out


@torch.inference_mode()
def encode(model: Any, colours: np.ndarray) -> np.ndarray:
    """Latents (N, L) of images uint8 (N, H, W, C), by the model's encoder."""
    low, high = model.value_range
    device = next(model.parameters()).device
    parts = []
    for piece in torch.from_numpy(np.ascontiguousarray(colours)).split(64):
        images = piece.to(device).permute(0, 3, 1, 2).float() / 255 * (high - low) + low
        parts.append(model.encode(images).float().cpu().numpy())
    return np.concatenate(parts)


def _encode_small(model: Any, small: np.ndarray) -> np.ndarray:
    side = model.config.size
    images = torch.nn.functional.interpolate(torch.from_numpy(small), (side, side), mode="area")
    return encode(model, (images * 255).round().byte().permute(0, 2, 3, 1).numpy())
