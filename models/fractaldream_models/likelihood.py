"""The cost of images to a model in nats: minus log p(x | z), and the divergence of its codes."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from . import losses
from .model import Model


@dataclass(frozen=True)
class Likelihood:
    """Means over a batch, in nats per image, and the codes that were decoded."""

    codes: Tensor  # (N, L)
    reconstruction: Tensor  # -log p(x | z)
    kl: Tensor | None = None  # KL(q(z | x) || N(0, I)); None where codes are deterministic
    # the sum of both for each image, (N,), from which a standard error can be computed; optional
    of_each: Callable[[], Tensor] | None = None


def variational(model: Model, images: Tensor, labels: Tensor | None, epsilon: Tensor) -> Likelihood:
    """Return the two terms of the evidence lower bound (Kingma 2014), pixels Bernoulli.

    epsilon: (N, L), N(0, I), what the codes z = mean + std * epsilon are drawn with.
    """
    mean, log_variance = model.posterior(images, labels)
    z = mean + (0.5 * log_variance).exp() * epsilon
    logits = model.generator(z, *model.onehot(labels, images))
    return Likelihood(
        z,
        losses.bernoulli_nats(logits.float(), images),
        losses.kl(mean, log_variance),
        lambda: (
            losses.bernoulli_nats_of_each(logits.float(), images)
            + losses.kl_of_each(mean, log_variance)
        ),
    )


def deterministic(
    model: Model, images: Tensor, labels: Tensor | None, epsilon: Tensor | None
) -> Likelihood:
    """Return the reconstruction of deterministic codes, pixels Bernoulli; epsilon is not used."""
    z = model.encode(images, labels)
    logits = model.generator(z, *model.onehot(labels, images))
    return Likelihood(
        z,
        losses.bernoulli_nats(logits.float(), images),
        of_each=lambda: losses.bernoulli_nats_of_each(logits.float(), images),
    )
