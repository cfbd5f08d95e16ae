"""A summary of a run, in lines that are read before it begins."""

from dataclasses import dataclass, fields
from pathlib import Path

from fractaldream_models import kinds
from fractaldream_models.evaluation.held_out import figure_in_words
from fractaldream_models.setting_table import value_text
from fractaldream_models.settings import Settings

from .planning import Plan

# shown in lines of their own
_ELSEWHERE = {"kind", "latent", "size", "channels", "batch", "epochs", "palette", "optimizer"}


@dataclass(frozen=True)
class Execution:
    """The machine and precision that a run is computed with, and the folder of its files.

    Attributes
    ----------
    folder
        The run folder.
    device
        cpu, cuda or mps.
    processes
        Number of processes.
    precision
        32 or bf16.
    threads, cores
        Threads that each process computes with, and cores that it may use.
    figure
        Name of the held-out figure that chooses the epoch of ckpt.pt.
    """

    folder: Path
    device: str
    processes: int
    precision: str
    threads: int
    cores: int
    figure: str


def summarise(plan: Plan, execution: Execution) -> list[str]:
    """Return the lines that say what will be trained, on what and where.

    The first ones say what was understood of a folder or a pack.
    """
    contents = plan.data.contents
    rows = {
        "Data": _data(plan),
        "Model": _model(plan),
        "Training": _training(plan),
        "Settings": _settings(plan.settings),
        "Choice": f"ckpt.pt: epoch with lowest {figure_in_words(execution.figure)}, "
        "or a later one as good",
        "Run": _execution(plan, execution),
    }
    lines = [] if contents is None else contents.lines()
    return [*lines, *(f"{name:<9} {text}" for name, text in rows.items() if text)]


def _data(plan: Plan) -> str:
    """Return the source, the number of images and their shape."""
    data, s = plan.data, plan.settings
    levels = data.channels == 1 and "colours" in (data.facts or {})
    colour = "levels" if levels else "grey" if data.channels == 1 else "in colour"
    if data.palette is not None:
        colour += f" (palette {s.palette})"
    shape = f"{data.size} x {data.size} px, {colour}"
    if data.live:
        count = f"{s.epoch_images:,} new images an epoch"
    else:
        count = f"{len(data.train):,} images to learn from"
    source = plan.source if plan.second is None else f"{plan.source} and {plan.second}"
    text = f"{source}: {count}, {len(data.validation):,} held out; {shape}"
    return text + (f"; {data.classes} classes" if data.classes else "")


def _model(plan: Plan) -> str:
    """Return the kind, the latents and the parameters of each network."""
    parts = ", ".join(f"{part} {count:,}" for part, count in plan.parameters.items())
    latents = f", {plan.config.latent} latent{'s' if plan.config.latent > 1 else ''}"
    if kinds.find(plan.config.kind).translates:
        latents = ""
    return f"{plan.config.kind}{latents}; parameters: {parts}"


def _training(plan: Plan) -> str:
    """Return the epochs, the batches and the learning rates that the kind has."""
    s = plan.settings
    images = s.epoch_images if plan.data.live else len(plan.data.train)
    rates = dict.fromkeys(o.rate for o in kinds.find(s.kind).optimizers)
    rate_texts = ", ".join(f"{rate} {getattr(s, rate):g}" for rate in rates)
    batches = f"{images // s.batch:,} batches of {s.batch} images"
    epochs = f"{s.epochs} epoch{'s' * (s.epochs != 1)}"
    return f"{epochs} of {batches}; {s.optimizer}, {rate_texts}"


def _settings(settings: Settings) -> str:
    """Return the other settings that differ from the defaults of the kind."""
    kind = kinds.find(settings.kind)
    defaults, hidden = kind.settings(), _ELSEWHERE | {o.rate for o in kind.optimizers}
    names = [f.name for f in fields(Settings) if f.name not in hidden | kind.ignored]
    changed = {
        n: getattr(settings, n) for n in names if getattr(settings, n) != getattr(defaults, n)
    }
    return ", ".join(f"{name} {value_text(value)}" for name, value in changed.items())


def _execution(plan: Plan, execution: Execution) -> str:
    """Return the folder, the seed and what computes."""
    e = execution
    precision = {"32": "float32", "bf16": "bfloat16"}[e.precision]
    text = f"{e.folder}, seed {plan.seed}, on {e.device} in {precision}"
    if e.processes > 1:
        text += f", {e.processes} processes"
    if e.device == "cpu":
        text += f", {e.threads} thread{'s' if e.threads > 1 else ''}"
        if e.threads * e.processes < e.cores:
            text += f" of {e.cores} cores (--threads N takes more)"
    return text
