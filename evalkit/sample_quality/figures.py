"""Pictures of results, by matplotlib, in colours that colour-blind readers tell apart."""

from pathlib import Path
from typing import Any

import numpy as np

from evalkit.disentanglement.scores import Disentanglement
from evalkit.errors import BadInput
from evalkit.support.files import write_bytes

from .curves import Verdicts
from .evaluation import Quality

REAL, GENERATED = "#0072b2", "#d55e00"
MOST_LATENTS = 40  # shown, those that tell most


def new(rows: int, columns: int, size: tuple[float, float]) -> tuple[Any, Any]:
    """A figure that needs no display, and its axes (rows, columns)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, squeeze=False)


def png(figure: Any) -> bytes:
    import io

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    return buffer.getvalue()


def check_png(path: Path | None) -> None:
    """Raise BadInput where a picture has another suffix; before the work begins."""
    if path is not None and path.suffix.lower() != ".png":
        raise BadInput(f"{path}: give a name that ends in .png")


def write_figure(figure: Any, path: Path) -> None:
    """A figure as PNG, written beside and renamed. Raises BadInput."""
    check_png(path)
    write_bytes(path, png(figure))


def verdicts_figure(found: Verdicts) -> Any:
    """D(x) and D(G(z)) by epoch."""
    figure, axes = new(1, 1, (6.4, 3.2))
    _verdicts(axes[0, 0], found)
    return figure


def _verdicts(axes: Any, found: Verdicts) -> None:
    """Mean and standard deviation; 0.5 is a D that cannot tell."""
    for name, mean, sd, colour in (
        ("D(x)", found.real, found.real_sd, REAL),
        ("D(G(z))", found.generated, found.generated_sd, GENERATED),
    ):
        low = [max(0.0, m - s) for m, s in zip(mean, sd, strict=True)]
        high = [min(1.0, m + s) for m, s in zip(mean, sd, strict=True)]
        axes.plot(found.epochs, mean, color=colour, marker=".", label=name)
        axes.fill_between(found.epochs, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.axhline(0.5, color="#999", linewidth=0.7)
    if found.chosen is not None:
        axes.axvline(found.chosen, color="#999", linestyle=":", label="checkpoint")
    axes.set(xlabel="epoch", ylim=(0, 1))
    axes.legend(frameon=False, fontsize=8)


def quality_figure(result: Quality) -> Any:
    """D's verdicts by epoch and the shares of the classes, those of the two that there are."""
    panels = [part for part in (result.verdicts, result.modes) if part is not None]
    if not panels:
        raise BadInput(
            f"{result.generator}: nothing to draw, neither D(x) by epoch nor classes; give "
            "--classifier FILE, or leave --out out"
        )
    figure, axes = new(1, len(panels), (6.4 * len(panels), 3.2))
    for place, part in zip(axes[0], panels, strict=True):
        if isinstance(part, Verdicts):
            _verdicts(place, part)
            continue
        at = np.arange(len(part.classes))
        for name, shares, shift, colour in (
            ("real", [c.real_share for c in part.classes], -0.2, REAL),
            ("generated", [c.share for c in part.classes], 0.2, GENERATED),
        ):
            place.bar(at + shift, shares, 0.4, label=name, color=colour)
        place.set_xticks(at, [c.label for c in part.classes])
        place.set(ylabel="share", title=f"{part.covered} classes covered")
        place.legend(frameon=False, fontsize=8)
    return figure


def importance_figure(result: Disentanglement) -> Any:
    """Which latent tells of which factor: share of its entropy (MIG), importance (DCI)."""
    figure, axes = new(1, 2, (7, 1.5 + 0.25 * min(result.latent, MOST_LATENTS)))
    importance = np.array(result.importance)
    shown = np.sort(np.argsort(-importance.sum(1), kind="stable")[:MOST_LATENTS])
    for place, values, title in (
        (axes[0, 0], np.array(result.information), "information, share of the factor's entropy"),
        (axes[0, 1], importance, "importance in forests (DCI)"),
    ):
        drawn = place.imshow(values[shown], aspect="auto", cmap="cividis", vmin=0)
        place.set_xticks(range(len(result.factors)), result.factors)
        place.set_yticks(range(len(shown)), shown)
        place.set_title(title, fontsize=9)
        figure.colorbar(drawn, ax=place)
    axes[0, 0].set_ylabel("latent")
    return figure
