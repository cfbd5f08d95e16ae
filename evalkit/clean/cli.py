"""evalkit clean: thin commands over the functions of the same names."""

import json
from pathlib import Path

import click

from evalkit.support.options import Group, takes

from .options import ApplyOptions, ReviewOptions

FOLDER = click.argument("folder", type=click.Path(path_type=Path))
WORKERS = click.option(
    "--workers", type=click.IntRange(1), help="Number of processes.  [default: all cores]"
)
REVIEW = Group(
    "options",
    ReviewOptions,
    (
        click.option(
            "--features",
            default="offline",
            show_default=True,
            metavar="NAME",
            help="What images are compared by: offline, a checkpoint (.pt) with an encoder, or "
            "resnet18, resnet50, convnext_tiny, efficientnet_b0.",
        ),
        click.option(
            "--download", is_flag=True, help="Allow fetching the weights of a torchvision network."
        ),
        click.option(
            "--budget",
            default=0.05,
            show_default=True,
            help="Share of the images that you are willing to look at.",
        ),
        click.option(
            "--seed", default=0, show_default=True, type=click.IntRange(0), help="Random seed."
        ),
        WORKERS,
    ),
)
APPLY = Group(
    "options",
    ApplyOptions,
    (
        click.option(
            "--link/--copy", default=False, help="Symbolic links, or copies.  [default: copy]"
        ),
        click.option("--pack", type=click.Path(path_type=Path), help="Also write this HDF5 file."),
        click.option(
            "--size",
            default=128,
            show_default=True,
            type=click.IntRange(4, 4096),
            help="Side of the packed images, in pixels.",
        ),
        click.option(
            "--held-out",
            default=0.1,
            show_default=True,
            type=click.FloatRange(0, 0.9),
            help="Share of the packed images held out for validation.",
        ),
        WORKERS,
    ),
)


@click.group()
def clean() -> None:
    """Clean a folder of images: rank, decide on one page, apply.

    \b
    evalkit clean review simpsons/
    evalkit clean apply simpsons/ decisions.csv --to simpsons-clean --pack simpsons.h5 --size 128
    fractaldream train simpsons.h5 --preset dcgan-simpsons --out runs/simpsons
    """


@clean.command()
@takes(
    FOLDER,
    click.option(
        "--out",
        type=click.Path(path_type=Path),
        help="Folder of the review.  [default: FOLDER-review]",
    ),
    click.option(
        "--learn",
        "decisions",
        type=click.Path(path_type=Path),
        help="Rank by these first decisions as well.",
    ),
    REVIEW,
    click.option("--json", "as_json", is_flag=True, help="Print summary.json."),
)
def review(
    folder: Path, out: Path | None, decisions: Path | None, options: ReviewOptions, as_json: bool
) -> None:
    """Read FOLDER, rank what looks wrong, write the page.

    FOLDER is never written to. The review holds findings.csv, ranking.csv, summary.json and
    review.html, which opens in any browser.

    \b
    evalkit clean review simpsons/ --budget 0.05
    """
    from . import review_store

    summary = review_store.review(folder, out, decisions=decisions, options=options)
    if as_json:
        click.echo(json.dumps(summary.to_dict()))
        return
    click.echo(summary)
    click.echo(f"page: {review_store.review_folder(folder, out) / 'review.html'}")


@clean.command()
@click.argument("reviewed", metavar="REVIEW", type=click.Path(path_type=Path))
@click.argument("decisions", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print summary.json.")
def learn(reviewed: Path, decisions: Path, as_json: bool) -> None:
    """Rank REVIEW again from your first DECISIONS; the page is written anew.

    What you decided stays in the browser: reload the page.

    \b
    evalkit clean learn simpsons-review decisions.csv
    """
    from . import review_store

    summary = review_store.learn(reviewed, decisions)
    if as_json:
        click.echo(json.dumps(summary.to_dict()))
    else:
        click.echo(f"ranked again from {summary.learnt_from:,} decisions")
        click.echo(f"page: {reviewed / 'review.html'}")


@clean.command()
@takes(
    FOLDER,
    click.argument("decisions", type=click.Path(path_type=Path)),
    click.option(
        "--to", required=True, type=click.Path(path_type=Path), help="Folder of the clean copy."
    ),
    APPLY,
    click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON."),
)
def apply(folder: Path, decisions: Path, to: Path, options: ApplyOptions, as_json: bool) -> None:
    """Make the clean copy of FOLDER that DECISIONS ask for.

    FOLDER is never changed. What is left out stands in CLEAN/left-out.csv with its reason.
    Interrupted, the same command completes it.

    \b
    evalkit clean apply simpsons/ decisions.csv --to clean --pack simpsons.h5 --size 128
    """
    from . import clean_copy

    applied = clean_copy.apply(folder, decisions, to, options=options)
    if as_json:
        click.echo(json.dumps(applied.to_dict()))
        return
    click.echo(f"{applied.kept:,} kept in {to}, {applied.left_out:,} left out (left-out.csv)")
    if applied.strange:
        click.echo(f"{applied.strange:,} decisions are about images that are not here", err=True)
    if options.pack:
        crop = f", {applied.cropped:,} cropped to a square" if applied.cropped else ""
        click.echo(f"{options.pack}: {applied.kept:,} images of {options.size} px{crop}")
