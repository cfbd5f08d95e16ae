"""What a run folder says of its training: D(x) and D(G(z)) by epoch, as numbers and a picture."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import BadInput

if TYPE_CHECKING:
    from ..latent import LatentModel

METRICS = "metrics.jsonl"


@dataclass(frozen=True)
class Verdicts:
    """Mean of D(x) and D(G(z)), each with its standard deviation, by epoch of the run.

    troubles: what the training's watch said. chosen: the epoch of the checkpoint.
    """

    epochs: tuple[int, ...]
    real: tuple[float, ...]
    real_sd: tuple[float, ...]
    generated: tuple[float, ...]
    generated_sd: tuple[float, ...]
    troubles: tuple[str, ...]
    chosen: int | None


def rows_of(checkpoint: str | Path) -> list[dict[str, Any]]:
    """The epochs of the metrics.jsonl beside a checkpoint; none where there is no such file, and
    up to a line that was cut short."""
    path = Path(checkpoint).parent / METRICS
    if not path.is_file():
        return []
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            break
        if not isinstance(row, dict) or "epoch" not in row:
            break
        rows.append(row)
    return rows


def check_curves(model: "LatentModel", path: Path) -> None:
    """Raise BadInput where there are no curves of D to draw; before the work begins."""
    if model.network is None or model.network.discriminator is None:
        raise BadInput(f"{model.name}: {model.kind} has no discriminator; leave --curves out")
    if path.suffix.lower() != ".png":
        raise BadInput(f"{path}: give a name that ends in .png")
    if verdicts(rows_of(model.name)) is None:
        raise BadInput(
            f"{model.name}: no D(x) in a {METRICS} beside it; give a checkpoint in its run folder"
        )


def verdicts(rows: list[dict[str, Any]], chosen: int | None = None) -> Verdicts | None:
    """D's verdicts in the rows of a run; None for kinds without a discriminator on images."""
    rows = [row for row in rows if "d_real_mean" in row and "d_fake_mean" in row]
    if not rows:
        return None

    def column(name: str, by: str = "") -> tuple[float, ...]:
        return tuple(float(row[name]) * (float(row.get(by, 0.0)) if by else 1.0) for row in rows)

    return Verdicts(
        epochs=tuple(int(row["epoch"]) for row in rows),
        real=column("d_real_mean"),
        real_sd=column("d_real_mean", "d_real_cv"),
        generated=column("d_fake_mean"),
        generated_sd=column("d_fake_mean", "d_fake_cv"),
        troubles=tuple(str(line) for row in rows for line in row.get("troubles", ())),
        chosen=chosen,
    )


def figure(found: Verdicts, title: str = "") -> Any:
    """The curves as a matplotlib figure: 0.5 is a D that cannot tell."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    out = Figure(figsize=(6.4, 3.2), layout="constrained")
    FigureCanvasAgg(out)
    axes = out.subplots()
    for name, mean, sd, colour in (
        ("D(x)", found.real, found.real_sd, "#0072b2"),
        ("D(G(z))", found.generated, found.generated_sd, "#d55e00"),
    ):
        low = [max(0.0, m - s) for m, s in zip(mean, sd, strict=True)]
        high = [min(1.0, m + s) for m, s in zip(mean, sd, strict=True)]
        axes.plot(found.epochs, mean, color=colour, marker=".", label=name)
        axes.fill_between(found.epochs, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.axhline(0.5, color="#999", linewidth=0.7)
    if found.chosen is not None:
        axes.axvline(found.chosen, color="#999", linestyle=":", label="checkpoint")
    axes.set(xlabel="epoch", ylim=(0, 1), title=title)
    axes.legend(frameon=False, fontsize=8)
    return out


def write_figure(drawn: Any, path: Path) -> None:
    """A matplotlib figure as PNG, written beside and renamed. Raises BadInput."""
    import io

    from ..files import write_bytes

    buffer = io.BytesIO()
    drawn.savefig(buffer, format="png", dpi=110)
    write_bytes(path, buffer.getvalue())
