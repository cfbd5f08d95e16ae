"""Train an inverse renderer on fresh renderings, and go on with a training that was interrupted."""

import copy
import io
import json
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from evalkit.family.renderer import Renderer
from evalkit.family.symmetry import turned
from evalkit.support.threads import keep_freed_memory, one_thread, workers_of_one_thread
from fractaldream.recipe import PARAM_NAMES
from fractaldream_base.errors import BadInput
from fractaldream_base.files import write_bytes
from fractaldream_models.checkpoint import read_plain

from .inverse_renderer import NATIVE_HALF, SIZE, InverseRenderer, log_prior, native_half

# Raise it with every change that trains another network and shows in none of the constants below:
# of layers, of their inputs, of the loss or the optimiser.
VERSION = 3
AT_ONCE = 4096  # images rendered, and then learnt from
KEPT_EVERY = 2  # times of those, the state is kept
WAYS = 4  # that one rendering is learnt from, where the symmetries allow
SETTLED = 8192  # images that the batch statistics are settled on
HELD_OUT = 4096  # images of the figures
BATCH = 128
RATE, DECAY, CLIP = 3e-3, 1e-4, 10.0
SHARDS = 2  # parts that a batch is learnt in, side by side
KEPT = "move it elsewhere, and it is trained anew"  # advice about files in the cache folder


def recipe() -> list[Any]:
    """Return all that decides how a network is trained, its images and the seed aside."""
    return [VERSION, BATCH, RATE, DECAY, CLIP, AT_ONCE, WAYS, SHARDS, SETTLED]


@dataclass
class _Training:
    """The state of a training: what the next step depends on, and how far it has come."""

    shards: list[InverseRenderer]  # the network, and copies with its weights
    optimizer: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler
    rng: np.random.Generator  # of the images
    steps: int  # in all
    seed: int
    step: int = 0

    @classmethod
    def begin(cls, channels: int, images: int, seed: int) -> "_Training":
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = InverseRenderer(channels)
        network.train().to(memory_format=torch.channels_last)
        steps = max(3, images // BATCH)  # a schedule of two has no descent
        optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY, fused=True)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, RATE, total_steps=steps, pct_start=max(0.1, 2 / steps)
        )
        shards = [network, *(_twin(network) for _ in range(SHARDS - 1))]
        rng = np.random.default_rng([seed, 0x1A7])
        return cls(shards, optimizer, schedule, rng, steps, seed)

    @property
    def network(self) -> InverseRenderer:
        return self.shards[0]

    def learn(self, small: Tensor, v: Tensor, pool: Executor) -> None:
        """Take one step on BATCH images (N, C, 32, 32) and their v (N, 6)."""
        list(pool.map(_gradients, self.shards, small.chunk(SHARDS), v.chunk(SHARDS)))
        for first, *others in zip(*(shard.parameters() for shard in self.shards), strict=True):
            for other in others:
                first.grad += other.grad
        nn.utils.clip_grad_norm_(self.network.parameters(), CLIP)
        self.optimizer.step()
        self.schedule.step()
        self.step += 1

    def save(self, path: Path) -> None:
        """Write all that the next step depends on. Raises BadInput."""
        content = {name: part.state_dict() for name, part in self._parts().items()}
        drawn = json.dumps(self.rng.bit_generator.state)
        save({"made": self._recipe(), "step": self.step, "rng": drawn, **content}, path)

    def load(self, path: Path) -> None:
        """Go on from a state that `save` wrote. Raises BadInput."""
        content = read_plain(path, mend=KEPT)
        try:
            if content["made"] != self._recipe():
                raise ValueError("trained in another way")
            for name, part in self._parts().items():
                part.load_state_dict(content[name])
            self.rng.bit_generator.state = json.loads(content["rng"])
            self.step = int(content["step"])
        except Exception as error:
            raise BadInput(f"{path}: not the state of this inverse renderer; {KEPT}") from error

    def _parts(self) -> dict[str, Any]:
        return {"network": self.network, "optimizer": self.optimizer, "schedule": self.schedule}

    def _recipe(self) -> list[Any]:
        return [*recipe(), self.seed, self.steps, NATIVE_HALF]


@dataclass(frozen=True)
class InverseFigures:
    """Facts about the training of an inverse renderer, and what it reads off held-out images.

    Attributes
    ----------
    images, renderings
        Number of images that it learnt from, and of the renderings that they came of.
    seed
        Seed of the weights and the images.
    score
        Mean of log q(v | FD(v)) - log N(v), in nats.
    ceiling
        For each parameter the share of the variance of |v_j| that E[|v_j| | image] explains.
    """

    images: int
    renderings: int
    seed: int
    score: float
    ceiling: dict[str, float]


