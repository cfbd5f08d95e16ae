"""Facts about the images of a run: parameters of some, and what neighbours in the file share."""

import torch
from torch import Tensor

from fractaldream_base.errors import BadInput
from fractaldream_models import kinds
from fractaldream_models.data.tensors import Data
from fractaldream_models.model import Model
from fractaldream_models.settings import Settings


def paired_rows(rows: Tensor, share: float, seed: int) -> Tensor:
    """Return the rows of the images that come with their parameters.

    A larger share of the same rows and seed holds those of a smaller one.

    Parameters
    ----------
    rows
        Rows of the training images, (N,).
    share
        Share of them, 0 to 1.
    seed
        Seed of the run.
    """
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed + 0x9A12))
    return rows[order[: round(share * len(rows))]]


def matched_rows(params: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
    """Return the pairs of consecutive images, rows 2i and 2i + 1, that share parameters.

    Parameters
    ----------
    params
        Parameters of all images of the file, (N, P).
    rows
        Rows of the training images; a pair counts where both images are among them.

    Returns
    -------
    tuple
        Row of the first image of each pair, (M,), and which parameters it shares with the second,
        bool (M, P).
    """
    training = torch.zeros(len(params) // 2 * 2, dtype=torch.bool)
    training[rows[rows < len(training)]] = True
    first = 2 * training.view(-1, 2).all(1).nonzero()[:, 0]
    shared = params[first] == params[first + 1]
    partial = shared.any(1) & ~shared.all(1)
    return first[partial], shared[partial]


def shuffled_batches(pool: int, count: int, batch: int, sampler: torch.Generator) -> Tensor:
    """Return `count` batches of numbers below `pool`, (count, batch), from permutations in turn."""
    rounds = -(-count * batch // pool)
    numbers = torch.cat([torch.randperm(pool, generator=sampler) for _ in range(max(1, rounds))])
    return numbers[: count * batch].view(count, batch)


def check_pairs(model: Model, settings: Settings, data: Data, source: str) -> None:
    """Refuse losses on pairs that the kind or the data do not have. Raises BadInput."""
    s = settings
    if s.paired_weight > 0:
        _check_params(model, data.params, "paired_weight")
        _check_share(s, data)
    if s.matched_pairs != "none":
        _check_params(model, data.params, "matched_pairs", every=s.matched_pairs == "which")
        _check_matched(model, data, source)


def _check_params(model: Model, params: Tensor | None, name: str, every: bool = True) -> None:
    """Refuse a kind that has no such loss, data without parameters, and, for `every`, latents."""
    kind = kinds.find(model.kind)
    if not kind.paired or (name == "matched_pairs" and not kind.encodes):
        pairing_kinds = kinds.having("paired")
        if name == "matched_pairs":
            pairing_kinds = [other for other in pairing_kinds if kinds.find(other).encodes]
        raise BadInput(f"{name}: {model.kind} cannot pair; use one of {', '.join(pairing_kinds)}")
    if params is None:
        raise BadInput(f"{name}: these data have no parameters; give a dataset file")
    if every and params.shape[1] != model.latent:
        raise BadInput(
            f"{name}: {params.shape[1]} parameters, latent {model.latent}; "
            f"add --set latent={params.shape[1]}"
        )


def _check_share(settings: Settings, data: Data) -> None:
    """Refuse a share of images without end, and one that is no image."""
    share, images = settings.paired_share, len(data.train)
    if 0 < share < 1 and data.live is not None:
        raise BadInput(
            f"paired_share={share:g}: live data have no end to take a share of; render a data set"
        )
    if share > 0 and round(share * images) == 0:
        raise BadInput(
            f"paired_share={share:g}: less than one of {images} training images; give 0, or "
            f"{1 / images:.2g} or more"
        )


def _check_matched(model: Model, data: Data, source: str) -> None:
    """Refuse data of no pairs, and fewer latents than a pair shares."""
    assert data.params is not None
    shared = torch.zeros(0, data.params.shape[1])
    if data.live is None:
        shared = matched_rows(data.params, data.train)[1]
    if not len(shared):
        raise BadInput(
            f"matched_pairs: {source} has no pairs of images that share parameters; render some "
            "with fractaldream render --shared 3 --no-refusals"
        )
    most = int(shared.sum(1).max())
    if most >= model.latent:
        raise BadInput(
            f"matched_pairs: pairs share {most} parameters, latent {model.latent}; "
            f"add --set latent={data.params.shape[1]}"
        )
