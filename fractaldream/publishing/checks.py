"""Checks that must pass before anything leaves the machine."""

import contextlib
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

from fractaldream_base.errors import BadInput
from fractaldream_base.files import file_digest

from ..production import verification
from . import staging
from .description import CROISSANT, KAGGLE_METADATA, LICENCES, SUMS, Description

# Kaggle's client refuses other lengths; see `dataset_create_new` there
TITLE, SUBTITLE, SLUG = (6, 50), (20, 80), (6, 50)
# Kaggle's server: "The file count exceeds the maximum of 1000"; 200 GB a data set is its
# documented limit
FILES, BYTES = 1000, 200 * 10**9

SECRET_NAMES = re.compile(
    r"(kaggle\.json|access_token.*|credentials.*|\.env.*|\.netrc|\.git-credentials|\.npmrc|\.pypirc"
    r"|id_(rsa|dsa|ecdsa|ed25519).*|.*\.(pem|key|p12|pfx|keystore|kdbx)|.*secret.*|.*password.*)",
    re.IGNORECASE,
)
SECRET_TEXTS = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    # not within a word, as "mask-..."
    rb"|(?<![0-9A-Za-z])(KGAT_[0-9A-Za-z]{16,}|hf_[0-9A-Za-z]{30,}|gh[pousr]_[0-9A-Za-z]{30,}"
    rb"|github_pat_[0-9A-Za-z_]{30,}|AKIA[0-9A-Z]{16}|sk-[0-9A-Za-z_-]{32,})"
    rb'|"username"\s*:\s*"[^"]*"\s*,\s*"key"\s*:\s*"[0-9a-f]{32}"'
)


def check_words(described: Description) -> None:
    """Check title, subtitle, slug, owner and licence against Kaggle's rules. Raises BadInput."""
    for name, value, (least, most) in (
        ("title", described.title, TITLE),
        ("subtitle", described.subtitle, SUBTITLE),
        ("slug", described.slug, SLUG),
    ):
        if not least <= len(value) <= most:
            raise BadInput(
                f"{name} {value!r} has {len(value)} characters; give --{name} with {least} to "
                f"{most}"
            )
        if value != value.strip() or not value.isprintable():
            raise BadInput(
                f"{name} {value!r}: give --{name} on one line, with no space at its ends"
            )
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", described.slug):
        raise BadInput(
            f"slug {described.slug!r}: give --slug of small letters, digits and single hyphens"
        )
    if described.owner is not None and not re.fullmatch(r"[A-Za-z0-9_-]+", described.owner):
        raise BadInput(
            f"owner {described.owner!r}: give --owner as in the address of the account's page, "
            "letters, digits and hyphens only"
        )
    if described.licence not in LICENCES:
        raise BadInput(f"licence {described.licence!r}: choose {', '.join(LICENCES)}")


def check_stage(
    folder: Path, described: Description, *, sample: int, threads: int | None, progress: bool
) -> None:
    """Check a staged folder against all rules, and render part of it again. Raises BadInput."""
    check_secrets(folder)
    paths = sorted(folder.iterdir())
    inner = [path.name for path in paths if path.is_dir()]
    if inner:
        raise BadInput(f"{inner[0]}: a folder, which Kaggle's client leaves out; pack it first")
    size = sum(path.stat().st_size for path in paths)
    if len(paths) > FILES or size > BYTES:
        raise BadInput(
            f"{len(paths)} files of {size / 1e9:.1f} GB; Kaggle takes {FILES} files and "
            f"{BYTES / 1e9:.0f} GB"
        )
    sums = staging.read_sums(folder)
    for path in paths:
        if path.name not in (SUMS, KAGGLE_METADATA) and sums.get(path.name) != file_digest(path):
            raise BadInput(f"{path.name}: not what {SUMS} says; stage it again")
    if described.owner is not None:
        check_kaggle_metadata(folder)
    check_croissant(folder / CROISSANT)
    for path in folder.glob("*.h5"):
        result = verification.verify(path, sample=sample, threads=threads, progress=progress)
        if not result.passed:
            difference = f"image {result.different[0]}" if result.different else "its hashes"
            raise BadInput(
                f"the data set is not what its recipe gives ({difference} differ); "
                "see `fractaldream verify`, and render it again"
            )


def check_kaggle_metadata(folder: Path) -> None:
    """Check dataset-metadata.json as Kaggle's client will read it. Raises BadInput."""
    metadata = json.loads((folder / KAGGLE_METADATA).read_text(encoding="utf-8"))
    if len(metadata["licenses"]) != 1:
        raise BadInput(f"{KAGGLE_METADATA}: give exactly one licence")
    if re.search(r"\s", metadata["id"]) or metadata["id"].count("/") != 1:
        raise BadInput(f"{KAGGLE_METADATA}: id {metadata['id']!r}; give OWNER/SLUG, with no space")
    for resource in metadata["resources"]:
        if not (folder / resource["path"]).is_file():
            raise BadInput(f"{KAGGLE_METADATA}: names {resource['path']}, which is not staged")


def check_croissant(path: Path) -> None:
    """Validate with mlcroissant. Raises BadInput with its first complaint."""
    try:
        import mlcroissant
    except ImportError:
        raise BadInput(
            "croissant.json is checked by mlcroissant; install it with: "
            "pip install 'fractaldream[publish]'"
        ) from None
    from absl import logging as absl_logging

    with quiet_log(absl_logging.get_absl_logger()):
        try:
            mlcroissant.Dataset(jsonld=path)
        except mlcroissant.ValidationError as error:
            complaint = " ".join(str(error).split())
            raise BadInput(f"{path.name}: {complaint[:300]}") from None


@contextlib.contextmanager
def quiet_log(log: logging.Logger) -> Iterator[None]:
    """Let a log say errors only: warnings of other libraries are no result."""
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)


def check_secrets(folder: Path) -> None:
    """Raise BadInput where a file looks like a credential, by its name or by what is in it."""
    for path in sorted(folder.rglob("*")):
        if SECRET_NAMES.fullmatch(path.name):
            raise BadInput(f"{path.name}: looks like a secret by its name; it is never staged")
        text = path.is_file() and path.suffix in (".md", ".json", ".toml", ".csv", "")
        if text and SECRET_TEXTS.search(path.read_bytes()):
            raise BadInput(f"{path.name}: holds what looks like a secret; it is never staged")
