"""One row of a comparison: all figures of one run."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from evalkit.disentanglement.evaluation import disentangle
from evalkit.disentanglement.options import DisentangleOptions
from evalkit.inputs.images import ImageSet
from evalkit.inputs.model import LatentModel
from evalkit.memorization.nearest_images import neighbours
from evalkit.memorization.options import NeighbourOptions
from evalkit.networks.features import Features
from evalkit.sample_quality.evaluation import quality
from evalkit.sample_quality.options import QualityOptions
from evalkit.sample_quality.results import Quality
from evalkit.support.threads import beside
from fractaldream_base.errors import BadInput
from fractaldream_base.strict_json import plain

from .columns import COLUMNS
from .options import CompareOptions
from .row import Row

MIN_DISENTANGLED = 128  # images that disentanglement needs


@dataclass(frozen=True)
class Measurement:
    """One result of a run: its figures by column, the whole of it, and what was not measured."""

    name: str
    figures: dict[str, float | None] = field(default_factory=dict)
    details: dict[str, Any] | None = None  # for JSON alone; nothing reads them by their keys
    notes: tuple[str, ...] = ()


def measure_run(
    model: LatentModel,
    images: ImageSet,
    name: str,
    *,
    features: Features,
    options: CompareOptions,
    progress: bool = False,
) -> Row:
    """Measure all figures of one run.

    Parameters
    ----------
    model, images
        A checkpoint's model, and the data set as it sees it.
    name
        Short name of the run.
    features
        Space in which distances are taken.
    options
        What all rows have in common.
    progress
        Whether to show progress on stderr.

    Raises
    ------
    BadInput
        If the data do not fit the model.
    """
    network = model.network
    assert network is not None
    # side by side: what compares with training images and true factors draws nothing of torch
    further = partial(_further_measurements, model, images, options, progress)
    with beside(further) as further_result:
        measurements: list[Measurement] = []
        if "reconstruction" not in options.without:
            measurements.append(_reconstruction(model, images))
        samples = _quality(model, images, features, options, progress)
        measurements.append(_quality_measurement(samples, features.name))
        measurements += further_result()
    figures = {k: value for m in measurements for k, value in m.figures.items()}
    return Row(
        run=name,
        checkpoint=model.name,
        kind=model.kind,
        latent=model.latent,
        activation=activation_of(model),
        size=model.size,
        parameters=sum(p.numel() for p in network.generator.parameters()),
        epoch=network.metrics.get("epoch"),
        figures={k: float(v) for k in COLUMNS if (v := figures.get(k)) is not None},
        details=plain({m.name: m.details for m in measurements if m.details is not None}),
        notes=tuple(note for m in measurements for note in m.notes),
        real=samples.real,
        spaces=tuple(distance.features for distance in samples.distances.values()),
        curves=samples.verdicts,
    )


def activation_of(model: LatentModel) -> str:
    """Return the activation of the generator's hidden layers."""
    from fractaldream_models import kinds

    assert model.network is not None
    return kinds.find(model.kind).activation(model.network.config)


def _further_measurements(
    model: LatentModel, images: ImageSet, options: CompareOptions, progress: bool
) -> list[Measurement]:
    measurements = []
    if "copying" not in options.without:
        measurements.append(_copying(model, images, options, progress))
    if "disentanglement" not in options.without and model.encodes:
        measurements.append(_disentanglement(model, images, options, progress))
    return measurements


def _reconstruction(model: LatentModel, images: ImageSet) -> Measurement:
    """Return the held-out reconstruction error, beside those of the mean image and of PCA."""
    from fractaldream_models.evaluation.held_out import encode_and_decode
    from fractaldream_models.evaluation.reconstruction import linear_errors

    name = "reconstruction"
    if not model.encodes:
        note = f"{model.kind} has no encoder: no reconstruction, no disentanglement"
        return Measurement(name, notes=(note,))
    assert model.network is not None
    if model.conditional and images.labels is None:
        raise BadInput(f"{model.name}: {model.kind} needs labels, {images.name} has none")
    data = images.data
    if model.colours is None:
        mse = encode_and_decode(model.network, data, data.validation).figures["validation_mse"]
    else:
        mse = _error_in_colour(model, images)
    mean, pca = linear_errors(data, model.latent)
    errors: dict[str, float | None] = {"mse": mse, "of_mean": mse / mean, "of_pca": mse / pca}
    return Measurement(name, errors, {**errors, "images": len(data.validation)})


