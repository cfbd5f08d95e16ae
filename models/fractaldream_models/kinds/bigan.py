"""`bigan`: encoder and generator against one discriminator of pairs (x, z) (Donahue 2017).

The discriminator tells (x, E(x)) from (G(z), z); where it cannot, E and G are inverse to each
other. With ``unary=true`` it also judges x alone and z alone, as that of BigBiGAN does (Donahue and
Simonyan 2019, Large scale adversarial representation learning).
"""

from functools import partial

import torch
from torch import Tensor, nn

from fractaldream_models import losses, phases
from fractaldream_models.blocks import mlp, scaled
from fractaldream_models.kind import Kind, Optimizer
from fractaldream_models.model import ModelConfig
from fractaldream_models.networks import modulated
from fractaldream_models.settings import NO_ENCODER
from fractaldream_models.training_step import Batch, TrainingStep

FEATURES = 256  # of the image, and of the latents, before they are joined


class PairDiscriminator(nn.Module):
    """Judge of pairs: (N, C, S, S) and (N, L) -> logits (N, 1).

    With unary terms the logits of the pair, of x alone and of z alone are (N, 3).
    """

    def __init__(self, tower: nn.Module, config: ModelConfig) -> None:
        super().__init__()
        c = config
        hidden, activation = scaled(FEATURES, c.width), nn.LeakyReLU(c.leak)
        self.image = nn.Sequential(tower, activation)
        self.code = nn.Sequential(mlp(c.latent, [hidden], hidden, activation), activation)
        self.pair = mlp(2 * hidden, [hidden], 1, activation)
        self.alone = nn.ModuleList(nn.Linear(hidden, 1) for _ in range(2 * c.unary))

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        """Return the logits of images and latents."""
        features = (self.image(x), self.code(z))
        pair = self.pair(torch.cat(features, 1))
        alone = [judge(part) for judge, part in zip(self.alone, features, strict=False)]
        return torch.cat([pair, *alone], 1)


def parts(config: ModelConfig) -> dict[str, nn.Module]:
    """Return the networks of a configuration."""
    features = scaled(FEATURES, config.width)
    networks = modulated.generator_and_towers(config, encoder=config.latent, tower=features)
    tower = networks.pop("tower")
    return networks | {"pair_discriminator": PairDiscriminator(tower, config)}


def train_batch(step: TrainingStep, batch: Batch) -> None:
    """Train D to tell both kinds of pairs apart, then E and G to prevent it."""
    model = step.model
    discriminator = model.pair_discriminator
    assert isinstance(discriminator, PairDiscriminator)
    codes, z = model.encode(batch.images), step.normal(len(batch.images))
    fakes = model.decode(z)
    seen_real, seen_fake = step.augment(batch.images), step.augment(fakes)
    _update_discriminator(step, discriminator, (seen_real, codes), (seen_fake, z))
    with phases.frozen(discriminator):
        real, fake = discriminator(seen_real, codes), discriminator(seen_fake, z)
        loss = _against_discriminator(step, real.float(), fake.float())
    step.update("generator", step.record("generator", loss))


def _update_discriminator(
    step: TrainingStep,
    discriminator: PairDiscriminator,
    real: tuple[Tensor, Tensor],
    fake: tuple[Tensor, Tensor],
) -> None:
    """Train D on pairs of images and latents; the penalties take its gradient by both."""
    judged = []
    for images, latents in (real, fake):
        # the penalties compute in float32, and hold one of both fixed
        x, z = (
            part.detach().to(torch.promote_types(part.dtype, torch.float32))
            for part in (images, latents)
        )
        logits = discriminator(x, z)
        by_image = phases.Judged(x, logits, partial(discriminator, z=z))
        judged.append((by_image, phases.Judged(z, logits, partial(discriminator, x))))
    loss = phases.discriminator_loss(step, judged[0][0].logits.float(), judged[1][0].logits.float())
    step.update("discriminator", phases.with_penalties(step, loss, judged[0], judged[1]))


def _against_discriminator(step: TrainingStep, real: Tensor, fake: Tensor) -> Tensor:
    """Return the loss of E and G on the logits of (x, E(x)) and (G(z), z), each wanted reversed."""
    s = step.settings
    if s.adversarial_loss == "relativistic":
        return losses.relativistic(fake, real)
    if s.adversarial_loss == "hinge":
        return real.mean() - fake.mean()
    return losses.generator_loss(fake, s.saturating) + losses.generator_loss(-real, s.saturating)


KIND = Kind(
    name="bigan",
    parts=parts,
    train_batch=train_batch,
    optimizers=(
        Optimizer("discriminator", ("pair_discriminator",), "lr_d"),
        Optimizer("generator", ("encoder", "generator"), "lr_g"),
    ),
    encodes=True,
    networks=modulated.FAMILY,
    ignores=NO_ENCODER,
    uses=frozenset({"unary"}),
    defaults=modulated.BESIDE_ENCODER,
)
