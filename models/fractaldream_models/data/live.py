"""Images that are made as they are needed, by whatever package offers a stream of them.

A stream is an entry point of the group `fractaldream.streams`: a module with

    stream(recipe, *, batch, start, worker, workers)  endless batches with .levels, uint8
        (batch, S, S), and .params, float64 (batch, P); image i depends on the recipe and i alone,
        and of several workers each gives every workers-th batch, from the one of its number on
    Recipe.from_dict(options, source)  what it takes; raises ValueError
    palette(name)  uint8 (256, 3), the colours of levels
    PARAM_NAMES
"""

import importlib.metadata
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from fractaldream_models.errors import BadInput
from fractaldream_models.training.processes import Processes

PREFIX = "live:"
HELD_OUT = 1000  # the first images of a stream are never trained on
YARDSTICK = 4000  # the next tell means, scales and features; they are the first trained on, too

LOST = (
    "a process that renders live data was lost (memory?): what is complete is kept, go on with "
    "--resume, or --workers 0"
)


@dataclass(frozen=True)
class Live:
    """A stream by name and options, so that it can be sent to other processes."""

    name: str
    options: dict[str, Any]

    def offer(self) -> Any:
        """The module that offers the stream. Raises BadInput."""
        points = {e.name: e for e in importlib.metadata.entry_points(group="fractaldream.streams")}
        if self.name not in points:
            raise BadInput(
                f"{PREFIX}{self.name}: no such stream; installed: {', '.join(sorted(points))}"
            )
        return points[self.name].load()

    def batches(
        self, *, batch: int, start: int, worker: int = 0, workers: int = 1
    ) -> Iterator[Any]:
        """The stream itself, from image `start` on. Raises BadInput."""
        offer = self.offer()
        try:
            recipe = offer.Recipe.from_dict(self.options, f"{PREFIX}{self.name}")
            yield from offer.stream(
                recipe, batch=batch, start=start, worker=worker, workers=workers
            )
        except (ValueError, TypeError) as error:
            raise BadInput(str(error)) from error

    def first(self, n: int) -> tuple[Tensor, Tensor]:
        """The first n images: levels uint8 (n, 1, S, S), params float64 (n, P)."""
        levels, params = [], []
        for part in islice(self.batches(batch=100, start=0), -(-n // 100)):
            levels.append(torch.from_numpy(part.levels))
            params.append(torch.from_numpy(part.params))
        return torch.cat(levels)[:n, None], torch.cat(params)[:n]


def read_live(source: str) -> Live:
    """`live:NAME,key=value,...`, or with a recipe file: `live:NAME,FILE.toml,...`.

    Values are TOML; a bare word is a string. Later ones rule. Raises BadInput.
    """
    name, *parts = source.removeprefix(PREFIX).split(",")
    options: dict[str, Any] = {}
    for part in parts:
        key, equals, value = part.partition("=")
        if equals:
            try:
                options[key.strip()] = tomllib.loads(f"x = {value}")["x"]
            except tomllib.TOMLDecodeError:
                options[key.strip()] = value.strip()
            continue
        try:
            options |= tomllib.loads(Path(part).read_text())
        except FileNotFoundError as error:
            raise BadInput(f"{source}: {part!r} is neither key=value nor a recipe file") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadInput(f"{part}: not a TOML file ({error})") from error
    live = Live(name, options)
    live.offer()
    return live


@contextmanager
def rendering() -> Iterator[None]:
    """Turn the loss of a process that renders into BadInput.

    torch tells of a dead worker by a RuntimeError that its SIGCHLD handler raises wherever the main
    process happens to be, so this belongs around all of the training, not the reading alone.
    """
    try:
        yield
    except RuntimeError as error:
        if "DataLoader worker (pid" not in str(error):
            raise
        raise BadInput(LOST) from error


@contextmanager
def reading() -> Iterator[None]:
    """The same for what the connection to such a process says when it breaks, or cannot begin."""
    try:
        yield
    except (OSError, EOFError) as error:
        if str(error).startswith("Caught"):  # the renderer's own, which has not died
            raise
        raise BadInput(LOST) from error


class LiveImages(IterableDataset[tuple[Tensor, Tensor]]):
    """Shares of batches without end: levels uint8 (n, 1, S, S), params float64 (n, P).

    Batch k holds the images from start + k * batch on, whatever the number of processes and of
    a DataLoader's workers, so that beginning again at start + k * batch goes on exactly.
    """

    def __init__(
        self, live: Live, *, batch: int, start: int, processes: Processes | None = None
    ) -> None:
        """batch: of all processes together, a multiple of their number."""
        self.live, self.batch, self.start = live, batch, start
        self.processes = processes or Processes()

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        info = get_worker_info()
        number, workers = (0, 1) if info is None else (info.id, info.num_workers)
        rank, size = self.processes.rank, self.processes.size
        shares = self.live.batches(  # a share is a batch of the stream: those of batch k come next
            batch=self.batch // size,
            start=self.start,
            worker=number * size + rank,
            workers=workers * size,
        )
        for share in shares:
            yield torch.from_numpy(share.levels)[:, None], torch.from_numpy(share.params)

    def loader(self, workers: int) -> "DataLoader[tuple[Tensor, Tensor]]":
        """The same batches in the same order, rendered by this many processes beside (0: none)."""
        return DataLoader(
            self,
            batch_size=None,
            num_workers=workers,
            prefetch_factor=4 if workers else None,
            pin_memory=torch.cuda.is_available(),
        )
