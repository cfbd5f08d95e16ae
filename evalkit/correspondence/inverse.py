"""The inverse renderer: from an image to a density over the parameters that could have made it.

A small convolutional network gives a mixture of full-covariance Gaussians over standardised v,
trained on fresh images with v ~ N(0, I) (a mixture density network, Bishop 1994). The map's
symmetries make the answer many-valued, which a regression would average away.
"""

import copy
import io
import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import BadInput
from ..files import write_bytes
from .family import PARAMS, VISIBLE, Renderer
from .images import SIDE, Operation, turned
from .threads import one_thread, workers_of_one_thread

FORMAT_VERSION = 2
COMPONENTS = 12
SIZE = len(PARAMS)
LOWER = SIZE * (SIZE - 1) // 2
AT_ONCE = 4096  # images made, and then learnt from
KEPT_EVERY = 2  # times of those, the state is kept
WAYS = 4  # that one rendering is learnt from, where the symmetries allow
BATCH = 64
SHARDS = 2  # parts that a batch is learnt in, side by side
HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


@dataclass(frozen=True)
class Mixture:
    """q(v | image) for N images: sum_k weight_k N(v; mean_k, (T_k' T_k)^-1).

    log_weight: (N, K) + log |T_k|. mean: (N, K, 6). whiten: T, (N, K, 6, 6).
    """

    log_weight: Tensor
    mean: Tensor
    whiten: Tensor

    def __getitem__(self, rows: Any) -> "Mixture":
        return Mixture(self.log_weight[rows], self.mean[rows], self.whiten[rows])

    def __len__(self) -> int:
        return len(self.mean)

    def behind(self, matrix: np.ndarray) -> "Mixture":
        """The density of v (..., 6) where this one is of v @ matrix, orthogonal (6, 6)."""
        way = torch.from_numpy(matrix).to(self.mean)
        return Mixture(self.log_weight, self.mean @ way.T, self.whiten @ way.T)

    def double(self) -> "Mixture":
        return Mixture(self.log_weight.double(), self.mean.double(), self.whiten.double())

    def log_prob(self, v: Tensor) -> Tensor:
        """log q(v | image), (..., N), of v (..., N, 6)."""
        shifted = torch.einsum("nkij,...nj->...nki", self.whiten, v)
        shifted = shifted - torch.einsum("nkij,nkj->nki", self.whiten, self.mean)
        return torch.logsumexp(self.log_weight - 0.5 * shifted.square().sum(-1), -1) - (
            SIZE * HALF_LOG_2PI
        )

    def moments(self) -> tuple[Tensor, Tensor]:
        """E[v_j^2] and E[|v_j|], each (N, 6)."""
        logdet = torch.linalg.slogdet(self.whiten)[1]
        weight = (self.log_weight - logdet).softmax(-1)
        inverse = torch.linalg.inv(self.whiten)
        variance = (inverse @ inverse.transpose(-1, -2)).diagonal(dim1=-2, dim2=-1)
        second = torch.einsum("nk,nkj->nj", weight, self.mean.square() + variance)
        spread = variance.sqrt()
        folded = spread * math.sqrt(2 / math.pi) * torch.exp(-0.5 * self.mean.square() / variance)
        folded = folded + self.mean * torch.erf(self.mean / (spread * math.sqrt(2)))
        return second, torch.einsum("nk,nkj->nj", weight, folded)


class Trunk(nn.Module):
    """(N, C, 32, 32) in [0, 1] -> (N, 256)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for wide, stride in ((32, 2), (64, 1), (64, 2), (128, 1), (128, 2), (128, 1)):
            layers += [nn.Conv2d(channels, wide, 3, stride, 1), nn.BatchNorm2d(wide), nn.ReLU()]
            channels = wide
        self.body = nn.Sequential(*layers, nn.Flatten(), nn.Linear(128 * 16, 256), nn.ReLU())

    def forward(self, small: Tensor) -> Tensor:
        out: Tensor = self.body((small - 0.5) * 4)
        return out


class InverseRenderer(nn.Module):
    """An image (N, C, 32, 32) to a Mixture over v."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.trunk = Trunk(channels)
        self.head = nn.Linear(256, COMPONENTS * (1 + 2 * SIZE + LOWER))
        nn.init.normal_(self.head.bias, std=0.5)

    def forward(self, small: Tensor) -> Mixture:
        return self.told(self.trunk(small))

    def told(self, hidden: Tensor) -> Mixture:
        """What the hidden layer (N, 256) says of v."""
        raw = self.head(hidden).float().unflatten(1, (COMPONENTS, -1))
        logit, mean, scale, lower = raw.split([1, SIZE, SIZE, LOWER], -1)
        log_diagonal = 4 * torch.tanh(scale / 4)  # precision within e^-4 to e^4
        whiten = torch.diag_embed(log_diagonal.exp())
        row, column = torch.tril_indices(SIZE, SIZE, -1)
        whiten[..., row, column] = lower
        weight = logit[..., 0].log_softmax(-1) + log_diagonal.sum(-1)
        return Mixture(weight, mean, whiten)

    @torch.no_grad()
    def hidden(self, small: np.ndarray) -> np.ndarray:
        """The hidden layer of images (N, C, 32, 32), (N, 256)."""
        last = torch.channels_last  # half the time
        pieces = [torch.from_numpy(part).contiguous(memory_format=last) for part in _pieces(small)]
        return np.concatenate([self.trunk(piece).numpy() for piece in pieces])

    @torch.no_grad()
    def answer(self, hidden: np.ndarray) -> Mixture:
        """The mixtures of hidden layers (N, 256)."""
        return self.told(torch.from_numpy(hidden))

    def answer_all_ways(
        self, small: np.ndarray, symmetries: list[tuple[Operation, np.ndarray]]
    ) -> Mixture:
        """The mean of what is said of images (N, C, 32, 32) in each of the ways that the map's
        symmetries allow: sharper than one way alone, and as many times the components."""
        looks = [
            self.answer(self.hidden(turned(small, *operation))).behind(matrix)
            for operation, matrix in symmetries  # that image shows v @ matrix
        ]
        return Mixture(
            torch.cat([told.log_weight for told in looks], 1) - math.log(len(symmetries)),
            torch.cat([told.mean for told in looks], 1),
            torch.cat([told.whiten for told in looks], 1),
        )


