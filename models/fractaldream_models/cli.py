"""fractaldream train, sample and reconstruct: thin shells over the functions of this package."""

from typing import TYPE_CHECKING

import click

from .command_line import (
    HELP,
    JSON,
    QUIET,
    ROOT,
    TRAIN_SETTINGS,
    TRAINING,
    SettingsArguments,
    follows,
    one_line,
    print_json,
)

if TYPE_CHECKING:
    from .training.options import TrainOptions


@click.group()
def cli() -> None:
    """Generative models: train, sample, reconstruct."""


@cli.command(context_settings=HELP)
@click.argument("data")
@click.option("--out", required=True, type=click.Path(), help="Folder of the run.")
@TRAIN_SETTINGS
@TRAINING
@click.option("--dry-run", is_flag=True, help="Print the resolved settings and stop.")
@QUIET
@JSON
@one_line
def train(
    data: str,
    out: str,
    named: SettingsArguments,
    options: "TrainOptions",
    dry_run: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Train a model on DATA.

    DATA is a data set file, an image folder, mnist, fashion-mnist, or live:NAME,key=value,... for
    images that are rendered as they are needed and never twice.

    The run folder gets ckpt.pt (the best epoch), last.pt, metrics.jsonl, TensorBoard events,
    sample grids and losses.png. A killed run goes on with --resume.

    \b
    Examples:
      fractaldream train fdd-50k.h5 --preset aae-fdd --out runs/aae
      fractaldream train mnist --preset vae-conv-mnist --set latent=10 --out runs/vae10
      fractaldream train frames/ --preset aae-simpsons --set resize=true --out runs/s
      fractaldream train live:fractaldream,law=normal,size=64 --preset aae-fdd --out runs/live
      fractaldream train fdd-50k.h5 --out runs/aae --resume
    """
    import json

    from .training import preparation, trainer
    from .training.options import Callbacks

    if dry_run:
        planned = preparation.dry_run(data, named.mapping(), preset=named.preset, options=options)
        click.echo(json.dumps(planned.record(), indent=1))
        return
    result = trainer.train(
        data,
        out,
        named.mapping(),
        preset=named.preset,
        options=options,
        callbacks=Callbacks(on_start=lambda record: click.echo(json.dumps(record), err=True)),
        progress=not quiet,
    )
    if follows():
        return
    if as_json:
        print_json(result)
        return
    click.echo(result)


@cli.command(context_settings=HELP)
@click.argument("checkpoint", type=click.Path())
@click.option(
    "--n", type=click.IntRange(1), default=64, show_default=True, help="Number of samples."
)
@click.option(
    "--out", default="samples.png", show_default=True, type=click.Path(), help="PNG of the grid."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Random seed.")
@click.option(
    "--label", type=int, help="Label of all samples of a conditional kind.  [default: all in turn]"
)
@click.option(
    "--columns", type=click.IntRange(1), default=8, show_default=True, help="Columns of the grid."
)
@one_line
def sample(checkpoint: str, n: int, out: str, seed: int, label: int | None, columns: int) -> None:
    """Draw samples of CHECKPOINT into a grid.

    \b
    Examples:
      fractaldream sample runs/aae/ckpt.pt --n 64 --out grid.png
      fractaldream sample runs/cvae/ckpt.pt --label 7 --out sevens.png
    """
    from .evaluation import sampling

    click.echo(sampling.sample(checkpoint, n, seed=seed, label=label, out=out, columns=columns))


@cli.command(context_settings=HELP)
@click.argument("checkpoint", type=click.Path())
@click.argument("data")
@click.option(
    "--n", type=click.IntRange(1), default=32, show_default=True, help="Number of images shown."
)
@click.option(
    "--out", default="reconstructions.png", show_default=True, type=click.Path(),
    help="PNG of the grid.",
)  # fmt: skip
@ROOT
@JSON
@one_line
def reconstruct(
    checkpoint: str, data: str, n: int, out: str, root: str | None, as_json: bool
) -> None:
    """Reconstruct held-out images of DATA (upper rows) with CHECKPOINT (lower rows).

    Prints the mean squared error over all held-out images, pixels in [0, 1], beside that of the
    mean image and of PCA with as many components as the model has latents.

    \b
    Examples:
      fractaldream reconstruct runs/aae/ckpt.pt fdd-50k.h5 --out pairs.png
      fractaldream reconstruct runs/vae/ckpt.pt mnist --root idx/ --json
    """
    from .evaluation import reconstruction

    result = reconstruction.reconstruct(checkpoint, data, n=n, out=out, root=root)
    if as_json:
        print_json(result)
        return
    click.echo(f"{out}: {min(n, result.images)} of {result.images} held-out images")
    click.echo(result)


if __name__ == "__main__":
    cli()
