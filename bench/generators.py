"""Quality of generators in one table: every figure of quality, mean and range over seeds.

    python bench/generators.py FDD.h5 NAME=GLOB... [--keep FOLDER] [--picture FILE.png] \
        [--json FILE]

FDD.h5 is the data set that the checkpoints learnt from, drawn by a law. NAME=GLOB names the
checkpoints of one setting, one for each seed, such as 'gan-fdd=runs/gan-fdd-*/ckpt.pt', or one
that comes with the package, such as gan-fdd=pretrained:gan-fdd. Everything
is compared with the same 2,000 fresh renderings; the reference row holds training images in place
of generated ones. The figures are those of `evalkit quality` and `evalkit neighbours`; the fresh
renderings are drawn and described once for all checkpoints. --keep holds the figures of each
checkpoint, under its bytes and the name of the data: the same command goes on from there, several
commands may share a folder, and where all figures are there FDD.h5 need not be.

The goals, for the mean over seeds: a Frechet distance of at most 3 times that of training images
(6 times from 64 px on), a precision above 0.8, a recall above 0.5, a classifier test below 80%, and
no copying. The picture shows samples of the first checkpoint of each name below fresh renderings.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from result_tables import Column, Table, add_json_option, print_table, save_tables

from evalkit.family.closest_attractor import Bank, closest_attractors
from evalkit.family.fresh_images import ImageFamily, family_of
from evalkit.inputs.images import ImageSet, open_images
from evalkit.inputs.model import LatentModel, open_model
from evalkit.memorization.copying import POOLED, copying_test
from evalkit.memorization.nearest_images import MOST
from evalkit.memorization.precision_recall import prdc
from evalkit.networks.detail import detail_features
from evalkit.networks.features import Features, pixels
from evalkit.sample_quality.classes import mean_distance
from evalkit.sample_quality.classifier_two_sample import classifier_test, visible
from evalkit.sample_quality.descriptions import shrink
from evalkit.sample_quality.distances import frechet_distance, kernel_subsets
from evalkit.sample_quality.feature_spaces import autoencoder_features
from evalkit.statistics.nearest_neighbours import nearest
from evalkit.support.pictures import save_picture, tiles, to_rgb
from fractaldream_base.files import file_digest, write_json
from fractaldream_models.pretrained import checkpoint_file, is_pretrained

K = 5  # of precision and recall
SHOWN = 12  # images of each row of the picture
ALPHA = 0.05  # below which a p-value says copying
NAN = float("nan")
TRAINING = "training images"
FORM = 2  # of stored figures; another number where one of them changes


@dataclass(frozen=True)
class Figures:
    """The figures of one set of images against fresh renderings."""

    frechet: float
    frechet_detail: float
    kernel: float
    classifier_accuracy: float
    precision: float
    recall: float
    coverage: float
    diversity: float
    closest: float
    copying_p: float


COLUMNS = {
    "frechet": Column("Frechet, codes", ".2f"),
    "frechet_detail": Column("Frechet, detail", ".1f"),
    "kernel": Column("kernel, codes", ".3f"),
    "classifier_accuracy": Column("classifier test", ".3f"),
    "precision": Column("precision", ".2f"),
    "recall": Column("recall", ".2f"),
    "coverage": Column("coverage", ".2f"),
    "diversity": Column("diversity", ".2f"),
    "closest": Column("closest attractor", ".2f"),
    "copying_p": Column("copying, p", ".2f"),
}


@dataclass(frozen=True)
class Reference:
    """Fresh renderings and training images, described once for all generators.

    Attributes
    ----------
    data, family
        The data set and its law.
    pixels, codes, detail
        The features in which images are compared.
    real, more
        Fresh renderings, float32 (n, C, S, S): those that everything is compared with, and others
        whose closest attractors are the yardstick, (refine, C, S, S).
    training
        As many training images.
    pixels_of_training, pixels_of_fresh
        Features of all training images, and of at most 10,000 fresh renderings.
    fresh_to_training
        Distances of those to the nearest training image.
    bank
        Training images that the search for the closest attractor starts from.
    device
        Where networks compute.
    """

    data: ImageSet
    family: ImageFamily
    pixels: Features
    codes: Features
    detail: Features
    real: np.ndarray
    more: np.ndarray
    training: np.ndarray
    pixels_of_training: np.ndarray
    pixels_of_fresh: np.ndarray
    fresh_to_training: np.ndarray
    bank: Bank
    device: str


def reference_of(path: str, n: int, refine: int, device: str) -> Reference:
    """Render and describe what all generators are compared with."""
    data = open_images(path, palette="kbc", channels=3)
    family = family_of(data)
    if family is None:
        sys.exit(f"{path}: not drawn by a law; give a file of fractaldream render")
    count = min(MOST, len(data.train))
    levels = np.concatenate([part for part, _ in family.fresh(max(count, n + refine))])
    fresh = family.image_set(levels)
    in_pixels, detail = pixels(data.size, 3), detail_features(data)
    rows = np.random.default_rng(0).permutation(data.train)
    of_training = in_pixels.of_rows(data, data.train)
    of_fresh = in_pixels.of_rows(fresh, np.arange(count))
    banked = data.train[:MOST]
    return Reference(
        data, family, in_pixels, autoencoder_features(data, device=device), detail,
        real=fresh.images(np.arange(n)),
        more=fresh.images(np.arange(n, n + refine)),
        training=data.images(rows[:n]),
        pixels_of_training=of_training,
        pixels_of_fresh=of_fresh,
        fresh_to_training=nearest(of_fresh, of_training, 1, device=device).distances[:, 0],
        device=device,
        bank=Bank(detail.of_rows(data, banked), family.params(banked)),
    )  # fmt: skip


def closest(reference: Reference, images: np.ndarray) -> float:
    """Return the median distance of images to the closest attractor that a search reaches."""
    if not len(images):
        return NAN
    detail = reference.detail

    def embed(levels: np.ndarray) -> np.ndarray:
        return detail.of(reference.family.images(levels))

    result = closest_attractors(
        detail.of(images), reference.bank, reference.family.renderer, embed,
        np.random.default_rng(0),
    )  # fmt: skip
    return float(np.median(result.after))


def copying_p(reference: Reference, images: np.ndarray) -> float:
    """Return the p-value of the test for copying."""
    of_images = reference.pixels.of(images)
    train, fresh = reference.pixels_of_training, reference.pixels_of_fresh
    test = copying_test(
        train=train,
        generated=of_images,
        fresh=fresh,
        to_train=nearest(of_images, train, POOLED, device=reference.device),
        to_fresh=nearest(of_images, fresh, POOLED, device=reference.device),
        fresh_to_train=reference.fresh_to_training,
        rng=np.random.default_rng(0),
    )
    return test.p_value


def measure(reference: Reference, images: np.ndarray, refine: int) -> Figures:
    """Return the figures of images."""
    codes, detail = reference.codes, reference.detail
    real = reference.real
    x, y = codes.of(real), codes.of(images)
    in_detail, of_images = detail.of(real), detail.of(images)
    p = prdc(real=in_detail, generated=of_images, k=K, device=reference.device)
    test = classifier_test(
        real=visible(real), generated=visible(images), seed=0, device=reference.device
    )
    spread = mean_distance(shrink(real))
    assert spread is not None
    is_training = images is reference.training
    return Figures(
        frechet=frechet_distance(real=x, generated=y),
        frechet_detail=frechet_distance(real=in_detail, generated=of_images),
        kernel=kernel_subsets(real=x, generated=y, rng=np.random.default_rng(0))[0],
        classifier_accuracy=test.accuracy,
        precision=p.precision,
        recall=p.recall,
        coverage=p.coverage,
        diversity=(mean_distance(shrink(images)) or 0) / spread,
        closest=closest(reference, reference.more if is_training else images[:refine]),
        copying_p=NAN if is_training else copying_p(reference, images),
    )


def samples(model: LatentModel, n: int) -> np.ndarray:
    """Return n samples of seed 0, in the 256 levels of an image file."""
    images = model.sample(n, np.random.default_rng(0))
    out: np.ndarray = np.round(images * 255).astype(np.float32) / 255
    return out


@dataclass(frozen=True)
class ResultStore:
    """A folder of results, one JSON file each, under a hash of what they depend on."""

    folder: Path | None

    def get(self, *key: object) -> dict[str, Any] | None:
        """Return the result under a key, or None."""
        if self.folder is None or not self._file(key).exists():
            return None
        values: dict[str, Any] = json.loads(self._file(key).read_text())
        return values

    def put(self, values: dict[str, Any], *key: object) -> None:
        """Add a result."""
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_json(self._file(key), values)

    def _file(self, key: tuple[object, ...]) -> Path:
        assert self.folder is not None
        return self.folder / f"{hashlib.sha256(repr(key).encode()).hexdigest()[:16]}.json"


@dataclass(frozen=True)
class Bench:
    """Measure generators against one data set, and keep what was measured."""

    data: str
    n: int
    refine: int
    device: str
    store: ResultStore

    @cached_property
    def reference(self) -> Reference:
        """Return the images that everything is compared with, rendered on first use."""
        return reference_of(self.data, self.n, self.refine, self.device)

    def figures(self, path: str | None) -> Figures:
        """Return the figures of a checkpoint, or of training images for None."""
        source = "training images" if path is None else file_digest(path)
        key = (FORM, source, Path(self.data).stem, self.n, self.refine)
        values = self.store.get(*key)
        if values is None:
            images = (
                self.reference.training
                if path is None
                else samples(open_model(path, device=self.device), self.n)
            )
            values = asdict(measure(self.reference, images, self.refine))
            values = {name: value for name, value in values.items() if np.isfinite(value)}
            self.store.put(values, *key)
        figures = Figures(**{field.name: values.get(field.name, NAN) for field in fields(Figures)})
        print(f"{path or source}: {figures}", file=sys.stderr, flush=True)
        return figures

    def rows(self, runs: dict[str, list[str]]) -> dict[str, list[Figures]]:
        """Return the figures of all checkpoints by name, training images first."""
        of_runs = {name: [self.figures(path) for path in paths] for name, paths in runs.items()}
        return {TRAINING: [self.figures(None)], **of_runs}


def table(rows: dict[str, list[Figures]]) -> Table:
    """Print the table, mean and range over seeds."""
    columns = (Column("generator"), *COLUMNS.values())
    values = (
        (name, *([getattr(figures, key) for figures in seeds] for key in COLUMNS))
        for name, seeds in rows.items()
    )
    return print_table("", columns, values)


def goals(rows: dict[str, list[Figures]], size: int) -> str:
    """Return which goals the mean of each generator misses."""
    most = 3 if size < 64 else 6
    lines = []
    of_training = rows[TRAINING][0].frechet
    for name, seeds in rows.items():
        if name == TRAINING:
            continue
        ratio = np.mean([each.frechet for each in seeds]) / of_training
        missed = [] if ratio <= most else [f"Frechet {ratio:.1f} times (goal: {most})"]
        precision, recall, accuracy = (
            np.mean([getattr(each, key) for each in seeds])
            for key in ("precision", "recall", "classifier_accuracy")
        )
        missed += [] if precision > 0.8 else [f"precision {precision:.2f} (goal: 0.8)"]
        missed += [] if recall > 0.5 else [f"recall {recall:.2f} (goal: 0.5)"]
        missed += [] if accuracy < 0.8 else [f"classifier test {accuracy:.1%} (goal: below 80%)"]
        copied = sum(each.copying_p < ALPHA for each in seeds)
        missed += [f"copying in {copied} of {len(seeds)} runs"] if copied else []
        lines.append(f"- {name}: " + ("; ".join(missed) + "." if missed else "all goals are met."))
    return "\n".join(lines)


def draw(reference: Reference, models: dict[str, LatentModel], path: Path) -> None:
    """Write a picture: fresh renderings, and below them samples of each model, row by row."""
    rows = [reference.real[:SHOWN], *(samples(model, SHOWN) for model in models.values())]
    picture = tiles(to_rgb(np.concatenate(rows)), SHOWN)
    times = max(1, 64 // reference.data.size)
    save_picture(path, picture.repeat(times, 0).repeat(times, 1))
    print("rows of the picture: fresh renderings, " + ", ".join(models), file=sys.stderr)


def _matching(pattern: Path) -> Iterator[Path]:
    """Yield the files that match a pattern, which may begin at the root."""
    root = Path(pattern.anchor)
    yield from root.glob(str(pattern.relative_to(root)) if pattern.anchor else str(pattern))


def checkpoints(words: list[str]) -> dict[str, list[str]]:
    """Return the checkpoints of each name, in order."""
    out = {}
    for word in words:
        name, _, pattern = word.partition("=")
        shipped = is_pretrained(pattern)
        files = [checkpoint_file(pattern)] if shipped else _matching(Path(pattern))
        out[name] = sorted(map(str, files))
        if not out[name]:
            sys.exit(f"{word}: no such checkpoints; give NAME=GLOB")
    return out


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what this script and `question.py` take alike."""
    parser.add_argument("data")
    parser.add_argument("runs", nargs="+", metavar="NAME=GLOB")
    parser.add_argument("--refine", type=int, default=8, help="Images searched for in the family.")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--keep", type=Path, help="Folder of what is measured already.")
    parser.add_argument("--picture", type=Path)
    add_json_option(parser)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    add_options(parser)
    parser.add_argument("--n", type=int, default=2000)
    given = parser.parse_args()
    runs = checkpoints(given.runs)
    bench = Bench(given.data, given.n, given.refine, given.device, ResultStore(given.keep))
    if given.picture is not None:
        draw(bench.reference, {k: open_model(paths[0]) for k, paths in runs.items()}, given.picture)
    rows = bench.rows(runs)
    save_tables(given.json, table(rows))
    print()
    print(goals(rows, open_model(next(iter(runs.values()))[0]).size))


if __name__ == "__main__":
    main()
