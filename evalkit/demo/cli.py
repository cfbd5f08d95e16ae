"""The command line of `fractaldream demo`."""

import sys
from pathlib import Path

import click

from fractaldream_base.options import OUTPUT, SEED, out_option, takes
from fractaldream_base.output import OutputOptions
from fractaldream_base.program import command


@command(
    epilog="\b\nExamples:\n"
    "  fractaldream demo\n"
    "  fractaldream demo --out look --minutes 10 --no-open"
)
@takes(
    out_option("Folder for all files.", folder=True, default="demo", show_default=True),
    click.option(
        "--minutes",
        type=click.FloatRange(0, min_open=True),
        metavar="NUMBER",
        default=2.0,
        show_default=True,
        help="Longest training, in minutes.",
    ),
    click.option("--open/--no-open", "open_page", default=True, help="Open the page in a browser."),
    SEED,
    OUTPUT,
)
def demo(out: Path, minutes: float, open_page: bool, seed: int, output: OutputOptions) -> None:
    """Show the whole way: render, train and test a small model.

    It takes some minutes. The page shows the data, the training, samples, the answer of the
    correspondence test, the nearest training images, and what to type next. An interrupted demo
    goes on when the same command is run again.
    """
    from .demonstration import demo as show

    output.check()
    try:
        result = show(
            out, minutes=minutes, seed=seed, open_page=open_page, force=output.force,
            progress=output.progress,
        )  # fmt: skip
    except KeyboardInterrupt:
        click.echo(
            f"fractaldream demo: interrupted; what is complete is in {out}, run the same command "
            "again to go on", err=True,
        )  # fmt: skip
        sys.exit(130)
    output.say(result, str(result))
