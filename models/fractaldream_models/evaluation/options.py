"""Options of what is asked of a model."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TranslateOptions:
    """Options of the translation of images.

    Attributes
    ----------
    domain
        Name of the domain of the images; None where they are one of the two data sets of the
        training.
    truth
        Data whose images are the true translations, row by row; None for none.
    n
        Number of images, the first ones; None for all.
    root
        Folder that holds the IDX files of MNIST.
    device
        Where a checkpoint computes: cpu, cuda or mps.
    """

    domain: str | None = None
    truth: str | None = None
    n: int | None = None
    root: str | None = None
    device: str = "cpu"
