"""Streams of images that are rendered as they are needed, by any package that offers one.

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
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from fractaldream_base.errors import BadInput

PREFIX = "live:"


@dataclass(frozen=True)
class Live:
    """A stream by name and options, which can be sent to other processes."""

    name: str
    options: dict[str, Any]

    def module(self) -> Any:
        """Return the module that offers the stream. Raises BadInput."""
        points = {e.name: e for e in importlib.metadata.entry_points(group="fractaldream.streams")}
        if self.name not in points:
            raise BadInput(
                f"{PREFIX}{self.name}: no such stream; installed: {', '.join(sorted(points))}"
            )
        return points[self.name].load()

    def recipe(self) -> Any:
        """Return the recipe of the stream. Raises BadInput."""
        try:
            return self.module().Recipe.from_dict(self.options, f"{PREFIX}{self.name}")
        except (ValueError, TypeError) as error:
            raise BadInput(str(error)) from error

    def batches(
        self, *, batch: int, start: int, worker: int = 0, workers: int = 1
    ) -> Iterator[Any]:
        """Yield the batches of the stream from image `start` on. Raises BadInput."""
        recipe = self.recipe()
        try:
            yield from self.module().stream(
                recipe, batch=batch, start=start, worker=worker, workers=workers
            )
        except (ValueError, TypeError) as error:
            raise BadInput(str(error)) from error

    def first(self, n: int) -> tuple[Tensor, Tensor]:
        """Return the first n images: levels uint8 (n, 1, S, S), params float64 (n, P)."""
        levels, params = [], []
        for part in islice(self.batches(batch=100, start=0), -(-n // 100)):
            levels.append(torch.from_numpy(part.levels))
            params.append(torch.from_numpy(part.params))
        return torch.cat(levels)[:n, None], torch.cat(params)[:n]


def read_live(source: str) -> Live:
    """Read `live:NAME,key=value,...`, or with a recipe file `live:NAME,FILE.toml,...`.

    Values are TOML, and a bare word is a string. Later values override earlier ones.
    Raises BadInput.
    """
    name, *parts = source.removeprefix(PREFIX).split(",")
    options: dict[str, Any] = {}
    for part in parts:
        key, equals, value = part.partition("=")
        if equals:
            try:
                options[key.strip()] = tomllib.loads(f"x = {value}")["x"]
            except ValueError:
                options[key.strip()] = value.strip()
            continue
        try:
            options |= tomllib.loads(Path(part).read_text(encoding="utf-8-sig"))
        except FileNotFoundError as error:
            raise BadInput(f"{source}: {part!r} is neither key=value nor a recipe file") from error
        except ValueError as error:  # of TOML, of UTF-8, or of numbers with thousands of digits
            raise BadInput(f"{part}: not a TOML file ({error})") from error
    live = Live(name, options)
    live.module()
    return live
