"""The report of a sweep as one HTML page that needs nothing else."""

import base64
import html
import io
from pathlib import Path
from typing import TYPE_CHECKING

from fractaldream_base.files import replacing
from fractaldream_models.training.run_folder import Run

from .figures import COLOURS, curves_figure, importance_figure, slices_figure
from .report import SweepReport, failures, finalists, short_text
from .results import TrialRow

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GRIDS = 6  # best trials whose samples are shown
STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .85rem; }
th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid #8884; }
.scroll { overflow-x: auto; } figure { margin: 1rem 0; } figcaption { font-size: .85rem; }
img { max-width: 100%; background: white; }
.grids { display: grid; grid-template-columns: repeat(auto-fill, minmax(18rem, 1fr)); gap: 1rem; }
.grids img { image-rendering: pixelated; width: 100%; }
"""


def write_page(report: SweepReport, path: str | Path) -> None:
    """Write tables, curves, importances and samples into one page, beside and renamed."""
    path = Path(path)
    with replacing(path) as beside:
        beside.write_text(render_page(report), encoding="utf-8")


def render_page(report: SweepReport) -> str:
    """Return the whole page as HTML."""
    title = html.escape(f"{report.study}: {report.figure} on {report.source}")
    counts = {state: sum(t.state == state for t in report.trials) for state in COLOURS}
    states = ", ".join(f"{n} {'failed' if s == 'fail' else s}" for s, n in counts.items() if n)
    parts = [
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>"
        f"<meta name=viewport content='width=device-width'><style>{STYLE}</style>",
        f"<h1>{title}</h1><p>{len(report.trials)} trials: {states}. Lower is better.</p>",
    ]
    if report.finalists:
        parts.append("<h2>Finalists</h2>" + _table(*finalists(report)))
    if lost := failures(report):
        parts.append("<p>" + "<br>".join(html.escape(line) for line in lost) + "</p>")
    parts.append("<h2>What mattered</h2>" + _importances(report))
    if any(t.value is not None for t in report.trials):
        parts.append(
            _picture(
                slices_figure(report.trials, report.figure), "Every trial by each setting, by state"
            )
        )
        parts.append(_picture(curves_figure(report.trials, report.figure), "The figure by epoch"))
    if grids := [_grid(t) for t in report.trials[:GRIDS] if t.run is not None]:
        parts.append(f"<h2>Samples of the best</h2><div class=grids>{''.join(grids)}</div>")
    parts.append("<h2>Trials</h2>" + _trials(report))
    return "\n".join(parts) + "</html>\n"


def _importances(report: SweepReport) -> str:
    """Return a picture of the importances, or why there are none."""
    if not report.importances:
        return f"<p>{html.escape(report.unknown)}</p>"
    return _picture(
        importance_figure(report.importances),
        "Share of the variance of the figure that a setting explains, over the complete "
        "trials (fANOVA)",
    )


def _trials(report: SweepReport) -> str:
    """Return the table of all trials."""
    keys = sorted({key for t in report.trials for key in t.settings})
    rows = [
        [
            str(t.number),
            t.state + (f": {t.why}" if t.why else ""),
            "-" if t.value is None else f"{t.value:.5g}",
            str(t.epochs),
            *(short_text(t.settings.get(key, "-")) for key in keys),
        ]
        for t in report.trials
    ]
    return _table(["trial", "state", report.figure, "epochs", *keys], rows)


def _table(heads: list[str], rows: list[list[str]]) -> str:
    def line(cells: list[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells)

    body = "".join(line(row, "td") for row in rows)
    return f"<div class=scroll><table>{line(heads, 'th')}{body}</table></div>"


def _picture(figure: "Figure", caption: str) -> str:
    raw = io.BytesIO()
    figure.savefig(raw, format="png", dpi=110)
    return _image(raw.getvalue(), caption)


def _image(png: bytes, caption: str) -> str:
    text = html.escape(caption, quote=True)
    data = base64.b64encode(png).decode()
    return (
        f'<figure><img src="data:image/png;base64,{data}" alt="{text}">'
        f"<figcaption>{text}</figcaption></figure>"
    )


def _grid(trial: TrialRow) -> str:
    """Return the sample grid of the last epoch of a trial, or nothing."""
    assert trial.run is not None
    run = Run(trial.run)
    rows = run.rows()
    if not rows or not run.grid(rows[-1]["epoch"]).is_file():
        return ""
    value = "" if trial.value is None else f", {trial.value:.5g}"
    png = run.grid(rows[-1]["epoch"]).read_bytes()
    return _image(png, f"trial {trial.number}, {trial.state}{value}, epoch {rows[-1]['epoch']}")
