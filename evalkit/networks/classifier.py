"""The small network that names images: digits, or any labelled set.

Its file is a checkpoint: format_version, kind `classifier`, config, state_dict, data, metrics.
`classifier_training` trains it.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from evalkit.inputs.devices import check_device
from evalkit.support.batches import fixed_batches
from fractaldream_base.errors import BadInput

FORMAT_VERSION = 1
KIND = "classifier"
FEATURES = 128
ROWS = 64  # of a batch of images that are named


@dataclass(frozen=True)
class ClassifierConfig:
    """Values that rebuild the network. size: pixels it sees; channels: 1 or 3."""

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
        """Return the last hidden features (N, F) of images (N, C, S, S) in [0, 1]."""
        out: Tensor = self.head(self.body(x * 2 - 1))
        return out

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits (N, K) of images (N, C, S, S) in [0, 1]."""
        out: Tensor = self.out(self.features(x))
        return out


@dataclass(frozen=True)
class Classifier:
    """A trained network and what its file says: labels, what it learnt from, held-out figures.

    On a CPU, the answer to an image is the same to the last bit whatever images are beside it.
    """

    config: ClassifierConfig
    network: Network
    data: dict[str, Any]
    metrics: dict[str, Any]

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the K classes."""
        return self.config.labels

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """Return the probability of each class, float32 (N, K).

        Parameters
        ----------
        images
            (N, C, S, S) in [0, 1], of any size, grey or in colour.
        """
        return self._computed(lambda x: self.network(x).softmax(1), images)

    def features(self, images: np.ndarray) -> np.ndarray:
        """Return the layer before the answer, float32 (N, 128); images as above."""
        return self._computed(self.network.features, images)

    def names(self, images: np.ndarray) -> np.ndarray:
        """Return the label of each image, str (N,)."""
        out: np.ndarray = np.array(self.labels)[self.probabilities(images).argmax(1)]
        return out

    def _computed(self, function: Callable[[Tensor], Tensor], images: np.ndarray) -> np.ndarray:
        """Compute a function of images, as the network sees them: float32 (N, K)."""
        device = next(self.network.parameters()).device

        @torch.inference_mode()
        def compute(part: Tensor) -> Tensor:
            x = fit(part.float().to(device), self.config.size, self.config.channels)
            return function(x).float().cpu()

        x = torch.from_numpy(np.ascontiguousarray(images))
        parts = [part.numpy() for _, part in fixed_batches(compute, x, rows=ROWS)]
        width = len(self.labels) if not parts else parts[0].shape[1]
        return np.concatenate([np.empty((0, width), np.float32), *parts])


def fit(x: Tensor, size: int, channels: int) -> Tensor:
    """Return images (N, C, S, S) at the size and channels that a network sees; grey is the mean."""
    if x.shape[1] != channels:
        x = x.mean(1, keepdim=True).expand(-1, channels, -1, -1)
    if x.shape[-1] != size:
        x = F.interpolate(x, (size, size), mode="bilinear", antialias=True).clamp(0, 1)
    return x


def save_classifier(classifier: Classifier, path: str | Path) -> None:
    """Write the checkpoint under another name and rename it. Raises BadInput."""
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
    """Return the classifier of a file that `evalkit classifier` wrote.

    Parameters
    ----------
    path
        The checkpoint file.
    device
        Where the network computes: cpu, cuda or mps.

    Returns
    -------
    Classifier
        The trained network with its labels, what it learnt from, and its held-out figures. It
        takes images (N, C, S, S) in [0, 1] and returns class probabilities, float32 (N, K).

    Raises
    ------
    BadInput
        If the file cannot be read or holds no classifier, or there is no such device.
    """
    from fractaldream_base.opening import check_version
    from fractaldream_models.checkpoint import KEYS, read

    check_device(device)
    content = read(path, device)
    if any(key not in content for key in KEYS) or content["kind"] != KIND:
        raise BadInput(f"{path}: not a classifier; make one with evalkit classifier DATA --out")
    check_version(path, content["format_version"], FORMAT_VERSION)
    try:
        config = ClassifierConfig(
            **content["config"] | {"labels": tuple(content["config"]["labels"])}
        )
        with torch.random.fork_rng(devices=[]):
            network = Network(config)
        network.load_state_dict(content["state_dict"])
    except (TypeError, KeyError, RuntimeError) as error:
        raise BadInput(f"{path}: its weights do not fit its config; copy it again") from error
    network = network.to(device).eval().requires_grad_(False)
    return Classifier(config, network, content["data"], content["metrics"])
