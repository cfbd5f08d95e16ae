"""`ae`: autoencoder of Bernoulli pixels, linear or convolutional."""

from torch import nn

from fractaldream_models import likelihood, phases
from fractaldream_models.kind import AUTOENCODER, Kind
from fractaldream_models.model import ModelConfig
from fractaldream_models.networks import autoencoder
from fractaldream_models.settings import ADVERSARY, LATENT_LOSS
from fractaldream_models.training_step import Batch, TrainingStep


def parts(config: ModelConfig) -> dict[str, nn.Module]:
    """Return the networks of a configuration."""
    return autoencoder.encoder_and_decoder(config, config.latent)


def train_batch(step: TrainingStep, batch: Batch) -> None:
    """Train E and G on reconstruction."""
    terms = likelihood.deterministic(step.model, batch.images, batch.labels, None)
    reconstruction = step.record("reconstruction", terms.reconstruction)
    loss = step.settings.reconstruction_weight * reconstruction
    phases.update_autoencoder(step, phases.with_paired(step, batch, loss))


KIND = Kind(
    name="ae",
    parts=parts,
    train_batch=train_batch,
    optimizers=(AUTOENCODER,),
    value_range=(0.0, 1.0),
    chosen_by="reconstruction",
    likelihood=likelihood.deterministic,
    encodes=True,
    paired=True,
    networks=autoencoder.FAMILY,
    ignores=ADVERSARY | LATENT_LOSS | {"leak", "kl_weight", "adversary_weight"},
)
