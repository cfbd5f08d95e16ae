"""Quality and variety of the images of a generator, against images it never saw."""

from dataclasses import dataclass

import numpy as np

from evalkit.inputs.images import ImageSet, ImageSource, as_images
from evalkit.inputs.model import LatentModel, ModelSource, as_model
from evalkit.inputs.provenance import not_learnt
from evalkit.networks.classifier import Classifier, ClassifierSource, as_classifier
from evalkit.networks.detail import detail_features
from evalkit.networks.features import Features
from evalkit.support.docstrings import shared_parameters
from evalkit.support.threads import beside
from fractaldream_models.pretrained import checkpoint_file

from .batches import CHUNK, Batches
from .classes import Modes, mean_distance, mode_coverage
from .classifier_two_sample import ClassifierTest, classifier_test
from .curves import DiscriminatorCurves, discriminator_curves, read_metrics
from .descriptions import Described, describe
from .distances import Distance, feature_distance
from .feature_spaces import autoencoder_features, classifier_features
from .inception import Inception, check_weights, inception_scores
from .options import QualityOptions
from .results import Discrimination, Quality

MAX_JUDGED = 512  # images of each sort that the discriminator judges


@shared_parameters
def quality(
    model: ModelSource,
    data: ImageSource = None,
    *,
    options: QualityOptions = QualityOptions(),
    device: str = "cpu",
    progress: bool = False,
) -> Quality:
    """Measure how good and how varied the images of a generator are.

    Parameters
    ----------
    model
        The generator.
    data
        Its data set. Real images are fresh draws of a Fractal Dream data set, and held-out images
        of others. Beside each figure stands what as many training images score.
    options
        Number of images, classifier, weights and features, and whether a network is trained to tell
        generated images from real ones.

    Returns
    -------
    Quality
        Distances, the classifier test, diversity, coverage of the classes and what the
        discriminator says.

    Raises
    ------
    BadInput
        If there are too few images, or the data do not fit the model.
    """
    check_weights(options.weights, options.download)
    model = as_model(model, device=device)
    images = as_images(data, model)
    classifier = as_classifier(options.classifier, device)
    rng = np.random.default_rng(options.seed)
    batches = Batches.draw(model, images, options.n, rng)
    first = options.features or autoencoder_features(images, device=model.device)
    curves = _curves(model)
    with beside(first.prepare or _nothing) as prepared:
        spaces = [first, detail_features(images)]
        if classifier is not None:
            spaces.append(classifier_features(classifier, _name(options.classifier)))
        sets = _describe(batches, spaces, classifier, options, rng, progress)
        test = _classifier_test(sets, options, model.device, progress)
        prepared()
        sets = sets.with_prepared(spaces)
        return Quality(
            generator=model.name,
            kind=model.kind,
            data=images.name,
            real="held out" if batches.family is None else "fresh",
            images=batches.n,
            seed=options.seed,
            distances=sets.distances(spaces, rng),
            classifier_test=test,
            diversity=sets.diversity(sets.generated),
            real_diversity=sets.diversity(sets.training),
            modes=None if classifier is None else _modes(batches, sets, classifier, options),
            discrimination=_discriminate(model, images, rng),
            verdicts=curves,
            inception=_inception(sets, options, model.device),
            notes=_notes(model, images, curves, options),
        )


def _nothing() -> None:
    """Prepare features that need no preparation."""


@dataclass(frozen=True)
class _Sets:
    """Descriptions of the real, the generated and the training images."""

    real: Described
    generated: Described
    training: Described

    def with_prepared(self, spaces: list[Features]) -> "_Sets":
        """Return the same with the features of spaces that had to be prepared."""
        sets = (self.real, self.generated, self.training)
        return _Sets(*(images.with_prepared(spaces) for images in sets))

    def distances(self, spaces: list[Features], rng: np.random.Generator) -> dict[str, Distance]:
        """Return the distances in each space."""
        return {
            space.name: feature_distance(
                space.description,
                real=self.real.features[space.name],
                generated=self.generated.features[space.name],
                training=self.training.features[space.name],
                rng=rng,
            )
            for space in spaces
        }

    def diversity(self, images: Described) -> float:
        """Return the mean distance between two images over that between two real ones."""
        scale = mean_distance(self.real.small)
        assert scale is not None
        return (mean_distance(images.small) or 0.0) / scale


