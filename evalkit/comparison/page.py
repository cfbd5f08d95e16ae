"""The comparison as text and as one HTML page that needs nothing else."""

import base64
import html
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.correspondence.report import STYLE
from evalkit.sample_quality.curves import Verdicts
from evalkit.sample_quality.figures import new, png, verdicts_figure
from evalkit.support.files import write_bytes

from .columns import COLUMNS, GROUPS, Column
from .runs import Comparison, Row

HEADS = ("run", "kind", "L", "activation")
# Okabe and Ito's colours, told apart by colour-blind readers, too
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
MARKS = "osD^vPX"
OWN = """
td.best { font-weight: 700; } th { vertical-align: bottom; } td:first-child { white-space: nowrap; }
.runs { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 1rem; }
.runs img:not(.drawn) { image-rendering: pixelated; width: 100%; }
body { max-width: 80rem; }
.wide td:first-child, .wide th:first-child { position: sticky; left: 0; background: Canvas; }
"""


def used(rows: Sequence[Row], group: Sequence[Column]) -> list[Column]:
    """The columns of a group that any row has."""
    return [c for c in group if any(c.name in row.figures for row in rows)]


def cell(row: Row, column: Column) -> str:
    value = row.figures.get(column.name)
    return "-" if value is None else f"{value:.{column.digits}f}"


def best(rows: Sequence[Row], column: Column) -> float | None:
    """The best value of a column, where one way is better and there are two to compare."""
    values = [row.figures[column.name] for row in rows if column.name in row.figures]
    if not column.better or len(values) < 2:
        return None
    return max(values) if column.better > 0 else min(values)


def facts(row: Row) -> tuple[str, ...]:
    return row.run, row.kind, str(row.latent), row.activation


def table(found: Comparison) -> str:
    """One row of every run, a block for each group of figures; * marks the best of a column."""
    rows = found.rows
    heads = [max(len(h), *(len(facts(r)[i]) for r in rows)) for i, h in enumerate(HEADS)]
    blocks = [f"{found.data}, {found.settings.n:,} images of each at most"]
    for name, group in GROUPS.items():
        columns = used(rows, group)
        if not columns:
            continue
        tops = [best(rows, c) for c in columns]
        cells = [
            [
                cell(r, c) + ("*" if top is not None and r.figures.get(c.name) == top else " ")
                for c, top in zip(columns, tops, strict=True)
            ]
            for r in rows
        ]
        titles = [c.title + " " for c in columns]
        widths = [max(map(len, column)) for column in zip(titles, *cells, strict=True)]
        lines = [name]
        for left, right in [(HEADS, titles), *zip(map(facts, rows), cells, strict=True)]:
            start = "  ".join(f"{text:<{w}}" for text, w in zip(left, heads, strict=True))
            end = "  ".join(f"{text:>{w}}" for text, w in zip(right, widths, strict=True))
            lines.append(f"{start}  {end}".rstrip())
        blocks.append("\n".join(lines))
    notes: dict[str, list[str]] = {}
    for row in rows:
        for note in row.notes:
            notes.setdefault(note, []).append(row.run)
    lines = []
    for note, runs in notes.items():
        lines.append(f"{'all runs' if len(runs) == len(rows) else ', '.join(runs)}: {note}")
    blocks.append("\n".join(lines))
    return "\n\n".join(block for block in blocks if block)


def write(found: Comparison, path: Path) -> None:
    """The page, written beside and renamed. Raises BadInput."""
    write_bytes(path, page(found).encode("utf-8"))


def page(found: Comparison) -> str:
    """HTML with every table and picture inside."""
    sizes = sorted({row.size for row in found.rows})
    differ = (
        f"<p>The images have different sizes ({', '.join(map(str, sizes))} px): errors per pixel, "
        "copying and the manifold compare within a size only.</p>"
        if len(sizes) > 1
        else ""
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width,initial-scale=1">'
        f"<title>Models side by side</title><style>{STYLE}{OWN}</style><h1>Models side by side</h1>"
        f"<p>{len(found.rows)} runs on {html.escape(found.data)}, at most {found.settings.n:,} "
        "images of each kind, all in one space of features. Bold: the best of a column. Under each "
        f"title stands whether low or high is better.</p>{differ}"
        + "".join(_group(found.rows, name, group) for name, group in GROUPS.items())
        + _grids(found.rows)
        + _runs(found)
        + _meanings(found)
    )


def _arrow(column: Column) -> str:
    return {-1: "<br><small>low</small>", 0: "", 1: "<br><small>high</small>"}[column.better]


def _group(rows: Sequence[Row], name: str, group: Sequence[Column]) -> str:
    columns = used(rows, group)
    if not columns:
        return ""
    head = "".join(
        f'<th class=n title="{html.escape(c.meaning)}">{html.escape(c.title)}{_arrow(c)}'
        for c in columns
    )
    lines = []
    for row in rows:
        cells = "".join(
            f"<td class='n{' best' if row.figures.get(c.name, None) == best(rows, c) else ''}'>"
            f"{cell(row, c)}"
            if c.name in row.figures
            else "<td class=n>-"
            for c in columns
        )
        lines.append("<tr>" + "".join(f"<td>{html.escape(f)}" for f in facts(row)) + cells)
    heads = "".join(f"<th>{h}" for h in HEADS)
    return (
        f"<h2>{name.capitalize()}</h2><div class=wide><table><tr>{heads}{head}</tr>"
        + "".join(lines)
        + "</table></div>"
    )


