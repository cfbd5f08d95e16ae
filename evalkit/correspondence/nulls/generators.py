"""Ignorant generators: smooth functions of z that know nothing of the parameters."""

import dataclasses
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from evalkit.family.renderer import Renderer
from evalkit.inputs.pixels import SIDE, shrink
from evalkit.statistics.orthogonal_group import random_warp, signed_permutations

if TYPE_CHECKING:
    from fractaldream_models.model import Model, ModelConfig

HIDDEN = 64  # units of each hidden layer of a random smooth network

Sampler = Callable[[np.ndarray], np.ndarray]  # z (N, L) -> images (N, C, 32, 32) in [0, 1]

_GLOBAL_DRAWS = threading.Lock()  # torch draws initial weights from a state that all threads share


def smooth_network(
    latent: int, rng: np.random.Generator, *, channels: int = 3, gain: float = 1.0
) -> Sampler:
    """Return a random network of two tanh layers onto smooth images.

    The images are sums of 8 x 8 cosines, low ones strongest. latent: number of latents. gain:
    scale of the first layer's weights, so of how fast images change with the latent.
    """
    hidden = HIDDEN
    first = rng.standard_normal((latent, hidden)) * gain / latent**0.5
    shift = rng.standard_normal(hidden)
    second = rng.standard_normal((hidden, hidden)) / hidden**0.5
    last = rng.standard_normal((channels, hidden, 64)) * _spectrum() * 2 / hidden**0.5
    basis = _cosines()

    def sample(z: np.ndarray) -> np.ndarray:
        inner = np.tanh(np.tanh(z @ first + shift) @ second)
        flat = (inner @ last @ basis).transpose(1, 0, 2)
        squashed = 1 / (1 + np.exp(-2 * flat))
        out: np.ndarray = squashed.astype(np.float32).reshape(len(z), channels, SIDE, SIDE)
        return out

    return sample


def radial_network(latent: int, rng: np.random.Generator, *, channels: int = 3) -> Sampler:
    """Return a random smooth function of |z| alone."""
    inner = smooth_network(1, rng, channels=channels)
    return lambda z: inner((np.linalg.norm(z, axis=1, keepdims=True) - latent**0.5) * 2)


def axis_network(latent: int, rng: np.random.Generator, *, channels: int = 3) -> Sampler:
    """Return a sum of random smooth images, each of one latent alone and of its own strength."""
    parts = [smooth_network(1, rng, channels=channels) for _ in range(latent)]
    strengths = rng.exponential(size=latent)

    def sample(z: np.ndarray) -> np.ndarray:
        sums = sum(
            w * part(z[:, [k]]) for k, (w, part) in enumerate(zip(strengths, parts, strict=True))
        )
        out: np.ndarray = np.asarray(sums, np.float32) / strengths.sum()
        return out

    return sample


def _cosines() -> np.ndarray:
    wave = np.cos(np.pi * np.arange(8)[:, None] * (np.arange(SIDE) + 0.5) / SIDE)
    out: np.ndarray = np.einsum("ai,bj->abij", wave, wave).reshape(64, SIDE * SIDE)
    return out


def _spectrum() -> np.ndarray:
    up = np.arange(8)
    weights = 1 / (1 + up[:, None] ** 2 + up**2)
    weights[0, 0] = 0.5
    return weights.reshape(64)


def narrow_config(model: "Model | None") -> "ModelConfig | None":
    """Return the configuration of untrained networks like this model; None for a callable.

    They are at 32 px and have at most an eighth of the channels, so that an ensemble is affordable.
    """
    if model is None:
        return None
    c = model.config
    if c.size < 32 or c.size % 32:
        return dataclasses.replace(c, width=min(c.width, 0.125))
    # no more and no larger convolutions than 32 px can have
    depth, kernel = c.depth and min(c.depth, 5), c.kernel and min(c.kernel, 31)
    return dataclasses.replace(
        c, size=32, depth=depth, kernel=kernel, width=min(c.width, 0.125)
    )  # fmt: skip


def untrained(
    config: "ModelConfig", seed: int, palette: np.ndarray | None = None
) -> tuple[Sampler, "Model"]:
    """Return the model that `config` describes with fresh weights, as images and as a network.

    Levels are coloured by `palette`, uint8 (256, 3), where images are looked at in colour.

    BatchNorm's statistics are those of a batch of its own, as they would be after a first epoch.
    """
    import torch

    from evalkit.support.batches import fixed_batches
    from evalkit.support.threads import one_thread
    from fractaldream_models.kinds import build
    from fractaldream_models.levels import coloured

    with _GLOBAL_DRAWS, one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build(config)
        for part in model.modules():
            if isinstance(part, torch.nn.modules.batchnorm._BatchNorm):
                part.momentum = None  # the plain mean over batches
        model.train()
        with torch.no_grad():
            images = model.decode(torch.randn(64, config.latent))
            if model.encoder is not None:
                model.encode(images)
    model.eval()
    if palette is not None and config.channels == 1:
        model.data["colours"] = palette.tolist()
    low, high = model.value_range
    colours = model.colours

    @torch.inference_mode()
    def decode(z: torch.Tensor) -> torch.Tensor:
        images = ((model.decode(z) - low) / (high - low)).clamp(0, 1)
        return images if colours is None else coloured(images, colours)

    def sample(z: np.ndarray) -> np.ndarray:
        latents = torch.from_numpy(np.ascontiguousarray(z)).float()
        return shrink(
            np.concatenate([p.numpy() for _, p in fixed_batches(decode, latents, rows=64)])
        )

    return sample, model


def other_attractor(family: str, rng: np.random.Generator, renderer: Renderer) -> Sampler:
    """Return another attractor's images of z behind a random signed permutation.

    family: clifford, x' = sin(a y) + c cos(a x), y' = sin(b x) + d cos(b y); or dejong,
    x' = sin(a y) - cos(b x), y' = sin(c x) - cos(d y); a to d are 1.5 times four of the
    coordinates, the tone and colours the renderer's, at 32 px.
    """
    from .attractors import render

    turn = signed_permutations(6, 1, rng)[0]

    def sample(z: np.ndarray) -> np.ndarray:
        levels = render(family, 1.5 * (z @ turn)[:, 2:])
        return renderer.shrunk(levels)

    return sample


def warped(renderer: Renderer, rng: np.random.Generator) -> Sampler:
    """Return FD behind a random smooth nonlinear map that does not keep N(0, I)."""
    warp = random_warp(6, rng)
    return lambda z: renderer.small(warp(z))
