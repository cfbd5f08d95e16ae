"""`aae-latent`: adversarial autoencoder with a discriminator of codes (Makhzani 2016)."""

from dataclasses import replace

from torch import nn

from fractaldream_models import losses, phases
from fractaldream_models.blocks import mlp
from fractaldream_models.kind import AUTOENCODER, Optimizer
from fractaldream_models.model import ModelConfig
from fractaldream_models.networks import goareguer2019
from fractaldream_models.settings import IMAGE_ADVERSARY, LATENT_LOSS
from fractaldream_models.training_step import Batch, TrainingStep

from .aae import KIND as AAE


def parts(config: ModelConfig) -> dict[str, nn.Module]:
    """Return the networks of a configuration."""
    c = config
    networks = goareguer2019.generator_and_towers(c, encoder=c.latent)
    networks["latent_discriminator"] = mlp(c.latent, [512, 256], 1, nn.LeakyReLU(c.leak))
    return networks


def train_batch(step: TrainingStep, batch: Batch) -> None:
    """Train E and G on reconstruction, then D of codes, then E against D."""
    loss, _ = phases.squared_error(step, batch)
    phases.update_autoencoder(step, phases.with_paired(step, batch, loss))
    _update_adversaries(step, batch)


def _update_adversaries(step: TrainingStep, batch: Batch) -> None:
    """Train D to tell codes from N(0, I), and E to prevent it."""
    model, s = step.model, step.settings
    discriminator = model.latent_discriminator
    assert discriminator is not None
    z = model.encode(batch.images)
    real, fake = discriminator(step.normal(len(z))), discriminator(z.detach())
    label = s.real_low + (s.real_high - s.real_low) * step.uniform()
    loss = losses.discriminator_loss(real.float(), fake.float(), label)
    phases.record_verdicts(step, loss, real, fake)
    step.update("discriminator", loss)
    with phases.frozen(discriminator):
        answer = losses.generator_loss(discriminator(z).float(), s.saturating)
    step.update("generator", step.record("generator", answer))


KIND = replace(
    AAE,
    name="aae-latent",
    parts=parts,
    train_batch=train_batch,
    optimizers=(
        AUTOENCODER,
        Optimizer("discriminator", ("latent_discriminator",), "lr_d"),
        Optimizer("generator", ("encoder",), "lr_g"),
    ),
    discriminates=False,
    ignores=AAE.ignores | LATENT_LOSS | IMAGE_ADVERSARY | {"label_noise"},
)
