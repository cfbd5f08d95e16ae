"""The figures of a comparison by latent size."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit.support.captions import short_names
from evalkit.support.figures import new_figure

from .columns import COLUMNS, Column
from .row import Row
from .table import used

if TYPE_CHECKING:
    from matplotlib.figure import Figure


# Okabe and Ito's colours, told apart by colour-blind readers, too
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
MARKS = "osD^vPX"


def families(rows: Sequence[Row]) -> "dict[str, list[Row]]":
    """Return runs that differ in latent size alone (or in seed), by kind and activation."""
    out: dict[str, list[Row]] = {}
    for row in rows:
        out.setdefault(f"{row.kind}, {row.activation}", []).append(row)
    return out


def grid(rows: Sequence[Row], column: Column) -> tuple[list[int], dict[str, list[float | None]]]:
    """Return the latent sizes, and the figure of each kind and activation at each of them.

    Runs that agree in all three count by their mean.
    """
    rows = [row for row in rows if column.name in row.figures]
    sizes = sorted({row.latent for row in rows})
    out = {}
    for name, members in families(rows).items():
        at = [[r.figures[column.name] for r in members if r.latent == size] for size in sizes]
        out[name] = [float(np.mean(values)) if values else None for values in at]
    return sizes, out


def main_columns(rows: Sequence[Row]) -> list[Column]:
    """Return the columns that are shown by latent size, those that any row has."""
    return used(rows, [column for column in COLUMNS.values() if column.main])


def size_figure(rows: Sequence[Row]) -> "Figure":
    """Draw the main figures against latent size, one line for each kind and activation.

    Returns
    -------
    matplotlib.figure.Figure
        One panel for each figure.
    """
    main = main_columns(rows)
    high = -(-len(main) // 4)
    wide = -(-len(main) // high)  # rows of nearly equal length
    figure, panels = new_figure(high, wide, (3.1 * wide, 2.6 * high + 0.4))
    panels = panels.ravel()
    for axes, column in zip(panels, main, strict=False):
        _draw_column(axes, rows, column)
    for axes in panels[len(main) :]:
        axes.axis("off")
    handles: dict[str, Any] = {}
    for axes in panels[: len(main)]:
        for line, label in zip(*axes.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, line)
    figure.legend(list(handles.values()), short_names(handles, 40), loc="outside lower center",
                  ncols=min(wide, 3), frameon=False, fontsize=8)  # fmt: skip
    return figure


def _draw_column(axes: Any, rows: Sequence[Row], column: Column) -> None:
    """Draw one figure against latent size."""
    names = list(families(rows))
    sizes, values = grid(rows, column)
    for name, line in values.items():
        at = names.index(name)
        points = [(s, v) for s, v in zip(sizes, line, strict=True) if v is not None]
        style = {"color": COLOURS[at % len(COLOURS)], "marker": MARKS[at % len(MARKS)]}
        axes.plot(*zip(*points, strict=True), label=name, markersize=5, **style)
    axes.set_xscale("log")
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()
    axes.ticklabel_format(axis="y", useOffset=False)
    axes.yaxis.get_major_locator().set_params(nbins=5)
    axes.set_xlabel("latent size L", fontsize=8)
    way = "high" if column.better > 0 else "low"
    axes.set_title(f"{column.title} ({way} is better)", fontsize=9)
