"""fractaldream sweep run and report: thin shells over `study` and `report`."""

from pathlib import Path

import click

from fractaldream_models.command_line import (
    DEVICE,
    HELP,
    JSON,
    ROOT,
    SETTINGS,
    SettingsArguments,
    collected,
    one_line,
    print_json,
)

from .options import SweepOptions

SPACES = sorted(p.stem for p in (Path(__file__).parent / "spaces").glob("*.toml"))
STORAGE = click.option(
    "--storage",
    required=True,
    metavar="URL",
    help="sqlite:///FILE, journal:///FILE, another database's URL, or grpc://HOST:PORT.",
)
STUDY = click.option(
    "--study", default="sweep", show_default=True, help="Name of the study in the storage."
)
SWEEP = collected(
    "options", SweepOptions,
    click.option(
        "--trials", type=click.IntRange(1), required=True,
        help="Number of trials of the whole study.",
    ),
    STORAGE,
    STUDY,
    click.option("--out", type=click.Path(), help="Folder of the runs.  [default: STUDY-runs]"),
    click.option(
        "--prune/--no-prune", default=True, show_default=True, help="Stop bad trials early."
    ),
    click.option(
        "--finalists", type=click.IntRange(0), default=3, show_default=True,
        help="Number of the best trials that are trained again with other seeds.",
    ),
    click.option(
        "--seeds", type=click.IntRange(1), default=3, show_default=True,
        help="Number of seeds of each finalist.",
    ),
    click.option(
        "--seed", type=int, default=0, show_default=True,
        help="Random seed of the draws and of the trials.",
    ),
    ROOT,
    DEVICE,
)  # fmt: skip


@click.group(context_settings=HELP)
def sweep() -> None:
    """Vary settings over many short trainings, and see what they did.

    \b
    Examples:
      fractaldream sweep run DATA --space gan --trials 40 --storage sqlite:///sweep.db
      fractaldream sweep report --storage sqlite:///sweep.db
    """


@sweep.command(context_settings=HELP)
@click.argument("data")
@click.option(
    "--space",
    metavar="FILE",
    help=f"Search space: TOML, or {', '.join(SPACES)}.  [default: that of the kind]",
)
@SWEEP
@SETTINGS
@click.option("--quiet", is_flag=True, help="Nothing on stderr.")
@JSON
@one_line
def run(
    data: str,
    space: str | None,
    options: SweepOptions,
    named: SettingsArguments,
    quiet: bool,
    as_json: bool,
) -> None:
    """Train trials on DATA until the study has enough of them, then the best with more seeds.

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
        if not quiet:
            click.echo(line, err=True)

    result = study.sweep(data, options, named.mapping(), preset=named.preset, space=space, log=log)
    if as_json:
        print_json(result)
        return
    click.echo(result)


@sweep.command(context_settings=HELP)
@STORAGE
@STUDY
@click.option("--out", type=click.Path(), help="HTML page.  [default: STUDY.html]")
@click.option("--runs", type=click.Path(), help="Folder of the runs, where it was moved.")
@JSON
@one_line
def report(storage: str, study: str, out: str | None, runs: str | None, as_json: bool) -> None:
    """Report all trials and which settings mattered: a table, and one HTML page with pictures.

    \b
    Example:
      fractaldream sweep report --storage sqlite:///sweep.db --out sweep.html
    """
    from .page import write_page
    from .report import sweep_report

    result = sweep_report(storage, study, runs=runs)
    path = out or f"{study}.html"
    write_page(result, path)
    if as_json:
        print_json(result)
        return
    click.echo(result)
    click.echo(path)


if __name__ == "__main__":
    sweep()
