"""Read, measure, compare and rank the images of a folder; nothing is written."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from fractaldream_models.data.folder_contents import printable
from fractaldream_models.data.image_file import IMAGE_FORMATS
from joblib import cpu_count

from evalkit.errors import BadInput

from . import duplicates, embedding, findings, outliers, ranking
from .findings import Finding
from .options import ReviewOptions
from .progress import progress_bar
from .scan import Reading, listing, read_all
from .summary import ReviewSummary


@dataclass(frozen=True)
class Scan:
    """What one pass over a folder gave.

    Attributes
    ----------
    folder
        The folder that was read.
    readings
        One for each image file, in the order of their names.
    others
        Number of files that are not images by their suffix.
    """

    folder: str
    readings: list[Reading]
    others: int = 0


@dataclass(frozen=True)
class Assessment:
    """What is known of each image of a folder, in the order of the files' names.

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
    embed = embedding.open_features(options.features, download=options.download)
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
    content = _content(readings, rows, embed, rng, workers)
    issues += _content_findings(readings, rows, content, min(options.budget, findings.LISTED))
    outlying = np.zeros(n)
    outlying[rows] = content.evidence
    suspicion = ranking.suspicion(issues, outlying)
    groups, best, near = _near(readings, rows, suspicion, {f.image for f in issues}, workers)
    issues += near + [_copy(readings, int(i), int(copies[i])) for i in every if copies[i] != i]
    for i in every:  # a copy is as suspect as the image it repeats
        suspicion[i] = max(suspicion[i], suspicion[copies[i]])
    order = {kind: place for place, kind in enumerate(findings.ORDER)}
    issues.sort(key=lambda f: (f.image, order[f.finding]))
    features = np.full((n, content.columns.shape[1]), np.nan, np.float32)
    features[rows] = content.columns
    expected = None
    if len(content.cuts):
        line = np.quantile(suspicion, 1 - options.budget)
        expected = round(float((ranking.squashed(content.cuts) > line).mean()), 3)
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
        expected_of_cut_crops=expected,
    )
    return Assessment(
        scan.folder, readings, issues, suspicion, copies, groups, best, features[copies], summary
    )


def _content_findings(
    readings: Sequence[Reading], rows: np.ndarray, content: "_Content", share: float
) -> Iterator[Finding]:
    """Yield the given share of images furthest off topic, and most like bad crops."""
    words = "unlike the rest: among the {tail} furthest from it, or most like images of no set"
    yield from findings.outlying(rows, content.topic, "off-topic", share, words)
    words = "looks cut: among the {tail} most like badly cut images of this set"
    cropped = findings.outlying(rows, content.crops, "bad-crop", share, words)
    yield from _with_yellow(cropped, readings, rows)


def first_copies(readings: Sequence[Reading]) -> np.ndarray:
    """Of each reading, the index of the one to keep among those with the same key: int (N,).

    The first by name of those without a fault, else the first by name.
    """
    first: dict[str, int] = {}
    for sound in (True, False):
        for row, reading in enumerate(readings):
            if sound != bool(reading.faults):
                first.setdefault(reading.key, row)
    return np.array([first[r.key] for r in readings], int)


def _copy(readings: Sequence[Reading], row: int, first: int) -> Finding:
    return Finding(row, "duplicate", 1.0, f"same pixels as {readings[first].path}")


@dataclass(frozen=True)
class _Content:
    """What the rows' pixels say."""

    columns: np.ndarray  # float32 (R, D)
    topic: np.ndarray  # float64 (R,): how far off topic
    crops: np.ndarray  # float64 (R,): how much like a bad crop
    evidence: np.ndarray  # float64 (R,): both, in nats
    cuts: np.ndarray  # float64 (M,): the same of cut versions of the images, had they been there


