"""The small network that names images: digits, or any labelled set.

Two stages of convolutions and one of means, learnt with small shifts, turns and changes of size.
Its file is a checkpoint: format_version, kind `classifier`, config, state_dict, data, metrics.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from evalkit.errors import BadInput
from evalkit.inputs.devices import check_device
from evalkit.inputs.images import ImageSet

FORMAT_VERSION = 1
KIND = "classifier"
SIDE = 32  # pixels that it sees at most
FEATURES = 128
BATCH = 64
TURN, SCALE, SHIFT = 10.0, 0.1, 0.08  # degrees; share of the size; share of the width


@dataclass(frozen=True)
class ClassifierConfig:
    """What rebuilds the network. size: pixels it sees; channels: 1 or 3."""

    size: int
    channels: int
    labels: tuple[str, ...]


class Network(nn.Module):
    """(N, C, S, S) in [0, 1] -> logits (N, K); `features` is the layer before, (N, 128)."""

    def __init__(self, config: ClassifierConfig) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = config.channels
        for wide, pool in ((32, True), (64, False), (64, True), (FEATURES, False)):
            layers += [nn.Conv2d(channels, wide, 3, 1, 1, bias=False), nn.BatchNorm2d(wide)]
            layers += [nn.ReLU(), nn.MaxPool2d(2)] if pool else [nn.ReLU()]
            channels = wide
        cells = (config.size // 4) ** 2
        self.body = nn.Sequential(*layers, nn.Flatten(), nn.Linear(FEATURES * cells, FEATURES))
        self.head = nn.Sequential(nn.BatchNorm1d(FEATURES), nn.ReLU(), nn.Dropout(0.3))
        self.out = nn.Linear(FEATURES, len(config.labels))

    def features(self, x: Tensor) -> Tensor:
        out: Tensor = self.head(self.body(x * 2 - 1))
        return out

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.out(self.features(x))
        return out


@dataclass(frozen=True)
class Classifier:
    """A trained network and what its file says: labels, what it learnt from, held-out figures."""

    config: ClassifierConfig
    network: Network
    data: dict[str, Any]
    metrics: dict[str, Any]

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the K classes."""
        return self.config.labels

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """float32 (N, K) of images (N, C, S, S) in [0, 1], of any size and colour."""
        return self._asked(images, lambda x: self.network(x).softmax(1))

    def features(self, images: np.ndarray) -> np.ndarray:
        """The layer before the answer, float32 (N, 128), of images (N, C, S, S) in [0, 1]."""
        return self._asked(images, self.network.features)

    def names(self, images: np.ndarray) -> np.ndarray:
        """The label of each image, str (N,)."""
        return np.array(self.labels)[self.probabilities(images).argmax(1)]

    @torch.inference_mode()
    def _asked(self, images: np.ndarray, ask: Any) -> np.ndarray:
        device = next(self.network.parameters()).device
        parts = []
        for start in range(0, len(images), 512):
            part = np.ascontiguousarray(images[start : start + 512], np.float32)
            x = fit(torch.from_numpy(part).to(device), self.config.size, self.config.channels)
            parts.append(ask(x).float().cpu().numpy())
        width = len(self.labels) if not parts else parts[0].shape[1]
        return np.concatenate([np.empty((0, width), np.float32), *parts])


def fit(x: Tensor, size: int, channels: int) -> Tensor:
    """Images (N, C, S, S) at the size and channels that a network sees; grey is the mean."""
    if x.shape[1] != channels:
        x = x.mean(1, keepdim=True).expand(-1, channels, -1, -1)
    if x.shape[-1] != size:
        x = F.interpolate(x, (size, size), mode="bilinear", antialias=True).clamp(0, 1)
    return x