def _error_in_colour(model: LatentModel, images: ImageSet) -> float:
    """Return the held-out error of a model of levels, in the colours that other models learn."""
    rows = images.data.validation.numpy()
    parts = [rows[start : start + 256] for start in range(0, len(rows), 256)]
    squares = []
    for part in parts:
        x = images.images(part)
        squares.append(((model.decode(model.encode(x)) - x) ** 2).mean((1, 2, 3)))
    return float(np.concatenate(squares).mean())


def _quality(
    model: LatentModel,
    images: ImageSet,
    features: Features,
    options: CompareOptions,
    progress: bool,
) -> Quality:
    return quality(
        model,
        images,
        options=QualityOptions(
            n=options.n,
            classifier=options.classifier,
            weights=options.weights,
            download=options.download,
            seed=options.seed,
            features=features,
            classifier_test="classifier-test" not in options.without,
        ),
        device=model.device,
        progress=progress,
    )


def _quality_measurement(result: Quality, space: str) -> Measurement:
    return Measurement("quality", _quality_figures(result, space), result.to_dict(), result.notes)


def _quality_figures(result: Quality, space: str) -> dict[str, float | None]:
    """Return the figures of sample quality by column."""
    distance = result.distances[space]
    figures: dict[str, float | None] = {
        "frechet": distance.frechet,
        "frechet_real": distance.real_frechet,
        "frechet_detail": result.distances["detail"].frechet,
        "kernel": distance.kernel,
        "diversity": result.diversity,
    }
    if result.classifier_test is not None:
        figures["classifier_test"] = result.classifier_test.accuracy
    if "classifier" in result.distances:
        figures["frechet_classifier"] = result.distances["classifier"].frechet
    if result.inception is not None:
        i = result.inception
        figures |= {"fid": i.fid, "kid": i.kid, "inception_score": i.inception_score}
    if result.discrimination is not None:
        d = result.discrimination
        figures["d_gap"] = d.held_out - d.generated
    if result.modes is not None:
        m = result.modes
        figures |= {"covered": m.covered, "class_distance": m.distance, "class_score": m.score}
        figures |= {"unsure": m.unsure, "agreement": m.agreement}
    return figures


def _copying(
    model: LatentModel, images: ImageSet, options: CompareOptions, progress: bool
) -> Measurement:
    """Return the test for copying, and precision, recall, density and coverage."""
    result = neighbours(
        model,
        images,
        options=NeighbourOptions(n=options.n, refine=0, seed=options.seed),
        progress=progress,
    )
    details = result.to_dict()
    details.pop("closest")  # one entry for each image
    prdc = result.manifold.generated
    figures: dict[str, float | None] = {
        "copying": result.copying.statistic,
        "copying_p": result.copying.p_value,
        "precision": prdc.precision,
        "recall": prdc.recall,
        "density": prdc.density,
        "coverage": prdc.coverage,
    }
    return Measurement("neighbours", figures, details)


def _disentanglement(
    model: LatentModel, images: ImageSet, options: CompareOptions, progress: bool
) -> Measurement:
    """Return the scores of disentanglement, where the data have true parameters."""
    name = "disentanglement"
    if images.params is None:
        return Measurement(name, notes=("no disentanglement: the data have no true parameters",))
    if model.latent < 2:
        return Measurement(name, notes=("no disentanglement: one-dimensional latent",))
    if model.conditional:
        return Measurement(name, notes=(f"no disentanglement: {model.kind} needs labels",))
    result = disentangle(
        model,
        images,
        options=DisentangleOptions(
            n=max(MIN_DISENTANGLED, options.n), fold=options.fold, seed=options.seed
        ),
        progress=progress,
    )
    figures: dict[str, float | None] = {k: score.value for k, score in result.scores.items()}
    return Measurement(name, figures, result.to_dict())
