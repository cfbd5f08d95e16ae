"""A folder to a review: everything is read, measured, compared and ranked; nothing is written."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from evalkit.errors import BadInput

from . import duplicates, embedding, findings, outliers, ranking
from .findings import Finding
from .scan import SUFFIXES, Reading, listing, printable, read_all


@dataclass(frozen=True)
class Review:
    """What a review holds, in the order of the files' names."""

    folder: str
    readings: list[Reading]
    found: list[Finding]
    suspicion: np.ndarray  # float64 (N,)
    copies: np.ndarray  # int (N,): index of the first image with the same pixels
    groups: np.ndarray  # int (N,): number of the group of near duplicates, or -1
    best: np.ndarray  # bool (N,): to be kept of its group; True outside groups
    features: np.ndarray  # float32 (N, D), NaN without pixels; the last three columns are scores
    summary: dict[str, Any]


def review(
    folder: str | Path,
    *,
    features: str = "offline",
    budget: float = 0.05,
    download: bool = False,
    seed: int = 0,
    workers: int | None = None,
) -> Review:
    """Read and rank a folder; it is never written to. Raises BadInput.

    features: see `embedding.open_features`. budget: share of the images one is willing to look at.
    """
    if not 0 < budget <= 1:
        raise BadInput(f"budget {budget}: give the share of images to look at, above 0 and up to 1")
    embed = embedding.open_features(features, download=download)
    names = listing(folder)
    if not names.images and not names.refused:
        kinds = " ".join(sorted(SUFFIXES))
        raise BadInput(f"{folder}: no images in this folder; it takes {kinds}")
    workers = workers or len(os.sched_getaffinity(0))
    bar = tqdm(read_all(folder, names.images, workers), "read", len(names.images), disable=None)
    readings = [*names.refused, *bar]
    return judge(
        str(folder),
        readings,
        len(names.others),
        embed,
        features,
        budget,
        seed=seed,
        workers=workers,
    )


def judge(
    folder: str,
    readings: list[Reading],
    others: int,
    embed: embedding.Embed | None,
    name: str,
    budget: float,
    *,
    seed: int = 0,
    workers: int = 1,
) -> Review:
    """Everything after reading: groups, outliers, findings, suspicion."""
    rng = np.random.default_rng(seed)
    n = len(readings)
    copies = first_copies(readings)
    pixels = np.array([r.decoded for r in readings], bool)
    found = [*findings.faults(readings)]
    every = np.nonzero(pixels)[0]
    found += findings.odd_shapes(readings, every)
    found += findings.light_and_detail(readings, every)
    blank = {f.image for f in found if f.finding == "blank"}
    rows = np.array([i for i in every if copies[i] == i and i not in blank], int)
    content = _content(readings, rows, embed, rng, workers)
    listed = min(budget, findings.LISTED)
    words = "unlike the rest: among the {tail} furthest from it, or most like images of no set"
    found += findings.outlying(rows, content.topic, "off-topic", listed, words)
    words = "looks cut: among the {tail} most like badly cut images of this set"
    cropped = findings.outlying(rows, content.crops, "bad-crop", listed, words)
    found += _with_yellow(cropped, readings, rows)
    outlying = np.zeros(n)
    outlying[rows] = content.evidence
    suspicion = ranking.suspicion(found, outlying)
    groups, best, same = _near(readings, rows, suspicion, {f.image for f in found}, workers)
    found += same + [_copy(readings, int(i), int(copies[i])) for i in every if copies[i] != i]
    for i in every:  # a copy is as suspect as the image it repeats
        suspicion[i] = max(suspicion[i], suspicion[copies[i]])
    order = {kind: place for place, kind in enumerate(findings.ORDER)}
    found.sort(key=lambda f: (f.image, order[f.finding]))
    table = np.full((n, content.columns.shape[1]), np.nan, np.float32)
    table[rows] = content.columns
    table = table[copies]
    summary = _summary(folder, readings, others, found, suspicion, budget, name)
    if len(content.cuts):
        line = np.quantile(suspicion, 1 - budget)
        shown = ranking.squashed(content.cuts) > line
        summary["expected_of_cut_crops"] = round(float(shown.mean()), 3)
    return Review(folder, readings, found, suspicion, copies, groups, best, table, summary)


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
        likeness = np.concatenate([likeness, crops.made])
        cut = outliers.described(crops.thumbs, faces) if len(crops.made) else statistics[:0]
        distance = outliers.off_topic(columns, cut)
        foreign = outliers.foreign(thumbs, statistics, faces, made=cut, made_of=crops.made_of)
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
    own = dict(zip(map(int, rows), shares, strict=True))
    out = []
    for finding in cropped:
        share, y, x, *_, top, bottom, left, right = own[finding.image]
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
    """Groups of near duplicates, the best of each, and a finding for the others."""
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

    found = []
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
                found.append(Finding(row, "near-duplicate", min(alike, 1.0), words))
    return groups, best, found


def _members(label: np.ndarray) -> list[np.ndarray]:
    order = np.argsort(label, kind="stable")
    cuts = np.nonzero(np.diff(label[order]))[0] + 1
    return [part for part in np.split(order, cuts) if len(part) and label[part[0]] >= 0]


def _summary(
    folder: str,
    readings: Sequence[Reading],
    others: int,
    found: Sequence[Finding],
    suspicion: np.ndarray,
    budget: float,
    name: str,
) -> dict[str, Any]:
    kinds: list[list[str]] = [[] for _ in readings]
    for f in found:
        kinds[f.image].append(f.finding)
    return {
        "folder": printable(Path(folder).resolve().name),
        "images": len(readings),
        "readable": sum(r.decoded for r in readings),
        "other_files": others,
        "features": name,
        "budget": budget,
        "to_look_at": len(findings.looked_at(suspicion, budget)),
        "findings": findings.counted(kinds, suspicion, budget),
    }
