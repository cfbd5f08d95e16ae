"""`cogan`: coupled GANs, which learn pairs from two data sets without pairs (Liu 2016).

One z gives an image of each domain. Shared layers make both images show the same thing.
"""

from dataclasses import replace

from fractaldream_models import phases
from fractaldream_models.networks import liu2016
from fractaldream_models.training_step import Batch, TrainingStep

from .cgan import KIND as CGAN


def train_batch(step: TrainingStep, batch: Batch) -> None:
    """Train both D, then both G; the two fakes of a pair share their latents."""
    z = step.normal(len(batch.images) // 2).repeat_interleave(2, 0)
    phases.update_adversaries(step, batch, z)


KIND = replace(
    CGAN,
    name="cogan",
    parts=liu2016.coupled_networks,
    train_batch=train_batch,
    domains=True,
)
