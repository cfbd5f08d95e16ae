"""The figures of a model on held-out images: one epoch's row, one grid."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from fractaldream_base.errors import BadInput
from fractaldream_models import kinds, losses
from fractaldream_models.data.tensors import Data
from fractaldream_models.model import Model
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


def hold_out(data: Data, features: quality.Features) -> HeldOut:
    """Return the held-out images with their features and diversity, computed once per run."""
    rows = data.validation[:MOST]
    codes = torch.cat([features(data.batch(part, (0, 1))) for part in rows.split(256)])
    return HeldOut(rows, features, codes, quality.diversity(data.batch(rows[:256], (0, 1))))


@dataclass(frozen=True)
class Reconstructions:
    """Held-out images after encoding and decoding."""

    images: Tensor  # (N, C, S, S) in [0, 1]; of variational kinds, decoded from the mean
    codes: Tensor  # (N, L); of variational kinds, drawn from the posterior
    figures: dict[str, float]  # means over images, by their names in metrics.jsonl
    terms: dict[str, Tensor]  # values of each image, float64 (N,), whose means are these figures


@dataclass(frozen=True)
class EpochFigures:
    """Held-out figures of an epoch.

    Attributes
    ----------
    row
        The figures by their names in metrics.jsonl.
    terms
        Of figures that can choose an epoch: one value for each image, float64 (N,) on the CPU.
        The figure is their mean, and their standard deviation over sqrt(N) its standard error.
    """

    row: dict[str, float]
    terms: dict[str, Tensor]


@torch.no_grad()
def encode_and_decode(
    model: Model,
    data: Data,
    rows: Tensor,
    *,
    noise: torch.Generator | None = None,
    returned: int | None = None,
) -> Reconstructions:
    """Return the reconstructions of these rows; `noise` draws the samples of the posterior.

    `returned` is the number of images to return; None for all. The figures are of all of them.
    """
    low, high = model.value_range
    kind = kinds.find(model.kind)
    images, codes = [], []
    missing = len(rows) if returned is None else returned
    sums = {"validation_mse": 0.0}
    of_each: dict[str, list[Tensor]] = {}
    for part in rows.split(128):
        x = data.batch(part, model.value_range)
        true_labels = _labels(model, data, part)
        labels = true_labels if model.classes else None
        z = model.encode(x, labels)
        decoded = model.decode(z, labels)
        if missing > 0:
            images.append((decoded[:missing].float() - low) / (high - low))
            missing -= len(part)
        squared = (decoded.float() - x).square().mean((1, 2, 3)) / (high - low) ** 2
        sums["validation_mse"] += float(squared.sum())
        of_each.setdefault("validation_mse", []).append(squared)
        if kind.likelihood is not None and (true_labels is not None or not kind.labelled):
            epsilon = torch.zeros_like(z)
            if model.variational:
                epsilon = torch.randn(z.shape, generator=noise, device=z.device)
            terms = kind.likelihood(model, x, true_labels, epsilon)
            z = terms.codes
            if terms.of_each is not None:
                of_each.setdefault("validation_loss", []).append(terms.of_each())
            for name, value in (("reconstruction", terms.reconstruction), ("kl", terms.kl)):
                if value is not None:
                    key = f"validation_{name}"
                    sums[key] = sums.get(key, 0.0) + float(value) * len(part)
        codes.append(z.float())
    figures = {name: value / len(rows) for name, value in sums.items()}
    if "validation_reconstruction" in figures:
        figures["validation_loss"] = figures["validation_reconstruction"] + figures.get(
            "validation_kl", 0.0
        )
    all_terms = {name: torch.cat(parts).cpu().double() for name, parts in of_each.items()}
    return Reconstructions(torch.cat(images), torch.cat(codes), figures, all_terms)


@torch.no_grad()
def samples(model: Model, n: int, seed: int, *, repeats: int = 1) -> Tensor:
    """Return n samples in [0, 1], from the same noise at every call; labels in turn.

    Each latent is drawn once for `repeats` consecutive samples.
    """
    low, high = model.value_range
    device = next(model.parameters()).device
    normal = torch.randn(n // repeats, model.latent, generator=torch.Generator().manual_seed(seed))
    z = model.prior(normal.to(device)).repeat_interleave(repeats, 0)
    labels = torch.arange(n, device=device) % model.classes if model.classes else None
    parts = [
        model.decode(z[i : i + 128], None if labels is None else labels[i : i + 128]).float()
        for i in range(0, n, 128)
    ]
    return (torch.cat(parts) - low) / (high - low)


@torch.no_grad()
def translations(model: Model, data: Data, rows: Tensor) -> Tensor:
    """Return the translations of these rows to the other domain, (N, C, S, S) in [0, 1]."""
    low, high = model.value_range
    parts = []
    for part in rows.split(128):
        labels = _labels(model, data, part)
        assert labels is not None
        parts.append(model.translate(data.batch(part, model.value_range), labels).float())
    return (torch.cat(parts) - low) / (high - low)


def grid(model: Model, data: Data, held_out: HeldOut, n: int, seed: int) -> Tensor:
    """Return n images that show a model, n even, (n, C, S, S) in [0, 1].

    Held-out images, each before its translation; else samples, of two domains in pairs that share
    their latents.
    """
    if model.translates:
        rows = held_out.rows[: n // 2]
        pairs = [data.batch(rows, (0, 1)), translations(model, data, rows)]
        return torch.stack(pairs, 1).flatten(0, 1)
    if not kinds.find(model.kind).domains:
        return samples(model, n, seed)
    return samples(model, n, seed, repeats=2)


def figures(model: Model, data: Data, held_out: HeldOut, seed: int) -> EpochFigures:
    """Compute the held-out figures of an epoch; the model is in evaluation mode."""
    row: dict[str, float] = {}
    terms: dict[str, Tensor] = {}
    if model.encoder is not None:
        device = next(model.parameters()).device
        noise = torch.Generator(device=device).manual_seed(seed)
        decoded = encode_and_decode(model, data, held_out.rows, noise=noise)
        row, terms = dict(decoded.figures), dict(decoded.terms)
        if bool(decoded.codes.isfinite().all()):
            statistics = asdict(losses.latent_statistics(decoded.codes))
            row |= {f"latent_{name}": value for name, value in statistics.items()}
    kind = kinds.find(model.kind)
    if kind.held_out_loss is not None:
        loss_of_each = _losses(kind.held_out_loss, model, data, held_out.rows, seed)
        row["validation_loss"], terms["validation_loss"] = float(loss_of_each.mean()), loss_of_each
    pairs = _compared(model, data, held_out, seed)
    if held_out.diversity > 0:  # the held-out images differ
        compared_images = torch.cat(
            [generated_images[: 256 // len(pairs)] for generated_images, _ in pairs]
        )
        row["diversity_ratio"] = quality.diversity(compared_images) / held_out.diversity
    if all(bool(generated_images.isfinite().all()) for generated_images, _ in pairs):
        distances, of_each = [], []
        for generated_images, real in pairs:
            generated = torch.cat([held_out.features(part) for part in generated_images.split(256)])
            distances.append(quality.kernel_distance(real=real, generated=generated))
            of_each.append(quality.kernel_distance_terms(real=real, generated=generated))
        row["kernel_distance"] = sum(distances) / len(distances)
        terms["kernel_distance"] = torch.cat(of_each).cpu()
    return EpochFigures(row, terms)


def _compared(
    model: Model, data: Data, held_out: HeldOut, seed: int
) -> list[tuple[Tensor, Tensor]]:
    """Return generated images, and the features of as many held-out ones that they shall be like.

    Of two domains both are compared by themselves, since images of one domain that are left as they
    are would pass for images of both.
    """
    if not kinds.find(model.kind).domains:
        return [(samples(model, len(held_out.rows), seed), held_out.codes)]
    labels = _labels(model, data, held_out.rows)
    assert labels is not None
    count = min(int((labels == domain).sum()) for domain in (0, 1))
    if model.translates:
        translated = translations(model, data, held_out.rows)
        generated = [translated[labels == origin][:count] for origin in (1, 0)]
    else:
        in_turn = samples(model, 2 * count, seed)
        generated = [in_turn[domain::2] for domain in (0, 1)]
    return [(generated[domain], held_out.codes[labels == domain][:count]) for domain in (0, 1)]


@torch.no_grad()
def _losses(
    loss: Callable[[Model, Tensor, Tensor | None, torch.Generator], Tensor],
    model: Model,
    data: Data,
    rows: Tensor,
    seed: int,
) -> Tensor:
    """Return the loss of each of these rows, float64 (N,), at the same draws in every call."""
    draws = torch.Generator().manual_seed(seed)
    parts = [
        loss(model, data.batch(part, model.value_range), _labels(model, data, part), draws)
        for part in rows.split(128)
    ]
    return torch.cat(parts).cpu().double()


FIGURES = {
    "kernel": "kernel_distance",
    "reconstruction": "validation_mse",
    "loss": "validation_loss",
}


_IN_WORDS = {
    "kernel_distance": "kernel distance between samples and held-out images",
    "validation_mse": "reconstruction error of held-out images",
    "validation_loss": "loss of held-out images",
}


def figure_in_words(name: str) -> str:
    """Return what a figure that can choose an epoch measures, with its name in metrics.jsonl."""
    return f"{_IN_WORDS[name]} ({name})"


def chosen_figure(settings: Settings) -> str:
    """Return the held-out figure that chooses the best epoch; lower is better."""
    by = settings.choose
    return FIGURES[kinds.find(settings.kind).chosen_by if by == "auto" else by]


def check_chosen_figure(settings: Settings) -> None:
    """Refuse to choose by a figure that the kind does not have. Raises BadInput."""
    kind, name = kinds.find(settings.kind), chosen_figure(settings)
    if name == "validation_mse" and not kind.encodes:
        raise BadInput(f"choose=reconstruction: {kind.name} has no encoder; give choose=kernel")
    if name == "validation_loss" and (kind.likelihood or kind.held_out_loss) is None:
        raise BadInput(f"choose=loss: {kind.name} has no held-out loss; give another figure")


def _labels(model: Model, data: Data, rows: Tensor) -> Tensor | None:
    """Return the labels that a model has learnt from; None where there are none or others."""
    if data.labels is None or data.classes != model.config.classes:
        return None
    return data.labels[rows.to(data.labels.device)]
