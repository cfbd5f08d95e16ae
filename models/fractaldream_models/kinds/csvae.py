"""`csvae`: variational autoencoder with a latent subspace for the label (Klys 2018).

The first `label_latents` latents, W, have a prior that depends on the label: one normal cloud for
each class, on a circle. The others, Z, have N(0, I), and hold nothing about the label: a network
reads it from them, and the encoder makes its answer as uncertain as it can be. Other than in the
paper, the encoder does not see the label, so that W of any image can be computed, and the label be
read from it.
"""

import math
from dataclasses import replace
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fractaldream_models import losses, phases
from fractaldream_models.blocks import mlp
from fractaldream_models.kind import AUTOENCODER, Kind, Optimizer, check_first_latents
from fractaldream_models.likelihood import Likelihood
from fractaldream_models.model import Model, ModelConfig
from fractaldream_models.networks import autoencoder
from fractaldream_models.settings import ADVERSARY, LATENT_LOSS
from fractaldream_models.training_step import Batch, TrainingStep

RADIUS = 3.0  # of the circle of the classes' means
SPREAD = 0.3  # standard deviation of W given the class; the means of ten classes lie 6 of it apart


def parts(config: ModelConfig) -> dict[str, nn.Module]:
    """Return the networks of a configuration."""
    c = config
    networks = autoencoder.encoder_and_decoder(replace(c, classes=0), 2 * c.latent)
    reader = mlp(c.latent - c.label_latents, [256, 256], c.classes, nn.ReLU())
    return networks | {"latent_discriminator": reader}


def means(config: ModelConfig, labels: Tensor) -> Tensor:
    """Return the means of W given labels, int64 (N,): places on a circle, (N, label_latents)."""
    angles = 2 * math.pi * labels / config.classes
    circle = RADIUS * torch.stack([angles.cos(), angles.sin()], 1)
    return F.pad(circle, (0, config.label_latents - 2))


def prior(config: ModelConfig, normal: Tensor) -> Tensor:
    """Return latents (N, L) of random classes, all as likely.

    The first number, made uniform, chooses the class; what is left of it is uniform again.
    """
    scaled = config.classes * torch.special.ndtr(normal[:, :1])
    labels = scaled.floor().clamp(max=config.classes - 1)
    remainder = torch.special.ndtri((scaled - labels).clamp(1e-6, 1 - 1e-6))
    spread = SPREAD * torch.cat([remainder, normal[:, 1 : config.label_latents]], 1)
    w = means(config, labels[:, 0].long()).to(normal) + spread
    return torch.cat([w, normal[:, config.label_latents :]], 1)


def likelihood(model: Model, images: Tensor, labels: Tensor | None, epsilon: Tensor) -> Likelihood:
    """Return the two terms of the evidence lower bound, pixels Bernoulli, given the labels."""
    assert labels is not None
    mean, log_variance = model.posterior(images)
    z = mean + (0.5 * log_variance).exp() * epsilon
    logits = model.generator(z)
    # the divergence from N(m, s^2) is that of the standardised W from N(0, 1)
    w = model.config.label_latents
    standard = torch.cat(
        [(mean[:, :w] - means(model.config, labels).to(mean)) / SPREAD, mean[:, w:]], 1
    )
    shift = torch.zeros_like(mean)
    shift[:, :w] = 2 * math.log(SPREAD)
    return Likelihood(
        z,
        losses.bernoulli_nats(logits.float(), images),
        losses.kl(standard, log_variance - shift),
        lambda: (
            losses.bernoulli_nats_of_each(logits.float(), images)
            + losses.kl_of_each(standard, log_variance - shift)
        ),
    )


def train_batch(step: TrainingStep, batch: Batch) -> None:
    """Train the reader of Z on labels, then E and G on the lower bound and on what it reads."""
    model, s, x = step.model, step.settings, batch.images
    reader = model.latent_discriminator
    assert reader is not None and batch.labels is not None
    terms = likelihood(model, x, batch.labels, step.normal(len(x)))
    rest = terms.codes[:, model.config.label_latents :]
    answers = reader(rest.detach()).float()
    step.update("discriminator", step.record("reader", F.cross_entropy(answers, batch.labels)))
    assert terms.kl is not None
    reconstruction = step.record("reconstruction", terms.reconstruction)
    loss = s.reconstruction_weight * reconstruction + s.kl_weight * step.record("kl", terms.kl)
    with phases.frozen(reader):
        logs = reader(rest).float().log_softmax(1)
    # log K minus the entropy of the answer, in nats: 0 where it says nothing
    information = math.log(logs.shape[1]) + (logs.exp() * logs).sum(1).mean()
    loss = loss + s.independence_weight * step.record("information", information)
    phases.update_autoencoder(step, loss)


KIND = Kind(
    name="csvae",
    parts=parts,
    train_batch=train_batch,
    optimizers=(AUTOENCODER, Optimizer("discriminator", ("latent_discriminator",), "lr_d")),
    value_range=(0.0, 1.0),
    chosen_by="loss",
    likelihood=likelihood,
    encodes=True,
    variational=True,
    supervised=True,
    prior=prior,
    networks=autoencoder.FAMILY,
    check_config=partial(check_first_latents, setting="label_latents"),
    ignores=(ADVERSARY - {"spectral_norm"})
    | LATENT_LOSS
    | {"leak", "adversary_weight", "equivariant"},
    uses=frozenset({"label_latents", "independence_weight"}),
    defaults={"lr_d": 1e-3},
)
