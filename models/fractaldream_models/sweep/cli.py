"""fractaldream sweep run and report: thin shells over `study` and `report`."""

from pathlib import Path

import click

from fractaldream_models.cli import PRESETS, given_settings, one_line, print_json

SPACES = sorted(p.stem for p in (Path(__file__).parent / "spaces").glob("*.toml"))
HELP = {"help_option_names": ["-h", "--help"]}
STORAGE = click.option(
    "--storage",
    required=True,
    metavar="URL",
    help="sqlite:///FILE, journal:///FILE, another database's URL, or grpc://HOST:PORT.",
)
STUDY = click.option("--study", default="sweep", show_default=True, help="Name in the storage.")


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
@click.option("--trials", type=click.IntRange(1), required=True, help="Of the whole study.")
@STORAGE
@STUDY
@click.option("--out", type=click.Path(), help="Folder of the runs.  [default: STUDY-runs]")
@click.option("--preset", metavar="NAME", help=f"What does not vary: {', '.join(PRESETS)}.")
@click.option("--kind", help="Model, where no preset says: aae, dcgan, vae, ...")
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="Fix a setting.")
@click.option("--epochs", type=int, help="Of every trial.")
@click.option("--prune/--no-prune", default=True, show_default=True, help="Stop bad trials early.")
@click.option("--finalists", type=click.IntRange(0), default=3, show_default=True)
@click.option(
    "--seeds", type=click.IntRange(1), default=3, show_default=True, help="Of each finalist."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of draws and trials.")
@click.option("--root", type=click.Path(), help="Folder that holds MNIST's IDX files, gzip or not.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or mps.")
@click.option("--quiet", is_flag=True, help="Nothing on stderr.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@one_line
def run(
    data: str,
    space: str | None,
    trials: int,
    storage: str,
    study: str,
    out: str | None,
    preset: str | None,
    kind: str | None,
    changes: tuple[str, ...],
    epochs: int | None,
    prune: bool,
    finalists: int,
    seeds: int,
    seed: int,
    root: str | None,
    device: str,
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
    from fractaldream_models.kinds import defaults, find
    from fractaldream_models.settings import Settings, override
    from fractaldream_models.settings import preset as read_preset

    from .study import sweep

    given = given_settings(kind, changes, epochs)
    base = read_preset(preset) if preset else defaults(str(given.get("kind", Settings.kind)))
    settings = override(base, given)
    result = sweep(
        data,
        space or find(settings.kind).space,
        settings,
        fixed=None if preset else set(given),
        storage=storage,
        out=out or f"{study}-runs",
        trials=trials,
        study=study,
        root=root,
        seed=seed,
        device=device,
        prune=prune,
        finalists=finalists,
        seeds=seeds,
        tell=lambda line: None if quiet else click.echo(line, err=True),
    )
    if as_json:
        print_json(result)
        return
    r = result
    counts = f"{r.complete} complete, {r.pruned} pruned, {r.failed} failed"
    click.echo(f"{r.study}: {counts}, {r.running} running, {r.replicates} replicates")
    if r.best_trial is not None:
        click.echo(f"  best: trial {r.best_trial}, {r.figure} {r.best:.5g}, in {r.out}")


@sweep.command(context_settings=HELP)
@STORAGE
@STUDY
@click.option("--out", type=click.Path(), help="HTML page.  [default: STUDY.html]")
@click.option("--runs", type=click.Path(), help="Folder of the runs, where it was moved.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@one_line
def report(storage: str, study: str, out: str | None, runs: str | None, as_json: bool) -> None:
    """A table of all trials, what mattered, and one HTML page with pictures.

    \b
    Example:
      fractaldream sweep report --storage sqlite:///sweep.db --out sweep.html
    """
    from .page import write_page
    from .report import read_report, table

    found = read_report(storage, study, runs=runs)
    page = out or f"{study}.html"
    write_page(found, page)
    if as_json:
        print_json(found)
        return
    click.echo(table(found))
    click.echo(page)


if __name__ == "__main__":
    sweep()
