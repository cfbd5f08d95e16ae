"""Options of the review of a folder and of its clean copy."""

from dataclasses import dataclass
from pathlib import Path

from fractaldream_base.seeds import Seeded


@dataclass(frozen=True)
class ReviewOptions(Seeded):
    """Options of the assessment of a folder.

    Attributes
    ----------
    features
        What images are compared by: ``offline``, a checkpoint (.pt) with an encoder, or the name
        of a torchvision network; see `embedding.open_features`.
    budget
        Share of the images that one is willing to look at, above 0 and up to 1.
    download
        Allow fetching the weights of a torchvision network.
    device
        Where a checkpoint or a torchvision network computes: cpu, cuda or mps.
    seed
        Random seed.
    workers
        Number of processes that read files. Default: one for each core.
    """

    features: str = "offline"
    budget: float = 0.05
    download: bool = False
    device: str = "cpu"
    seed: int = 0
    workers: int | None = None


@dataclass(frozen=True)
class ApplyOptions:
    """Options of a clean copy.

    Attributes
    ----------
    link
        Make symbolic links in place of copies.
    pack
        Also write the images into this HDF5 file, for training.
    size
        Side of the packed images, in pixels.
    held_out
        Share of the packed images that is held out for validation, from 0 to 0.9.
    workers
        Number of processes. Default: one for each core.
    """

    link: bool = False
    pack: str | Path | None = None
    size: int = 128
    held_out: float = 0.1
    workers: int | None = None
