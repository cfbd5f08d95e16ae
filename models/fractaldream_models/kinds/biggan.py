"""`biggan`: a small BigGAN, conditional, with residual blocks and the hinge loss (Brock 2019).

Large scale GAN training for high fidelity natural image synthesis, without self-attention.
"""

from dataclasses import replace

import torch

from fractaldream_models import phases
from fractaldream_models.networks import brock2019
from fractaldream_models.training_step import Batch, TrainingStep

from .cgan import KIND as CGAN


def train_batch(step: TrainingStep, batch: Batch) -> None:
    """Train D on real and fake images, then G against D with filters kept orthogonal."""
    fakes = phases.update_discriminator(step, batch)
    loss = step.record("generator", phases.against_discriminator(step, batch, fakes))
    with torch.autocast(fakes.device.type, enabled=False):
        penalty = step.record("orthogonality", brock2019.orthogonality(step.model.generator))
    step.update("generator", loss + step.settings.orthogonal_weight * penalty)


KIND = replace(
    CGAN,
    name="biggan",
    parts=brock2019.generator_and_discriminator,
    train_batch=train_batch,
    networks=brock2019.FAMILY,
    uses=frozenset({"orthogonal_weight"}),
)