def train(
    renderer: Renderer,
    *,
    images: int,
    seed: int = 0,
    progress: bool = True,
    state: Path | None = None,
) -> tuple[InverseRenderer, InverseFigures]:
    """Train an inverse renderer on fresh images.

    Of one rendering come as many images as the map has symmetries, at most WAYS: the same
    attractor in other ways, with the parameters that make it so. A batch is learnt in SHARDS parts
    side by side, each with batch statistics of its own, so that the result depends on no number of
    threads; the batch statistics that remain come from fresh images at the end. On a processor
    with other instructions, other weights are learnt.

    Parameters
    ----------
    renderer
        The map, at the settings of the images.
    images
        How many to learn from.
    seed
        Seed of the weights and the images.
    progress
        Show progress on stderr.
    state
        A file that is written now and then, and gone on from where it is there, to the same last
        bit as without a stop.

    Returns
    -------
    The network, in evaluation mode, and its figures on held-out images.

    Raises
    ------
    BadInput
        If the state cannot be written, or is that of another training.
    """
    from fractaldream_base.progress import Bar

    keep_freed_memory()
    training = _Training.begin(renderer.channels, images, seed)
    if state is not None:
        # where it cannot be written, say so before the work
        (training.load if state.exists() else training.save)(state)
    seen, total = training.step * BATCH, training.steps * BATCH
    bar = Bar(
        desc="inverse renderer", initial=seen, total=total, unit="image", disable=not progress
    )
    with bar:
        _learn(training, renderer, state, lambda: bar.update(BATCH))
    _settle(training.network, _images(renderer, SETTLED, training.rng)[0])
    learnt = training.steps * BATCH
    renderings = learnt // min(WAYS, len(renderer.symmetries()))
    score, ceiling = held_out(training.network, renderer, training.rng, HELD_OUT)
    return training.network, InverseFigures(learnt, renderings, seed, score, ceiling)


def _learn(
    training: _Training, renderer: Renderer, state: Path | None, done: Callable[[], object]
) -> None:
    """Take all steps that are left, and keep the state now and then. done: called after each."""
    at_once = max(1, AT_ONCE // BATCH)
    while training.step < training.steps:
        rows = min(at_once, training.steps - training.step)
        small, v = _images(renderer, rows * BATCH, training.rng)
        small, v = small.contiguous(memory_format=torch.channels_last), v.float()
        workers = min(SHARDS, torch.get_num_threads())
        with one_thread(), workers_of_one_thread(workers) as pool:
            for part in zip(small.split(BATCH), v.split(BATCH), strict=True):
                training.learn(*part, pool)
                done()
        if state is not None and training.step // at_once % KEPT_EVERY == 0:
            training.save(state)


def _gradients(shard: InverseRenderer, small: Tensor, v: Tensor) -> None:
    """Compute the gradients of a shard's part of the loss."""
    shard.zero_grad()
    with native_half():
        hidden = shard.trunk(small)
    (-shard.mixture(shard.head(hidden.float())).log_prob(v).sum() / BATCH).backward()


@torch.no_grad()
def held_out(
    network: InverseRenderer, renderer: Renderer, rng: np.random.Generator, images: int
) -> tuple[float, dict[str, float]]:
    """Return `score` and `ceiling`, on fresh images, see `InverseFigures`."""
    fresh = rng.standard_normal((images, SIZE))
    small = renderer.small(fresh)
    with one_thread():
        mixture = network.answer(network.hidden(small))
        held = torch.from_numpy(fresh).float()
        score = (mixture.log_prob(held) - log_prior(held)).mean()
        size = held.abs()
        explained = 1 - (size - mixture.moments()[1]).square().mean(0) / size.var(0)
    ceiling = {name: float(explained[j]) for j, name in enumerate(PARAM_NAMES)}
    return float(score), ceiling


@torch.no_grad()
def _settle(network: InverseRenderer, small: Tensor) -> None:
    """Replace the batch statistics of the last few batches by those of images (N, C, 32, 32).

    The noise of the former costs little at 64 px and 1.5 nats at 128 px.
    """
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None  # the plain mean over batches
    with one_thread(), native_half():
        for part in small.contiguous(memory_format=torch.channels_last).split(2 * BATCH):
            network.trunk(part)
    network.eval()


def _twin(network: InverseRenderer) -> InverseRenderer:
    """Return a copy with the same weights in memory, and its own gradients and statistics."""
    twin = copy.deepcopy(network)
    for copied, original in zip(twin.parameters(), network.parameters(), strict=True):
        copied.data = original.data
    return twin


def _images(renderer: Renderer, n: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Return fresh images (n, C, 32, 32) and their v (n, 6), float64, in random order."""
    symmetries = renderer.symmetries()
    ways = rng.permutation(len(symmetries))[:WAYS]
    v = rng.standard_normal((-(-n // len(ways)), SIZE))
    small = renderer.small(v)
    seen = [symmetries[way] for way in ways]
    order = rng.permutation(len(ways) * len(v))[:n]
    images = np.concatenate([turned(small, *operation) for operation, _ in seen])[order]
    places = np.concatenate([renderer.behind(v, matrix) for _, matrix in seen])[order]
    return torch.from_numpy(images), torch.from_numpy(places)


def save(content: dict[str, Any], path: Path) -> None:
    """Write a file of torch in the cache folder, whole or not at all. Raises BadInput."""
    buffer = io.BytesIO()
    torch.save(content, buffer)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, buffer.getvalue())
    except (OSError, BadInput) as error:
        raise BadInput(
            f"{path.parent}: an inverse renderer cannot be kept there; set FRACTALDREAM_CACHE to a "
            "folder that can be written"
        ) from error
