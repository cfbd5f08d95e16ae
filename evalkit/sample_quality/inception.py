"""FID, KID and Inception score by torch-fidelity, with weights that are given."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fractaldream_base.errors import BadInput
from fractaldream_base.files import file_digest

STANDARD = "6726825d"  # SHA-256 of torch-fidelity's file of the TensorFlow weights begins so
MIN_IMAGES = 50
MAX_KID_SUBSET = 1000


@dataclass(frozen=True)
class Inception:
    """Figures in the space of InceptionV3.

    Attributes
    ----------
    fid
        Frechet inception distance; lower is better.
    kid, kid_sd
        Kernel inception distance, mean and standard deviation over subsets; lower is better.
    inception_score, inception_score_sd
        Inception score, mean and standard deviation over splits; higher is better.
    images
        Number of images of each sort.
    kid_subset
        Number of images in a subset of KID.
    weights
        Where the weights come from.
    standard
        Whether the weights are those that papers use; with others these are not FID, KID and
        Inception score.
    """

    fid: float
    kid: float
    kid_sd: float
    inception_score: float
    inception_score_sd: float
    images: int
    kid_subset: int
    weights: str
    standard: bool


def check_weights(weights: str | Path | None, download: bool) -> None:
    """Raise BadInput where FID is requested and cannot be computed; before the work begins."""
    if weights is None and not download:
        return
    try:
        import torch_fidelity  # noqa: F401
    except ImportError as error:
        raise BadInput(
            "FID needs torch-fidelity; pip install 'fractaldream[quality]', or leave --weights "
            "and --download out"
        ) from error
    if weights is not None and not Path(weights).is_file():
        raise BadInput(f"{weights}: no such file; --weights takes torch-fidelity's InceptionV3")


def inception_scores(
    *,
    real: np.ndarray,
    generated: np.ndarray,
    weights: str | Path | None = None,
    download: bool = False,
    device: str = "cpu",
) -> Inception:
    """Compute FID, KID and the Inception score.

    Parameters
    ----------
    real, generated
        Images, uint8 (N, C, S, S) and (M, C, S, S).
    weights
        File of torch-fidelity's InceptionV3, read as plain weights only.
    download
        Whether the weights may be fetched where no file is given.
    device
        Where the network computes.

    Returns
    -------
    Inception
        KID in 100 subsets of at most 1,000 images.

    Raises
    ------
    BadInput
        If there are no weights, or fewer than 50 images of each sort.

    References
    ----------
    Heusel et al. 2017 (FID); Binkowski et al. 2018 (KID); Salimans et al. 2016 (Inception score).
    """
    check_weights(weights, download)
    if weights is None and not download:
        raise BadInput("no Inception weights: give --weights FILE or allow --download")
    images = min(len(real), len(generated))
    if images < MIN_IMAGES:
        raise BadInput(f"{images} images: FID needs {MIN_IMAGES} or more of each")
    standard = weights is None or _is_standard(Path(weights))
    subset = min(MAX_KID_SUBSET, images)
    metrics = _calculate(real, generated, weights, subset, device)
    return Inception(
        fid=metrics["frechet_inception_distance"],
        kid=metrics["kernel_inception_distance_mean"],
        kid_sd=metrics["kernel_inception_distance_std"],
        inception_score=metrics["inception_score_mean"],
        inception_score_sd=metrics["inception_score_std"],
        images=images,
        kid_subset=subset,
        weights="torch-fidelity's" if weights is None else str(weights),
        standard=standard,
    )


def _is_standard(weights: Path) -> bool:
    """Return whether a file holds the weights that papers use. Raises BadInput."""
    from fractaldream_models.checkpoint import read_plain

    # torch-fidelity itself would run what a file says
    read_plain(weights, mend="give the weights of torch-fidelity")
    return file_digest(weights).startswith(STANDARD)


def _calculate(
    real: np.ndarray, generated: np.ndarray, weights: str | Path | None, subset: int, device: str
) -> dict[str, float]:
    """Return the metrics of torch-fidelity under its own names. Raises BadInput."""
    from torch_fidelity import calculate_metrics

    try:
        metrics: dict[str, float] = calculate_metrics(
            input1=_dataset(generated), input2=_dataset(real), isc=True, fid=True, kid=True,
            feature_extractor="inception-v3-compat",
            feature_extractor_weights_path=None if weights is None else str(weights),
            kid_subset_size=subset, cuda=device.startswith("cuda"), batch_size=32, cache=False,
            verbose=False, save_cpu_ram=True,
        )  # fmt: skip
    except OSError as error:  # URLError is one
        raise BadInput(
            f"Inception weights cannot be fetched ({error}); give --weights FILE"
        ) from error
    except RuntimeError as error:
        if weights is None or "state_dict" not in str(error):
            raise
        raise BadInput(f"{weights}: not torch-fidelity's InceptionV3; give its .pth") from error
    return metrics


def _dataset(images: np.ndarray) -> Any:
    """Return images, uint8 (N, C, S, S), as torch-fidelity takes them: a Dataset of (3, S, S)."""
    import torch
    from torch.utils.data import Dataset

    class Images(Dataset[torch.Tensor]):
        def __len__(self) -> int:
            return len(images)

        def __getitem__(self, row: int) -> torch.Tensor:
            return torch.from_numpy(images[row]).expand(3, -1, -1)

    return Images()
