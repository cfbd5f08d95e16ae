"""`cvae`: variational autoencoder told the label (Sohn 2015), linear."""

from typing import TYPE_CHECKING

from torch import nn

from fractaldream_models import likelihood, phases
from fractaldream_models.convolutions import check_linear
from fractaldream_models.kind import AUTOENCODER, Batch, Kind
from fractaldream_models.model import ModelConfig
from fractaldream_models.networks.autoencoder import linear_encoder_and_decoder

if TYPE_CHECKING:
    from fractaldream_models.training.step import Step


def parts(config: ModelConfig) -> dict[str, nn.Module]:
    """Return the networks of a configuration."""
    return linear_encoder_and_decoder(config, 2 * config.latent)


def train_batch(step: "Step", batch: Batch) -> None:
    """Train E and G on the evidence lower bound."""
    phases.update_autoencoder(step, phases.variational(step, batch))


KIND = Kind(
    name="cvae",
    parts=parts,
    train_batch=train_batch,
    optimizers=(AUTOENCODER,),
    value_range=(0.0, 1.0),
    space="cvae",
    chosen_by="loss",
    likelihood=likelihood.variational,
    encodes=True,
    variational=True,
    conditional=True,
    check_config=check_linear,
)
