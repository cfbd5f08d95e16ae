"""Has the generator copied? Nearest training images, and never-seen images as the yardstick."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from evalkit.family.closest_attractor import Bank, FamilyDistance, closest_attractors
from evalkit.family.fresh_images import ImageFamily, family_of
from evalkit.inputs.images import ImageSet, ImageSource, as_images
from evalkit.inputs.model import LatentModel, ModelSource, as_model
from evalkit.networks.detail import detail_features
from evalkit.networks.features import Features, open_features
from evalkit.statistics.nearest_neighbours import Nearest, nearest
from evalkit.support.docstrings import shared_parameters
from fractaldream_base.errors import BadInput
from fractaldream_base.progress import Bar

from .copying import LEAST, POOLED, Copying, copying_test
from .options import NeighbourOptions
from .precision_recall import prdc
from .results import QUANTILES, Manifold, NeighboursResult

MOST = 10_000  # images of either kind that are compared
STREAM = 0xC09  # keeps these draws apart from other draws of the same seed


@dataclass(frozen=True)
class _Fresh:
    """Never-seen images: features (M, D), detail (n, F) of the first n, and parameters (M, 6)."""

    features: np.ndarray
    detail: np.ndarray
    params: np.ndarray | None  # where they were rendered
    yardstick: str


@shared_parameters
def neighbours(
    model: ModelSource,
    data: ImageSource = None,
    *,
    options: NeighbourOptions = NeighbourOptions(),
    features: Features | str = "pixels",
    device: str = "cpu",
    progress: bool = False,
) -> NeighboursResult:
    """Compare generated images with the training images, and test whether they were copied.

    The yardstick is as many never-seen images as there are training images (but not fewer than
    `options.n`, and 10,000 at most): fresh renderings where the data set was drawn by a law of
    Fractal Dream, else its rows that were not learnt.

    Parameters
    ----------
    data
        A data set file, a folder, ``mnist`` or opened images. Default: what the checkpoint
        records.
    options
        How many images, and how they are compared.
    features
        What distances to training images are measured in: ``pixels``, ``encoder``, the file of a
        classifier or checkpoint, or opened features. Precision, recall, density, coverage and the
        closest attractor are always measured in the features `detail`, which a blur does not
        please (see `networks.detail`).
    device
        Where networks compute, and the search for neighbours.

    Returns
    -------
    NeighboursResult
        `print` shows it as a table; `contact_sheet.draw_sheet` draws it.

    Raises
    ------
    BadInput
        If the model or the data cannot be used, or hold too few images.
    """
    model = as_model(model, device=device)
    data = as_images(data, model)
    features = open_features(features, model) if isinstance(features, str) else features
    comparison = _Comparison(
        model=model,
        data=data,
        features=features,
        detail=detail_features(data),
        family=family_of(data),
        options=options,
        rng=np.random.default_rng([options.seed, STREAM]),
        progress=progress,
    )
    return comparison.run()


@dataclass(frozen=True)
class _Comparison:
    """A model, the data and the features that they are compared in; rng draws in this order."""

    model: LatentModel
    data: ImageSet
    features: Features
    detail: Features  # of precision, recall and the closest attractor
    family: ImageFamily | None
    options: NeighbourOptions
    rng: np.random.Generator
    progress: bool

    def run(self) -> NeighboursResult:
        """Compare the images. Raises BadInput."""
        self._check()
        model, data, k = self.model, self.data, self.options.k
        labels = model.turns(self.options.n)
        images, generated, in_detail = self._generate(labels)
        train = self.features.of_rows(
            data, data.train, progress=self.progress, title="training features"
        )
        fresh = self._fresh(min(max(len(generated), len(train)), MOST))
        to_train, fresh_to_train, test = self._test(train, generated, fresh.features)
        distances = to_train.distances[:, 0]
        return NeighboursResult(
            model=model.name,
            kind=model.kind,
            data=data.name,
            learnt=data.learnt,
            features=f"{self.features.name}: {self.features.description}",
            yardstick=fresh.yardstick,
            trained_on=len(train),
            fresh=len(fresh.features),
            images=images,
            labels=labels,
            nearest=Nearest(data.train[to_train.rows[:, :k]], to_train.distances[:, :k]),
            copying=test,
            closer_than_1_percent=float((distances < np.quantile(fresh_to_train, 0.01)).mean()),
            generated_quantiles=tuple(np.quantile(distances, QUANTILES).tolist()),
            fresh_quantiles=tuple(np.quantile(fresh_to_train, QUANTILES).tolist()),
            manifold=self._manifold(in_detail, fresh.detail),
            family=self._family_distance(in_detail[: self.options.refine], fresh),
        )

    def _check(self) -> None:
        n, k = self.options.n, self.options.k
        if n < 20 or k < 1:
            raise BadInput(f"n {n}, k {k}: give 20 images or more, and one neighbour or more")
        unseen = len(self.data.held_out)
        if self.family is None and unseen < LEAST:
            raise BadInput(
                f"{self.data.name}: {unseen} images that were not learnt; the test needs {LEAST}"
            )

    def _generate(self, labels: np.ndarray | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Generate images, uint8 (N, C, S, S), their features and detail; never all as floats."""
        n, model = self.options.n, self.model
        images = np.empty((n, model.channels, model.size, model.size), np.uint8)
        parts, details = [], []
        for start in self._bar(range(0, n, model.batch), desc="generating"):
            at = slice(start, min(start + model.batch, n))
            z = model.draw(at.stop - start, self.rng)
            part = model.decode(z, None if labels is None else labels[at])
            images[at] = np.round(part * 255)
            parts.append(self.features.of(part))
            details.append(self.detail.of(part))
        return images, np.concatenate(parts), np.concatenate(details)

    def _fresh(self, n: int) -> _Fresh:
        """Return at most n never-seen images: rendered for it, or rows that were not learnt."""
        if self.family is None:
            rows = self.data.held_out
            rows = rows[self.rng.permutation(len(rows))[:n]]
            yardstick = "images of the data that were not learnt"
            return self._described(self.data, rows, None, yardstick)
        levels, params = [], []
        with self._bar(total=n, desc="fresh renderings") as bar:
            for some, of_some in self.family.fresh(n, threads=torch.get_num_threads()):
                levels.append(some)
                params.append(of_some)
                bar.update(len(some))
        images = self.family.image_set(np.concatenate(levels))
        yardstick = "fresh renderings of the same recipe"
        return self._described(images, np.arange(n), np.concatenate(params), yardstick)

    def _described(
        self, images: ImageSet, rows: np.ndarray, params: np.ndarray | None, yardstick: str
    ) -> _Fresh:
        """Return never-seen images, rows of some images, by their features and detail."""
        detail = self.detail.of_rows(images, rows[: self.options.n])
        return _Fresh(self.features.of_rows(images, rows), detail, params, yardstick)

    def _test(
        self, train: np.ndarray, generated: np.ndarray, fresh: np.ndarray
    ) -> tuple[Nearest, np.ndarray, Copying]:
        """Return nearest training images, the distances of fresh images to them, and the test."""
        device = self.model.device
        count = min(max(self.options.k, POOLED), len(train))
        to_train = nearest(generated, train, count, device=device, progress=self.progress)
        fresh_to_train = nearest(fresh, train, 1, device=device, progress=self.progress)
        test = copying_test(
            train=train,
            generated=generated,
            fresh=fresh,
            to_train=to_train,
            to_fresh=nearest(generated, fresh, min(POOLED, len(fresh)), device=device),
            fresh_to_train=fresh_to_train.distances[:, 0],
            rng=self.rng,
        )
        return to_train, fresh_to_train.distances[:, 0], test

    def _manifold(self, generated: np.ndarray, fresh: np.ndarray) -> Manifold:
        """Compute precision and recall of equally many images of each sort, by their detail."""
        k, device, rows = self.options.k, self.model.device, self.data.train
        count = min(len(generated), len(fresh), len(rows), MOST)
        some = rows[self.rng.permutation(len(rows))[:count]]
        real = self.detail.of_rows(self.data, some, progress=self.progress, title="detail")
        of_generated, of_fresh = (
            prdc(real=real, generated=images[:count], k=k, device=device)
            for images in (generated, fresh)
        )
        return Manifold(k, count, self.detail.description, of_generated, of_fresh)

    def _family_distance(self, generated: np.ndarray, fresh: _Fresh) -> FamilyDistance | None:
        """Search the family for generated images, and for as many fresh ones, by their detail.

        The bank holds other renderings at hand: training images.
        """
        family = self.family
        if family is None or fresh.params is None or not len(generated):
            return None
        rows = self.data.train[:MOST]
        bank = Bank(self.detail.of_rows(self.data, rows), family.params(rows))

        def embed(levels: np.ndarray) -> np.ndarray:
            return self.detail.of(family.images(levels))

        of_generated, of_fresh = (
            closest_attractors(
                images, bank, family.renderer, embed, self.rng, progress=self.progress
            )
            for images in (generated, fresh.detail[: len(generated)])
        )
        return FamilyDistance(of_generated, of_fresh)

    def _bar(self, *args: Any, **kwargs: Any) -> Any:
        return Bar(*args, disable=not self.progress, **kwargs)
