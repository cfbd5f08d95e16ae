"""`fractaldream publish` and `fractaldream fetch`: thin shells."""

import sys
from pathlib import Path

import click

from fractaldream.cli_options import FILE
from fractaldream_base.options import (
    OUTPUT,
    THREAD_COUNT,
    count_option,
    options_group,
    out_option,
    path_option,
    takes,
)
from fractaldream_base.output import OutputOptions
from fractaldream_base.program import command

from .options import CheckOptions, PublishOptions, UploadOptions

HOMES = ("kaggle", "folder")

WORDS = options_group(
    PublishOptions,
    click.option("--owner", help="Account on Kaggle, as in the address of its page."),
    click.option("--slug", help="Last part of the address.  [default: the file's name]"),
    click.option("--title", help="Title, of 6 to 50 characters."),
    click.option("--subtitle", help="Subtitle, of 20 to 80 characters."),
    click.option("--licence", default="CC-BY-4.0", show_default=True, help="Licence of the data."),
    name="words",
)
UPLOAD = options_group(
    UploadOptions,
    click.option("--update", metavar="TEXT", help="Publish a new version; TEXT says what changed."),
    click.option("--private", is_flag=True, help="Publish it for its owner alone."),
    click.option("--replace", is_flag=True, help="Remove published files that are not staged."),
    click.option(
        "--wait",
        type=float,
        default=900,
        show_default=True,
        help="Seconds to wait while Kaggle processes a version.",
    ),
    click.option(
        "--dry-run", is_flag=True, help="Stage and check only; nothing leaves the machine."
    ),
    name="upload",
)
CHECKS = options_group(
    CheckOptions,
    count_option("--sample", 100, "Number of images to render again as a check."),
    THREAD_COUNT,
    name="checking",
)


@command(
    epilog="\b\nExamples:\n"
    "  fractaldream publish fdd-50k.h5 --to kaggle --owner NAME --dry-run\n"
    "  fractaldream publish fdd-50k.h5 --to kaggle --owner NAME\n"
    '  fractaldream publish fdd-50k.h5 --to kaggle --owner NAME --update "100 rows more"\n'
    "  fractaldream publish fdd-50k.h5 --to folder --stage fdd-50k    (with a Hugging Face card)\n"
    "  fractaldream publish decisions.csv --to kaggle --owner NAME --slug simpsons-decisions"
)
@takes(
    FILE,
    click.option(
        "--to",
        "home",
        type=click.Choice(HOMES),
        required=True,
        help="Destination: kaggle, or a folder for another site.",
    ),
    WORDS,
    UPLOAD,
    path_option(
        "--stage",
        "Folder to stage in.  [default: SLUG-HOME beside the file]",
        parameter="folder",
        metavar="FOLDER",
    ),
    CHECKS,
    OUTPUT,
)
def publish(
    file: Path,
    home: str,
    words: PublishOptions,
    upload: UploadOptions,
    folder: Path | None,
    checking: CheckOptions,
    output: OutputOptions,
) -> None:
    """Publish a data set, or decisions of `evalkit clean`.

    Stages a folder with everything that belongs to it (card, table, pictures, checksums,
    Croissant), checks it, sends it through Kaggle's own client, and says so only after the site
    lists every file at its size. Credentials: `kaggle auth login`, or as that client documents.
    """
    from .publication import publish

    output.check()

    try:
        result = publish(
            file, to=home, options=words, upload=upload, checking=checking, folder=folder,
            force=output.force, progress=output.progress,
        )  # fmt: skip
    except KeyboardInterrupt:
        click.echo(
            "fractaldream publish: interrupted; run it again: staging begins anew, "
            "and an upload goes on where it stopped",
            err=True,
        )
        sys.exit(130)
    output.say(result, str(result))


@command(
    epilog="\b\nExamples:\n"
    "  fractaldream fetch NAME/fdd-50k\n"
    "  fractaldream fetch NAME/fdd-50k/2 --out second    (its second version)"
)
@takes(
    click.argument("ref", metavar="OWNER/SLUG"),
    out_option("New folder to write.  [default: SLUG]", folder=True),
    CHECKS,
    OUTPUT,
)
def fetch(ref: str, out: Path | None, checking: CheckOptions, output: OutputOptions) -> None:
    """Fetch a published data set from Kaggle and check it.

    Every checksum must agree, and a sample of the images must come out the same when rendered
    again; only then does the folder get its name. An interrupted download goes on.
    """
    from .fetching import fetch

    output.check()
    result = fetch(ref, out, checking=checking, progress=output.progress)
    output.say(result, str(result))
