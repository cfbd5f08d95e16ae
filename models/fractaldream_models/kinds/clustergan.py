"""`clustergan`: a generative adversarial network whose latents name clusters (Mukherjee 2019).

A latent is a one-hot cluster beside normal numbers. The encoder recovers both from generated
images, and so names the cluster of any image: its largest of the first `clusters` latents.
"""

from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fractaldream_models import phases
from fractaldream_models.kind import DISCRIMINATOR, Kind, Optimizer, check_first_latents
from fractaldream_models.model import ModelConfig
from fractaldream_models.networks import modulated
from fractaldream_models.settings import LATENT_LOSS
from fractaldream_models.training_step import Batch, TrainingStep

SPREAD = 0.1  # standard deviation of the normal latents, as in the paper


class ClusterEncoder(nn.Module):
    """Tower -> probabilities of the clusters beside the normal latents, (N, L)."""

    def __init__(self, tower: nn.Module, clusters: int) -> None:
        super().__init__()
        self.tower, self.clusters = tower, clusters

    def logits_and_rest(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits of the clusters, (N, K), and the normal latents, (N, L - K)."""
        out = self.tower(x)
        return out[:, : self.clusters], out[:, self.clusters :]

    def forward(self, x: Tensor) -> Tensor:
        """Return the latents of images (N, C, S, S)."""
        logits, rest = self.logits_and_rest(x)
        return torch.cat([logits.softmax(1), rest], 1)


def parts(config: ModelConfig) -> dict[str, nn.Module]:
    """Return the networks of a configuration."""
    networks = modulated.generator_and_towers(config, encoder=config.latent, discriminator=1)
    return networks | {"encoder": ClusterEncoder(networks["encoder"], config.clusters)}


def prior(config: ModelConfig, normal: Tensor) -> Tensor:
    """Return latents (N, L): each cluster as often as any other, and normal numbers beside it."""
    first, rest = normal[:, : config.clusters], normal[:, config.clusters :]
    chosen = F.one_hot(first.argmax(1), config.clusters).to(normal)
    return torch.cat([chosen, SPREAD * rest], 1)


def train_batch(step: TrainingStep, batch: Batch) -> None:
    """Train D, then G and E on newly drawn latents: to answer D, and to recover these latents."""
    model, s = step.model, step.settings
    phases.update_discriminator(step, batch)
    encoder = model.encoder
    assert isinstance(encoder, ClusterEncoder)
    z = model.prior(step.normal(len(batch.images)))
    fakes = model.decode(z)
    logits, rest = encoder.logits_and_rest(fakes)
    clusters, normal = z.split([encoder.clusters, z.shape[1] - encoder.clusters], 1)
    cluster = step.record("cluster", F.cross_entropy(logits.float(), clusters.float()))
    code = step.record("code", F.mse_loss(rest.float(), normal.float()))
    loss = s.cluster_weight * cluster + s.code_weight * code
    step.update("generator", phases.with_adversary(step, batch, loss, fakes))


KIND = Kind(
    name="clustergan",
    parts=parts,
    train_batch=train_batch,
    optimizers=(DISCRIMINATOR, Optimizer("generator", ("generator", "encoder"), "lr_g")),
    encodes=True,
    discriminates=True,
    prior=prior,
    networks=modulated.FAMILY,
    check_config=partial(check_first_latents, setting="clusters"),
    ignores=LATENT_LOSS | {"kl_weight", "reconstruction_weight", "equivariant"},
    uses=frozenset({"clusters", "cluster_weight", "code_weight"}),
    defaults={**modulated.BESIDE_ENCODER, "cluster_weight": 1.0},
)
