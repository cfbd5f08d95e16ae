"""`aae`: adversarial autoencoder with a discriminator of images (Goareguer 2019).

E and G minimise the reconstruction and a loss on the codes; D and G play on samples of N(0, I).
"""

from torch import nn

from fractaldream_models import losses, phases
from fractaldream_models.kind import AUTOENCODER, DISCRIMINATOR, GENERATOR, Kind
from fractaldream_models.model import ModelConfig
from fractaldream_models.networks import goareguer2019
from fractaldream_models.training_step import Batch, TrainingStep


def parts(config: ModelConfig) -> dict[str, nn.Module]:
    """Return the networks of a configuration."""
    return goareguer2019.generator_and_towers(config, encoder=config.latent, discriminator=1)


def train_batch(step: TrainingStep, batch: Batch) -> None:
    """Train E and G on reconstruction and codes, then D, then G against D."""
    s = step.settings
    loss, z = phases.squared_error(step, batch)
    # roots and products of moments are no means over images: from the codes of all processes
    codes = step.gather(z.float())
    noise = step.whole_normal(len(z)) if s.latent_loss == "mmd" else codes
    latent = step.record("latent", losses.latent_loss(s.latent_loss, codes, noise))
    loss = phases.with_paired(step, batch, loss + s.latent_weight * latent)
    phases.update_autoencoder(step, loss)
    phases.update_adversaries(step, batch)


KIND = Kind(
    name="aae",
    parts=parts,
    train_batch=train_batch,
    optimizers=(AUTOENCODER, DISCRIMINATOR, GENERATOR),
    chosen_by="reconstruction",
    encodes=True,
    discriminates=True,
    paired=True,
    networks=goareguer2019.FAMILY,
    ignores=frozenset({"kl_weight", "adversary_weight"}),
)
