"""A decision file as something to publish: which images to keep, by hash, and no image."""

import csv
import re
from collections import Counter
from pathlib import Path, PurePosixPath, PureWindowsPath

from fractaldream_base.errors import BadInput

from .description import Column, DescribedTable, Description, Edition, StagedFile
from .options import PublishOptions

TABLE = "decisions.csv"
FIELDS = ("sha256", "decision", "reason", "path")
KEYWORDS = ("image", "computer-vision", "data-cleaning")
KEY = re.compile(r"((file|path):)?[0-9a-f]{64}")
LONGEST = 300  # characters of a reason or a name: words, never an encoded picture

COLUMNS = (
    Column("sha256", "text", "", "key of the image: SHA-256 of its pixels"),
    Column("decision", "text", "", "keep or drop"),
    Column("reason", "text", "", "why, in words"),
    Column("path", "text", "", "name that the image had where it was looked at"),
)


def describe(file: str | Path, options: PublishOptions) -> Description:
    """Return what is said of a decision file."""
    rows = read(file)
    counts = Counter(row["decision"] for row in rows)
    abstract = (
        f"{len(rows):,} decisions about images, {counts['keep']:,} kept and {counts['drop']:,} "
        "dropped, each keyed by the SHA-256 of the image's pixels: one person's pass over an image "
        "set, to be replayed on anyone's copy of it. It holds no image and nothing of which one "
        "could be made again."
    )
    return Description(
        owner=options.owner,
        slug=options.slug,
        title=options.title or f"Decisions about {len(rows):,} images",
        subtitle=options.subtitle
        or "Which images to keep, keyed by pixel hashes; no image is in it",
        licence=options.licence,
        keywords=KEYWORDS,
        abstract=abstract,
        sections=_sections(rows),
        table=DescribedTable(TABLE, len(rows), COLUMNS),
        files=(StagedFile(TABLE, "text/csv", "one row per decision"),),
        edition=Edition(options.date_of(file), "1", f"{len(rows)} decisions by SHA-256 of pixels"),
        configurations={"default": {"train": TABLE}},
        tasks=("image-classification",),
    )


def _sections(rows: list[dict[str, str]]) -> dict[str, str]:
    reasons = Counter(row["reason"] or "none given" for row in rows if row["decision"] == "drop")
    table = "\n".join(f"| {_cell(reason)} | {n:,} |" for reason, n in reasons.most_common(30))
    return {
        "How it was made": (
            "`evalkit clean review` ranked the images by what looks wrong about them; a person "
            "looked and decided; the page saved `decisions.csv`."
        ),
        "How to replay it": (
            "On a copy of the image set in the folder `images`, with fractaldream:\n\n```sh\n"
            "evalkit clean apply images decisions.csv --out cleaned\n```\n\nThe folder is never "
            "changed. Images that no decision is about are kept."
        ),
        "Why images were dropped": f"| reason | images |\n|---|---|\n{table}",
        "How to load it": (
            '```python\nimport csv\n\nwith open("decisions.csv", encoding="utf-8", newline="") as '
            "file:\n    dropped = {row['sha256'] for row in csv.DictReader(file) if "
            "row['decision'] == 'drop'}\n```"
        ),
        "Known limits": (
            "- It is one person's judgement.\n"
            "- The key is of the decoded pixels: copies in another lossless format or with other "
            "metadata share it, copies that were scaled or compressed again do not. `file:` before "
            "a key stands for an image that could not be decoded, and hashes its bytes; `path:` "
            "for one that could not be read.\n"
            "- `path` is for the reader; nothing is looked up by it."
        ),
    }


def write(described: Description, file: Path, folder: Path) -> None:
    """Write decisions.csv with its four columns alone."""
    with (folder / described.table.name).open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(read(file))


def read(file: str | Path) -> list[dict[str, str]]:
    """Return the rows as they are, all four fields, in order. Raises BadInput."""
    rows = []
    try:
        with Path(file).open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            given = set(reader.fieldnames or ())
            if not {"sha256", "decision"} <= given:
                raise BadInput(
                    f"{file}: no columns sha256 and decision; give a dataset file (.h5) or the "
                    "decisions.csv of `evalkit clean`"
                )
            if given - set(FIELDS):
                extra = ", ".join(sorted(given - set(FIELDS)))
                raise BadInput(f"{file}: column {extra}; a decision file has {', '.join(FIELDS)}")
            for row in reader:
                rows.append({name: row.get(name) or "" for name in FIELDS})
                _check(rows[-1], f"{file}, line {reader.line_num}")
                if None in row:
                    raise BadInput(f"{file}, line {reader.line_num}: more values than columns")
    except OSError as error:
        raise BadInput(f"{file}: cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, csv.Error):
        raise BadInput(f"{file}: not a CSV file in UTF-8; give the one the page saved") from None
    if not rows:
        raise BadInput(f"{file}: no decision in it; give the decisions.csv that the page saved")
    return rows


def _check(row: dict[str, str], where: str) -> None:
    if not KEY.fullmatch(row["sha256"]) or row["decision"] not in ("keep", "drop"):
        raise BadInput(
            f"{where}: {row['sha256'][:80]!r}, {row['decision'][:20]!r}; give a SHA-256 and keep "
            "or drop"
        )
    for name in ("reason", "path"):
        if len(row[name]) > LONGEST or row[name].startswith("data:"):
            raise BadInput(f"{where}: {name} of {len(row[name])} characters; give words")
    path = row["path"]
    if PurePosixPath(path).is_absolute() or PureWindowsPath(path).is_absolute():
        raise BadInput(f"{where}: {path!r} is a place on one machine; give a name within the set")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
