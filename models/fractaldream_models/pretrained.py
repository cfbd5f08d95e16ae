"""Checkpoints that come with the package: `pretrained:NAME` wherever a checkpoint is read.

Each is a file of `pretrained_files/` with a card (JSON) beside it. `bench/pretrained.py` makes both
from the folder of a run. This module imports no torch, so that shells complete the names at once.
"""

import json
from dataclasses import dataclass, fields
from pathlib import Path
from textwrap import wrap
from typing import Any

import click
from click.shell_completion import CompletionItem

from fractaldream_base.errors import BadInput
from fractaldream_base.options import completed_names
from fractaldream_base.text_result import TextResult

PREFIX = "pretrained:"
FILES = Path(__file__).with_name("pretrained_files")
WIDTH = 100  # of what is printed


@dataclass(frozen=True)
class Card:
    """The description of a pretrained checkpoint.

    Attributes
    ----------
    name
        Its name behind ``pretrained:``.
    summary
        What it is, in one sentence.
    kind
        Kind of model, or classifier.
    size, channels
        Side of its images in pixels, and their channels: 1 for levels or grey.
    latent
        Number of latents; 0 of a classifier.
    epoch
        The epoch that was chosen; None where the file does not say.
    data
        What it learnt from: how the data are made, and the SHA-256 of their images.
    sha256_of_data
        SHA-256 of these images, as `fractaldream info` prints it.
    command
        The command that trained it.
    machine
        What trained it: the device, the version of PyTorch and the precision.
    version
        Version of fractaldream that wrote the file.
    figures
        What the training measured on held-out images and `evalkit quality` on samples, by what
        each figure is.
    sha256
        SHA-256 of the file.
    bytes
        Size of the file.
    """

    name: str
    summary: str
    kind: str
    size: int
    channels: int
    latent: int
    epoch: int | None
    data: str
    sha256_of_data: str
    command: str
    machine: str
    version: str
    figures: dict[str, float]
    sha256: str
    bytes: int

    def __str__(self) -> str:
        latents = f", {self.latent} latents" if self.latent else ""
        lines = [
            f"{PREFIX}{self.name}: {self.summary}",
            "",
            f"  {'kind':12}{self.kind}, {self.channels} x {self.size} x {self.size} px{latents}",
            f"  {'data':12}{self.data}",
            f"  {'':12}SHA-256 {self.sha256_of_data}",
            f"  {'training':12}{self.command}",
        ]
        if self.epoch is not None:
            lines.append(f"  {'':12}epoch {self.epoch}, {self.machine}")
        lines += [
            f"  {'file':12}{self.bytes / 1e6:.1f} MB, float16, written by fractaldream "
            f"{self.version}",
            f"  {'':12}SHA-256 {self.sha256}",
        ]
        if self.figures:
            lines += ["", "  figures"]
            lines += [f"    {measure:68}{value:.4g}" for measure, value in self.figures.items()]
        return "\n".join(lines)


@dataclass(frozen=True)
class PretrainedTable(TextResult):
    """Pretrained checkpoints side by side."""

    cards: tuple[Card, ...]

    def __str__(self) -> str:
        lines = ["Checkpoints that come with the package, wherever a checkpoint is read:", ""]
        for card in self.cards:
            first, *rest = wrap(card.summary, WIDTH - 30) or [""]
            lines.append(f"  {PREFIX + card.name:28}{first}")
            lines += [f"  {'':28}{part}" for part in rest]
        return "\n".join(lines)


def is_pretrained(source: str | Path) -> bool:
    """Return whether a text is `pretrained:NAME`; a file of such a name is given as `./NAME`."""
    return str(source).startswith(PREFIX)


def pretrained_names() -> list[str]:
    """Return the names of the checkpoints that come with the package."""
    return sorted(path.stem for path in FILES.glob("*.pt"))


def checkpoint_file(source: str | Path) -> Path:
    """Return the file of a checkpoint that `pretrained:NAME` or a path names.

    Raises
    ------
    BadInput
        If no checkpoint of this name comes with the package.
    """
    if not is_pretrained(source):
        return Path(source)
    name = str(source).removeprefix(PREFIX)
    if name not in pretrained_names():
        raise BadInput(
            f"{source}: no such checkpoint comes with the package; give one of "
            f"{', '.join(PREFIX + shipped for shipped in pretrained_names())} "
            "(`fractaldream pretrained` says what they are)"
        )
    return FILES / f"{name}.pt"


def read_card(name: str) -> Card:
    """Return the card of a pretrained checkpoint by its name. Raises BadInput."""
    path = checkpoint_file(PREFIX + name.removeprefix(PREFIX))
    values: dict[str, Any] = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return Card(**{field.name: values[field.name] for field in fields(Card)})


def describe_pretrained() -> PretrainedTable:
    """Return the cards of all checkpoints that come with the package.

    Returns
    -------
    PretrainedTable
        A card for each checkpoint, sorted by name.
    """
    return PretrainedTable(tuple(read_card(name) for name in pretrained_names()))


def completed_checkpoints(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the pretrained checkpoints that a shell completes the word to, or else files."""
    names = (PREFIX + name for name in pretrained_names())
    return completed_names(*names)(context, parameter, incomplete)
