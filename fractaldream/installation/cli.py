"""`fractaldream doctor`: a thin shell over `doctor_report.doctor` and the cache."""

import sys
from pathlib import Path

import click

from fractaldream_base.cache import cache_folder
from fractaldream_base.errors import BadInput
from fractaldream_base.options import OUTPUT, takes
from fractaldream_base.output import OutputOptions
from fractaldream_base.program import command


@command(epilog="\b\nExamples:\n  fractaldream doctor\n  fractaldream doctor --clear-cache --yes")
@takes(
    click.option("--clear-cache", is_flag=True, help="Remove what the packages keep in the cache."),
    click.option("--yes", is_flag=True, help="Clear the cache without asking."),
    OUTPUT,
)
def doctor(clear_cache: bool, yes: bool, output: OutputOptions) -> None:
    """Report the installation, this machine and the cache."""
    from . import cache_contents
    from .cache_contents import megabytes
    from .doctor_report import doctor

    output.check()
    if yes and not clear_cache:
        raise BadInput("--yes: goes with --clear-cache; add it, or leave --yes out")
    if not clear_cache:
        report = doctor()
        output.say(report, str(report))
        return
    folder = cache_folder()
    held = [c for c in cache_contents.contents(folder) if c.name != cache_contents.OTHER]
    if held and not yes:
        _ask_to_clear(folder, [f"{megabytes(c.bytes):>10}  {c.name}" for c in held])
    removed = cache_contents.clear_cache()
    freed = sum(content.bytes for content in removed)
    text = f"{folder}: {megabytes(freed)} freed"
    output.say({"cache": folder, "freed_bytes": freed, "removed": removed}, text)


def _ask_to_clear(folder: Path, lines: list[str]) -> None:
    """Ask whether the cache may be cleared; end the program where it may not."""
    if not _can_ask():
        raise BadInput("--clear-cache: nobody can be asked here; add --yes")
    click.echo("\n".join([f"{folder} holds", *lines]), err=True)
    if not click.confirm("Remove all of it?", err=True):
        click.echo("nothing was removed", err=True)
        sys.exit(0)


def _can_ask() -> bool:
    """Return whether there is a person at the terminal."""
    return sys.stdin.isatty()
