"""Phases of training that several kinds share: losses that are recorded, networks updated.

The sources order them: E and G on reconstruction; D on real and fake; G against D. `cvae-gan` and
`vae-gan` train D first and add G's loss to the one loss of E and G. G(z) is drawn once: the fakes
that D saw are those that G answers for, where G has not moved in between.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from . import gradient_penalty, likelihood, losses
from .kind import Batch, TrainingStep


def variational(step: TrainingStep, batch: Batch) -> Tensor:
    """Record reconstruction and KL; return their weighted sum."""
    s, x = step.settings, batch.images
    terms = likelihood.variational(step.model, x, batch.labels, step.normal(len(x)))
    assert terms.kl is not None
    reconstruction = step.record("reconstruction", terms.reconstruction)
    return s.reconstruction_weight * reconstruction + s.kl_weight * step.record("kl", terms.kl)


def squared_error(step: TrainingStep, batch: Batch) -> tuple[Tensor, Tensor]:
    """Record the mean squared error of reconstructions; return it, weighted, and the codes."""
    z = step.model.encode(batch.images, batch.labels)
    decoded = step.model.decode(z, batch.labels)
    error = step.record("reconstruction", F.mse_loss(decoded.float(), batch.images))
    return step.settings.reconstruction_weight * error, z


def with_paired(step: TrainingStep, batch: Batch, loss: Tensor) -> Tensor:
    """Add W x MSE(image, G(its standardised parameters)), where the settings weigh it."""
    weight = step.settings.paired_weight
    if weight == 0:
        return loss
    assert batch.params is not None  # checked when the run is planned
    error = F.mse_loss(step.model.decode(batch.params).float(), batch.images)
    return loss + weight * step.record("paired", error)


def with_adversary(step: TrainingStep, batch: Batch, loss: Tensor, fakes: Tensor) -> Tensor:
    """Add G's loss against D on fakes that D was trained on, weighted."""
    answer = step.record("generator", against_discriminator(step, batch, fakes))
    return loss + step.settings.adversary_weight * answer


def update_autoencoder(step: TrainingStep, loss: Tensor) -> None:
    """Train E and G on this loss."""
    step.update("autoencoder", step.record("autoencoder", loss))


def update_discriminator(step: TrainingStep, batch: Batch) -> Tensor:
    """Train D on real and fake images; return the fakes, with G's graph for what follows."""
    model, x = step.model, batch.images
    fakes = model.decode(step.normal(len(x)), batch.labels)
    seen_real, seen_fake = step.augment(x), step.augment(fakes.detach())
    real = model.discriminate(seen_real, batch.labels)
    fake = model.discriminate(seen_fake, batch.labels)
    loss = _discriminator_loss(step, real.float(), fake.float())
    if step.settings.adversarial_loss == "relativistic":
        record_verdicts(step, loss, real - fake, fake - real)
    else:
        record_verdicts(step, loss, real, fake)
    judged = (_Judged(seen_real, real), _Judged(seen_fake, fake))
    loss = _with_penalties(step, batch, loss, judged)
    step.update("discriminator", loss)
    return fakes


def _discriminator_loss(step: TrainingStep, real: Tensor, fake: Tensor) -> Tensor:
    """Return the loss of D on logits of real and fake images."""
    s = step.settings
    if s.adversarial_loss == "relativistic":
        return losses.relativistic(real, fake)
    if s.adversarial_loss == "hinge":
        return losses.hinge(real, fake)
    draw = step.uniform(2)
    label = s.real_low + (s.real_high - s.real_low) * draw[0]
    if s.label_noise > 0 and draw[1] < s.label_noise:
        real, fake = fake, real
    return losses.discriminator_loss(real, fake, label)


@dataclass(frozen=True)
class _Judged:
    """Images that D has seen, (N, C, S, S), and its logits, (N, 1)."""

    images: Tensor
    logits: Tensor


def _with_penalties(
    step: TrainingStep, batch: Batch, loss: Tensor, judged: tuple[_Judged, _Judged]
) -> Tensor:
    """Add the gradient penalties at real and fake images, in every k-th step k times as heavy.

    Computing them in few steps is the lazy regularisation of Karras et al. 2020 (Analyzing and
    improving the image quality of StyleGAN).
    """
    s = step.settings
    if s.r1_weight == s.r2_weight == 0:
        return loss
    penalty = loss.new_zeros(())
    if step.number % s.penalty_every == 0:
        for weight, part in zip((s.r1_weight, s.r2_weight), judged, strict=True):
            if weight > 0:
                gradient = _squared_gradient(step, batch, part)
                penalty = penalty + s.penalty_every * weight / 2 * gradient
    return loss + step.record("gradient_penalty", penalty)


def _squared_gradient(step: TrainingStep, batch: Batch, judged: _Judged) -> Tensor:
    """Return the mean of |grad D|^2 at images, as the settings say; in float32 throughout."""

    def discriminate(x: Tensor) -> Tensor:
        return step.model.discriminate(x, batch.labels)

    with torch.autocast(judged.images.device.type, enabled=False):
        images = judged.images
        images = images.to(torch.promote_types(images.dtype, torch.float32))
        if step.settings.penalty == "exact":
            return gradient_penalty.exact(discriminate, images)
        exact = judged.logits.dtype == torch.float32  # bfloat16 would drown the differences
        logits = judged.logits if exact else discriminate(images)
        return gradient_penalty.finite_difference(
            discriminate, images, logits, step.noise_like(images)
        )


def record_verdicts(step: TrainingStep, loss: Tensor, real: Tensor, fake: Tensor) -> None:
    """Record the loss of a discriminator, and D(x) and D(G(z)) of its logits (N, 1)."""
    step.record("discriminator", loss)
    step.record("d_real", real.float().sigmoid())
    step.record("d_fake", fake.float().sigmoid())


def update_generator(step: TrainingStep, batch: Batch, fakes: Tensor) -> None:
    """Train G against D on fakes that D was trained on."""
    loss = against_discriminator(step, batch, fakes)
    step.update("generator", step.record("generator", loss))


def update_adversaries(step: TrainingStep, batch: Batch) -> None:
    """Train D on real and fake images, then G against D."""
    fakes = update_discriminator(step, batch)
    update_generator(step, batch, fakes)


def against_discriminator(step: TrainingStep, batch: Batch, fakes: Tensor) -> Tensor:
    """Return G's loss. D is frozen: its own gradients would be computed to be thrown away."""
    model = step.model
    assert model.discriminator is not None
    with frozen(model.discriminator):
        verdicts = model.discriminate(step.augment(fakes), batch.labels).float()
        if step.settings.adversarial_loss == "relativistic":
            with torch.no_grad():
                real = model.discriminate(step.augment(batch.images), batch.labels).float()
            return losses.relativistic(verdicts, real)
        if step.settings.adversarial_loss == "hinge":
            return -verdicts.mean()
        return losses.generator_loss(verdicts, step.settings.saturating)


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """Compute no gradients of a network's own weights within."""
    network.requires_grad_(False)
    try:
        yield
    finally:
        network.requires_grad_(True)