def _content(
    readings: Sequence[Reading],
    rows: np.ndarray,
    embed: embedding.Embed | None,
    rng: np.random.Generator,
    workers: int,
) -> _Content:
    """Features of the given rows and what is told by them.

    Cut versions are judged with the classical features alone: a network would be given pixels far
    coarser than those of the images.
    """
    n = len(rows)
    if not n:
        empty = np.zeros(0)
        return _Content(np.zeros((0, 1), np.float32), empty, empty, empty, empty)
    thumbs = _thumbs(readings, rows)
    yellow = outliers.yellow(thumbs)
    faces = outliers.are_yellow_faces(yellow[:, 0])
    statistics = outliers.described(thumbs, faces)
    crops = outliers.bad_crops(thumbs, [readings[i].preview for i in rows], rng, workers)
    likeness = crops.images
    if embed is None:
        columns, placed = statistics, embedding.layout(thumbs)
        likeness = np.concatenate([likeness, crops.cuts])
        cut_features = (
            outliers.described(crops.thumbs, faces) if len(crops.cuts) else statistics[:0]
        )
        distance = outliers.off_topic(columns, cut_features)
        foreign = outliers.foreign(
            thumbs, statistics, faces, cuts=cut_features, cut_from=crops.cut_from
        )
    else:
        columns = placed = embed([readings[i].preview for i in rows])
        distance = outliers.off_topic(columns)
        foreign = outliers.foreign(thumbs, statistics, faces)
    topic = ranking.together(distance, foreign, n=n)
    evidence = ranking.joined(findings.tail(topic, n), findings.tail(likeness, n))
    from sklearn.decomposition import PCA

    axes = min(32, *placed.shape)
    pca = PCA(axes, svd_solver="covariance_eigh")
    reduced = pca.fit_transform(placed) if n > 1 else np.zeros((n, 1))
    scores = np.stack([distance[:n], foreign[:n], crops.images], 1)
    parts = [statistics, reduced, scores] if faces else [statistics, reduced, yellow, scores]
    columns = np.hstack(parts).astype(np.float32)
    return _Content(columns, topic[:n], crops.images, evidence[:n], evidence[n:])


def _thumbs(readings: Sequence[Reading], rows: np.ndarray) -> np.ndarray:
    return np.stack([t for i in rows if (t := readings[i].thumb) is not None])


def _with_yellow(
    cropped: Iterable[Finding], readings: Sequence[Reading], rows: np.ndarray
) -> list[Finding]:
    """Where the set is one of yellow faces, say where the yellow lies in a bad crop."""
    cropped = list(cropped)
    if not cropped:
        return []
    shares = outliers.yellow(_thumbs(readings, rows))
    if not outliers.are_yellow_faces(shares[:, 0]):
        return cropped
    yellow_of = dict(zip(map(int, rows), shares, strict=True))
    out = []
    for finding in cropped:
        share, y, x, *_, top, bottom, left, right = yellow_of[finding.image]
        touching = [
            side
            for side, part in zip(
                ("top", "bottom", "left", "right"), (top, bottom, left, right), strict=True
            )
            if part > 0.5
        ]
        if share < 0.02:
            words = "; hardly any skin yellow"
        elif touching:
            words = f"; skin yellow runs out at the {' and '.join(touching)}"
        else:
            words = f"; skin yellow lies at {x:.0%} across, {y:.0%} down"
        out.append(Finding(finding.image, finding.finding, finding.score, finding.reason + words))
    return out


def _near(
    readings: Sequence[Reading],
    rows: np.ndarray,
    suspicion: np.ndarray,
    faulty: set[int],
    workers: int,
) -> tuple[np.ndarray, np.ndarray, list[Finding]]:
    """Find groups of near duplicates, the best of each, and a finding for the others."""
    n = len(readings)
    groups, best = np.full(n, -1), np.ones(n, bool)
    if len(rows) < 2:
        return groups, best, []
    pairs = duplicates.near_pairs(_thumbs(readings, rows), workers)
    label = duplicates.grouped(len(rows), pairs)
    groups[rows] = label
    closest: dict[int, duplicates.Pair] = {}
    for pair in pairs:
        for end in (pair.first, pair.second):
            if end not in closest or pair.correlation > closest[end].correlation:
                closest[end] = pair

    def merit(row: int) -> tuple[bool, int, float, float, int]:
        r = readings[row]
        quality = r.measures.quality if r.measures else 0.0
        return row not in faulty, r.width * r.height, quality, -suspicion[row], -row

    repeated = []
    for members in _members(label):
        keep = max((int(rows[i]) for i in members), key=merit)
        for i in members:
            row = int(rows[i])
            if row != keep:
                best[row] = False
                alike = closest[i].correlation
                turned = ", mirrored" if closest[i].flipped else ""
                reason = f"nearly the same as {readings[keep].path}, the best of {len(members)}"
                words = f"{reason} (correlation {alike:.2f}{turned})"
                repeated.append(Finding(row, "near-duplicate", min(alike, 1.0), words))
    return groups, best, repeated


def _members(label: np.ndarray) -> list[np.ndarray]:
    order = np.argsort(label, kind="stable")
    cuts = np.nonzero(np.diff(label[order]))[0] + 1
    return [part for part in np.split(order, cuts) if len(part) and label[part[0]] >= 0]
