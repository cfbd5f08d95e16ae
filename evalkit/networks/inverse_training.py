"""The inverse renderer is learnt from fresh renderings, once for images of the same settings, and
kept."""

import copy
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from evalkit.errors import BadInput
from evalkit.family.factors import VISIBLE
from evalkit.family.renderer import Renderer
from evalkit.family.symmetry import turned
from evalkit.inputs.pixels import SIDE
from evalkit.support.files import write_bytes
from evalkit.support.threads import keep_freed_memory, one_thread, workers_of_one_thread
from fractaldream.cache import cache_folder
from fractaldream.recipe import PARAM_NAMES

from .inverse_renderer import COMPONENTS, NATIVE_HALF, SIZE, InverseRenderer, log_prior, native_half

FORMAT_VERSION = 3
AT_ONCE = 4096  # images made, and then learnt from
KEPT_EVERY = 2  # times of those, the state is kept
WAYS = 4  # that one rendering is learnt from, where the symmetries allow
SETTLED = 8192  # images that the batch statistics are settled on
BATCH = 128
RATE = 3e-3
SHARDS = 2  # parts that a batch is learnt in, side by side


def train(
    renderer: Renderer,
    *,
    images: int,
    seed: int = 0,
    progress: bool = True,
    state: Path | None = None,
) -> tuple[InverseRenderer, dict[str, Any]]:
    """An inverse renderer learnt on so many images, and its held-out figures.

    Of one rendering come as many images as the map has symmetries, at most WAYS: the same
    attractor in other ways, with the parameters that make it so. A batch is learnt in SHARDS parts
    side by side, each with batch statistics of its own, so that the result depends on no number of
    threads; those that are kept come from fresh images at the end. state: a file that is written
    now and then, and gone on from where it is there, to the same last bit as without a stop.
    Figures: score, the mean of log q(v | FD(v)) - log N(v) in nats, and for each parameter the
    share of the variance of |v_j| that E[|v_j| | image] explains (`ceiling`). Raises BadInput.
    """
    from tqdm import tqdm

    keep_freed_memory()
    rng = np.random.default_rng([seed, 0x1A7])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = InverseRenderer(renderer.channels)
    network.train().to(memory_format=torch.channels_last)
    shards = [network, *(_twin(network) for _ in range(SHARDS - 1))]
    steps = max(2, images // BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-4, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, RATE, total_steps=steps, pct_start=max(0.1, 2 / steps)
    )
    parts = {"network": network, "optimizer": optimizer, "schedule": schedule}
    # what a state must agree with
    made = [FORMAT_VERSION, seed, BATCH, RATE, steps, AT_ONCE, WAYS, SHARDS, NATIVE_HALF]
    step = 0
    if state is not None and state.exists():
        step = _go_on(state, made, parts, rng)
    elif state is not None:
        # where it cannot be written, say so before the work
        _keep_state(state, made, parts, rng, step)
    bar = tqdm(
        total=steps * BATCH,
        initial=step * BATCH,
        unit="image",
        desc="inverse renderer",
        disable=not progress,
    )
    at_once = max(1, AT_ONCE // BATCH)

    def learn(shard: InverseRenderer, small: Tensor, v: Tensor) -> None:
        shard.zero_grad()
        with native_half():
            hidden = shard.trunk(small)
        (-shard.mixture(shard.head(hidden.float())).log_prob(v).sum() / BATCH).backward()

    while step < steps:
        rows = min(at_once, steps - step)
        small, v = _images(renderer, rows * BATCH, rng)
        small, v = small.contiguous(memory_format=torch.channels_last), v.float()
        workers = min(SHARDS, torch.get_num_threads())
        with one_thread(), workers_of_one_thread(workers) as pool:
            for part in range(rows):
                at = slice(part * BATCH, (part + 1) * BATCH)
                list(pool.map(learn, shards, small[at].chunk(SHARDS), v[at].chunk(SHARDS)))
                for own, *others in zip(*(shard.parameters() for shard in shards), strict=True):
                    for other in others:
                        own.grad += other.grad
                nn.utils.clip_grad_norm_(network.parameters(), 10.0)
                optimizer.step()
                schedule.step()
                step += 1
                bar.update(BATCH)
        if state is not None and step // at_once % KEPT_EVERY == 0:
            _keep_state(state, made, parts, rng, step)
    bar.close()
    _settle(network, _images(renderer, SETTLED, rng)[0])
    fresh = rng.standard_normal((4096, SIZE))
    seen = renderer.small(fresh)
    with one_thread():
        mixture = network.answer(network.hidden(seen))
    held = torch.from_numpy(fresh).float()
    score = (mixture.log_prob(held) - log_prior(held)).mean()
    size = held.abs()
    explained = 1 - (size - mixture.moments()[1]).square().mean(0) / size.var(0)
    figures = {
        "images": steps * BATCH,
        "renderings": steps * BATCH // min(WAYS, len(renderer.symmetries())),
        "seed": seed,
        "score": float(score),
        "ceiling": {n: float(explained[j]) for j, n in enumerate(PARAM_NAMES)},
    }
    return network, figures


@torch.no_grad()
def _settle(network: InverseRenderer, small: Tensor) -> None:
    """Batch statistics of these images (N, C, 32, 32) in place of those of the last few batches,
    whose noise costs little at 64 px and 1.5 nats at 128 px."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None  # the plain mean over batches
    with one_thread(), native_half():
        for part in small.contiguous(memory_format=torch.channels_last).split(2 * BATCH):
            network.trunk(part)
    network.eval()


def _twin(network: InverseRenderer) -> InverseRenderer:
    """A copy with gradients and batch statistics of its own, and the same weights in memory."""
    twin = copy.deepcopy(network)
    for own, other in zip(twin.parameters(), network.parameters(), strict=True):
        own.data = other.data
    return twin


def _images(renderer: Renderer, n: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Images (n, C, 32, 32) and their v (n, 6), float64, in random order."""
    symmetries = renderer.symmetries()
    ways = rng.permutation(len(symmetries))[:WAYS]
    v = rng.standard_normal((-(-n // len(ways)), SIZE))
    small = renderer.small(v)
    seen = [symmetries[way] for way in ways]
    order = rng.permutation(len(ways) * len(v))[:n]
    images = np.concatenate([turned(small, *operation) for operation, _ in seen])[order]
    places = np.concatenate([renderer.behind(v, matrix) for _, matrix in seen])[order]
    return torch.from_numpy(images), torch.from_numpy(places)


def _keep_state(
    path: Path, made: list[Any], parts: dict[str, Any], rng: np.random.Generator, step: int
) -> None:
    """How far the learning has come, all that the next step depends on."""
    content = {name: part.state_dict() for name, part in parts.items()}
    drawn = json.dumps(rng.bit_generator.state)
    _keep({"made": made, "step": step, "rng": drawn, **content}, path)


def _go_on(path: Path, made: list[Any], parts: dict[str, Any], rng: np.random.Generator) -> int:
    """The step that was come to, with everything as it was then."""
    try:
        content = torch.load(path, weights_only=True)
        if content["made"] != made:
            raise ValueError("learnt in another way")
        for name, part in parts.items():
            part.load_state_dict(content[name])
        rng.bit_generator.state = json.loads(content["rng"])
        return int(content["step"])
    except Exception as error:
        raise BadInput(f"{path}: not the state of this inverse renderer; remove it") from error


def inverse_of(
    renderer: Renderer,
    *,
    images: int = 400_000,
    folder: Path | None = None,
    progress: bool = True,
) -> tuple[InverseRenderer, dict[str, Any], Path]:
    """The kept inverse renderer of these image settings, learnt now where there is none.

    Kept as inverse-KEY-N.pt with a card beside it, keyed by what images look like and by how many
    it learnt from; while it learns, inverse-KEY-N.state holds how far it has come, and
    whoever asks again goes on from there. Returns the network, its figures and the file. Raises
    BadInput.
    """
    folder = cache_folder() if folder is None else folder
    path = folder / f"inverse-{renderer.key}-{images}.pt"
    state = path.with_suffix(".state")
    network = InverseRenderer(renderer.channels).to(memory_format=torch.channels_last)
    if path.exists():
        try:
            content = torch.load(path, weights_only=True)
            if (content["format_version"], content["key"]) != (FORMAT_VERSION, renderer.key):
                raise ValueError("learnt in another way")
            network.load_state_dict(content["state_dict"])
        except Exception as error:
            raise BadInput(
                f"{path}: not an inverse renderer that this version keeps; remove it"
            ) from error
        state.unlink(missing_ok=True)
        return network.eval(), content["metrics"], path
    network, figures = train(renderer, images=images, progress=progress, state=state)
    content = {"format_version": FORMAT_VERSION, "key": renderer.key, "metrics": figures}
    write_bytes(path.with_suffix(".md"), _card(renderer, figures).encode())
    _keep({**content, "state_dict": network.state_dict()}, path)
    state.unlink(missing_ok=True)
    return network, figures, path


def _keep(content: dict[str, Any], path: Path) -> None:
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


def _card(renderer: Renderer, figures: dict[str, Any]) -> str:
    recipe = renderer.recipe
    read = "\n".join(f"| {name} | {value:.3f} |" for name, value in figures["ceiling"].items())
    return f"""# Inverse renderer

An image of the Fractal Dream attractor ({renderer.channels}x{SIDE}x{SIDE}, in [0, 1]) to a density
over the six standardised parameters that could have made it: {COMPONENTS} Gaussians of full
covariance.

- Images: {recipe}
- Parameters: map `{renderer.mapping}`, mean {np.round(renderer.mean, 4).tolist()}, scale
  {np.round(renderer.scale, 4).tolist()}
- Learnt on {figures["images"]:,} images of {figures["renderings"]:,} fresh renderings with
  v ~ N(0, I), seed {figures["seed"]}.
- Held out (4,096 images): log q(v | image) - log N(v) is {figures["score"]:.3f} nats in the mean.

Share of the variance of |v_j| that E[|v_j| | image] explains, held out:

| parameter | share |
|---|---|
{read}

Signs are not in the image (the map's symmetries), and x0, y0 hardly show: read
{", ".join(VISIBLE)} up to sign. Load it with `evalkit.networks.inverse_training.inverse_of`, which
finds it by its settings, or torch.load(..., weights_only=True).
"""
