"""Figures of sample quality that a blur improves: renderings against blurred renderings.

    python bench/blur.py FDD.h5 [--n 1500] [--refine 24] [--json FILE]

FDD.h5 is a data set file drawn by a law, from whose training images the features take what they
need. The generated images are fresh renderings, blurred by a Gaussian; the real ones are others. A
figure is of use only where a blur makes it worse.
"""

import argparse
from collections.abc import Iterator

import numpy as np
from result_tables import Column, Row, add_json_option, print_table, save_tables
from scipy.ndimage import gaussian_filter

from evalkit.family.closest_attractor import Bank, closest_attractors
from evalkit.family.fresh_images import ImageFamily, family_of
from evalkit.inputs.images import open_images
from evalkit.memorization.precision_recall import prdc
from evalkit.networks.detail import detail_features
from evalkit.networks.features import Features, pixels
from evalkit.sample_quality.classifier_two_sample import classifier_test, visible
from evalkit.sample_quality.distances import frechet_distance
from evalkit.sample_quality.feature_spaces import autoencoder_features

BLURS = (0.0, 0.5, 1.0, 2.0)  # pixels
FIGURES = (
    Column("features"),
    Column("blur, px", "g"),
    Column("precision", ".3f"),
    Column("recall", ".3f"),
    Column("coverage", ".3f"),
    Column("Frechet", ".2f"),
    Column("closest attractor", ".4f"),
)
TEST = (
    Column("blur, px", "g"),
    Column("classifier test, accuracy", ".3f"),
    Column("95% interval, from", ".3f"),
    Column("to", ".3f"),
)
BANK = 1000  # training images that the search for the closest attractor starts from


def closest(family: ImageFamily, features: Features, images: np.ndarray) -> float:
    """Return the median distance of images to the closest attractor that the search reaches."""
    rows = family.data.train[:BANK]
    bank = Bank(features.of_rows(family.data, rows), family.params(rows))

    def embed(levels: np.ndarray) -> np.ndarray:
        return features.of(family.images(levels))

    rng = np.random.default_rng(0)
    result = closest_attractors(features.of(images), bank, family.renderer, embed, rng)
    return float(np.median(result.after))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("data")
    parser.add_argument("--n", type=int, default=1500)
    parser.add_argument("--refine", type=int, default=24)
    add_json_option(parser)
    given = parser.parse_args()
    n = given.n
    images = open_images(given.data, palette="kbc", channels=3)
    family = family_of(images)
    assert family is not None, "FDD.h5 must be drawn by a law"
    drawn = family.images(np.concatenate([levels for levels, _ in family.fresh(3 * n)]))
    real, others, third = drawn[:n], drawn[n : 2 * n], drawn[2 * n :]
    spaces = (pixels(images.size, 3), autoencoder_features(images), detail_features(images))
    blurred = {sigma: gaussian_filter(others, (0, 0, sigma, sigma)) for sigma in BLURS}
    blurred[0.0] = others

    def figures() -> Iterator[Row]:
        for space in spaces:
            for sigma, generated in blurred.items():
                x, y = space.of(real), space.of(generated)
                p = prdc(real=x, generated=y, k=5)
                distance = frechet_distance(real=x, generated=y)
                near = closest(family, space, generated[: given.refine]) if given.refine else None
                yield space.name, sigma, p.precision, p.recall, p.coverage, distance, near

    def tests() -> Iterator[Row]:
        for sigma, generated in blurred.items():
            sets = [visible(part) for part in (real, generated, third)]
            test = classifier_test(real=sets[0], generated=sets[1], training=sets[2], seed=0)
            yield sigma, test.accuracy, *test.interval

    tables = print_table("", FIGURES, figures()), print_table("Classifier test.", TEST, tests())
    save_tables(given.json, *tables)


if __name__ == "__main__":
    main()
