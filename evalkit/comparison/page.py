"""The comparison as one HTML page that needs nothing else."""

import base64
import html
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.sample_quality.figures import curves_figure
from evalkit.support.figures import figure_png
from evalkit.support.page_style import STYLE
from fractaldream_base.files import write_bytes

from .columns import GROUPS, Column
from .figures import families, grid, main_columns, size_figure
from .results import Comparison
from .row import Row
from .table import best, caveats, cell, count_of_runs, facts, used

WIDE = """
td.best { font-weight: 700; } th { vertical-align: bottom; } td:first-child { white-space: nowrap; }
.runs { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 1rem; }
.runs img:not(.drawn) { image-rendering: pixelated; width: 100%; }
body { max-width: 80rem; }
@media (max-width: 40rem) {
  td:first-child { white-space: normal; overflow-wrap: anywhere; min-width: 7rem; }
}
.wide td:first-child, .wide th:first-child { position: sticky; left: 0; background: #fff; }
"""


def write_page(comparison: Comparison, path: Path) -> None:
    """Write the page, beside and then renamed. Raises BadInput."""
    write_bytes(path, render_page(comparison).encode("utf-8"))


def render_page(comparison: Comparison) -> str:
    """Return HTML with every table and picture inside."""
    sizes = sorted({row.size for row in comparison.rows})
    differ = (
        f"<p>The images have different sizes ({', '.join(map(str, sizes))} px): errors per pixel, "
        "copying and the manifold compare within a size only.</p>"
        if len(sizes) > 1
        else ""
    )
    rows, title = comparison.rows, "Models side by side"
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}{WIDE}</style><h1>{title}</h1>"
        f"<p>{count_of_runs(len(rows))} on {html.escape(comparison.data)}, at most "
        f"{comparison.settings.n:,} images of each sort, all in one space of features. Bold: the "
        "best of a column. Under each title stands whether low or high is better.</p>"
        f"{differ}"
        + "".join(_group(rows, name, group) for name, group in GROUPS.items())
        + _grids(rows)
        + _runs(comparison)
        + _meanings(comparison)
    )


def _arrow(column: Column) -> str:
    """Return which way is better, as a line under a title."""
    return {-1: "<br><small>low</small>", 0: "", 1: "<br><small>high</small>"}[column.better]


def _group(rows: Sequence[Row], name: str, group: Sequence[Column]) -> str:
    """Return the table of one group of figures; nothing where no run has any."""
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
        run, kind, latent, activation = map(html.escape, facts(row))
        lines.append(f"<tr><td>{run}<br><small>{kind}, L = {latent}, {activation}</small>" + cells)
    return (
        f"<h2>{name.capitalize()}</h2><div class=wide><table><tr><th>run{head}</tr>"
        + "".join(lines)
        + "</table></div>"
        + "".join(f"<p>{html.escape(caveat)}</p>" for caveat in caveats(rows, name))
    )


def _grids(rows: Sequence[Row]) -> str:
    """Return the main figures by kind and activation (rows) and latent size (columns)."""
    main = main_columns(rows)
    if len({row.latent for row in rows}) < 2 and len(families(rows)) < 2:
        return ""
    parts = ["<h2>By latent size, kind and activation</h2>"]
    if len({row.latent for row in rows}) > 1:
        parts.append(_image(size_figure(rows), "Each figure against the latent size L"))
    parts += [_grid(rows, column) for column in main]
    return "".join(parts)


def _grid(rows: Sequence[Row], column: Column) -> str:
    """Return one figure by kind and activation and by latent size."""
    sizes, by_family = grid(rows, column)
    values = [v for line in by_family.values() for v in line if v is not None]
    top = (max if column.better > 0 else min)(values)
    head = "".join(f"<th class=n>L = {size}" for size in sizes)
    body = ""
    for name, line in by_family.items():
        body += f"<tr><td>{html.escape(name)}"
        for value in line:
            mark = " best" if value == top and len(values) > 1 else ""
            text = "-" if value is None else f"{value:.{column.digits}f}"
            body += f"<td class='n{mark}'>{text}"
    way = "high" if column.better > 0 else "low"
    return (
        f"<h3>{html.escape(column.title)} <small>{html.escape(column.meaning)}; {way} is "
        f"better</small></h3><div class=wide><table><tr><th>kind, activation{head}</tr>{body}"
        "</table></div>"
    )


def _runs(comparison: Comparison) -> str:
    """Return samples and curves of each run."""
    parts = ["<h2>The runs</h2><div class=runs>"]
    for row in comparison.rows:
        images = comparison.samples[row.run]
        rows = [np.concatenate(list(images[i : i + 4]), 1) for i in range(0, len(images), 4)]
        sheet = np.concatenate(rows)
        model = f"{row.kind}, L = {row.latent}, {row.activation}, epoch {row.epoch}, generator of "
        model += f"{row.parameters:,} weights"
        text = f"<strong>{html.escape(row.run)}</strong><br>{html.escape(model)}"
        parts.append(
            f'<figure><img alt="Samples of {html.escape(row.run)}" src="{_png(sheet)}">'
            f"<figcaption>{text}</figcaption>"
        )
        if row.curves is not None:
            parts.append(_image(curves_figure(row.curves), f"D(x) and D(G(z)) of {row.run}"))
        parts += [f"<small>{html.escape(note)}</small><br>" for note in row.notes]
        parts.append("</figure>")
    return "".join(parts) + "</div>"


def _meanings(comparison: Comparison) -> str:
    """Return what the columns mean, and the settings."""
    rows = "".join(
        f"<tr><td>{html.escape(c.title)}<td>{html.escape(c.meaning)}"
        for group in GROUPS.values()
        for c in used(comparison.rows, group)
    )
    first = comparison.rows[0]
    spaces = "".join(f"<p>{html.escape(space)}</p>" for space in first.spaces)
    settings = html.escape(str(comparison.settings))
    return (
        f"<details><summary>What the columns mean, and the settings</summary><table>{rows}</table>"
        f"{spaces}<p>Compared with: {html.escape(first.real)} images. {settings}</p>"
        "</details>"
    )


def _png(picture: np.ndarray) -> str:
    """Return a picture, uint8 (H, W, 3), as a data URL."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def _image(figure: Any, caption: str) -> str:
    """Return a figure of matplotlib as HTML with its caption."""
    data = base64.b64encode(figure_png(figure)).decode()
    text = html.escape(caption)
    return (
        f'<figure><img class=drawn alt="{text}" src="data:image/png;base64,{data}">'
        f"<figcaption>{text}</figcaption></figure>"
    )
