"""`csvae`: variational autoencoder with a latent subspace for the label (Klys 2018).

The first `label_latents` latents, W, have a prior that depends on the label: one normal cloud for
each class, on an axis of its own, or on a circle where W has fewer latents than there are classes.
The others, Z, have N(0, I), and hold nothing about the label: a network reads it from them, and the
encoder makes its answer as uncertain as it can be, and the means of Z of all labels equal. Other
than in the paper, the encoder does not see the label, so that W of any image can be computed, and
the label be read from it.
"""

import math
from dataclasses import dataclass, replace
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

RADIUS = 3.0  # of the classes' means
SPREAD = 0.3  # standard deviation of W given the class; on a circle, ten means lie 6 of it apart
READER_STEPS = 5  # of the network that reads the label, for one of the encoder


def parts(config: ModelConfig) -> dict[str, nn.Module]:
    """Return the networks of a configuration."""
    c = config
    networks = autoencoder.encoder_and_decoder(replace(c, classes=0), 2 * c.latent)
    rest = c.latent - c.label_latents
    # what it reads is standardised, so that the encoder cannot hide the label by shrinking Z
    standardised = (nn.Unflatten(1, (rest, 1, 1)), nn.BatchNorm2d(rest), nn.Flatten())
    reader = nn.Sequential(*standardised, *mlp(rest, [256, 256], c.classes, nn.ReLU()))
    return networks | {"latent_discriminator": reader}


def means(config: ModelConfig, labels: Tensor) -> Tensor:
    """Return the means of W given labels, int64 (N,), as (N, label_latents).

    Each class has an axis of its own where there are as many; else they lie on a circle, where an
    image between two classes may lie beside a third.
    """
    if config.label_latents >= config.classes:
        return RADIUS * F.one_hot(labels, config.label_latents).float()
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


@dataclass(frozen=True)
class Bound:
    """The evidence lower bound of a batch: codes (N, L), logits (N, C, S, S), and nats (N,)."""

    codes: Tensor
    logits: Tensor
    kl_w: Tensor  # of W from the prior of the label
    kl_z: Tensor  # of Z from N(0, I)


def bound(model: Model, images: Tensor, labels: Tensor, epsilon: Tensor) -> Bound:
    """Draw codes of images, decode them, and compute the divergences of W and Z."""
    mean, log_variance = model.posterior(images)
    codes = mean + (0.5 * log_variance).exp() * epsilon
    w = model.config.label_latents
    # the divergence from N(m, s^2) is that of the standardised W from N(0, 1)
    standard = (mean[:, :w] - means(model.config, labels).to(mean)) / SPREAD
    return Bound(
        codes,
        model.generator(codes),
        losses.kl_of_each(standard, log_variance[:, :w] - 2 * math.log(SPREAD)),
        losses.kl_of_each(mean[:, w:], log_variance[:, w:]),
    )


def likelihood(model: Model, images: Tensor, labels: Tensor | None, epsilon: Tensor) -> Likelihood:
    """Return the two terms of the evidence lower bound, pixels Bernoulli, given the labels."""
    assert labels is not None
    terms = bound(model, images, labels, epsilon)
    logits, kl = terms.logits.float(), terms.kl_w + terms.kl_z
    return Likelihood(
        terms.codes,
        losses.bernoulli_nats(logits, images),
        kl.mean(),
        lambda: losses.bernoulli_nats_of_each(logits, images) + kl,
    )


def train_batch(step: TrainingStep, batch: Batch) -> None:
    """Train the reader of Z on labels, then E and G on the lower bound and on what it reads."""
    model, s, x = step.model, step.settings, batch.images
    reader = model.latent_discriminator
    assert reader is not None and batch.labels is not None
    terms = bound(model, x, batch.labels, step.normal(len(x)))
    rest = terms.codes[:, model.config.label_latents :]
    for _ in range(READER_STEPS):  # it must keep up with the encoder
        answers = reader(rest.detach()).float()
        step.update("discriminator", step.record("reader", F.cross_entropy(answers, batch.labels)))
    reconstruction = losses.bernoulli_nats(terms.logits.float(), x)
    kl_w, kl_z = terms.kl_w.mean(), terms.kl_z.mean()
    step.record("kl", kl_w + kl_z)
    loss = s.reconstruction_weight * step.record("reconstruction", reconstruction)
    loss = loss + s.kl_weight * kl_z + s.label_kl_weight * step.record("label_kl", kl_w)
    with phases.frozen(reader):
        logs = reader(rest).float().log_softmax(1)
    # log K minus the entropy of the answer, in nats: 0 where it says nothing
    information = math.log(logs.shape[1]) + (logs.exp() * logs).sum(1).mean()
    whole = step.gather(rest.float()), step.gather(batch.labels)
    information = information + between_classes(*whole) / 2
    loss = loss + s.independence_weight * step.record("information", information)
    phases.update_autoencoder(step, loss)


def between_classes(codes: Tensor, labels: Tensor) -> Tensor:
    """Estimate the variance of the means of classes, summed over standardised latents, unbiased.

    Half of it is the information about the label in nats, to first order, where the classes are
    normal clouds. It needs no network that has to keep up with the encoder.

    Parameters
    ----------
    codes, labels
        float (N, L) and int64 (N,).
    """
    standard = (codes - codes.mean(0)) / (codes.std(0) + 1e-6)
    onehot = F.one_hot(labels).to(standard)
    counts = onehot.sum(0)
    # products of different images of a class: those of an image with itself would bias it
    products = (onehot.T @ standard).square().sum(1) - onehot.T @ standard.square().sum(1)
    # centred by their own mean, two images have a product of -1 / N a latent by chance
    return (products / (counts - 1).clamp(min=1)).sum() / len(codes) + codes.shape[1] / len(codes)


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
    uses=frozenset({"label_latents", "label_kl_weight", "independence_weight"}),
    defaults={"lr_d": 1e-3, "ema": 0.99},  # the average evens out the game with the reader
)
