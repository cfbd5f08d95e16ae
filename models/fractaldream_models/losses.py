"""Objectives, and statistics of latents. All are means unless they say nats."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


def goareguer2019(z: Tensor) -> Tensor:
    """Compute MSE(z, 0) + sqrt(MSE(z^2, 1)) over all elements of (N, L); Goareguer 2019.

    Written out, m + sqrt(q - 2 m + 1) with m = E z^2 and q = E z^4: for a constant |z| = a <= 1
    that is a^2 + 1 - a^2, flat, so nothing drives z to unit variance.
    """
    squares = z.square()
    return squares.mean() + (squares - 1).square().mean().sqrt()


def moments(z: Tensor) -> Tensor:
    """Compute the squared batch mean plus the squared distance of the covariance to I, over L."""
    centred = z - z.mean(0)
    covariance = centred.T @ centred / max(1, len(z) - 1)
    eye = torch.eye(z.shape[1], device=z.device, dtype=z.dtype)
    return (z.mean(0).square().sum() + (covariance - eye).square().sum()) / z.shape[1]


def mmd(z: Tensor, reference: Tensor) -> Tensor:
    """Compute the squared kernel distance of (N, L) to (M, L), inverse multiquadrics, unbiased.

    k(a, b) = C / (C + |a - b|^2) summed over C = 2 L (0.1, 0.2, 0.5, 1, 2, 5, 10), as Tolstikhin
    2018 (Wasserstein auto-encoders) uses it.
    """

    def kernel(a: Tensor, b: Tensor) -> Tensor:
        squared = (a[:, None] - b[None]).square().sum(2)
        scales = [2 * a.shape[1] * s for s in (0.1, 0.2, 0.5, 1, 2, 5, 10)]
        return torch.stack([c / (c + squared) for c in scales]).sum(0)

    def off_diagonal(k: Tensor) -> Tensor:
        return (k.sum() - k.diagonal().sum()) / (len(k) * (len(k) - 1))

    within = off_diagonal(kernel(z, z)) + off_diagonal(kernel(reference, reference))
    return within - 2 * kernel(z, reference).mean()


def latent_loss(name: str, z: Tensor, noise: Tensor) -> Tensor:
    """Compute the loss of that name on codes z (N, L); mmd compares them to noise ~ N(0, I)."""
    if name == "goareguer2019":
        return goareguer2019(z)
    if name == "moments":
        return moments(z)
    if name == "mmd":
        return mmd(z, noise)
    return z.new_zeros(())


def kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Compute KL(q(z | x) || N(0, I)) in nats per image."""
    return kl_of_each(mean, log_variance).mean()


def kl_of_each(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Compute KL(q(z | x) || N(0, I)) of each image in nats, (N,)."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1)


def bernoulli_nats(logits: Tensor, x: Tensor) -> Tensor:
    """Compute -log p(x | z) in nats per image, pixels Bernoulli; x in [0, 1]."""
    return F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)


def bernoulli_nats_of_each(logits: Tensor, x: Tensor) -> Tensor:
    """Compute -log p(x | z) of each image in nats, (N,)."""
    return F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(1)


def discriminator_loss(real: Tensor, fake: Tensor, real_label: Tensor) -> Tensor:
    """Compute the BCE of logits: real ones against smoothed labels, fakes against 0."""
    return F.binary_cross_entropy_with_logits(
        real, real_label.expand_as(real)
    ) + F.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake))


def generator_loss(fake: Tensor, saturating: bool = False) -> Tensor:
    """Compute the BCE of D on fakes: -log D, or log(1 - D) if saturating (Goodfellow 2014)."""
    if saturating:
        return -F.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake))
    return F.binary_cross_entropy_with_logits(fake, torch.ones_like(fake))


def hinge(real: Tensor, fake: Tensor) -> Tensor:
    """Compute D's hinge loss of logits: real ones above 1, fakes below -1 (Lim and Ye 2017).

    The generator minimises minus the mean logit of its images.
    """
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def relativistic(preferred: Tensor, other: Tensor) -> Tensor:
    """Compute the mean of -log sigmoid(a - b) over pairs of logits a, to be larger, and b, (N, 1).

    D prefers real images to generated ones, and G the reverse (Jolicoeur-Martineau 2018, The
    relativistic discriminator; the pairing form of 2020 and of R3GAN, Huang et al. 2024).
    """
    return F.softplus(other - preferred).mean()


def agreeing(first: Tensor, second: Tensor, shared: Tensor, knowledge: str) -> Tensor:
    """Return in which latents the codes of a pair of images shall agree, bool (N, L).

    Parameters
    ----------
    first, second
        The codes, (N, L).
    shared
        Which parameters the images share, bool (N, P).
    knowledge
        What is used of that: ``which``, where latent j stands for parameter j, P = L; or
        ``number``, where as many latents agree, those in which the codes differ the least.
    """
    if knowledge == "which":
        return shared
    ranks = (first - second).detach().abs().argsort(1).argsort(1)
    return ranks < shared.sum(1, keepdim=True)


@dataclass(frozen=True)
class LatentStatistics:
    """Statistics of codes, to compare with those of N(0, I)."""

    mean: float  # mean over dimensions of |mean|
    variance: float  # mean over dimensions
    covariance: float  # largest |entry| off the diagonal
    normality: float  # Kolmogorov-Smirnov distance to N(0, 1), mean over dimensions; 0 is normal


def latent_statistics(z: Tensor) -> LatentStatistics:
    """Compute the statistics of codes (N, L), N > 1.

    Examples
    --------
    >>> import torch
    >>> z = torch.tensor([[-1.0, 1.0], [1.0, -1.0]])
    >>> statistics = latent_statistics(z)
    >>> statistics.mean, statistics.variance
    (0.0, 2.0)
    """
    z = z.detach().cpu().double()  # the processor first: not every device has float64
    n, latent = z.shape
    covariance = torch.cov(z.T).reshape(latent, latent)
    off = covariance - covariance.diag().diag()
    cdf = torch.special.ndtr(z.sort(0).values)
    steps = torch.arange(n + 1, dtype=torch.float64)[:, None] / n
    distance = torch.maximum((cdf - steps[:-1]).abs(), (steps[1:] - cdf).abs()).max(0).values
    return LatentStatistics(
        mean=float(z.mean(0).abs().mean()),
        variance=float(covariance.diag().mean()),
        covariance=float(off.abs().max()),
        normality=float(distance.mean()),
    )
