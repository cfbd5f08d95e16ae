"""Write a review to disk (findings, ranking, summary, page), and rank one again."""

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import quote
from zipfile import BadZipFile

import numpy as np

from fractaldream_base.errors import BadInput
from fractaldream_base.files import reaching, write_bytes

from . import findings, ranking
from .assessment import Assessment, assess
from .decisions import read_decisions
from .options import ReviewOptions
from .page import Item, render_page
from .progress import progress_shown
from .summary import ReviewSummary

STORE = "review.npz"
FORMAT_VERSION = 1  # of the store


def check_out(out: str | Path, folder: str | Path) -> None:
    """Raise BadInput where a review cannot go, also into the folder that it is about."""
    with reaching(out, "--out"):
        target, source = Path(out).resolve(), Path(folder).resolve()
        existing = next(place for place in (target, *target.parents) if place.exists())
    if target == source or source in target.parents:
        raise BadInput(f"{out}: inside {folder}, which is never written to; give another --out")
    if not existing.is_dir():
        raise BadInput(f"{out}: {existing} is a file; give another --out")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise BadInput(f"{out}: {existing} may not be written to; give another --out")
    if existing == target and not (target / STORE).is_file() and any(_others(target)):
        raise BadInput(f"{out}: not empty, and no review; give a new --out")


def _others(target: Path) -> Iterator[Path]:
    """Yield what is in a folder and is not what a review that was killed leaves there."""
    try:
        yield from (p for p in target.iterdir() if not p.name.startswith(f".{STORE}."))
    except OSError as error:
        raise BadInput(
            f"{target}: cannot be opened ({error.strerror}); give a new --out"
        ) from error


def write_review(result: Assessment, out: str | Path) -> Path:
    """Write the five files of a review, each beside and then renamed, and return the page's path.

    Raises
    ------
    BadInput
        If `out` cannot hold a review of that folder.
    """
    target = Path(out)
    check_out(out, result.folder)
    source = Path(result.folder).resolve()
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{out}: cannot be made ({error.strerror}); give another --out") from error
    paths = [r.path for r in result.readings]
    items = _items(result)
    stored = json.dumps({"items": [asdict(i) | {"preview": ""} for i in items]}).encode()
    previews = [i.preview for i in items]
    buffer = io.BytesIO()
    np.savez(
        buffer,
        format_version=np.array(FORMAT_VERSION),
        items=np.frombuffer(stored, np.uint8),
        summary=np.frombuffer(json.dumps(result.summary.to_dict()).encode(), np.uint8),
        folder=np.frombuffer(str(source).encode("utf-8", "surrogateescape"), np.uint8),
        features=result.features,
        ends=np.cumsum([len(p) for p in previews]),
        previews=np.frombuffer(b"".join(previews), np.uint8),
    )
    write_bytes(target / STORE, buffer.getvalue())  # first: it marks the folder as a review
    rows = [(paths[f.image], f.finding, f"{f.score:.4f}", f.reason) for f in result.findings]
    write_csv(target / "findings.csv", ("path", "finding", "score", "reason"), rows)
    _write_ranked(target, items, result.summary, str(source))
    return target / "review.html"


def _items(result: Assessment) -> list[Item]:
    reasons: dict[int, list[tuple[str, str]]] = {}
    for f in result.findings:
        reasons.setdefault(f.image, []).append((f.finding, f.reason))
    return [
        Item(
            key=r.key,
            path=r.path,
            suspicion=round(float(result.suspicion[row]), 5),
            reasons=reasons.get(row, []),
            group=int(result.groups[row]),
            best=bool(result.best[row]),
            copy=bool(result.copies[row] != row),
            size=f"{r.width}x{r.height}" if r.decoded else "",
            preview=r.preview,
        )
        for row, r in enumerate(result.readings)
    ]


def _write_ranked(target: Path, items: list[Item], summary: ReviewSummary, source: str) -> None:
    ranked = sorted(items, key=lambda i: -i.suspicion)
    rows = [(i.path, f"{i.suspicion:.5f}", i.key) for i in ranked]
    write_csv(target / "ranking.csv", ("path", "suspicion", "sha256"), rows)
    text = json.dumps(summary.to_dict(), indent=2, ensure_ascii=False)
    write_bytes(target / "summary.json", (text + "\n").encode())
    root = os.path.relpath(source, target.resolve())
    text = render_page(ranked, summary, quote(os.fsencode(root)))
    write_bytes(target / "review.html", text.encode())


