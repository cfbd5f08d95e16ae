"""The probe against the whole orbit: how often it is wrong, what it catches, what it costs.

    python bench/probe.py [--draws 10000]

A false refusal is a draw that the probe refuses and the other rules would keep.
"""

from concurrent.futures import ThreadPoolExecutor

import click
import numpy as np

import fractaldream as fd
from fractaldream.rendering.images import Workspace, thread_count

LAWS = ("fdd", "uniform", "normal", "pickover")


def judge(recipe: fd.Recipe, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whether the probe passes each row, and whether the whole orbit does."""
    space = Workspace(recipe)
    passed, kept = [], []
    for start in range(0, len(rows), space.lanes):
        group = rows[start : start + space.lanes]
        passed.append(space.probe(group) >= recipe.probe_minimum)
        space.render(group)
        space.measure()
        passes = (space.visited >= recipe.minimum) & (space.cycle == 0)
        kept.append(passes[: len(group)])
    return np.concatenate(passed), np.concatenate(kept)


@click.command()
@click.option("--draws", default=10_000, show_default=True)
def main(draws: int) -> None:
    threads = thread_count(None)
    click.echo(
        "| law | draws kept | false refusals | of the kept | refusals that the probe catches "
        "| steps an image kept, without the probe | with it |\n|---|---|---|---|---|---|---|"
    )
    for law in LAWS:
        recipe = fd.Recipe(law=law, seed=123)
        rows = fd.draw_parameters(recipe, np.arange(draws), np.zeros(draws))
        with ThreadPoolExecutor(threads) as pool:
            pieces = pool.map(judge, [recipe] * threads, np.array_split(rows, threads))
        passed, kept = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
        false = int((kept & ~passed).sum())
        survivors = (kept & passed).sum()
        before = recipe.iterations * draws / kept.sum()
        after = (recipe.probe_steps * draws + recipe.iterations * passed.sum()) / survivors
        click.echo(
            f"| {law} | {kept.mean():.1%} | {false} | {false / kept.sum():.3%} "
            f"| {(~passed & ~kept).sum() / (~kept).sum():.1%} | {before:,.0f} | {after:,.0f} |"
        )


if __name__ == "__main__":
    main()