def families(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Runs that differ in latent size alone (or in seed), by kind and activation."""
    out: dict[str, list[Row]] = {}
    for row in rows:
        out.setdefault(f"{row.kind}, {row.activation}", []).append(row)
    return out


def grid(rows: Sequence[Row], column: Column) -> tuple[list[int], dict[str, list[float | None]]]:
    """Latent sizes, and for each kind and activation its figure at each; the mean over runs that
    agree in all three."""
    rows = [row for row in rows if column.name in row.figures]
    sizes = sorted({row.latent for row in rows})
    out = {}
    for name, members in families(rows).items():
        at = [[r.figures[column.name] for r in members if r.latent == size] for size in sizes]
        out[name] = [float(np.mean(values)) if values else None for values in at]
    return sizes, out


def main_columns(rows: Sequence[Row]) -> list[Column]:
    """The columns that are shown by latent size, those that any row has."""
    return used(rows, [column for column in COLUMNS.values() if column.main])


def _grids(rows: Sequence[Row]) -> str:
    """The main figures by kind and activation (rows) and latent size (columns), and as curves."""
    main = main_columns(rows)
    if len({row.latent for row in rows}) < 2 and len(families(rows)) < 2:
        return ""
    parts = ["<h2>By latent size, kind and activation</h2>"]
    if len({row.latent for row in rows}) > 1:
        parts.append(_image(curves(rows), "Each figure against the latent size L"))
    for column in main:
        sizes, values = grid(rows, column)
        found = [v for line in values.values() for v in line if v is not None]
        top = (max if column.better > 0 else min)(found)
        head = "".join(f"<th class=n>L = {size}" for size in sizes)
        body = ""
        for name, line in values.items():
            body += f"<tr><td>{html.escape(name)}"
            for value in line:
                mark = " best" if value == top and len(found) > 1 else ""
                shown = "-" if value is None else f"{value:.{column.digits}f}"
                body += f"<td class='n{mark}'>{shown}"
        way = "high" if column.better > 0 else "low"
        parts.append(
            f"<h3>{html.escape(column.title)} <small>{html.escape(column.meaning)}; {way} is "
            f"better</small></h3><div class=wide><table><tr><th>kind, activation{head}</tr>{body}"
            "</table></div>"
        )
    return "".join(parts)


def curves(rows: Sequence[Row]) -> Any:
    """The main figures against latent size, one line for each kind and activation."""
    main = main_columns(rows)
    wide = min(4, len(main))
    high = -(-len(main) // wide)
    out, places = new(high, wide, (3.1 * wide, 2.6 * high + 0.4))
    places = places.ravel()
    names = list(families(rows))
    for axes, column in zip(places, main, strict=False):
        sizes, values = grid(rows, column)
        for name, line in values.items():
            at = names.index(name)
            points = [(s, v) for s, v in zip(sizes, line, strict=True) if v is not None]
            style = {"color": COLOURS[at % len(COLOURS)], "marker": MARKS[at % len(MARKS)]}
            axes.plot(*zip(*points, strict=True), label=name, markersize=5, **style)
        axes.set_xscale("log")
        axes.set_xticks(sizes, [str(size) for size in sizes])
        axes.minorticks_off()
        axes.set_xlabel("latent size L", fontsize=8)
        axes.set_title(f"{column.title} ({'high' if column.better > 0 else 'low'} is better)",
                       fontsize=9)  # fmt: skip
    for axes in places[len(main) :]:
        axes.axis("off")
    handles: dict[str, Any] = {}
    for axes in places[: len(main)]:
        for line, label in zip(*axes.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, line)
    out.legend(list(handles.values()), list(handles), loc="outside lower center",
               ncols=4, frameon=False, fontsize=8)  # fmt: skip
    return out


def _runs(found: Comparison) -> str:
    parts = ["<h2>The runs</h2><div class=runs>"]
    for row in found.rows:
        images = found.samples[row.run]
        rows = [np.concatenate(list(images[i : i + 4]), 1) for i in range(0, len(images), 4)]
        sheet = np.concatenate(rows)
        told = f"{row.kind}, L = {row.latent}, {row.activation}, epoch {row.epoch}, generator of "
        told += f"{row.parameters:,} weights"
        text = f"<strong>{html.escape(row.run)}</strong><br>{html.escape(told)}"
        parts.append(
            f'<figure><img alt="Samples of {html.escape(row.run)}" src="{_png(sheet)}">'
            f"<figcaption>{text}</figcaption>"
        )
        curves = row.details.get("quality", {}).get("verdicts")
        if curves:
            drawn = verdicts_figure(Verdicts(**{k: _tuple(v) for k, v in curves.items()}))
            parts.append(_image(drawn, f"D(x) and D(G(z)) of {row.run}"))
        parts += [f"<small>{html.escape(note)}</small><br>" for note in row.notes]
        parts.append("</figure>")
    return "".join(parts) + "</div>"


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _meanings(found: Comparison) -> str:
    rows = "".join(
        f"<tr><td>{html.escape(c.title)}<td>{html.escape(c.meaning)}"
        for group in GROUPS.values()
        for c in used(found.rows, group)
    )
    some = found.rows[0].details.get("quality", {})
    spaces = some.get("distances", {}).values()
    extra = "".join(f"<p>{html.escape(str(space['features']))}</p>" for space in spaces)
    how = html.escape(str(found.settings))
    return (
        f"<details><summary>What the columns mean, and the settings</summary><table>{rows}</table>"
        f"{extra}<p>Compared with: {html.escape(str(some.get('real', '')))} images. {how}</p>"
        "</details>"
    )


def _png(picture: np.ndarray) -> str:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def _image(drawn: Any, caption: str) -> str:
    data = base64.b64encode(png(drawn)).decode()
    text = html.escape(caption)
    return (
        f'<figure><img class=drawn alt="{text}" src="data:image/png;base64,{data}">'
        f"<figcaption>{text}</figcaption></figure>"
    )
