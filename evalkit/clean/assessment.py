"""Read, measure, compare and rank the images of a folder; nothing is written."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from joblib import cpu_count

from fractaldream_base.errors import BadInput
from fractaldream_models.data.folder_contents import printable
from fractaldream_models.data.image_file import IMAGE_FORMATS

from . import embedding, findings, ranking
from .content import content_findings, judge_content
from .copies import copy_finding, first_copies, near_duplicates
from .findings import Finding
from .options import ReviewOptions
from .progress import progress_bar
from .scan import Reading, Scan, listing, read_all
from .summary import ReviewSummary


@dataclass(frozen=True)
class Assessment:
    """Findings and ranks of each image of a folder, in the order of the files' names.

    Attributes
    ----------
    folder
        The folder that was read.
    readings
        N readings, one for each file.
    findings
        What looks wrong, sorted by image.
    suspicion
        float64 (N,), from 0 to 1; higher is more suspect.
    copies
        int (N,), the index of the first image with the same pixels.
    groups
        int (N,), the number of the group of near duplicates, or -1.
    best
        bool (N,), whether the image is to be kept of its group; True outside groups.
    features
        float32 (N, D), NaN for images without pixels; the last three columns are scores.
    summary
        The counts that the command prints.
    """

    folder: str
    readings: list[Reading]
    findings: list[Finding]
    suspicion: np.ndarray
    copies: np.ndarray
    groups: np.ndarray
    best: np.ndarray
    features: np.ndarray
    summary: ReviewSummary


def assess(folder: str | Path, options: ReviewOptions = ReviewOptions()) -> Assessment:
    """Read and rank the images of a folder, which is never written to.

    Parameters
    ----------
    folder
        The folder that holds the images, at any depth.
    options
        Features, budget, seed and number of processes.

    Returns
    -------
    Assessment
        Findings, suspicion and groups of near duplicates for each image.

    Raises
    ------
    BadInput
        If the folder cannot be read or holds no image, or an option cannot be used.
    """
    if not 0 < options.budget <= 1:
        raise BadInput(
            f"budget {options.budget}: give the share of images to look at, above 0 and up to 1"
        )
    embed = embedding.open_features(
        options.features, download=options.download, device=options.device
    )
    names = listing(folder)
    if not names.images and not names.refused:
        suffixes = " ".join(sorted(IMAGE_FORMATS))
        raise BadInput(f"{folder}: no images in this folder; it takes {suffixes}")
    workers = options.workers or cpu_count()
    bar = progress_bar(read_all(folder, names.images, workers), "read", len(names.images))
    scan = Scan(str(folder), [*names.refused, *bar], len(names.others) + len(names.hidden))
    return judge(scan, embed, replace(options, workers=workers))


def judge(scan: Scan, embed: embedding.Embed | None, options: ReviewOptions) -> Assessment:
    """Return groups, outliers, findings and suspicion of images that were read.

    Parameters
    ----------
    scan
        What reading the folder gave.
    embed
        Features of images, (N,) previews to float32 (N, D); None for the classical ones.
    options
        Budget, seed, processes (default here: 1) and the features' name for the summary.
    """
    readings, workers = scan.readings, options.workers or 1
    rng = np.random.default_rng(options.seed)
    n = len(readings)
    copies = first_copies(readings)
    every = np.nonzero(np.array([r.decoded for r in readings], bool))[0]
    issues = [*findings.faults(readings)]
    issues += findings.odd_shapes(readings, every)
    issues += findings.light_and_detail(readings, every)
    blank = {f.image for f in issues if f.finding == "blank"}
    rows = np.array([i for i in every if copies[i] == i and i not in blank], int)
    content = judge_content(readings, rows, embed, rng, workers)
    issues += content_findings(readings, rows, content, min(options.budget, findings.LISTED))
    outlying = np.zeros(n)
    outlying[rows] = content.evidence
    suspicion = ranking.suspicion(issues, outlying)
    groups, best, near = near_duplicates(
        readings, rows, suspicion, {f.image for f in issues}, workers
    )
    issues += near + [
        copy_finding(readings, int(i), int(copies[i])) for i in every if copies[i] != i
    ]
    for i in every:  # a copy is as suspect as the image it repeats
        suspicion[i] = max(suspicion[i], suspicion[copies[i]])
    order = {kind: place for place, kind in enumerate(findings.ORDER)}
    issues.sort(key=lambda f: (f.image, order[f.finding]))
    features = np.full((n, content.columns.shape[1]), np.nan, np.float32)
    features[rows] = content.columns
    kinds: list[list[str]] = [[] for _ in readings]
    for f in issues:
        kinds[f.image].append(f.finding)
    summary = ReviewSummary(
        folder=printable(Path(scan.folder).resolve().name),
        images=n,
        readable=len(every),
        other_files=scan.others,
        features=options.features,
        budget=options.budget,
        to_look_at=len(findings.looked_at(suspicion, options.budget)),
        findings=findings.counted(kinds, suspicion, options.budget),
        expected_of_cut_crops=_expected_share(content.cuts, suspicion, options.budget),
    )
    return Assessment(
        scan.folder, readings, issues, suspicion, copies, groups, best, features[copies], summary
    )


def _expected_share(cuts: np.ndarray, suspicion: np.ndarray, budget: float) -> float | None:
    """Return the share of cut versions that would be looked at; None where none was made."""
    if not len(cuts):
        return None
    line = np.quantile(suspicion, 1 - budget)
    return round(float((ranking.squashed(cuts) > line).mean()), 3)
