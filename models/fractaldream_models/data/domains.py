"""Two data sets as one: two domains without pairs, which their labels tell apart."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from fractaldream_base.errors import BadInput

from .tensors import Data, sha256_of, standardised


def join_domains(first: Data, second: Data, sources: tuple[str, str]) -> Data:
    """Return two data sets as one of two classes; labels that they had are left out.

    Parameters
    ----------
    first, second
        The data sets; the images of the first have label 0.
    sources
        Where they lie, which gives the classes their names.

    Returns
    -------
    Data
        The images of both. Rows of training and of validation are from both in turn as far as
        both have some, so that the first N rows have as many of each. Parameters are kept where
        both data sets have the same.

    Raises
    ------
    BadInput
        If the images differ in size or channels.
    """
    _check_alike(first, second, sources)
    if not _same_palette(first, second):
        first, second = _in_colour(first), _in_colour(second)
    n = len(first.images)
    images = torch.cat([first.images, second.images])
    labels = (torch.arange(len(images)) >= n).long()
    train = _in_turn(first.train, second.train + n)
    params, facts = _parameters(first, second, train)
    return Data(
        images=images,
        train=train,
        validation=_in_turn(first.validation, second.validation + n),
        palette=first.palette,
        labels=labels,
        classes=2,
        params=params,
        facts={
            "class_names": list(_names(sources)),
            "sha256": sha256_of(images),
            **facts,
            **_shared_facts(first, second),
        },
    )


def _check_alike(first: Data, second: Data, sources: tuple[str, str]) -> None:
    """Refuse domains that one model cannot learn. Raises BadInput."""
    if first.size != second.size:
        raise BadInput(
            f"{sources[1]}: images of {second.size} px, those of {sources[0]} have {first.size}; "
            "give domains of one size, or add --set size=N --set resize=true"
        )
    if first.channels != second.channels:
        raise BadInput(
            f"{sources[1]}: images of {second.channels} channels, those of {sources[0]} have "
            f"{first.channels}; add --set channels=3, or 1 where both can be read so"
        )


def _same_palette(first: Data, second: Data) -> bool:
    """Return whether levels of both mean the same colours, or neither has levels."""
    if first.palette is None or second.palette is None:
        return first.palette is second.palette
    return torch.equal(first.palette, second.palette)


def _in_colour(data: Data) -> Data:
    """Return data whose levels have become colours."""
    if data.palette is None:
        return data
    images = data.palette[data.images[:, 0].long()].permute(0, 3, 1, 2).contiguous()
    return replace(data, images=images, palette=None)


def in_turn(data: Data) -> Data:
    """Return data of two domains with the rows of training and of validation from both in turn."""
    assert data.labels is not None
    labels = data.labels

    def ordered(rows: Tensor) -> Tensor:
        return _in_turn(*(rows[labels[rows] == domain] for domain in (0, 1)))

    return replace(data, train=ordered(data.train), validation=ordered(data.validation))


def _in_turn(first: Tensor, second: Tensor) -> Tensor:
    """Return rows of both in turn, then what is left of the longer one."""
    common = min(len(first), len(second))
    pairs = torch.stack([first[:common], second[:common]], 1).flatten()
    return torch.cat([pairs, first[common:], second[common:]])


def _parameters(first: Data, second: Data, train: Tensor) -> tuple[Tensor | None, dict[str, Any]]:
    """Return the parameters of both, standardised together, and the facts that lead back."""
    facts = (first.facts or {}, second.facts or {})
    names = facts[0].get("param_names", [])
    of_each = [params for data in (first, second) if (params := data.in_units()) is not None]
    if len(of_each) < 2 or names != facts[1].get("param_names"):
        return None, {}
    params_of_all = torch.cat(of_each)
    return standardised(params_of_all, params_of_all[train], names)


def _shared_facts(first: Data, second: Data) -> dict[str, Any]:
    """Return the facts about colours and the sampling law that hold for both."""
    first_facts, second_facts = first.facts or {}, second.facts or {}
    return {
        key: first_facts[key]
        for key in ("colours", "law")
        if key in first_facts and first_facts[key] == second_facts.get(key)
    }


def _names(sources: tuple[str, str]) -> tuple[str, str]:
    """Return the names of the domains: those of the files or folders, where these differ."""
    first, second = (Path(source).stem for source in sources)
    return (first, second) if first != second else ("first", "second")
