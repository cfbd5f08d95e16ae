"""`flow`: flow matching along straight lines (Lipman 2023), also called rectified flow (Liu 2023).

A U-Net learns the velocity of the lines x_t = (1 - t) noise + t image. Its paths carry noise to
images, and a latent is the noise of all pixels.
"""

import torch
from torch import Tensor, nn

from fractaldream_models.kind import GENERATOR, Kind
from fractaldream_models.model import Model, ModelConfig
from fractaldream_models.networks import flow
from fractaldream_models.settings import ADVERSARY, NO_ENCODER
from fractaldream_models.training_step import Batch, TrainingStep


def parts(config: ModelConfig) -> dict[str, nn.Module]:
    """Return the networks of a configuration."""
    return {"generator": flow.FlowGenerator(config)}


def latents(config: ModelConfig) -> int:
    """Return the number of pixels of an image, those of all channels."""
    return config.channels * config.size**2


def squared_error_of_each(velocity: Tensor, images: Tensor, noise: Tensor) -> Tensor:
    """Return the mean over pixels of |velocity - (image - noise)|^2 of each image, (N,)."""
    return (velocity - (images - noise)).square().flatten(1).mean(1)


def flow_matching_of_each(model: Model, images: Tensor, noise: Tensor, times: Tensor) -> Tensor:
    """Return the flow-matching loss of each image, (N,).

    Parameters
    ----------
    model
        The model.
    images, noise
        The ends of the lines, (N, C, S, S).
    times
        Where on the lines the velocity is compared, (N,) in [0, 1].
    """
    generator = model.generator
    assert isinstance(generator, flow.FlowGenerator)
    t = times[:, None, None, None]
    velocity = generator.velocity((1 - t) * noise + t * images, times)
    return squared_error_of_each(velocity, images, noise)


def train_batch(step: TrainingStep, batch: Batch) -> None:
    """Train the velocity on a point of the line between each image and its noise."""
    images = batch.images
    noise = step.normal(len(images)).view_as(images)
    times = step.uniform_of_each(len(images))
    loss = flow_matching_of_each(step.model, images, noise, times).mean()
    step.update("generator", step.record("flow_matching", loss))


def held_out_loss(
    model: Model, images: Tensor, labels: Tensor | None, draws: torch.Generator
) -> Tensor:
    """Return the flow-matching loss of each image, (N,), at noise and times that `draws` gives."""
    noise = torch.randn(images.shape, generator=draws).to(images.device)
    times = torch.rand(len(images), generator=draws).to(images.device)
    return flow_matching_of_each(model, images, noise, times)


KIND = Kind(
    name="flow",
    parts=parts,
    train_batch=train_batch,
    optimizers=(GENERATOR,),
    held_out_loss=held_out_loss,
    latents=latents,
    networks=flow.FAMILY,
    ignores=NO_ENCODER | ADVERSARY | {"latent", "equivariant"},
    uses=frozenset({"ode_steps"}),
    defaults={"lr_g": 1e-3, "ema": 0.999, "batch": 64},
)
