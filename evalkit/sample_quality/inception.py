"""FID, KID and Inception score by torch-fidelity, with weights that are given."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.errors import BadInput

STANDARD = "6726825d"  # SHA-256 of torch-fidelity's file of the TensorFlow weights begins so
FEWEST = 50


@dataclass(frozen=True)
class Inception:
    """Figures in the space of InceptionV3. standard: whether the weights are those that papers
    use; else these are not FID, KID and Inception score."""

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
    """Raise BadInput where FID was asked for and cannot be had; before the work begins."""
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


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def inception(
    *,
    real: np.ndarray,
    generated: np.ndarray,
    weights: str | Path | None = None,
    download: bool = False,
    device: str = "cpu",
) -> Inception:
    """The three figures of images uint8 (N, 3, S, S) and (M, 3, S, S). Raises BadInput.

    weights: a file of torch-fidelity's InceptionV3, read as plain weights only; without one they
    are fetched where download is allowed. KID in 100 subsets of at most 1,000 images.
    """
    check_weights(weights, download)
    if weights is None and not download:
        raise BadInput("no Inception weights: give --weights FILE or allow --download")
    fewest = min(len(real), len(generated))
    if fewest < FEWEST:
        raise BadInput(f"{fewest} images: FID needs {FEWEST} or more of each")
    import torch
    from torch_fidelity import calculate_metrics

    standard, name = True, "torch-fidelity's"
    if weights is not None:
        path, name = Path(weights), str(weights)
        try:  # torch-fidelity itself would run what a file says
            torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:  # as many kinds as there are files of other kinds
            raise BadInput(f"{path}: not a file of plain weights; fetch it again") from error
        standard = _digest(path).startswith(STANDARD)
    subset = min(1000, fewest)
    try:
        found: dict[str, Any] = calculate_metrics(
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
    return Inception(
        fid=found["frechet_inception_distance"],
        kid=found["kernel_inception_distance_mean"],
        kid_sd=found["kernel_inception_distance_std"],
        inception_score=found["inception_score_mean"],
        inception_score_sd=found["inception_score_std"],
        images=fewest,
        kid_subset=subset,
        weights=name,
        standard=standard,
    )


def _dataset(images: np.ndarray) -> Any:
    """uint8 (N, C, S, S) as torch-fidelity wants them: a Dataset of (3, S, S)."""
    import torch
    from torch.utils.data import Dataset

    class Images(Dataset):
        def __len__(self) -> int:
            return len(images)

        def __getitem__(self, row: int) -> torch.Tensor:
            return torch.from_numpy(images[row]).expand(3, -1, -1)

    return Images()
