"""Figures of a sweep."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .results import TrialRow

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = {"complete": "#0072b2", "pruned": "#e69f00", "running": "#999999", "fail": "#d55e00"}


def importance_figure(importances: Mapping[str, float]) -> "Figure":
    """Draw the importances of the settings as bars."""
    from fractaldream_base.notebook_figure import NotebookFigure

    names = list(importances)[::-1]
    figure = NotebookFigure(figsize=(7, 0.6 + 0.35 * len(names)), layout="constrained")
    axes = figure.subplots()
    axes.barh(names, [importances[name] for name in names], color=COLOURS["complete"])
    axes.set(xlabel="importance", xlim=(0, 1))
    return figure


def slices_figure(rows: Sequence[TrialRow], figure_name: str) -> "Figure":
    """Draw every trial by each setting, on a logarithmic scale where its values span a wide range.

    One trial or more has a setting.
    """
    from fractaldream_base.notebook_figure import NotebookFigure

    keys = sorted({key for t in rows for key in t.settings})
    columns = min(3, len(keys))
    lines = -(-len(keys) // columns)
    figure = NotebookFigure(figsize=(4 * columns, 3 * lines), layout="constrained")
    panels = figure.subplots(lines, columns, squeeze=False, sharey=True).flat
    for axes in panels:
        axes.set_visible(False)
    for axes, key in zip(figure.axes, keys, strict=False):
        axes.set_visible(True)
        trials = [t for t in rows if key in t.settings and t.value is not None]
        values = [t.settings[key] for t in trials]
        numeric = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
        if numeric and values and min(values) > 0 and max(values) / min(values) > 30:
            axes.set_xscale("log")
        for state, colour in COLOURS.items():
            group = [t for t in trials if t.state == state]
            x = [t.settings[key] if numeric else str(t.settings[key]) for t in group]
            y: list[Any] = [t.value for t in group]
            axes.scatter(x, y, s=18, color=colour, label=state)
        axes.set(xlabel=key)
    figure.supylabel(figure_name, fontsize="medium")
    figure.axes[0].legend(frameon=False, fontsize=8)
    return figure


def curves_figure(rows: Sequence[TrialRow], figure_name: str) -> "Figure":
    """Draw the figure that chooses by epoch, one line for each trial."""
    from fractaldream_base.notebook_figure import NotebookFigure

    figure = NotebookFigure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    for t in rows[::-1]:  # the best on top
        colour = COLOURS.get(t.state, "#999999")
        axes.plot(list(t.by_epoch), list(t.by_epoch.values()), color=colour, marker=".", lw=1)
    axes.set(xlabel="epoch", ylabel=figure_name)
    return figure
