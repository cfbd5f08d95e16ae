"""Models side by side: one row of every figure for each run."""

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit.errors import BadInput
from evalkit.inputs.images import ImageSet, open_images
from evalkit.inputs.model import LatentModel, open_model
from evalkit.sample_quality.distances import Space, own_space
from evalkit.sample_quality.inception import check_weights
from evalkit.support.files import plain, write_json

from .columns import COLUMNS

if TYPE_CHECKING:
    from evalkit.networks.classifier import Classifier

KEPT = "measures.json"  # beside the checkpoint
VERSION = 1  # of what is measured: rows of another are measured again
PARTS = ("reconstruction", "copying", "disentanglement")
SHOWN = 16  # samples on the page
DISENTANGLED = 128  # images that disentanglement needs


@dataclass(frozen=True)
class Settings:
    """What rows have in common; a row is kept for these."""

    n: int = 2000  # images of each, at most
    seed: int = 0
    without: tuple[str, ...] = ()  # of PARTS
    fold: str = "sizes"


@dataclass(frozen=True)
class Row:
    """One run. figures: by name of a column, those it has. details: the whole results they are
    of. notes: what was not measured, and why."""

    run: str
    checkpoint: str
    kind: str
    latent: int
    activation: str
    size: int
    parameters: int
    epoch: int | None
    figures: dict[str, float]
    details: dict[str, Any]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """All rows, and samples uint8 (16, S, S, 3) of each by run."""

    data: str
    settings: Settings
    rows: tuple[Row, ...]
    samples: dict[str, np.ndarray]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "data": self.data,
            "settings": asdict(self.settings),
            "columns": {c.name: c.meaning for c in COLUMNS.values()},
            "rows": [asdict(row) for row in self.rows],
        }


def checkpoint_of(run: str) -> str:
    """RUN/ckpt.pt of a run folder, or the file itself. Raises BadInput."""
    path = Path(run)
    if path.is_dir():
        if not (path / "ckpt.pt").is_file():
            raise BadInput(f"{run}: no ckpt.pt in this folder; give a run of fractaldream train")
        return str(path / "ckpt.pt")
    if not path.is_file():
        raise BadInput(f"{run}: no such run; give folders of fractaldream train, or checkpoints")
    return run


def names_of(checkpoints: list[str]) -> list[str]:
    """The shortest ends of the paths that tell them apart, `ckpt.pt` left out."""
    parts = [Path(path).parts for path in checkpoints]
    parts = [part[:-1] if len(part) > 1 and part[-1] == "ckpt.pt" else part for part in parts]
    for length in range(1, max(map(len, parts)) + 1):
        ends = ["/".join(part[-length:]) for part in parts]
        if len(set(ends)) == len(ends):
            return ends
    raise BadInput("the same run twice; give each once")


def activation_of(model: LatentModel) -> str:
    """That of the generator's hidden layers."""
    assert model.network is not None
    config = model.network.config
    own = config.kind in ("aae", "aae-latent", "dcgan")
    return f"leaky {config.leak:g}" if own else config.hidden


