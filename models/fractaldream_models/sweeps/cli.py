"""fractaldream sweep run and report: thin shells over `study` and `report`."""

from pathlib import Path

import click

from fractaldream_base.options import (
    OUTPUT,
    count_option,
    options_group,
    out_option,
    seed_option,
    takes,
)
from fractaldream_base.output import OutputOptions
from fractaldream_base.program import Program
from fractaldream_models.command_line import (
    DATA,
    DEVICE,
    ROOT,
    SECOND,
    SETTINGS,
    THREADS,
    SettingsArguments,
    one_line,
)

from .options import SweepOptions

SPACES = sorted(p.stem for p in (Path(__file__).parent / "spaces").glob("*.toml"))
STORAGE = click.option(
    "--storage",
    required=True,
    metavar="URL",
    help="Storage of the trials: sqlite:///FILE, journal:///FILE, another database's URL, or "
    "grpc://HOST:PORT.",
)
STUDY = click.option(
    "--study", metavar="NAME", default="sweep", show_default=True,
    help="Name of the study in the storage.",
)  # fmt: skip
SWEEP = options_group(
    SweepOptions,
    click.option(
        "--trials", type=click.IntRange(1), required=True,
        help="Number of trials of the whole study.",
    ),
    STORAGE,
    STUDY,
    out_option("Folder of the runs.  [default: STUDY-runs]", folder=True),
    click.option(
        "--prune/--no-prune", default=True, show_default=True, help="Stop bad trials early."
    ),
    count_option(
        "--finalists", 3, "Number of the best trials that are trained again with other seeds.",
        least=0,
    ),
    count_option("--seeds", 3, "Number of seeds of each finalist.", least=1),
    seed_option("Random seed of the draws and of the trials."),
    ROOT,
    SECOND,
    DEVICE,
    THREADS,
)  # fmt: skip


@click.group(cls=Program)
def sweep() -> None:
    """Vary settings over many short trainings.

    \b
    Examples:
      fractaldream sweep run DATA --space gan --trials 40 --storage sqlite:///sweep.db
      fractaldream sweep report --storage sqlite:///sweep.db
    """


@sweep.command()
@takes(
    DATA,
    click.option(
        "--space",
        metavar="FILE",
        help=f"Search space (TOML), or one of {', '.join(SPACES)}.  [default: that of the kind]",
    ),
    SWEEP,
    SETTINGS,
    OUTPUT,
)
@one_line
def run(
    data: str,
    space: str | None,
    options: SweepOptions,
    named: SettingsArguments,
    output: OutputOptions,
) -> None:
    """Train trials on DATA, then the best ones with more seeds.

    DATA is what `fractaldream train` takes: a data set file, an image folder, mnist and so on.

    Give the same command in as many processes as you like, and again after a kill: trials whose
    process has died are taken up where they were.

    \b
    Examples:
      fractaldream sweep run fdd64.h5 --preset aae-fdd --space gan --epochs 5 --trials 40 \\
          --storage sqlite:///sweep.db
      fractaldream sweep run mnist --preset vae-conv-mnist --space mine.toml --trials 100 \\
          --storage journal:///shared/sweep.log --out shared/sweep
    """
    from . import study

    def log(line: str) -> None:
        if output.progress:
            click.echo(line, err=True)

    output.check()
    result = study.sweep(data, options, named.mapping(), preset=named.preset, space=space, log=log)
    output.say(result, str(result))
    if result.failed and not result.complete:
        raise click.exceptions.Exit(1)


@sweep.command()
@takes(
    STORAGE,
    STUDY,
    out_option("HTML page to write.  [default: STUDY.html]"),
    click.option(
        "--runs", type=click.Path(), metavar="FOLDER", help="Folder of the runs, if it was moved."
    ),
    OUTPUT,
)
@one_line
def report(
    storage: str, study: str, out: Path | None, runs: str | None, output: OutputOptions
) -> None:
    """Report all trials and which settings mattered.

    A table is printed, and an HTML page with pictures is written.

    \b
    Example:
      fractaldream sweep report --storage sqlite:///sweep.db --out sweep.html
    """
    from .page import write_page
    from .report import sweep_report

    path = out or Path(f"{study}.html")
    output.check(path)
    result = sweep_report(storage, study, runs=runs)
    write_page(result, path)
    output.say(result, f"{result}\n{path}")


if __name__ == "__main__":
    sweep()
