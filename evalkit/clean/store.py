"""A review on disk: findings.csv, ranking.csv, summary.json, review.html, and what learn needs."""

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zipfile import BadZipFile

import numpy as np

from evalkit.errors import BadInput
from evalkit.support.files import reaching, write_bytes

from . import findings, ranking
from .decisions import read_decisions
from .page import Item, page
from .review import Review

STORE = "review.npz"
FORMAT_VERSION = 1  # of the store


def check_out(out: str | Path, folder: str | Path) -> None:
    """Raise BadInput where a review cannot go, also into the folder that it is about."""
    with reaching(out, "--out"):
        target, source = Path(out).resolve(), Path(folder).resolve()
        here = next(place for place in (target, *target.parents) if place.exists())
    if target == source or source in target.parents:
        raise BadInput(f"{out}: inside {folder}, which is never written to; give another --out")
    if not here.is_dir():
        raise BadInput(f"{out}: {here} is a file; give another --out")
    if not os.access(here, os.W_OK | os.X_OK):
        raise BadInput(f"{out}: {here} may not be written to; give another --out")
    if here == target and not (target / STORE).is_file() and any(_others(target)):
        raise BadInput(f"{out}: not empty, and no review; give a new --out")


def _others(target: Path) -> Iterator[Path]:
    """What is in a folder and is not what a review that was killed leaves there."""
    try:
        yield from (p for p in target.iterdir() if not p.name.startswith(f".{STORE}."))
    except OSError as error:
        raise BadInput(
            f"{target}: cannot be opened ({error.strerror}); give a new --out"
        ) from error


def write_review(result: Review, out: str | Path) -> Path:
    """Write the five files, each beside and then renamed; returns the page. Raises BadInput."""
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
        summary=np.frombuffer(json.dumps(result.summary).encode(), np.uint8),
        folder=np.frombuffer(str(source).encode("utf-8", "surrogateescape"), np.uint8),
        features=result.features,
        ends=np.cumsum([len(p) for p in previews]),
        previews=np.frombuffer(b"".join(previews), np.uint8),
    )
    write_bytes(target / STORE, buffer.getvalue())  # first: it marks the folder as a review
    rows = [(paths[f.image], f.finding, f"{f.score:.4f}", f.reason) for f in result.found]
    write_csv(target / "findings.csv", ("path", "finding", "score", "reason"), rows)
    _write_ranked(target, items, result.summary, str(source))
    return target / "review.html"


def _items(result: Review) -> list[Item]:
    reasons: dict[int, list[tuple[str, str]]] = {}
    for f in result.found:
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


def _write_ranked(target: Path, items: list[Item], summary: dict[str, Any], source: str) -> None:
    ranked = sorted(items, key=lambda i: -i.suspicion)
    rows = [(i.path, f"{i.suspicion:.5f}", i.key) for i in ranked]
    write_csv(target / "ranking.csv", ("path", "suspicion", "sha256"), rows)
    text = json.dumps(summary, indent=2, ensure_ascii=False)
    write_bytes(target / "summary.json", (text + "\n").encode())
    root = os.path.relpath(source, target.resolve())
    text = page(ranked, summary, quote(os.fsencode(root)))
    write_bytes(target / "review.html", text.encode())


def learn(folder: str | Path, decisions: str | Path) -> dict[str, Any]:
    """Rank a review again from a person's decisions: ranking.csv and the page are written anew.

    folder: what `write_review` wrote. Returns the summary. Raises BadInput.
    """
    target = Path(folder)
    decided = {key: d.drop for key, d in read_decisions(decisions).items()}
    try:
        with np.load(target / STORE) as store:
            parts = {name: store[name] for name in store.files}
        items = [Item(**i) for i in json.loads(parts["items"].tobytes())["items"]]
        summary = json.loads(parts["summary"].tobytes())
        source = parts["folder"].tobytes().decode("utf-8", "surrogateescape")
        version, features = int(parts.get("format_version", 0)), parts["features"]
        data, ends = parts["previews"].tobytes(), [0, *parts["ends"].tolist()]
        budget = summary["budget"]
    except (OSError, EOFError, BadZipFile, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{folder}: no review here; write one with evalkit clean review") from error
    if version != FORMAT_VERSION:
        raise BadInput(f"{folder}: a review of another version; write it anew")
    before = np.array([i.suspicion for i in items])
    keys = [i.key for i in items]
    after = ranking.learnt_suspicion(features, before, keys, decided)
    ranked = [
        Item(
            **asdict(i)
            | {"suspicion": round(float(after[n]), 5), "preview": data[ends[n] : ends[n + 1]]}
        )
        for n, i in enumerate(items)
    ]
    counted = findings.counted([[r[0] for r in i.reasons] for i in items], after, budget)
    summary |= {"findings": counted, "learnt_from": sum(key in decided for key in set(keys))}
    summary.pop("expected_of_cut_crops", None)  # of the ranking before
    _write_ranked(target, ranked, summary, source)
    return dict(summary)


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """UTF-8, written beside and renamed."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")  # for grep and awk
    writer.writerow(header)
    writer.writerows(rows)
    write_bytes(path, text.getvalue().encode("utf-8", "backslashreplace"))