@dataclass(frozen=True)
class _Stored:
    """The data that an earlier `write_review` left for `learn`."""

    items: list[Item]
    summary: ReviewSummary
    source: str
    features: np.ndarray


def _read_store(folder: str | Path) -> _Stored:
    try:
        with np.load(Path(folder) / STORE) as store:
            parts = {name: store[name] for name in store.files}
        items = [Item(**i) for i in json.loads(parts["items"].tobytes())["items"]]
        summary = ReviewSummary.from_dict(json.loads(parts["summary"].tobytes()))
        source = parts["folder"].tobytes().decode("utf-8", "surrogateescape")
        version, features = int(parts.get("format_version", 0)), parts["features"]
        data, ends = parts["previews"].tobytes(), [0, *parts["ends"].tolist()]
    except (OSError, EOFError, BadZipFile, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{folder}: no review here; write one with evalkit clean review") from error
    if version != FORMAT_VERSION:
        raise BadInput(f"{folder}: a review of another version; write it anew")
    with_previews = [replace(i, preview=data[ends[n] : ends[n + 1]]) for n, i in enumerate(items)]
    return _Stored(with_previews, summary, source, features)


def review(
    folder: str | Path,
    out: str | Path | None = None,
    *,
    decisions: str | Path | None = None,
    options: ReviewOptions = ReviewOptions(),
    progress: bool = False,
) -> ReviewSummary:
    """Read a folder of images, rank what looks wrong, and write the review.

    The folder is never written to. The review holds findings.csv, ranking.csv, summary.json and
    review.html, which opens in any browser.

    Parameters
    ----------
    folder
        The folder that holds the images, at any depth.
    out
        Folder of the review. Default: the folder's path and ``-review``.
    decisions
        First decisions (decisions.csv), by which the images are ranked as well.
    options
        Features, budget, seed and number of processes.
    progress
        Show progress on stderr.

    Returns
    -------
    ReviewSummary
        The counts, as the command prints them.

    Raises
    ------
    BadInput
        If the folder cannot be read or holds no image, or `out` cannot hold the review.
    """
    target = review_folder(folder, out)
    check_out(target, folder)
    if decisions is not None:
        read_decisions(decisions)
    with progress_shown(progress):
        assessed = assess(folder, options)
    write_review(assessed, target)
    return assessed.summary if decisions is None else learn(target, decisions)


def review_folder(folder: str | Path, out: str | Path | None) -> Path:
    """Return where the review of a folder goes: `out`, or beside the folder."""
    if out is not None:
        return Path(out)
    return Path(f"{os.path.abspath(folder)}-review")  # noqa: PTH100 - beside a link, not its target


def learn(folder: str | Path, decisions: str | Path) -> ReviewSummary:
    """Rank a review again from a person's decisions, and write ranking.csv and the page anew.

    Parameters
    ----------
    folder
        The folder of a review, as `write_review` wrote it.
    decisions
        decisions.csv, as the page saved it.

    Returns
    -------
    ReviewSummary
        The summary of the review, with the findings counted anew and the number of decisions that
        the ranking was learnt from.

    Raises
    ------
    BadInput
        If there is no review, the decisions cannot be read, or nothing can be learnt from them.
    """
    decided = {key: d.drop for key, d in read_decisions(decisions).items()}
    stored = _read_store(folder)
    items, keys = stored.items, [i.key for i in stored.items]
    before = np.array([i.suspicion for i in items])
    after = ranking.learnt_suspicion(stored.features, before, keys, decided)
    ranked = [replace(i, suspicion=round(float(s), 5)) for i, s in zip(items, after, strict=True)]
    kinds = [[reason[0] for reason in i.reasons] for i in items]
    summary = replace(
        stored.summary,
        findings=findings.counted(kinds, after, stored.summary.budget),
        learnt_from=sum(key in decided for key in set(keys)),
        expected_of_cut_crops=None,  # it was estimated on the ranking before
    )
    _write_ranked(Path(folder), ranked, summary, stored.source)
    return summary


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a CSV file in UTF-8, beside and then renamed."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")  # for grep and awk
    writer.writerow(header)
    writer.writerows(rows)
    write_bytes(path, text.getvalue().encode("utf-8", "backslashreplace"))
