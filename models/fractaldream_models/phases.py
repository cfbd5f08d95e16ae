"""Phases of training that several kinds share: losses that are recorded, networks updated.

The sources order them: E and G on reconstruction; D on real and fake; G against D. `cvae-gan` and
`vae-gan` train D first and add G's loss to the one loss of E and G. G(z) is drawn once: the fakes
that D saw are those that G answers for, where G has not moved in between. In `clustergan` G answers
for fakes of new latents.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from . import gradient_penalty, likelihood, losses
from .model import Model
from .training_step import Batch, MatchedPairs, TrainingStep


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
    """Add the losses on pairs that the batch has, weighted.

    Of images and their standardised parameters, MSE(image, G(parameters)); of images that share
    parameters, see `_matched_error`.
    """
    s = step.settings
    if batch.paired is not None:
        error = F.mse_loss(step.model.decode(batch.paired.params).float(), batch.paired.images)
        loss = loss + s.paired_weight * step.record("paired", error)
    if batch.matched is not None:
        error = _matched_error(step.model, batch.matched, s.matched_pairs)
        loss = loss + s.matched_weight * step.record("matched", error)
    return loss


def _matched_error(model: Model, pairs: MatchedPairs, knowledge: str) -> Tensor:
    """Return MSE(images, G(codes)) where the codes of a pair agree in the latents that it shares.

    There both have the mean of the two codes, so that no such latent can tell the images apart
    (Locatello et al. 2020, Weakly-supervised disentanglement without compromises).
    """
    first, second = model.encode(pairs.images).chunk(2)
    agree = losses.agreeing(first, second, pairs.shared, knowledge)
    mean = (first + second) / 2
    codes = torch.cat([torch.where(agree, mean, code) for code in (first, second)])
    return F.mse_loss(model.decode(codes).float(), pairs.images)


def with_adversary(step: TrainingStep, batch: Batch, loss: Tensor, fakes: Tensor) -> Tensor:
    """Add G's loss against D on fakes, weighted; in most kinds, D was trained on the same ones."""
    answer = step.record("generator", against_discriminator(step, batch, fakes))
    return loss + step.settings.adversary_weight * answer


def update_autoencoder(step: TrainingStep, loss: Tensor) -> None:
    """Train E and G on this loss."""
    step.update("autoencoder", step.record("autoencoder", loss))


def update_discriminator(step: TrainingStep, batch: Batch, z: Tensor | None = None) -> Tensor:
    """Train D on real and fake images; return the fakes, with G's graph for what follows.

    The fakes are those of the latents z (N, L); None to draw them.
    """
    model, x = step.model, batch.images
    if z is None:
        z = model.prior(step.normal(len(x)))
    fakes = model.decode(z, batch.labels)
    seen_real, seen_fake = step.augment(x), step.augment(fakes.detach())
    real = model.discriminate(seen_real, batch.labels)
    fake = model.discriminate(seen_fake, batch.labels)
    loss = discriminator_loss(step, real.float(), fake.float())

    def discriminate(images: Tensor) -> Tensor:
        return model.discriminate(images, batch.labels)

    judged = Judged(seen_real, real, discriminate), Judged(seen_fake, fake, discriminate)
    step.update("discriminator", with_penalties(step, loss, judged[:1], judged[1:]))
    return fakes


def discriminator_loss(step: TrainingStep, real: Tensor, fake: Tensor) -> Tensor:
    """Record and return the loss of D on logits (N, 1) of what is real and what is generated."""
    loss = _loss_of_logits(step, real, fake)
    if step.settings.adversarial_loss == "relativistic":
        record_verdicts(step, loss, real - fake, fake - real)
    else:
        record_verdicts(step, loss, real, fake)
    return loss


def _loss_of_logits(step: TrainingStep, real: Tensor, fake: Tensor) -> Tensor:
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
class Judged:
    """The input of a discriminator, (N, ...), its logits, (N, 1), and the function of both."""

    seen: Tensor
    logits: Tensor
    discriminate: Callable[[Tensor], Tensor]


def with_penalties(
    step: TrainingStep, loss: Tensor, real: Sequence[Judged], fake: Sequence[Judged]
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
        for weight, judged in ((s.r1_weight, real), (s.r2_weight, fake)):
            for part in judged if weight > 0 else ():
                penalty = penalty + s.penalty_every * weight / 2 * _squared_gradient(step, part)
    return loss + step.record("gradient_penalty", penalty)


def _squared_gradient(step: TrainingStep, judged: Judged) -> Tensor:
    """Return the mean of |grad D|^2, as the settings say; in float32 throughout."""
    with torch.autocast(judged.seen.device.type, enabled=False):
        seen = judged.seen
        seen = seen.to(torch.promote_types(seen.dtype, torch.float32))
        if step.settings.penalty == "exact":
            return gradient_penalty.exact(judged.discriminate, seen)
        exact = judged.logits.dtype == torch.float32  # bfloat16 would drown the differences
        logits = judged.logits if exact else judged.discriminate(seen)
        return gradient_penalty.finite_difference(
            judged.discriminate, seen, logits, step.noise_like(seen)
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


def update_adversaries(step: TrainingStep, batch: Batch, z: Tensor | None = None) -> None:
    """Train D on real and fake images, then G against D; on latents z (N, L), else on new ones."""
    fakes = update_discriminator(step, batch, z)
    update_generator(step, batch, fakes)


def update_paired_adversaries(step: TrainingStep, batch: Batch) -> None:
    """Train D on real and fake images, then G against D and on the pairs that the batch has."""
    fakes = update_discriminator(step, batch)
    loss = step.record("generator", against_discriminator(step, batch, fakes))
    step.update("generator", with_paired(step, batch, loss))


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
