"""The figures of a model on held-out images: one epoch's row, one grid."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from fractaldream_models import losses
from fractaldream_models.data.tensors import Data
from fractaldream_models.kinds.zoo import VARIATIONAL, Model
from fractaldream_models.settings import Settings

from . import sample_quality as quality

MOST = 1000  # held-out images looked at, and samples drawn


@dataclass(frozen=True)
class HeldOut:
    """Rows of the validation split, and the features and diversity of their images."""

    rows: Tensor
    features: quality.Features
    codes: Tensor
    diversity: float


def held_out(data: Data, features: quality.Features) -> HeldOut:
    """What does not change from epoch to epoch."""
    rows = data.validation[:MOST]
    codes = torch.cat([features(data.batch(part, (0, 1))) for part in rows.split(256)])
    return HeldOut(rows, features, codes, quality.diversity(data.batch(rows[:256], (0, 1))))


@torch.no_grad()
def reconstruct(
    model: Model, data: Data, rows: Tensor, *, noise: torch.Generator | None = None
) -> tuple[Tensor, dict[str, float], Tensor | None]:
    """Reconstructions in [0, 1] of these rows, their figures per image, and their codes.

    Codes are posterior samples of variational kinds where noise is given; reconstructions come
    from the mean.
    """
    low, high = model.value_range
    images, codes = [], []
    sums = {"validation_mse": 0.0}
    for part in rows.split(128):
        x = data.batch(part, model.value_range)
        labels = _labels(model, data, part)
        z = model.encode(x, labels)
        decoded = model.decode(z, labels)
        images.append((decoded.float() - low) / (high - low))
        squared = (decoded.float() - x).square().mean((1, 2, 3)) / (high - low) ** 2
        sums["validation_mse"] += float(squared.sum())
        if model.kind in VARIATIONAL:
            mean, log_variance = model.posterior(x, labels)
            epsilon = torch.randn(mean.shape, generator=noise, device=mean.device)
            z = mean + (0.5 * log_variance).exp() * epsilon
            logits = model.generator(z, *model.onehot(labels, x))
            nats = float(losses.bernoulli_nats(logits.float(), x)) * len(part)
            divergence = float(losses.kl(mean.float(), log_variance.float())) * len(part)
            for name, value in (("reconstruction", nats), ("kl", divergence)):
                key = f"validation_{name}"
                sums[key] = sums.get(key, 0.0) + value
        elif model.kind == "ae":
            nats = float(losses.bernoulli_nats(model.generator(z).float(), x)) * len(part)
            sums["validation_reconstruction"] = sums.get("validation_reconstruction", 0.0) + nats
        codes.append(z.float())
    figures = {name: value / len(rows) for name, value in sums.items()}
    if "validation_reconstruction" in figures:
        figures["validation_loss"] = figures["validation_reconstruction"] + figures.get(
            "validation_kl", 0.0
        )
    return torch.cat(images), figures, torch.cat(codes)


@torch.no_grad()
def samples(model: Model, n: int, seed: int) -> Tensor:
    """n samples in [0, 1] from the same noise at every call; labels in turn."""
    low, high = model.value_range
    device = next(model.parameters()).device
    z = torch.randn(n, model.latent, generator=torch.Generator().manual_seed(seed)).to(device)
    labels = torch.arange(n, device=device) % model.classes if model.classes else None
    parts = [
        model.decode(z[i : i + 128], None if labels is None else labels[i : i + 128]).float()
        for i in range(0, n, 128)
    ]
    return (torch.cat(parts) - low) / (high - low)


def figures(model: Model, data: Data, held: HeldOut, seed: int) -> dict[str, float]:
    """One epoch's row of held-out figures; model in evaluation mode."""
    row: dict[str, float] = {}
    if model.encoder is not None:
        device = next(model.parameters()).device
        noise = torch.Generator(device=device).manual_seed(seed)
        _, row, codes = reconstruct(model, data, held.rows, noise=noise)
        assert codes is not None
        if bool(codes.isfinite().all()):
            statistics = asdict(losses.latent_statistics(codes))
            row |= {f"latent_{name}": value for name, value in statistics.items()}
    drawn = samples(model, len(held.rows), seed)
    row["diversity_ratio"] = quality.diversity(drawn[:256]) / held.diversity
    if bool(drawn.isfinite().all()):
        generated = torch.cat([held.features(part) for part in drawn.split(256)])
        row["kernel_distance"] = quality.kernel_distance(real=held.codes, generated=generated)
    return row


def chooser(settings: Settings) -> tuple[str, Callable[[dict[str, float]], float]]:
    """The figure that chooses the best epoch (lower is better), and how to read it."""
    by = settings.choose
    if by == "auto":
        auto = {"vae": "loss", "cvae": "loss", "ae": "reconstruction"}
        by = auto.get(settings.kind, "kernel")
        by = "reconstruction" if settings.kind == "aae-latent" else by
    name = {
        "kernel": "kernel_distance",
        "reconstruction": "validation_mse",
        "loss": "validation_loss",
    }[by]
    return name, lambda row: row[name]


def _labels(model: Model, data: Data, rows: Tensor) -> Tensor | None:
    if not model.classes:
        return None
    assert data.labels is not None
    return data.labels[rows.to(data.labels.device)]