def _describe(
    batches: Batches,
    spaces: list[Features],
    classifier: Classifier | None,
    options: QualityOptions,
    rng: np.random.Generator,
    progress: bool,
) -> _Sets:
    """Describe all images; training images need neither classes nor bytes."""
    n = batches.n
    real, generated = (
        describe(
            part, n, title, spaces=spaces, classifier=classifier,
            keep_levels=options.with_inception, keep_visible=options.classifier_test,
            progress=progress,
        )
        for part, title in (
            (batches.real(), "real images"),
            (batches.generated(rng), "generated images"),
        )
    )  # fmt: skip
    training = describe(
        batches.training(), n, "training images", spaces=spaces,
        keep_visible=options.classifier_test, progress=progress,
    )  # fmt: skip
    return _Sets(real, generated, training)


def _name(classifier: ClassifierSource | None) -> str:
    """Return the name of a classifier: its file, where it was given as one."""
    return "the classifier" if isinstance(classifier, Classifier) else str(classifier)


def _modes(batches: Batches, sets: _Sets, classifier: Classifier, options: QualityOptions) -> Modes:
    """Return the coverage of the classes."""
    assert sets.real.probabilities is not None and sets.generated.probabilities is not None
    return mode_coverage(
        classifier.labels, _name(options.classifier), real=sets.real.probabilities,
        generated=sets.generated.probabilities, real_images=sets.real.small,
        generated_images=sets.generated.small,
        requested=_classifier_rows(batches.labels, batches.model.labels, classifier.labels),
    )  # fmt: skip


def _classifier_test(
    sets: _Sets, options: QualityOptions, device: str, progress: bool
) -> ClassifierTest | None:
    """Return how well a network tells generated images from real ones, where that is wanted."""
    real, generated, training = (
        part.visible for part in (sets.real, sets.generated, sets.training)
    )
    if real is None or generated is None or training is None:
        return None
    return classifier_test(
        real=real, generated=generated, training=training, seed=options.seed, device=device,
        progress=progress,
    )  # fmt: skip


def _inception(sets: _Sets, options: QualityOptions, device: str) -> Inception | None:
    """Return FID, KID and Inception score, where weights were given."""
    if sets.real.levels is None or sets.generated.levels is None:
        return None
    return inception_scores(
        real=sets.real.levels, generated=sets.generated.levels, weights=options.weights,
        download=options.download, device=device,
    )  # fmt: skip


def _classifier_rows(
    labels: np.ndarray | None, names: tuple[str, ...], classifier_names: tuple[str, ...]
) -> np.ndarray | None:
    """Return rows of the model's labels as rows of the classifier's; None where names differ."""
    if labels is None or not set(names) <= set(classifier_names):
        return None
    out: np.ndarray = np.array([classifier_names.index(name) for name in names])[labels]
    return out


def _curves(model: LatentModel) -> DiscriminatorCurves | None:
    """Return D(x) and D(G(z)) by epoch, where the run of the model has recorded them."""
    if model.network is None:
        return None
    epoch = model.network.metrics.get("epoch")
    return discriminator_curves(
        read_metrics(checkpoint_file(model.name)), None if epoch is None else int(epoch)
    )


def _notes(
    model: LatentModel,
    images: ImageSet,
    curves: DiscriminatorCurves | None,
    options: QualityOptions,
) -> tuple[str, ...]:
    """Return what was not measured, and why."""
    notes = [not_learnt(images.name, model.name)] if images.learnt is False else []
    if not options.classifier_test:
        notes.append("no classifier test: left out")
    if options.classifier is None:
        notes.append("no figures by class: give --classifier FILE")
    if model.network is not None and model.network.discriminator is None:
        notes.append(f"{model.name}: no discriminator on images in it")
    elif model.network is not None and curves is None:
        notes.append("no metrics.jsonl beside the checkpoint: no curves of D")
    if not options.with_inception:
        notes.append("no FID, KID and Inception score: give --weights FILE, or --download")
    return tuple(notes)


def _discriminate(
    model: LatentModel, images: ImageSet, rng: np.random.Generator
) -> Discrimination | None:
    """Return the mean D of training, held-out and generated images; None for kinds without D."""
    if model.network is None or model.network.discriminator is None:
        return None
    if model.conditional and images.labels is None:
        return None
    count = max(8, min(MAX_JUDGED, CHUNK // images.size**2))

    def mean_of(rows: np.ndarray) -> float:
        rows = rng.permutation(rows)[:count]
        labels = images.labels[rows] if model.conditional and images.labels is not None else None
        return float(model.discriminate(images.images(rows), labels).mean())

    labels = model.turns(count)
    generated = model.sample(count, rng, labels)
    return Discrimination(
        training=mean_of(images.train),
        held_out=mean_of(images.held_out),
        generated=float(model.discriminate(generated, labels).mean()),
    )
