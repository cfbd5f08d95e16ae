"""fractaldream train, sample and reconstruct: thin shells over the functions of this package."""

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

PRESETS = sorted(p.stem for p in (Path(__file__).parent / "presets").glob("*.toml"))


class _Refused(click.ClickException):
    """One line on stderr, exit status 2."""

    exit_code = 2


def one_line(function: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(function)
    def command(**options: Any) -> None:
        from .errors import BadInput, Elsewhere

        try:
            function(**options)
        except Elsewhere:
            sys.exit(2)
        except BadInput as error:
            raise _Refused(str(error)) from None
        except OSError as error:
            if error.filename is None:
                raise
            raise _Refused(f"{error.filename}: {error.strerror}") from None
        except KeyboardInterrupt:
            if not _follows():
                click.echo("interrupted: what is complete is kept", err=True)
            sys.exit(130)

    return command


def _follows() -> bool:
    """Whether this is one of several processes, and not the first, which speaks for all."""
    return os.environ.get("RANK", os.environ.get("LOCAL_RANK", "0")) != "0"


def print_json(result: Any) -> None:
    import dataclasses
    import json

    click.echo(json.dumps(dataclasses.asdict(result), indent=1))


def given_settings(
    kind: str | None, changes: tuple[str, ...], epochs: int | None
) -> dict[str, Any]:
    """What --kind, --set and --epochs say, still as text. Raises BadInput."""
    from .errors import BadInput

    given: dict[str, Any] = {}
    if kind is not None:
        given["kind"] = kind
    for change in changes:
        key, equals, value = change.partition("=")
        if not equals:
            raise BadInput(f"--set {change}: write key=value")
        given[key.strip()] = value.strip()
    if epochs is not None:
        given["epochs"] = epochs
    return given


@click.group()
def cli() -> None:
    """Generative models: train, sample, reconstruct."""


@cli.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("data")
@click.option("--out", required=True, type=click.Path(), help="Folder of the run.")
@click.option("--preset", metavar="NAME", help=f"A source's settings: {', '.join(PRESETS)}.")
@click.option("--kind", help="Model, where no preset says: aae, dcgan, vae, ...")
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="Override a setting.")
@click.option("--epochs", type=int, help="Passes over the data.")
@click.option("--paired-weight", type=float, help="Weight of MSE(image, G(its parameters)).")
@click.option("--seed", type=click.IntRange(0), help="[default: 0, or that of the resumed run]")
@click.option("--root", type=click.Path(), help="Folder that holds MNIST's IDX files, gzip or not.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or mps.")
@click.option("--devices", type=click.IntRange(1), help="Processes.  [default: 1, or torchrun's]")
@click.option("--strategy", default="auto", show_default=True, help="Of several: auto or ddp.")
@click.option(
    "--workers",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="Processes beside each that render live data.",
)
@click.option("--precision", default="auto", show_default=True, help="auto, 32 or bf16.")
@click.option(
    "--resume",
    is_flag=True,
    help="Go on from the last complete epoch; epochs and learning rates may change.",
)
@click.option("--dry-run", is_flag=True, help="Print the resolved settings and stop.")
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@one_line
def train(
    data: str,
    out: str,
    preset: str | None,
    kind: str | None,
    changes: tuple[str, ...],
    epochs: int | None,
    paired_weight: float | None,
    seed: int | None,
    root: str | None,
    device: str,
    devices: int | None,
    strategy: str,
    workers: int,
    precision: str,
    resume: bool,
    dry_run: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Train a model on DATA: a dataset file, an image folder, mnist, fashion-mnist, or
    live:NAME,key=value,... for images that are rendered as they are needed and never twice.

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
    import dataclasses
    import json

    from .kinds import defaults
    from .settings import Settings, override
    from .settings import preset as read_preset

    given = given_settings(kind, changes, epochs)
    if paired_weight is not None:
        given["paired_weight"] = paired_weight
    base = read_preset(preset) if preset else defaults(str(given.get("kind", Settings.kind)))
    settings = override(base, given)
    insisted = set(given)
    if preset:
        # what a preset says must be what the run has; the data resolve three, three may change
        free = {"epochs", "size", "channels", "batch", "lr_e", "lr_g", "lr_d"}
        insisted |= {f.name for f in dataclasses.fields(Settings)} - free

    from .training import loop as training
    from .training import planning

    if dry_run:
        with planning.memory(settings):
            planned = planning.plan(data, settings, root=root, seed=seed or 0)
        click.echo(json.dumps(planned.record(), indent=1))
        return
    result = training.train(
        data,
        out,
        settings,
        given=insisted,
        root=root,
        seed=seed,
        device=device,
        devices=devices,
        strategy=strategy,
        workers=workers,
        precision=precision,
        resume=resume,
        progress=not quiet,
        announce=lambda record: click.echo(json.dumps(record), err=True),
    )
    if _follows():
        return
    if as_json:
        print_json(result)
        return
    r = result
    click.echo(f"{r.checkpoint}: epoch {r.best_epoch} of {r.epochs}")
    click.echo(f"  chosen by {r.chosen_by}: {r.best:.4g}, the last epoch has {r.last:.4g}")
    click.echo(f"  {r.images_per_second:,.0f} images/s")


@cli.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("checkpoint", type=click.Path())
@click.option("--n", type=click.IntRange(1), default=64, show_default=True, help="Images.")
@click.option("--out", default="samples.png", show_default=True, type=click.Path(), help="PNG.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--label", type=int, help="Of a conditional kind; default: all in turn.")
@click.option("--columns", type=click.IntRange(1), default=8, show_default=True)
@one_line
def sample(checkpoint: str, n: int, out: str, seed: int, label: int | None, columns: int) -> None:
    """Draw samples of CHECKPOINT into a grid.

    \b
    Examples:
      fractaldream sample runs/aae/ckpt.pt --n 64 --out grid.png
      fractaldream sample runs/cvae/ckpt.pt --label 7 --out sevens.png
    """
    import torch

    from .checkpoint import load
    from .errors import BadInput
    from .pictures import to_bytes, write_grid

    model = load(checkpoint)
    labels = None if label is None else torch.full((n,), label)
    with torch.no_grad():
        images = model.sample(n, torch.Generator().manual_seed(seed), labels)
    if not images.isfinite().all():
        raise BadInput(f"{checkpoint}: its samples are not finite; train it again")
    write_grid(to_bytes(images, model.value_range), out, columns)
    click.echo(f"{out}: {n} samples of {model.kind}")


@cli.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("checkpoint", type=click.Path())
@click.argument("data")
@click.option("--n", type=click.IntRange(1), default=32, show_default=True, help="Images shown.")
@click.option("--out", default="reconstructions.png", show_default=True, type=click.Path())
@click.option("--root", type=click.Path(), help="Folder that holds MNIST's IDX files.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@one_line
def reconstruct(
    checkpoint: str, data: str, n: int, out: str, root: str | None, as_json: bool
) -> None:
    """Held-out images of DATA (upper rows) and what CHECKPOINT makes of them (lower rows).

    Prints the mean squared error over all held-out images, pixels in [0, 1], beside that of the
    mean image and of PCA with as many components as the model has latents.

    \b
    Examples:
      fractaldream reconstruct runs/aae/ckpt.pt fdd-50k.h5 --out pairs.png
      fractaldream reconstruct runs/vae/ckpt.pt mnist --root idx/ --json
    """
    from .checkpoint import load
    from .evaluation import reconstruction

    result = reconstruction.reconstruct(load(checkpoint), data, n=n, out=out, root=root)
    if as_json:
        print_json(result)
        return
    click.echo(f"{out}: {n} of {result.images} held-out images")
    click.echo(f"  mean squared error {result.mse:.5f}, {result.of_mean:.3f} of the mean image's")
    click.echo(f"  {result.of_pca:.3f} of that of PCA with {result.components} components")


if __name__ == "__main__":
    cli()
