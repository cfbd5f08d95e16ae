"""`fractaldream publish` and `fractaldream fetch`: thin shells."""

import dataclasses
import json
import re
import sys
from pathlib import Path
from typing import Any

import click

from fractaldream.errors import BadInput

HOMES = ("kaggle", "folder")


@click.command(
    epilog="\b\nExamples:\n"
    "  fractaldream publish fdd-50k.h5 --to kaggle --owner NAME --dry-run\n"
    "  fractaldream publish fdd-50k.h5 --to kaggle --owner NAME\n"
    '  fractaldream publish fdd-50k.h5 --to kaggle --owner NAME --update "100 rows more"\n'
    "  fractaldream publish fdd-50k.h5 --to folder --stage fdd-50k    (with a Hugging Face card)\n"
    "  fractaldream publish decisions.csv --to kaggle --owner NAME --slug simpsons-decisions"
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--to", "home", type=click.Choice(HOMES), required=True, help="Where.")
@click.option("--owner", help="Account on Kaggle, as in the address of its page.")
@click.option("--slug", help="Last part of the address.  [default: the file's name]")
@click.option("--title", help="6 to 50 characters.")
@click.option("--subtitle", help="20 to 80 characters.")
@click.option("--licence", default="CC-BY-4.0", show_default=True, help="Of the data.")
@click.option("--update", metavar="TEXT", help="What changed: makes a new version.")
@click.option(
    "--stage",
    "folder",
    type=click.Path(path_type=Path),
    help="Folder to stage in.  [default: SLUG-HOME beside the file]",
)
@click.option("--dry-run", is_flag=True, help="Stage and check; nothing leaves the machine.")
@click.option("--private", is_flag=True, help="For the owner's eyes, at first.")
@click.option("--replace", is_flag=True, help="Let go of files that are there and not staged.")
@click.option(
    "--sample", type=int, default=100, show_default=True, help="Images to render again before."
)
@click.option(
    "--wait",
    type=float,
    default=900,
    show_default=True,
    help="Seconds to wait while Kaggle processes a version.",
)
@click.option("--threads", type=int, help="Default: one for each processor.")
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def publish(
    file: Path, home: str, owner: str | None, slug: str | None, update: str | None,
    folder: Path | None, dry_run: bool, private: bool, replace: bool, sample: int, wait: float,
    threads: int | None, quiet: bool, as_json: bool, **words: Any,
) -> None:  # fmt: skip
    """Publish a data set, or a decision file of `evalkit clean`: staged, checked, confirmed.

    Stages a folder with everything that belongs to it (card, table, pictures, checksums,
    Croissant), checks it, sends it through Kaggle's own client, and says so only after the site
    lists every file at its size. Credentials: `kaggle auth login`, or as that client documents.
    """
    from . import checks, stage

    if (home == "kaggle") != (owner is not None):
        raise BadInput("--owner: give it with --to kaggle, and only there")
    if home == "folder" and (update is not None or private or replace):
        raise BadInput("--update, --private and --replace go with --to kaggle")
    slug = re.sub(r"[^a-z0-9]+", "-", file.stem.lower()).strip("-") if slug is None else slug
    described = stage.kind_of(file).describe(file, owner=owner, slug=slug, **words)
    checks.check_words(described)
    folder = folder or file.with_name(f"{slug}-{home}")

    def check(made: Path) -> None:
        checks.check_stage(made, described, sample=sample, threads=threads, progress=not quiet)

    stage.stage(file, described, folder, check=check)
    held = sorted(path.name for path in folder.iterdir())
    size = sum(path.stat().st_size for path in folder.iterdir())
    if home == "folder" or dry_run:
        if as_json:
            click.echo(json.dumps({"folder": str(folder), "files": held, "bytes": size}, indent=1))
        else:
            click.echo(f"{folder}: {len(held)} files, {size / 1e6:.1f} MB, staged and checked")
        return
    from .kaggle import publish

    try:
        done = publish(
            folder, described, update=update, private=private, replace=replace, wait=wait,
            progress=not quiet,
        )  # fmt: skip
    except KeyboardInterrupt:
        click.echo(
            "fractaldream publish: interrupted; run it again and it goes on where it stopped",
            err=True,
        )
        sys.exit(130)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(done), indent=1))
        return
    said = "published" if done.sent else "already there"
    click.echo(
        f"{done.url}: version {done.version} {said}, {done.files} files, "
        f"{done.bytes / 1e6:.1f} MB, every name and size confirmed"
    )
    for note in done.notes:
        click.echo(f"  {note}")


@click.command(
    epilog="\b\nExamples:\n"
    "  fractaldream fetch NAME/fdd-50k\n"
    "  fractaldream fetch NAME/fdd-50k/2 --out second    (its second version)"
)
@click.argument("ref", metavar="OWNER/SLUG")
@click.option("--out", type=click.Path(path_type=Path), help="New folder.  [default: SLUG]")
@click.option(
    "--sample", type=int, default=100, show_default=True, help="Images to render again after."
)
@click.option("--threads", type=int, help="Default: one for each processor.")
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def fetch(ref: str, out: Path | None, quiet: bool, as_json: bool, **how: Any) -> None:
    """Get a published data set back from Kaggle, and check that it is what was published.

    Every checksum must agree, and a sample of the images must come out the same when rendered
    again; only then does the folder get its name. An interrupted download goes on.
    """
    from .fetch import fetch

    found = fetch(ref, out, progress=not quiet, **how)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(found), indent=1))
        return
    again = f", {found.rendered} images rendered again, every bit the same" * bool(found.rendered)
    click.echo(
        f"{found.folder}: {found.files} files, {found.bytes / 1e6:.1f} MB, checksums agree{again}"
    )
