"""`cyclegan`: translators between two domains that are learnt without pairs (Zhu 2017).

Each translator answers a discriminator of the domain that it translates to. An image that is
translated there and back must come back the same (cycle loss), and a translator leaves an image
that is of its target already (identity loss).
"""

from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from fractaldream_models import phases
from fractaldream_models.networks import zhu2017
from fractaldream_models.settings import ADVERSARY, NO_ENCODER
from fractaldream_models.training_step import Batch, TrainingStep

from .cogan import KIND as COGAN

HISTORY = 50  # fakes of each domain that are kept, as in the paper


def cycle_loss(
    translate: list[torch.nn.Module], images: list[Tensor], fakes: list[Tensor]
) -> Tensor:
    """Return the mean of |image - image there and back| of both domains, summed.

    Parameters
    ----------
    translate
        The translators of images of domain 0 and of domain 1.
    images
        Images of domain 0 and of domain 1, (N, C, S, S) each.
    fakes
        Their translations, of domain 1 and of domain 0.
    """
    back = [translate[1](fakes[0]), translate[0](fakes[1])]
    losses = [F.l1_loss(b.float(), x) for b, x in zip(back, images, strict=True)]
    return losses[0] + losses[1]


def identity_loss(translate: list[torch.nn.Module], images: list[Tensor]) -> Tensor:
    """Return the mean of |image - translation| of images of the target domains, summed."""
    pairs = ((translate[0], images[1]), (translate[1], images[0]))
    losses = [F.l1_loss(translator(x).float(), x) for translator, x in pairs]
    return losses[0] + losses[1]


def from_history(step: TrainingStep, fakes: Tensor) -> Tensor:
    """Return fakes for the discriminators, half of them earlier ones (Shrivastava 2017).

    A fake is exchanged with one of the last 50 by the toss of a coin, and kept in its place. All
    processes have the same history, of the fakes of the whole batch.

    Parameters
    ----------
    step
        Keeps the history of both domains, (H, 2, C, S, S), as `memory["fakes"]`.
    fakes
        This share of the fakes, of both domains in turn, (2 N, C, S, S).
    """
    pairs = step.gather(fakes.detach().float()).unflatten(0, (-1, 2))
    capacity = max(HISTORY, len(pairs))
    history = step.memory.get("fakes", pairs[:0])
    if len(history) < capacity:
        step.memory["fakes"] = torch.cat([history, pairs])[:capacity].clone()
        return fakes.detach()
    exchanged = []
    for domain in (0, 1):
        slots = step.uniform(capacity).argsort()[: len(pairs)]
        coins = (step.uniform(len(pairs)) < 0.5)[:, None, None, None]
        new_fakes, old_fakes = pairs[:, domain], history[slots, domain]
        exchanged.append(torch.where(coins, old_fakes, new_fakes))
        history[slots, domain] = torch.where(coins, new_fakes, old_fakes)
    return step.share(torch.stack(exchanged, 1).flatten(0, 1))


def train_batch(step: TrainingStep, batch: Batch) -> None:
    """Train both translators, then both discriminators on real images and on the history."""
    model, s = step.model, step.settings
    generator, discriminator = model.generator, model.discriminator
    assert isinstance(generator, zhu2017.Translators)
    assert isinstance(discriminator, zhu2017.Discriminators)
    translate, judge = list(generator.of_each), list(discriminator.of_each)
    images = [batch.images[domain::2] for domain in (0, 1)]
    fakes = [translator(x) for translator, x in zip(translate, images, strict=True)]
    with phases.frozen(discriminator):
        verdicts = [judge[1](fakes[0]).float(), judge[0](fakes[1]).float()]
    answers = [F.mse_loss(v, torch.ones_like(v)) for v in verdicts]
    loss = step.record("generator", answers[0] + answers[1])
    cycle = step.record("reconstruction", cycle_loss(translate, images, fakes))
    loss = loss + s.reconstruction_weight * cycle
    if s.identity_weight > 0:
        loss = loss + s.identity_weight * step.record("identity", identity_loss(translate, images))
    step.update("generator", loss)
    _update_discriminators(step, judge, images, torch.stack(fakes[::-1], 1).flatten(0, 1))


def _update_discriminators(
    step: TrainingStep, judge: list[torch.nn.Module], images: list[Tensor], fakes: Tensor
) -> None:
    """Train the discriminators by least squares: real patches shall get 1, fake ones 0."""
    seen = from_history(step, fakes)
    real = [judge[domain](images[domain]).float() for domain in (0, 1)]
    fake = [judge[domain](seen[domain::2]).float() for domain in (0, 1)]
    errors = [
        (F.mse_loss(r, torch.ones_like(r)) + f.square().mean()) / 2
        for r, f in zip(real, fake, strict=True)
    ]
    step.record("d_real", torch.cat(real).mean((2, 3)).clamp(0, 1))
    step.record("d_fake", torch.cat(fake).mean((2, 3)).clamp(0, 1))
    step.update("discriminator", step.record("discriminator", errors[0] + errors[1]))


KIND = replace(
    COGAN,
    name="cyclegan",
    parts=zhu2017.translators_and_discriminators,
    train_batch=train_batch,
    translates=True,
    networks=zhu2017.FAMILY,
    ignores=(NO_ENCODER - {"reconstruction_weight"})
    | (ADVERSARY - {"spectral_norm"})
    | {"latent", "equivariant"},
    uses=frozenset({"identity_weight"}),
    # the weight of the cycle loss in the paper
    defaults={"reconstruction_weight": 10.0},
)
