"""Generators under test: checkpoints, callables, and the ignorant ones that make the nulls."""

import threading
from typing import Any

import numpy as np

from evalkit.correspondence.subject import Sampler
from evalkit.inputs.pixels import SIDE, shrink
from evalkit.statistics.orthogonal_group import random_warp, signed_permutations

_GLOBAL_DRAWS = threading.Lock()  # torch draws initial weights from a state that all threads share


# Ignorant generators: smooth functions of z that know nothing of the parameters


def smooth_network(
    latent: int,
    rng: np.random.Generator,
    *,
    channels: int = 3,
    gain: float = 1.0,
    hidden: int = 64,
) -> Sampler:
    """A random network of two tanh layers onto smooth images: 8 x 8 cosines, low ones strongest."""
    first = rng.standard_normal((latent, hidden)) * gain / latent**0.5
    shift = rng.standard_normal(hidden)
    second = rng.standard_normal((hidden, hidden)) / hidden**0.5
    last = rng.standard_normal((channels, hidden, 64)) * _spectrum() * 2 / hidden**0.5
    basis = _cosines()

    def sample(z: np.ndarray) -> np.ndarray:
        inner = np.tanh(np.tanh(z @ first + shift) @ second)
        flat = (inner @ last @ basis).transpose(1, 0, 2)
        squashed = 1 / (1 + np.exp(-2 * flat))
        return squashed.astype(np.float32).reshape(len(z), channels, SIDE, SIDE)

    return sample


def radial_network(latent: int, rng: np.random.Generator, *, channels: int = 3) -> Sampler:
    """A random smooth function of |z| alone."""
    inner = smooth_network(1, rng, channels=channels)
    return lambda z: inner((np.linalg.norm(z, axis=1, keepdims=True) - latent**0.5) * 2)


def axis_network(latent: int, rng: np.random.Generator, *, channels: int = 3) -> Sampler:
    """A sum of random smooth images, each of one coordinate alone and of a strength of its own."""
    parts = [smooth_network(1, rng, channels=channels) for _ in range(latent)]
    strengths = rng.exponential(size=latent)

    def sample(z: np.ndarray) -> np.ndarray:
        sums = sum(
            w * part(z[:, [k]]) for k, (w, part) in enumerate(zip(strengths, parts, strict=True))
        )
        return np.asarray(sums, np.float32) / strengths.sum()

    return sample


def _cosines() -> np.ndarray:
    wave = np.cos(np.pi * np.arange(8)[:, None] * (np.arange(SIDE) + 0.5) / SIDE)
    return np.einsum("ai,bj->abij", wave, wave).reshape(64, SIDE * SIDE)


def _spectrum() -> np.ndarray:
    up = np.arange(8)
    weights = 1 / (1 + up[:, None] ** 2 + up**2)
    weights[0, 0] = 0.5
    return weights.reshape(64)


def untrained(config: Any, seed: int) -> tuple[Sampler, Any]:
    """The model that `config` (a ModelConfig) describes, with fresh weights.

    BatchNorm's statistics are those of a batch of its own, as they would be after a first epoch.
    """
    import torch
    from fractaldream_models.kinds import build

    with _GLOBAL_DRAWS, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build(config)
        for part in model.modules():
            if isinstance(part, torch.nn.modules.batchnorm._BatchNorm):
                part.momentum = None  # the plain mean over batches
        model.train()
        with torch.no_grad():
            made = model.decode(torch.randn(64, config.latent))
            if model.encoder is not None:
                model.encode(made)
    model.eval()
    low, high = model.value_range

    @torch.inference_mode()
    def sample(z: np.ndarray) -> np.ndarray:
        made = model.decode(torch.from_numpy(np.ascontiguousarray(z)).float())
        unit: np.ndarray = ((made - low) / (high - low)).clamp(0, 1).numpy()
        return shrink(unit)

    return sample, model


def other_attractor(family: str, rng: np.random.Generator, renderer: Any) -> Sampler:
    """Another attractor's images of z behind a random signed permutation.

    family: clifford, x' = sin(a y) + c cos(a x), y' = sin(b x) + d cos(b y); or dejong,
    x' = sin(a y) - cos(b x), y' = sin(c x) - cos(d y); a to d are 1.5 times four of the
    coordinates, the tone and colours the renderer's, at 32 px.
    """
    from .attractors import render

    turn = signed_permutations(6, 1, rng)[0]

    def sample(z: np.ndarray) -> np.ndarray:
        levels = render(family, 1.5 * (z @ turn)[:, 2:])
        images: np.ndarray = renderer.shrunk(levels)
        return images

    return sample


def warped(renderer: Any, rng: np.random.Generator) -> Sampler:
    """FD behind a random smooth nonlinear map that does not keep N(0, I)."""
    warp = random_warp(6, rng)
    return lambda z: renderer.small(warp(z))
