"""evalkit clean: thin commands over the functions of the same names."""

import json
from pathlib import Path
from typing import Any

import click

FOLDER = click.argument("folder", type=click.Path(path_type=Path))


@click.group()
def clean() -> None:
    """Clean a folder of images: rank, decide on one page, apply.

    \b
    evalkit clean review simpsons/
    evalkit clean apply simpsons/ decisions.csv --to simpsons-clean --pack simpsons.h5 --size 128
    fractaldream train simpsons.h5 --preset dcgan-simpsons --out runs/simpsons
    """


def _say(summary: dict[str, Any], out: Path) -> None:
    click.echo(f"{summary['images']:,} images, {summary['readable']:,} readable")
    for finding, counts in summary["findings"].items():
        within = counts["within_budget"]
        click.echo(
            f"  {finding:15} {counts['images']:7,}  {within:,} of them in the first "
            f"{summary['budget']:.0%}"
        )
    if {"off-topic", "bad-crop"} & summary["findings"].keys():
        click.echo(
            "off-topic, bad-crop: always the furthest of the set, a rank, not a count of faults"
        )
    if "expected_of_cut_crops" in summary:
        click.echo(
            f"looking at {summary['to_look_at']:,} should show "
            f"{summary['expected_of_cut_crops']:.0%} of badly cut images, "
            "if they are like the cuts that this was estimated on"
        )
    click.echo(f"page: {out / 'review.html'}")


@clean.command()
@FOLDER
@click.option("--out", type=click.Path(path_type=Path), help="Review folder [FOLDER-review].")
@click.option(
    "--features",
    default="offline",
    show_default=True,
    metavar="NAME",
    help="offline, a checkpoint (.pt) with an encoder, or resnet18, resnet50, "
    "convnext_tiny, efficientnet_b0.",
)
@click.option("--download", is_flag=True, help="Allow fetching weights of a torchvision network.")
@click.option(
    "--budget",
    default=0.05,
    show_default=True,
    help="Share of the images that you are willing to look at.",
)
@click.option(
    "--learn",
    "decisions",
    type=click.Path(path_type=Path),
    help="Rank by these first decisions as well.",
)
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0))
@click.option("--workers", type=click.IntRange(1), help="Processes [all cores].")
@click.option("--json", "as_json", is_flag=True, help="Print summary.json.")
def review(
    folder: Path,
    out: Path | None,
    features: str,
    download: bool,
    budget: float,
    decisions: Path | None,
    seed: int,
    workers: int | None,
    as_json: bool,
) -> None:
    """Read FOLDER, rank what looks wrong, write the page.

    FOLDER is never written to. The review holds findings.csv, ranking.csv, summary.json and
    review.html, which opens in any browser.

    \b
    evalkit clean review simpsons/ --budget 0.05
    """
    from . import review as reviews
    from .decisions import read_decisions
    from .store import check_out, learn, write_review

    target = out or Path(f"{folder.resolve()}-review")
    check_out(target, folder)
    if decisions:
        read_decisions(decisions)
    result = reviews.review(
        folder, features=features, budget=budget, download=download, seed=seed, workers=workers
    )
    write_review(result, target)
    summary = learn(target, decisions) if decisions else result.summary
    if as_json:
        click.echo(json.dumps(summary))
    else:
        _say(summary, target)


@clean.command("learn")
@click.argument("reviewed", metavar="REVIEW", type=click.Path(path_type=Path))
@click.argument("decisions", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print summary.json.")
def learn_command(reviewed: Path, decisions: Path, as_json: bool) -> None:
    """Rank REVIEW again from your first DECISIONS; the page is written anew.

    What you decided stays in the browser: reload the page.

    \b
    evalkit clean learn simpsons-review decisions.csv
    """
    from .store import learn

    summary = learn(reviewed, decisions)
    if as_json:
        click.echo(json.dumps(summary))
    else:
        click.echo(f"ranked again from {summary['learnt_from']:,} decisions")
        click.echo(f"page: {reviewed / 'review.html'}")


@clean.command("apply")
@FOLDER
@click.argument("decisions", type=click.Path(path_type=Path))
@click.option(
    "--to", "target", required=True, type=click.Path(path_type=Path), help="CLEAN folder."
)
@click.option("--link/--copy", default=False, help="Symbolic links, or copies.  [copy]")
@click.option("--pack", type=click.Path(path_type=Path), help="Also write this HDF5 file.")
@click.option(
    "--size",
    default=128,
    show_default=True,
    type=click.IntRange(4, 4096),
    help="Side of the packed images, pixels.",
)
@click.option(
    "--held-out",
    default=0.1,
    show_default=True,
    type=click.FloatRange(0, 0.9),
    help="Share of the packed images held out for validation.",
)
@click.option("--workers", type=click.IntRange(1), help="Processes [all cores].")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def apply_command(
    folder: Path,
    decisions: Path,
    target: Path,
    link: bool,
    pack: Path | None,
    size: int,
    held_out: float,
    workers: int | None,
    as_json: bool,
) -> None:
    """Make the clean copy of FOLDER that DECISIONS ask for.

    FOLDER is never changed. What is left out stands in CLEAN/left-out.csv with its reason.
    Interrupted, the same command completes it.

    \b
    evalkit clean apply simpsons/ decisions.csv --to clean --pack simpsons.h5 --size 128
    """
    from dataclasses import asdict

    from .clean_copy import apply

    done = apply(
        folder,
        decisions,
        target,
        link=link,
        pack=pack,
        size=size,
        held_out=held_out,
        workers=workers,
    )
    if as_json:
        click.echo(json.dumps(asdict(done)))
        return
    click.echo(f"{done.kept:,} kept in {target}, {done.left_out:,} left out (left-out.csv)")
    if done.strange:
        click.echo(f"{done.strange:,} decisions are about images that are not here", err=True)
    if pack:
        crop = f", {done.cropped:,} cropped to a square" if done.cropped else ""
        click.echo(f"{pack}: {done.kept:,} images of {size} px{crop}")
