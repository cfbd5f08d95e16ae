"""`vae`: variational autoencoder of Bernoulli pixels (Kingma 2014), linear or convolutional."""

from dataclasses import replace

from torch import nn

from fractaldream_models import likelihood, phases
from fractaldream_models.model import ModelConfig
from fractaldream_models.networks import autoencoder
from fractaldream_models.settings import ADVERSARY, LATENT_LOSS
from fractaldream_models.training_step import Batch, TrainingStep

from .ae import KIND as AE


def parts(config: ModelConfig) -> dict[str, nn.Module]:
    """Return the networks of a configuration."""
    return autoencoder.encoder_and_decoder(config, 2 * config.latent)


def train_batch(step: TrainingStep, batch: Batch) -> None:
    """Train E and G on the evidence lower bound."""
    loss = phases.with_paired(step, batch, phases.variational(step, batch))
    phases.update_autoencoder(step, loss)


KIND = replace(
    AE,
    name="vae",
    parts=parts,
    train_batch=train_batch,
    chosen_by="loss",
    likelihood=likelihood.variational,
    variational=True,
    ignores=ADVERSARY | LATENT_LOSS | {"leak", "adversary_weight"},
)
