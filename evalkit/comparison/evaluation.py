"""Models side by side: one row of all figures for each run."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.inputs.images import ImageSet, ImageSource, open_images
from evalkit.inputs.model import LatentModel, open_model
from evalkit.inputs.options import ImageOptions
from evalkit.networks.classifier import load_classifier
from evalkit.sample_quality.feature_spaces import autoencoder_features
from evalkit.sample_quality.inception import check_weights
from evalkit.support.pictures import to_rgb
from fractaldream_base.errors import BadInput
from fractaldream_base.files import file_digest
from fractaldream_base.progress import Bar
from fractaldream_models.pretrained import checkpoint_file

from .measurement import measure_run
from .options import CompareOptions
from .results import Comparison
from .row import Row
from .runs import checkpoint_of, names_of
from .store import RowStore

SHOWN = 16  # samples of each run


def compare(
    runs: Sequence[str | Path],
    data: ImageSource | ImageOptions = None,
    *,
    options: CompareOptions = CompareOptions(),
    device: str = "cpu",
    progress: bool = False,
) -> Comparison:
    """Measure all figures of each run, on one data set and in one space of features.

    A row is kept in RUN/measures.json as soon as it is measured, and taken from there while the
    checkpoint, the data, the options, the code and the libraries are the same.

    Parameters
    ----------
    runs
        Folders of `fractaldream train`, or checkpoints.
    data
        The data set to compare on. Default: what all of them learnt from.
    options
        Number of images, classifier, weights and what to leave out.
    device, progress
        Where networks compute; whether to show progress on stderr.

    Returns
    -------
    Comparison
        One row for each run, in the order of `runs`.

    Raises
    ------
    BadInput
        If a run cannot be read, a run is given twice, or the runs learnt from different data and
        none were given.
    """
    options.check()
    check_weights(options.weights, options.download)
    checkpoints = [checkpoint_of(str(run)) for run in runs]
    names = names_of(checkpoints)
    models = [open_model(path, device=device) for path in checkpoints]
    views = _Views(data)
    source = views.check(models)
    classifier = _check_classifier(options, device)
    least = min(models, key=lambda m: (m.size, m.channels, m.name))
    features = autoencoder_features(views.of(least), device=device)
    rows: dict[str, Row] = {}
    pairs = list(zip(names, models, strict=True))
    order = sorted(pairs, key=lambda pair: (pair[1].size, pair[1].channels))
    bar = Bar(order, desc="runs", unit="run", disable=not progress)
    for name, model in bar:
        bar.set_postfix_str(name)
        store = RowStore.of(model.name, features.description, options, classifier)
        rows[name] = store.read(name, model.name) or store.write(
            measure_run(
                model, views.of(model), name, features=features, options=options, progress=progress
            )
        )
    samples = {name: sample_images(model) for name, model in pairs}
    return Comparison(source, options, tuple(rows[name] for name in names), samples)


def _learnt_from(model: LatentModel) -> str:
    """Return what a model learnt from, both data sets of a model of two domains."""
    read = model.data.get("read", {})
    second = f" and {read['second']}" if "second" in read else ""
    return f"{read.get('source')}{second}"


@dataclass
class _Views:
    """The data as models see them, read once for models that see them alike."""

    data: ImageSource | ImageOptions
    opened: dict[Any, ImageSet] = field(default_factory=dict)

    def check(self, models: list[LatentModel]) -> str:
        """Return the name of the data set. Raises BadInput where it is not one for all models."""
        if isinstance(self.data, ImageSet):
            return self.data.name
        data = self.data.data if isinstance(self.data, ImageOptions) else self.data
        if data is not None:
            return str(data)
        sources = {_learnt_from(model) for model in models}
        if len(sources) > 1:
            two = " and ".join(sorted(sources)[:2])
            raise BadInput(
                f"runs that learnt from different data ({two}); give --data to compare on"
            )
        return next(iter(sources))

    def of(self, model: LatentModel) -> ImageSet:
        """Return the data as `model` sees them. Raises BadInput."""
        if isinstance(self.data, ImageSet):
            return self.data
        key = (model.size, model.channels, json.dumps(model.data.get("read"), sort_keys=True))
        if key not in self.opened:
            self.opened.clear()  # one at a time: data sets are large
            if isinstance(self.data, ImageOptions):
                self.opened[key] = self.data.open(model)
            else:
                source = None if self.data is None else str(self.data)
                self.opened[key] = open_images(source, model)
        return self.opened[key]


def _check_classifier(options: CompareOptions, device: str) -> str:
    """Return a hash of the classifier, empty without one. Raises BadInput where it is none."""
    if options.classifier is None:
        return ""
    load_classifier(options.classifier, device)
    return file_digest(checkpoint_file(options.classifier))


def sample_images(model: LatentModel) -> np.ndarray:
    """Return samples, uint8 (16, S, S, 3), of the same latents for models of the same latent."""
    return to_rgb(model.sample(SHOWN, np.random.default_rng(0)))
