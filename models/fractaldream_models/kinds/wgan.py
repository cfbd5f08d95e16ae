"""`wgan`: a critic that estimates the Wasserstein distance (Arjovsky 2017, Gulrajani 2017).

Its slope is bounded by a gradient penalty, or by clipping its weights. The networks are those of
`dcgan4`, the critic without batch normalisation.
"""

from dataclasses import replace

import torch
from torch import Tensor, nn

from fractaldream_models import gradient_penalty
from fractaldream_models.model import ModelConfig
from fractaldream_models.networks import radford2015
from fractaldream_models.phases import frozen
from fractaldream_models.training_step import Batch, TrainingStep

from .began import KIND as BEGAN


def parts(config: ModelConfig) -> dict[str, nn.Module]:
    """Return the networks of a configuration."""
    c = config
    options = radford2015.FAMILY.layer_options(c)
    plain = replace(options, batchnorm=False)  # a penalty is on the gradient of each image alone
    return {
        "generator": radford2015.TransposedGenerator(c.size, c.channels, c.latent, options),
        "critic": radford2015.StridedDiscriminator(c.size, c.channels, plain),
    }


def train_batch(step: TrainingStep, batch: Batch) -> None:
    """Train the critic, and G in every k-th step; record the estimate of the critic."""
    model, s, x = step.model, step.settings, batch.images
    critic = model.get_submodule("critic")
    fakes = model.decode(step.normal(len(x)))
    fake = critic(fakes.detach()).float().mean()
    estimate = step.record("critic_estimate", critic(x).float().mean() - fake)
    loss = -estimate
    if s.clip == 0:
        loss = loss + s.critic_penalty_weight * _penalty(step, x, fakes.detach())
    step.update("critic", step.record("discriminator", loss))
    if s.clip > 0:
        with torch.no_grad():
            for weight in critic.parameters():
                weight.clamp_(-s.clip, s.clip)
    step.record("generator", -fake)
    if step.number % s.critic_steps == 0:
        with frozen(critic):
            step.update("generator", -critic(fakes).float().mean())


def _penalty(step: TrainingStep, real: Tensor, fake: Tensor) -> Tensor:
    """Record the penalty between real and generated images, computed in float32 at least."""
    # the distribution function of N(0, 1) makes a uniform draw of a normal one
    share = torch.special.ndtr(step.normal(len(real))[:, :1, None, None])
    with torch.autocast(real.device.type, enabled=False):
        mixed = share * real + (1 - share) * fake
        penalty = gradient_penalty.one_centred(step.model.get_submodule("critic"), mixed)
    return step.record("gradient_penalty", penalty)


KIND = replace(
    BEGAN,
    name="wgan",
    parts=parts,
    train_batch=train_batch,
    networks=radford2015.FAMILY,
    space="adversary",
    uses=frozenset({"clip", "critic_penalty_weight", "critic_steps"}),
    # Adam's rates and betas, and the batch, of Gulrajani 2017
    defaults={"lr_g": 1e-4, "lr_d": 1e-4, "b1": 0.0, "b2": 0.9, "batch": 64},
)
