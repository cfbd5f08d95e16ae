"""The comparison as text: a block for each group of figures."""

from collections.abc import Sequence

from evalkit.memorization.caveats import manifold_caveats
from evalkit.sample_quality.results import NARROW
from fractaldream.datasets.notebook import wrap_note

from .columns import GROUPS, Column
from .options import CompareOptions
from .row import Row

HEADS = ("run", "kind", "L", "activation")


def used(rows: Sequence[Row], group: Sequence[Column]) -> list[Column]:
    """Return the columns of a group that any row has."""
    return [c for c in group if any(c.name in row.figures for row in rows)]


def cell(row: Row, column: Column) -> str:
    """Return a figure as text; - where it was not measured."""
    value = row.figures.get(column.name)
    return "-" if value is None else f"{value:.{column.digits}f}"


def best(rows: Sequence[Row], column: Column) -> float | None:
    """Return the best value of a column.

    None where neither way is better, or fewer than two rows have the figure.
    """
    values = [row.figures[column.name] for row in rows if column.name in row.figures]
    if not column.better or len(values) < 2:
        return None
    return max(values) if column.better > 0 else min(values)


def facts(row: Row) -> tuple[str, ...]:
    """Return what `HEADS` says of a run."""
    return row.run, row.kind, str(row.latent), row.activation


def count_of_runs(count: int) -> str:
    """Return a number of runs in words."""
    return "1 run" if count == 1 else f"{count} runs"


def format_table(data: str, settings: CompareOptions, rows: Sequence[Row]) -> str:
    """Return one line for each run in each group of figures; * marks the best of a column.

    Under each title stands which way is better, and below each group what its columns mean.
    """
    blocks = [
        f"{count_of_runs(len(rows))} on {data}, {settings.n:,} images of each at most; "
        "* marks the best of a column"
    ]
    for name, group in GROUPS.items():
        columns = used(rows, group)
        if columns:
            meanings = [wrap_note(meaning(columns)), *map(wrap_note, caveats(rows, name))]
            blocks.append("\n".join([name, *_lines(rows, columns), *meanings]))
    blocks.append("\n".join(map(wrap_note, _notes(rows))))
    return "\n\n".join(block for block in blocks if block)


def _lines(rows: Sequence[Row], columns: list[Column]) -> list[str]:
    """Return the titles and one line for each run."""
    heads = [max(len(h), *(len(facts(r)[i]) for r in rows)) for i, h in enumerate(HEADS)]
    tops = [best(rows, c) for c in columns]
    cells = [
        [
            cell(r, c) + ("*" if top is not None and r.figures.get(c.name) == top else " ")
            for c, top in zip(columns, tops, strict=True)
        ]
        for r in rows
    ]
    titles = [c.title + " " for c in columns]
    ways = [{-1: "lower ", 0: "", 1: "higher "}[c.better] for c in columns]
    widths = [max(map(len, column)) for column in zip(titles, ways, *cells, strict=True)]
    lines = []
    below = ("better:", *[""] * (len(HEADS) - 1))
    heads = [max(heads[0], len(below[0])), *heads[1:]]
    for left, right in [(HEADS, titles), (below, ways), *zip(map(facts, rows), cells, strict=True)]:
        start = "  ".join(f"{text:<{w}}" for text, w in zip(left, heads, strict=True))
        end = "  ".join(f"{text:>{w}}" for text, w in zip(right, widths, strict=True))
        lines.append(f"{start}  {end}".rstrip())
    return lines


def meaning(columns: Sequence[Column]) -> str:
    """Return what the columns mean, in a sentence."""
    return "; ".join(f"{column.title}: {column.meaning}" for column in columns) + "."


def caveats(rows: Sequence[Row], group: str) -> list[str]:
    """Return what the figures of a group do not say by themselves, each with its runs."""
    out: dict[str, list[str]] = {}
    for row in rows:
        for caveat in _caveats_of(row, group):
            out.setdefault(caveat, []).append(row.run)
    return _with_runs(out, len(rows))


def _caveats_of(row: Row, group: str) -> list[str]:
    figures = row.figures
    if group == "copying and manifold" and {"precision", "recall"} <= figures.keys():
        return manifold_caveats(figures["precision"], figures["recall"], figures.get("density"))
    if group == "reconstruction" and figures.get("of_pca", 0) > 1:
        return ["reconstructions are worse than those of PCA with as many components."]
    if group == "quality" and figures.get("diversity", 1) < NARROW:
        return ["low diversity: the model draws few of the kinds of image in the data, or blurs."]
    return []


def _notes(rows: Sequence[Row]) -> list[str]:
    """Return each note once, with the runs that it is of."""
    notes: dict[str, list[str]] = {}
    for row in rows:
        for note in row.notes:
            notes.setdefault(note, []).append(row.run)
    return _with_runs(notes, len(rows))


def _with_runs(notes: dict[str, list[str]], count: int) -> list[str]:
    """Return each note with the runs that it is of."""
    return [
        f"{'all runs' if len(runs) == count > 1 else ', '.join(runs)}: {note}"
        for note, runs in notes.items()
    ]