def compare(
    runs: list[str],
    *,
    data: str | None = None,
    root: str | None = None,
    part: str | None = None,
    resize: bool = False,
    classifier: "Classifier | None" = None,
    classifier_name: str = "",
    weights: str | None = None,
    download: bool = False,
    settings: Settings | None = None,
    device: str = "cpu",
    progress: bool = False,
) -> Comparison:
    """Every figure of each run (a folder of `fractaldream train`, or a checkpoint), on one data
    set and in one space of features. Raises BadInput.

    A row is kept in RUN/measures.json as soon as it is measured, and taken from there while
    checkpoint, data and settings are the same.
    """
    from tqdm import tqdm

    how = settings or Settings()
    for name in how.without:
        if name not in PARTS:
            raise BadInput(f"without {name!r}: give one of {', '.join(PARTS)}")
    check_weights(weights, download)
    checkpoints = [checkpoint_of(run) for run in runs]
    names = names_of(checkpoints)
    opened = [open_model(path, device=device) for path in checkpoints]
    sources = {m.data.get("read", {}).get("source") for m in opened}
    if data is None and len(sources) > 1:
        told = " and ".join(sorted(str(s) for s in sources)[:2])
        raise BadInput(f"runs that learnt from different data ({told}); give --data to compare on")

    views: dict[Any, ImageSet] = {}

    def view(model: LatentModel) -> ImageSet:
        """The data as the model sees them, read once for models that see them alike."""
        key = (model.size, model.channels, json.dumps(model.data.get("read"), sort_keys=True))
        if key not in views:
            views.clear()  # one at a time: data sets are large
            views[key] = open_images(data, model, root=root, part=part, resize=resize)
        return views[key]

    least = min(opened, key=lambda m: (m.size, m.channels, m.name))
    space = own_space(view(least), device=device)
    label = "" if classifier is None else _digest(classifier_name)
    rows, samples = [], {}
    order = sorted(range(len(opened)), key=lambda i: (opened[i].size, opened[i].channels))
    bar = tqdm(order, desc="runs", unit="run", disable=not progress, dynamic_ncols=True)
    done: dict[int, Row] = {}
    for i in bar:
        model, name = opened[i], names[i]
        bar.set_postfix_str(name)
        asked = [VERSION, _digest(model.name), asdict(how), space.what, label, weights, download]
        key = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
        kept = Path(model.name).with_name(KEPT)
        row = _kept(kept, key, name, model)
        if row is None:
            row = measure_run(
                model, view(model), name, space=space, classifier=classifier,
                classifier_name=classifier_name, weights=weights, download=download,
                settings=how, progress=progress,
            )  # fmt: skip
            _keep(kept, key, row)
        done[i] = row
        samples[name] = _samples(model)
    rows = [done[i] for i in range(len(opened))]
    source = data or str(next(iter(sources)))
    return Comparison(source, how, tuple(rows), samples)


def measure_run(
    model: LatentModel,
    images: ImageSet,
    name: str,
    *,
    space: Space,
    classifier: "Classifier | None" = None,
    classifier_name: str = "",
    weights: str | None = None,
    download: bool = False,
    settings: Settings,
    progress: bool = False,
) -> Row:
    """The row of one run. Raises BadInput."""
    from evalkit.sample_quality.evaluation import quality

    network = model.network
    assert network is not None
    found: dict[str, float | None] = {}
    details: dict[str, Any] = {}
    notes: list[str] = []

    if "reconstruction" not in settings.without:
        if model.encodes:
            errors = details["reconstruction"] = _reconstruct(model, images)
            found |= {k: errors[k] for k in ("mse", "of_mean", "of_pca")}
        else:
            notes.append(f"{model.kind} has no encoder: no reconstruction, no disentanglement")
    judged = quality(
        model, images, n=settings.n, classifier=classifier, classifier_name=classifier_name,
        space=space, weights=weights, download=download, seed=settings.seed, progress=progress,
    )  # fmt: skip
    details["quality"] = asdict(judged)
    notes += judged.notes
    own = judged.distances[space.name]
    found |= {"frechet": own.frechet, "frechet_real": own.real_frechet, "kernel": own.kernel}
    found["diversity"] = judged.diversity
    if "classifier" in judged.distances:
        found["frechet_classifier"] = judged.distances["classifier"].frechet
    if judged.inception is not None:
        i = judged.inception
        found |= {"fid": i.fid, "kid": i.kid, "inception_score": i.inception_score}
    if judged.discrimination is not None:
        d = judged.discrimination
        found["d_gap"] = d.held_out - d.generated
    if judged.modes is not None:
        m = judged.modes
        found |= {"covered": m.covered, "class_distance": m.distance, "class_score": m.score}
        found |= {"unsure": m.unsure, "agreement": m.agreement}
    if "copying" not in settings.without:
        details["neighbours"] = told = _neighbours(model, images, settings, progress)
        test, near = told["copying"], told["manifold"]["generated"]
        found |= {"copying": test["statistic"], "copying_p": test["p_value"], **near}
    if "disentanglement" not in settings.without and model.encodes:
        why = _no_factors(model, images)
        if why:
            notes.append(why)
        else:
            details["disentanglement"] = told = _disentangle(model, images, settings, progress)
            found |= {k: score["value"] for k, score in told["scores"].items()}
    return Row(
        run=name,
        checkpoint=model.name,
        kind=model.kind,
        latent=model.latent,
        activation=activation_of(model),
        size=model.size,
        parameters=sum(p.numel() for p in network.generator.parameters()),
        epoch=network.metrics.get("epoch"),
        figures={k: float(found[k]) for k in COLUMNS if found.get(k) is not None},  # type: ignore[arg-type]
        details=plain(details),
        notes=tuple(notes),
    )


