"""Rungs 4 and 5: what of the parameters can be read off the latent of FD(v). They describe."""

import dataclasses
from typing import Any

import numpy as np
import torch

from evalkit.correspondence.nulls.generators import smooth_network, untrained
from evalkit.correspondence.results import Level
from evalkit.correspondence.session import Prepared, Shared
from evalkit.correspondence.subject import Sampler
from evalkit.family.factors import VISIBLE
from evalkit.networks.inverse_renderer import InverseRenderer

from . import probe_scores as readoff
from .ranked import narrowed

ENCODED_IMAGES = 2048  # of setting.READ_IMAGES, by a model's own encoder; half as many beyond 64 px
LEARNT_PAIRS = 2048  # pairs that an encoder is learnt from
DESCRIBED = ("affine", "nonlinear")


def read_levels(
    one: Prepared, shared: Shared, gain: float, rng: np.random.Generator
) -> tuple[Level, Level]:
    """gain: of the random smooth networks that a callable is compared with."""
    generator, size = one.generator, one.z.shape[1]
    own = generator.model is not None and generator.model.encoder is not None
    m = ENCODED_IMAGES // (1 if generator.size <= 64 else 2) if own else len(shared.read_v)
    v, levels, hidden = shared.read_v[:m], shared.read_levels[:m], shared.read_hidden[:m]
    small = shared.renderer.shrunk(levels)
    baselines = {"PCA of the pixels": _for_both(readoff.expand(pca(small, size)))}
    if own:
        how = dict.fromkeys(DESCRIBED, "the model's encoder")
        codes = _for_both(readoff.expand(encode(generator.model, shared.renderer.colours(levels))))
        for k in range(3):
            model = untrained(narrowed(generator.model), k)[1]
            baselines[f"untrained {k}"] = _for_both(readoff.expand(_encode_small(model, small)))
    else:
        learnt_from = f"an encoder learnt from {LEARNT_PAIRS} pairs (z, G(z)), by ridge on "
        how = {
            "affine": learnt_from + "E[v_j] and E[v_i v_j], weighted like the images of FD",
            "nonlinear": learnt_from + "the inverse renderer's hidden layer",
        }
        z = rng.standard_normal((LEARNT_PAIRS, size))

        def learnt(sample: Sampler) -> dict[str, readoff.Codes]:
            seen = shared.inverse.hidden(sample(z))
            return {
                "affine": affine_codes(shared.inverse, z, seen, hidden),
                "nonlinear": readoff.learn_encoder(z, seen).products(hidden),
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
    fitted = "as the size of an affine function", readoff.affine
    if size > readoff.LARGEST_POLYNOMIAL:
        fitted = f"by ridge on squares, for want of products of {size} latents", readoff.ridge
    boosted = "by gradient boosting", readoff.boosting
    for name, (by, predict), folds in (
        ("affine", fitted, 4),
        ("nonlinear", boosted, 1),  # four would take a minute
    ):
        others = {beside: of_rung[name] for beside, of_rung in baselines.items()}
        read = readoff.read_off(codes[name], others, v, ceiling, predict, rng, folds=folds)
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


def _for_both(codes: readoff.Codes) -> dict[str, readoff.Codes]:
    return dict.fromkeys(DESCRIBED, codes)


def affine_codes(
    inverse: InverseRenderer, z: np.ndarray, seen: np.ndarray, hidden: np.ndarray
) -> readoff.Codes:
    """Latents and their products of images, by their hidden layers (M, 256), as a generator's pairs
    tell: z (N, L) and the hidden layers of its images (N, 256).

    Of FD behind an affine map, z and its products are affine in v_j and v_i v_j, so nothing is
    asked of an image but what the inverse renderer expects of these; what else it shows is lost.
    The pairs are weighted to be like the images that are read, which may lie where G makes few.
    """
    own, read = (inverse.answer(h).products().double().numpy() for h in (seen, hidden))
    return readoff.learn_encoder(z, own, readoff.density_ratio(own, read)).products(read)


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