def train_classifier(
    images: ImageSet,
    *,
    epochs: int = 8,
    seed: int = 0,
    device: str = "cpu",
    progress: bool = False,
) -> Classifier:
    """A classifier learnt on the training rows of labelled images. Raises BadInput.

    Metrics: accuracy and log_loss (nats) on the validation rows, and how many images of each.
    """
    from tqdm import tqdm

    check_device(device)
    if images.labels is None or len(images.classes) < 2:
        raise BadInput(f"{images.name}: no labels; give mnist or a folder of one folder per class")
    if epochs < 1:
        raise BadInput(f"epochs {epochs}: give 1 or more")
    counts = np.bincount(images.labels[images.train], minlength=len(images.classes))
    if (counts == 0).any():
        empty = images.classes[int(counts.argmin())]
        raise BadInput(f"{images.name}: no image of class {empty} to learn from; give more images")
    size = min(images.size, SIDE) // 4 * 4
    if size < 8:
        raise BadInput(f"{images.name}: images of {images.size} px; a classifier needs 8 or more")
    config = ClassifierConfig(size, images.channels, images.classes)
    rng = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Network(config).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        rows = images.train
        labels = torch.from_numpy(images.labels)
        steps = epochs * max(1, len(rows) // BATCH)
        optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=1e-2)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
        bar = tqdm(total=steps, desc="classifier", unit="step", disable=not progress)
        network.train()
        for _ in range(epochs):
            order = torch.randperm(len(rows), generator=rng).numpy()
            for start in range(0, len(order) - min(BATCH, len(order)) + 1, BATCH):
                part = rows[order[start : start + BATCH]]
                x = fit(torch.from_numpy(images.images(part)), size, config.channels)
                x = moved(x, rng).to(device).contiguous(memory_format=torch.channels_last)
                loss = F.cross_entropy(network(x), labels[part].to(device))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
                bar.update()
        bar.close()
    network.eval().requires_grad_(False).to(memory_format=torch.contiguous_format)
    trained = Classifier(config, network, dict(images.data.facts or {}), {})
    held = images.data.validation.numpy()
    told = np.concatenate(
        [trained.probabilities(images.images(held[i : i + 512])) for i in range(0, len(held), 512)]
    )
    truth = images.labels[held]
    own = told[np.arange(len(held)), truth]
    metrics = {
        "accuracy": float((told.argmax(1) == truth).mean()),
        "log_loss": float(-np.log(np.maximum(own, 1e-12)).mean()),
        "train": len(rows),
        "held_out": len(held),
        "epochs": epochs,
        "seed": seed,
    }
    return Classifier(config, network, trained.data, metrics)


def moved(x: Tensor, rng: torch.Generator) -> Tensor:
    """Each image turned, resized and shifted a little, at random; the ground stays the corner's."""
    n = len(x)
    draws = torch.rand((4, n), generator=rng) * 2 - 1
    angle, scale = draws[0] * TURN * np.pi / 180, 1 + draws[1] * SCALE
    cosine, sine = angle.cos() / scale, angle.sin() / scale
    shift = draws[2:] * 2 * SHIFT
    rows = [torch.stack([cosine, -sine, shift[0]], 1), torch.stack([sine, cosine, shift[1]], 1)]
    grid = F.affine_grid(torch.stack(rows, 1), list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, padding_mode="border", align_corners=False)


def save_classifier(classifier: Classifier, path: str | Path) -> None:
    """Write the checkpoint, beside and then renamed. Raises BadInput."""
    from fractaldream_models.checkpoint import write

    content = {
        "format_version": FORMAT_VERSION,
        "kind": KIND,
        "config": asdict(classifier.config) | {"labels": list(classifier.labels)},
        "state_dict": {k: v.cpu() for k, v in classifier.network.state_dict().items()},
        "data": classifier.data,
        "metrics": classifier.metrics,
    }
    try:
        write(content, Path(path))
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}; choose another place") from error


ClassifierSource = Classifier | str | Path


def as_classifier(source: ClassifierSource | None, device: str = "cpu") -> Classifier | None:
    """Return the classifier that `source` names or is, or None. Raises BadInput."""
    return load_classifier(source, device) if isinstance(source, str | Path) else source


def load_classifier(path: str | Path, device: str = "cpu") -> Classifier:
    """The classifier of a file that `evalkit classifier` wrote. Raises BadInput."""
    from fractaldream_models.checkpoint import KEYS, read

    check_device(device)
    content = read(path, device)
    if any(key not in content for key in KEYS) or content["kind"] != KIND:
        raise BadInput(f"{path}: not a classifier; make one with evalkit classifier DATA --out")
    if content["format_version"] != FORMAT_VERSION:
        raise BadInput(
            f"{path}: classifier of format {content['format_version']}, this version reads "
            f"{FORMAT_VERSION}; train it again"
        )
    try:
        config = ClassifierConfig(
            **content["config"] | {"labels": tuple(content["config"]["labels"])}
        )
        with torch.random.fork_rng(devices=[]):
            network = Network(config)
        network.load_state_dict(content["state_dict"])
    except (TypeError, KeyError, RuntimeError) as error:
        raise BadInput(f"{path}: its weights do not fit its config; train it again") from error
    network = network.to(device).eval().requires_grad_(False)
    return Classifier(config, network, content["data"], content["metrics"])
