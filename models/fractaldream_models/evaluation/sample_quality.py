"""Quality of samples: kernel distance on features of the data, and diversity."""

import sys
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fractaldream_models import checkpoint
from fractaldream_models.data.tensors import Data
from fractaldream_models.losses import bernoulli_nats
from fractaldream_models.networks.convolutional import ConvDecoder, ConvEncoder
from fractaldream_models.networks.family import LayerOptions

SIDE = 32  # pixels that features see
LAYERS = LayerOptions(depth=2, kernel=4)  # of the encoder: down to a side of 8
FEATURES = 64


class Features(nn.Module):
    """Encoder of a small autoencoder trained on the data: (N, C, S, S) in [0, 1] -> (N, 64)."""

    mean: Tensor
    scale: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.encoder = ConvEncoder(SIDE, channels, FEATURES, LAYERS)
        self.register_buffer("mean", torch.zeros(FEATURES))
        self.register_buffer("scale", torch.ones(FEATURES))

    def forward(self, x: Tensor) -> Tensor:
        """Return standardised features (N, F) of images (N, C, S, S) in [0, 1]."""
        x = F.interpolate(x, (SIDE, SIDE), mode="bilinear", antialias=True).clamp(0, 1)
        out: Tensor = (self.encoder(x) - self.mean) / self.scale
        return out


@dataclass(frozen=True)
class Untrained:
    """The networks of features that are not trained yet, and the seed of their training."""

    features: Features
    decoder: ConvDecoder
    seed: int

    @classmethod
    def of(cls, channels: int, *, seed: int) -> "Untrained":
        """Return networks whose first weights are drawn from torch's global generator."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return cls(Features(channels), ConvDecoder(SIDE, channels, FEATURES, LAYERS), seed)


def learn_features(
    data: Data, start: Untrained, *, passes: int = 5, most: int = 5000, progress: bool = False
) -> Features:
    """Train an autoencoder on at most `most` training images, and return its encoder."""
    from fractaldream_base.progress import Bar

    device = data.images.device
    rng = torch.Generator().manual_seed(start.seed)
    features, decoder = start.features.to(device), start.decoder.to(device)
    weights = [*features.encoder.parameters(), *decoder.parameters()]
    optimizer = torch.optim.Adam(weights, lr=1e-3)
    rows = data.train[torch.randperm(len(data.train), generator=rng)[:most]]
    bar = Bar(
        total=passes * len(rows),
        desc="learning features for the kernel distance",
        unit="image",
        file=sys.stderr,
        leave=False,
        disable=None if progress else True,
    )
    for _ in range(passes):
        for batch in rows[torch.randperm(len(rows), generator=rng)].split(64):
            bar.update(len(batch))
            x = F.interpolate(data.batch(batch, (0, 1)), (SIDE, SIDE), mode="area")
            loss = bernoulli_nats(decoder(features(x)), x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    bar.close()
    features.eval().requires_grad_(False)
    codes = torch.cat([features(data.batch(batch, (0, 1))) for batch in rows.split(256)])
    features.mean.copy_(codes.mean(0))
    features.scale.copy_(codes.std(0).clamp_min(1e-6))
    return features


def features_of(
    data: Data,
    path: Path,
    *,
    seed: int,
    start: Untrained | None = None,
    writes: bool = True,
    progress: bool = False,
) -> Features:
    """Return the features in a file, which are trained and written where there is none.

    Parameters
    ----------
    data, seed
        The images that they are learnt from, and the seed of the training.
    start
        The networks before the training. Default: those of the seed.
    path, writes
        The file, and whether it is written where there is none.
    progress
        Show a progress bar on stderr.
    """
    start = start or Untrained.of(data.channels, seed=seed)
    if path.exists():
        features = start.features
        features.load_state_dict(checkpoint.read(path))
        return features.to(data.images.device).eval().requires_grad_(False)
    features = learn_features(data, start, progress=progress)
    if writes:
        checkpoint.write({k: v.cpu() for k, v in features.state_dict().items()}, path)
    return features


def kernel_distance(*, real: Tensor, generated: Tensor) -> float:
    """Return the kernel distance of features: squared MMD with a cubic polynomial kernel.

    Parameters
    ----------
    real, generated
        Features (N, F) and (M, F).

    Returns
    -------
    float
        The unbiased estimate; its mean is 0 for equal distributions, so it may be negative.

    References
    ----------
    Binkowski et al. (2018), Demystifying MMD GANs.

    Examples
    --------
    >>> import torch
    >>> real = torch.zeros(3, 2)
    >>> kernel_distance(real=real, generated=real)
    0.0
    """

    def within(k: Tensor) -> Tensor:
        return (k.sum() - k.diagonal().sum()) / (len(k) * (len(k) - 1))

    cross = _kernel(real, generated).mean()
    return float(within(_kernel(real, real)) + within(_kernel(generated, generated)) - 2 * cross)


def kernel_distance_terms(*, real: Tensor, generated: Tensor) -> Tensor:
    """Return one term for each pair of a real and a generated image, from which errors follow.

    The mean of the terms is the kernel distance. Their standard deviation over the square root of
    their number is its standard error (of a U-statistic, to first order; Hoeffding 1948). The same
    holds for the difference of two distances to the same real images, and its terms.

    Parameters
    ----------
    real, generated
        Features (N, F) each.

    Returns
    -------
    Tensor
        float64 (N,).
    """

    def of_each(k: Tensor) -> Tensor:
        return (k.sum(1) - k.diagonal()) / (len(k) - 1)

    cross = _kernel(real, generated)
    projected = of_each(_kernel(real, real)) + of_each(_kernel(generated, generated))
    projected = projected - cross.mean(1) - cross.mean(0)
    return 2 * projected - projected.mean()


def _kernel(a: Tensor, b: Tensor) -> Tensor:
    """Return the cubic polynomial kernel of features (N, F) and (M, F), float64 (N, M)."""
    return (_in_double(a) @ _in_double(b).T / a.shape[1] + 1) ** 3


def _in_double(x: Tensor) -> Tensor:
    """Return x in float64, on the processor where its device has no float64 (MPS)."""
    return (x.cpu() if x.device.type == "mps" else x).double()


def diversity(images: Tensor) -> float:
    """Return the mean Euclidean distance between two images of (N, C, S, S).

    Examples
    --------
    >>> import torch
    >>> diversity(torch.tensor([[[[0.0]]], [[[1.0]]]]))
    1.0
    """
    return float(torch.pdist(images.flatten(1).float()).mean())