def _pieces(small: np.ndarray) -> list[np.ndarray]:
    small = np.ascontiguousarray(small, np.float32)
    return [small[start : start + 128] for start in range(0, len(small), 128)]  # fits the caches


def log_prior(v: Tensor) -> Tensor:
    """log N(v; 0, I), (...), of v (..., 6)."""
    return -0.5 * v.square().sum(-1) - v.shape[-1] * HALF_LOG_2PI


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
    threads. state: a file that is written now and then, and gone on from where it is there, to the
    same last bit as without a stop. Figures: score, the mean of log q(v | FD(v)) - log N(v) in
    nats, and for each parameter the share of the variance of |v_j| that E[|v_j| | image] explains
    (`ceiling`). Raises BadInput.
    """
    from tqdm import tqdm

    rng = np.random.default_rng([seed, 0x1A7])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = InverseRenderer(renderer.channels)
    network.train().to(memory_format=torch.channels_last)
    shards = [network, *(_twin(network) for _ in range(SHARDS - 1))]
    half = bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())  # twice as fast where it is native
    steps = max(1, images // BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-4, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, 2e-3, total_steps=steps, pct_start=0.1
    )
    parts = {"optimizer": optimizer, "schedule": schedule}
    parts |= {f"network {k}": shard for k, shard in enumerate(shards)}
    # what a state must agree with
    made = [FORMAT_VERSION, seed, BATCH, steps, AT_ONCE, WAYS, SHARDS, half]
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
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            hidden = shard.trunk(small)
        (-shard.told(hidden.float()).log_prob(v).sum() / BATCH).backward()

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
    for own, *others in zip(*(shard.buffers() for shard in shards), strict=True):
        if own.is_floating_point():
            own.copy_(torch.stack([own, *others]).mean(0))
    network.eval()
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
        "renderings": steps * BATCH // _ways(renderer),
        "seed": seed,
        "score": float(score),
        "ceiling": {n: float(explained[j]) for j, n in enumerate(PARAMS)},
    }
    return network, figures


def _twin(network: InverseRenderer) -> InverseRenderer:
    """A copy with gradients and batch statistics of its own, and the same weights in memory."""
    twin = copy.deepcopy(network)
    for own, other in zip(twin.parameters(), network.parameters(), strict=True):
        own.data = other.data
    return twin


def _ways(renderer: Renderer) -> int:
    return min(WAYS, len(renderer.symmetries()))


def _images(renderer: Renderer, n: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Images (n, C, 32, 32) and their v (n, 6), float64, in random order."""
    symmetries = renderer.symmetries()
    ways = rng.permutation(len(symmetries))[: _ways(renderer)]
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


def likely_parameters(
    inverse: InverseRenderer, renderer: Renderer, small: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Parameters (N, 6) that images (N, C, 32, 32) may have been made with, and the root mean
    square differences (N,) of the images that they make: of the centres of what the inverse
    renderer says, the one whose rendering comes closest."""
    told = inverse.answer(inverse.hidden(small))
    centres = told.mean.double().numpy()  # (N, K, 6)
    made = renderer.small(centres.reshape(-1, SIZE)).reshape(*centres.shape[:2], *small.shape[1:])
    apart = np.sqrt(((made - small[:, None]) ** 2).mean((2, 3, 4)))
    best = apart.argmin(1)[:, None]
    chosen = np.take_along_axis(centres, best[..., None], 1)[:, 0]
    return renderer.parameters(chosen), np.take_along_axis(apart, best, 1)[:, 0]


def cache_folder() -> Path:
    """Where artefacts are kept: $FRACTALDREAM_CACHE, else the user's cache folder."""
    given = os.environ.get("FRACTALDREAM_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(given) if given else Path(base) / "fractaldream"


def inverse_of(
    renderer: Renderer,
    *,
    images: int = 500_000,
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
{", ".join(VISIBLE)} up to sign. Load it with `evalkit.correspondence.inverse.inverse_of`, which
finds it by its settings, or torch.load(..., weights_only=True).
"""