def _reconstruct(model: LatentModel, images: ImageSet) -> dict[str, float]:
    from fractaldream_models.evaluation.held_out import reconstruct
    from fractaldream_models.evaluation.reconstruction import linear_errors

    assert model.network is not None
    if model.conditional and images.labels is None:
        raise BadInput(f"{model.name}: {model.kind} needs labels, {images.name} has none")
    data = images.data
    _, figures, _ = reconstruct(model.network, data, data.validation)
    mean, pca = linear_errors(data, model.latent)
    mse = figures["validation_mse"]
    return {"mse": mse, "of_mean": mse / mean, "of_pca": mse / pca, "images": len(data.validation)}


def _neighbours(
    model: LatentModel, images: ImageSet, settings: Settings, progress: bool
) -> dict[str, Any]:
    from evalkit.memorization.nearest_images import neighbours
    from evalkit.memorization.options import NeighbourOptions

    options = NeighbourOptions(n=settings.n, refine=0, seed=settings.seed)
    found = neighbours(model, images, options=options, progress=progress).to_dict()
    found.pop("closest")
    return found


def _no_factors(model: LatentModel, images: ImageSet) -> str:
    """Why disentanglement cannot be asked of them, or nothing."""
    if images.params is None:
        return "no disentanglement: the data have no true parameters"
    if model.latent < 2:
        return "no disentanglement: one-dimensional latent"
    if model.conditional:
        return f"no disentanglement: {model.kind} needs labels"
    return ""


def _disentangle(
    model: LatentModel, images: ImageSet, settings: Settings, progress: bool
) -> dict[str, Any]:
    from evalkit.disentanglement import evaluation
    from evalkit.disentanglement import scores as disentanglement

    how = disentanglement.Settings(seed=settings.seed)
    found = evaluation.measure(
        model, images, n=max(DISENTANGLED, settings.n), how=settings.fold, settings=how,
        progress=progress,
    )  # fmt: skip
    return asdict(found)


def _samples(model: LatentModel) -> np.ndarray:
    """uint8 (16, S, S, 3), the same latents for models of the same latent."""
    made = model.sample(SHOWN, np.random.default_rng(0))
    shown = np.repeat(made, 3 // made.shape[1], 1).transpose(0, 2, 3, 1)
    out: np.ndarray = (shown * 255).round().astype(np.uint8)
    return out


def _digest(path: str) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _kept(path: Path, key: str, name: str, model: LatentModel) -> Row | None:
    """A row that was kept under this key, or None."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))[key]
        values |= {"run": name, "checkpoint": model.name, "notes": tuple(values["notes"])}
        return Row(**{field.name: values[field.name] for field in fields(Row)})
    except (OSError, ValueError, KeyError, TypeError):
        return None  # none there, or another version's: measured again


def _keep(path: Path, key: str, row: Row) -> None:
    """Add a row to those kept; where the folder cannot be written, it is not kept."""
    try:
        there = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        there = {}
    there = there if isinstance(there, dict) else {}
    try:
        write_json(path, {**there, key: asdict(row)})
    except BadInput as error:
        import sys

        print(f"evalkit compare: not kept: {error}", file=sys.stderr)
