"""Options of `evalkit quality`."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evalkit.inputs.options import CLASSIFIER
from fractaldream_base.options import SEED, count_option, options_group
from fractaldream_base.seeds import Seeded

if TYPE_CHECKING:
    from evalkit.networks.classifier import ClassifierSource
    from evalkit.networks.features import Features

N = count_option("--n", 2000, "Greatest number of images of each sort (generated and real).")
WEIGHTS = click.option(
    "--weights",
    type=click.Path(),
    metavar="FILE",
    help="Weights of torch-fidelity's InceptionV3, for FID, KID and the Inception score.",
)
DOWNLOAD = click.option("--download", is_flag=True, help="Allow fetching these weights.")
CLASSIFIER_TEST = click.option(
    "--classifier-test/--no-classifier-test",
    default=True,
    show_default=True,
    help="Train a network to tell generated images from real ones (half a minute at 32 px).",
)


@dataclass(frozen=True)
class SampleOptions(Seeded):
    """Options of the measures of samples of generators.

    Parameters
    ----------
    n
        Greatest number of generated, real and training images.
    classifier
        Names the images; without it there are no figures by class.
    weights
        File of torch-fidelity's InceptionV3, for FID, KID and the Inception score.
    download
        Whether these weights may be fetched.
    seed
        Random seed.
    """

    n: int = 2000
    classifier: "ClassifierSource | None" = None
    weights: str | Path | None = None
    download: bool = False
    seed: int = 0


@dataclass(frozen=True)
class QualityOptions(SampleOptions):
    """Options of the measures of a generator.

    Parameters
    ----------
    features
        First space in which distances are taken. Default: the codes of a small autoencoder, see
        `feature_spaces.autoencoder_features`.
    classifier_test
        Whether a network is trained to tell generated images from real ones.
    """

    features: "Features | None" = None
    classifier_test: bool = True

    @property
    def with_inception(self) -> bool:
        """Return whether FID, KID and the Inception score are computed."""
        return self.weights is not None or self.download


QUALITY = options_group(QualityOptions, N, CLASSIFIER, CLASSIFIER_TEST, WEIGHTS, DOWNLOAD, SEED)
