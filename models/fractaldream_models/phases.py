"""Phases of training that several kinds share: losses that are recorded, networks updated.

The sources order them: E and G on reconstruction; D on real and fake; G against D. `cvae-gan` and
`vae-gan` train D first and add G's BCE to the one loss of E and G. G(z) is drawn once: the fakes
that D saw are those that G answers for, where G has not moved in between.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch.nn.functional as F
from torch import Tensor, nn

from . import likelihood, losses
from .kind import Batch

if TYPE_CHECKING:
    from .training.step import Step


def variational(step: "Step", batch: Batch) -> Tensor:
    """Record reconstruction and KL; return their weighted sum."""
    s, x = step.settings, batch.images
    terms = likelihood.variational(step.model, x, batch.labels, step.normal(len(x)))
    assert terms.kl is not None
    reconstruction = step.record("reconstruction", terms.reconstruction)
    return s.reconstruction_weight * reconstruction + s.kl_weight * step.record("kl", terms.kl)


def squared_error(step: "Step", batch: Batch) -> tuple[Tensor, Tensor]:
    """Record the mean squared error of reconstructions; return it, weighted, and the codes."""
    z = step.model.encode(batch.images, batch.labels)
    decoded = step.model.decode(z, batch.labels)
    error = step.record("reconstruction", F.mse_loss(decoded.float(), batch.images))
    return step.settings.reconstruction_weight * error, z


def with_paired(step: "Step", batch: Batch, loss: Tensor) -> Tensor:
    """Add W x MSE(image, G(its standardised parameters)), where the settings weigh it."""
    weight = step.settings.paired_weight
    if weight == 0:
        return loss
    assert batch.params is not None  # checked when the run is planned
    error = F.mse_loss(step.model.decode(batch.params).float(), batch.images)
    return loss + weight * step.record("paired", error)


def with_adversary(step: "Step", batch: Batch, loss: Tensor, fakes: Tensor) -> Tensor:
    """Add G's BCE against D on fakes that D was trained on, weighted."""
    bce = step.record("generator", _against_discriminator(step, batch, fakes))
    return loss + step.settings.adversary_weight * bce


def update_autoencoder(step: "Step", loss: Tensor) -> None:
    """Train E and G on this loss."""
    step.update("autoencoder", step.record("autoencoder", loss))


def update_discriminator(step: "Step", batch: Batch) -> Tensor:
    """Train D on real and fake images; return the fakes, with G's graph for what follows."""
    model, s, x = step.model, step.settings, batch.images
    fakes = model.decode(step.normal(len(x)), batch.labels)
    real = model.discriminate(x, batch.labels)
    fake = model.discriminate(fakes.detach(), batch.labels)
    draw = step.uniform(2)
    label = s.real_low + (s.real_high - s.real_low) * draw[0]
    if s.label_noise > 0 and draw[1] < s.label_noise:
        loss = losses.discriminator_loss(fake.float(), real.float(), label)
    else:
        loss = losses.discriminator_loss(real.float(), fake.float(), label)
    record_verdicts(step, loss, real, fake)
    step.update("discriminator", loss)
    return fakes


def record_verdicts(step: "Step", loss: Tensor, real: Tensor, fake: Tensor) -> None:
    """Record the loss of a discriminator, and D(x) and D(G(z)) of its logits (N, 1)."""
    step.record("discriminator", loss)
    step.record("d_real", real.float().sigmoid())
    step.record("d_fake", fake.float().sigmoid())


def update_generator(step: "Step", batch: Batch, fakes: Tensor) -> None:
    """Train G against D on fakes that D was trained on."""
    loss = _against_discriminator(step, batch, fakes)
    step.update("generator", step.record("generator", loss))


def update_adversaries(step: "Step", batch: Batch) -> None:
    """Train D on real and fake images, then G against D."""
    fakes = update_discriminator(step, batch)
    update_generator(step, batch, fakes)


def _against_discriminator(step: "Step", batch: Batch, fakes: Tensor) -> Tensor:
    """Return G's BCE. D is frozen: its own gradients would be computed to be thrown away."""
    discriminator = step.model.discriminator
    assert discriminator is not None
    with frozen(discriminator):
        verdicts = step.model.discriminate(fakes, batch.labels)
        return losses.generator_loss(verdicts.float(), step.settings.saturating)


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """Compute no gradients of a network's own weights within."""
    network.requires_grad_(False)
    try:
        yield
    finally:
        network.requires_grad_(True)
