"""evalkit clean: thin commands over the functions of the same names."""

from pathlib import Path

import click

from fractaldream_base.files import check_outputs
from fractaldream_base.options import (
    DEVICE,
    OUTPUT,
    SEED,
    THREADS,
    count_option,
    options_group,
    out_option,
    path_option,
    takes,
)
from fractaldream_base.output import OutputOptions
from fractaldream_base.program import Program
from fractaldream_models.pretrained import completed_checkpoints

from .options import ApplyOptions, ReviewOptions

FOLDER = click.argument("folder", type=click.Path(path_type=Path))
WORKERS = click.option(
    "--workers",
    type=click.IntRange(1),
    metavar="NUMBER",
    help="Number of processes.  [default: one for each processor]",
)
REVIEW = options_group(
    ReviewOptions,
    click.option(
        "--features",
        default="offline",
        show_default=True,
        metavar="NAME",
        shell_complete=completed_checkpoints,
        help="Features that images are compared by: offline, a checkpoint (.pt or "
        "pretrained:NAME) with an encoder, or resnet18, resnet50, convnext_tiny, efficientnet_b0.",
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
    SEED,
    DEVICE,
    WORKERS,
)
APPLY = options_group(
    ApplyOptions,
    click.option(
        "--link/--copy",
        default=False,
        show_default=True,
        help="Make symbolic links, or copies.",
    ),
    path_option("--pack", "Pack of the images for training (HDF5) to write as well."),
    count_option("--size", 128, "Side of the packed images, in pixels.", least=4, most=4096),
    click.option(
        "--held-out",
        default=0.1,
        show_default=True,
        type=click.FloatRange(0, 0.9),
        help="Share of the packed images held out for validation.",
    ),
    WORKERS,
)


@click.group(cls=Program)
def clean() -> None:
    """Clean a folder of images: rank, decide on a page, apply.

    \b
    Examples:
    evalkit clean review simpsons/
    evalkit clean apply simpsons/ decisions.csv --out simpsons-clean --pack simpsons.h5
    fractaldream train simpsons.h5 --preset dcgan-simpsons --out runs/simpsons
    """


@clean.command()
@takes(
    FOLDER,
    out_option("Folder of the review.  [default: FOLDER-review]", folder=True),
    path_option(
        "--learn", "First decisions, by which the images are ranked as well.", parameter="decisions"
    ),
    REVIEW,
    THREADS,
    OUTPUT,
)
def review(
    folder: Path,
    out: Path | None,
    decisions: Path | None,
    options: ReviewOptions,
    output: OutputOptions,
) -> None:
    """Review FOLDER: rank what looks wrong, and write the page.

    FOLDER is never written to. The review holds findings.csv, ranking.csv, summary.json and
    review.html, which opens in any browser.

    \b
    Example:
    evalkit clean review simpsons/ --budget 0.05
    """
    from . import review_store

    output.check()
    summary = review_store.review(
        folder, out, decisions=decisions, options=options, progress=output.progress
    )
    page = review_store.review_folder(folder, out) / "review.html"
    output.say(summary.to_dict(), f"{summary}\npage: {page}")


@clean.command()
@takes(
    click.argument("reviewed", metavar="REVIEW", type=click.Path(path_type=Path)),
    click.argument("decisions", type=click.Path(path_type=Path)),
    OUTPUT,
)
def learn(reviewed: Path, decisions: Path, output: OutputOptions) -> None:
    """Rank REVIEW again from your first DECISIONS.

    The page is written again. What you decided stays in the browser: reload the page.

    \b
    Example:
    evalkit clean learn simpsons-review decisions.csv
    """
    from . import review_store

    output.check()
    summary = review_store.learn(reviewed, decisions)
    text = f"ranked again from {summary.learnt_from:,} decisions\npage: {reviewed / 'review.html'}"
    output.say(summary.to_dict(), text)


@clean.command()
@takes(
    FOLDER,
    click.argument("decisions", type=click.Path(path_type=Path)),
    out_option("Folder of the clean copy.", folder=True, required=True),
    APPLY,
    OUTPUT,
)
def apply(
    folder: Path, decisions: Path, out: Path, options: ApplyOptions, output: OutputOptions
) -> None:
    """Make the clean copy of FOLDER that DECISIONS ask for.

    FOLDER is never changed. left-out.csv in the folder of --out lists what is left out, with the
    reason. Interrupted, the same command completes it.

    \b
    Example:
    evalkit clean apply simpsons/ decisions.csv --out clean --pack simpsons.h5 --size 128
    """
    from . import clean_copy

    pack = None if options.pack is None else Path(options.pack)
    check_outputs(pack)
    output.check()
    applied = clean_copy.apply(
        folder, decisions, out, options=options, force=output.force, progress=output.progress
    )
    if applied.strange:
        click.echo(f"{applied.strange:,} decisions are about images that are not here", err=True)
    text = f"{applied.kept:,} kept in {out}, {applied.left_out:,} left out (left-out.csv)"
    if pack is not None:
        crop = f", {applied.cropped:,} cropped to a square" if applied.cropped else ""
        classes = ", ".join(f"{name} {count:,}" for name, count in applied.classes.items())
        text += f"\n{pack}: {applied.kept:,} images of {options.size} px{crop}"
        text += f"\nclasses: {classes or 'none'}{f' ({applied.note})' if applied.note else ''}"
    output.say(applied.to_dict(), text)
