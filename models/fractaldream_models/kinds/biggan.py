"""`biggan`: a small BigGAN, conditional, with residual blocks and the hinge loss (Brock 2019).

Large scale GAN training for high fidelity natural image synthesis, without self-attention.
"""

import torch

from fractaldream_models import phases
from fractaldream_models.kind import (
    DISCRIMINATOR,
    GENERATOR,
    NO_ENCODER,
    Batch,
    Kind,
    TrainingStep,
)
from fractaldream_models.networks import brock2019


def train_batch(step: TrainingStep, batch: Batch) -> None:
    """Train D on real and fake images, then G against D with filters kept orthogonal."""
    fakes = phases.update_discriminator(step, batch)
    loss = step.record("generator", phases.against_discriminator(step, batch, fakes))
    with torch.autocast(fakes.device.type, enabled=False):
        penalty = step.record("orthogonality", brock2019.orthogonality(step.model.generator))
    step.update("generator", loss + step.settings.orthogonal_weight * penalty)


KIND = Kind(
    name="biggan",
    parts=brock2019.generator_and_discriminator,
    train_batch=train_batch,
    optimizers=(DISCRIMINATOR, GENERATOR),
    value_range=(-1.0, 1.0),
    space="adversary",
    discriminates=True,
    conditional=True,
    spectral_generator=True,
    convolutions=brock2019.convolutions,
    check_config=brock2019.check,
    ignores=NO_ENCODER | {"architecture", "batchnorm", "leak"},
    uses=frozenset({"orthogonal_weight"}),
    defaults=brock2019.SETTINGS,
)
