"""The probe against the whole orbit: how often it is wrong, what it catches, what it costs.

    python bench/probe.py [--draws 10000] [--json FILE]

A false refusal is a draw that the probe refuses and the other rules would keep.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import numpy as np
from result_tables import Column, Row, json_option, print_table, save_tables

import fractaldream as fd
from fractaldream.rendering.images import Workspace, thread_count

COLUMNS = (
    Column("law"),
    Column("draws kept", ".1%"),
    Column("false refusals"),
    Column("of the kept", ".3%"),
    Column("refusals that the probe catches", ".1%"),
    Column("steps an image kept, without the probe", ",.0f"),
    Column("with it", ",.0f"),
)
LAWS = ("fdd", "uniform", "normal", "pickover")


def judge(recipe: fd.Recipe, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return whether the probe passes each row, and whether the whole orbit does."""
    space = Workspace(recipe)
    passed, fit = [], []
    for start in range(0, len(rows), space.lanes):
        group = rows[start : start + space.lanes]
        passed.append(space.probe(group) >= recipe.probe_minimum)
        space.render(group)
        space.measure()
        passes = (space.visited >= recipe.minimum) & (space.cycle == 0)
        fit.append(passes[: len(group)])
    return np.concatenate(passed), np.concatenate(fit)


def rows(draws: int, threads: int) -> Iterator[Row]:
    """Yield the row of each law."""
    for law in LAWS:
        recipe = fd.Recipe(law=law, seed=123)
        drawn = fd.draw_parameters(recipe, np.arange(draws), np.zeros(draws))
        with ThreadPoolExecutor(threads) as pool:
            pieces = pool.map(judge, [recipe] * threads, np.array_split(drawn, threads))
        passed, fit = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
        false = int((fit & ~passed).sum())
        caught = (~passed & ~fit).sum() / (~fit).sum()
        before = recipe.iterations * draws / fit.sum()
        steps = recipe.probe_steps * draws + recipe.iterations * passed.sum()
        after = steps / (fit & passed).sum()
        yield law, fit.mean(), false, false / fit.sum(), caught, before, after


@click.command()
@click.option("--draws", default=10_000, show_default=True)
@json_option
def main(draws: int, json_file: Path | None) -> None:
    save_tables(json_file, print_table("", COLUMNS, rows(draws, thread_count(None))))


if __name__ == "__main__":
    main()
