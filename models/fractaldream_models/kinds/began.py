"""`began`: an autoencoder as the critic, held in equilibrium with the generator (Berthelot 2017).

BEGAN: boundary equilibrium generative adversarial networks. The critic lowers its error on real
images and, with the weight k, raises that on generated ones; k holds the ratio of both at gamma.
Other than in the paper, latents are drawn from N(0, I).
"""

import torch

from fractaldream_models.kind import CRITIC, GENERATOR, Kind
from fractaldream_models.networks import berthelot2017
from fractaldream_models.phases import frozen
from fractaldream_models.settings import ADVERSARY, NO_ENCODER
from fractaldream_models.training_step import Batch, TrainingStep


def train_batch(step: TrainingStep, batch: Batch) -> None:
    """Train the critic, then G, then move k; record the measure of convergence."""
    model, s, x = step.model, step.settings, batch.images
    critic = model.get_submodule("critic")
    k = step.memory.setdefault("k", torch.zeros((), device=x.device))
    fakes = model.decode(step.normal(len(x)))
    real = critic(x)
    loss = real.mean() - k * critic(fakes.detach()).mean()
    step.update("critic", step.record("discriminator", loss))
    with frozen(critic):
        fake = critic(fakes)
    step.update("generator", step.record("generator", fake.mean()))
    with torch.no_grad():
        error = step.gather(real).mean()
        balance = s.gamma * error - step.gather(fake).mean()
        step.memory["k"] = (k + s.k_rate * balance).clamp(0, 1)
        step.record("k", step.memory["k"])
        step.record("convergence", error + balance.abs())


KIND = Kind(
    name="began",
    parts=berthelot2017.generator_and_critic,
    train_batch=train_batch,
    optimizers=(CRITIC, GENERATOR),
    networks=berthelot2017.FAMILY,
    ignores=NO_ENCODER | ADVERSARY,
    uses=frozenset({"gamma", "k_rate"}),
)
