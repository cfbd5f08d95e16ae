"""fractaldream train, sample, reconstruct and translate: thin shells over functions."""

import dataclasses
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fractaldream_base.options import DEVICE, OUTPUT, THREADS, count_option, out_option, takes
from fractaldream_base.output import OutputOptions
from fractaldream_base.program import Program, exits

from .command_line import (
    CHECKPOINT,
    DATA,
    DRAWN,
    ROOT,
    TRAIN_SETTINGS,
    TRAINING,
    TRANSLATION,
    DrawnSamples,
    SettingsArguments,
    completed_kinds,
    completed_presets,
    completed_pretrained,
    follows,
    one_line,
)

if TYPE_CHECKING:
    from .evaluation.options import TranslateOptions
    from .training.options import TrainOptions


@click.group(cls=Program)
def cli() -> None:
    """Train generative models, draw samples and reconstruct images."""


@cli.command()
@takes(
    DATA,
    out_option("Folder of the run.", folder=True, required=True),
    TRAIN_SETTINGS,
    TRAINING,
    click.option("--dry-run", is_flag=True, help="Print the resolved settings and stop."),
    OUTPUT,
)
@one_line
def train(
    data: str,
    out: Path,
    named: SettingsArguments,
    options: "TrainOptions",
    dry_run: bool,
    output: OutputOptions,
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
      fractaldream train coarse.h5 --second fine.h5 --preset cyclegan-fdd --out runs/cycle
      fractaldream train live:fractaldream,law=normal,size=64 --preset aae-fdd --out runs/live
      fractaldream train fdd-50k.h5 --out runs/aae --resume
    """
    import json

    from .training import preparation, trainer

    output.check()
    if dry_run:
        planned = preparation.dry_run(
            data, out, named.mapping(), preset=named.preset, options=options
        )
        record = planned.record()
        output.say(record, json.dumps(record, indent=1))
        return
    result = trainer.train(
        data,
        out,
        named.mapping(),
        preset=named.preset,
        options=options,
        progress=output.progress,
    )
    if not follows():
        output.say(result, str(result))


@cli.command()
@takes(
    CHECKPOINT,
    DRAWN,
    out_option(
        "Picture (PNG), or pixels (.npy), to write.  [default: samples.png, or the next free name]"
    ),
    count_option("--columns", 8, "Number of columns of the grid.", least=1),
    DEVICE,
    THREADS,
    OUTPUT,
)
@one_line
def sample(
    checkpoint: str,
    drawn: DrawnSamples,
    out: Path | None,
    columns: int,
    device: str,
    output: OutputOptions,
) -> None:
    """Sample a model: draw images of CKPT into a grid.

    \b
    Examples:
      fractaldream sample pretrained:gan-fdd --out grid.png
      fractaldream sample runs/aae/ckpt.pt --n 64 --out grid.png
      fractaldream sample runs/cvae/ckpt.pt --label 7 --out sevens.png
      fractaldream sample runs/biggan/ckpt.pt --truncation 0.5 --out typical.png
      fractaldream sample runs/aae/ckpt.pt --n 50000 --out samples.npy
    """
    from .evaluation import sampling

    file = output.file(out, "samples.png")
    samples = sampling.sample(
        checkpoint, **dataclasses.asdict(drawn), out=file, columns=columns, device=device
    )
    record = {"out": file, "checkpoint": checkpoint, "kind": samples.kind, "n": drawn.n}
    output.say(record, str(samples), next_command=f"evalkit neighbours {shlex.quote(checkpoint)}")


@cli.command()
@takes(
    CHECKPOINT,
    DATA,
    count_option("--n", 32, "Number of images shown.", least=1),
    out_option("Picture (PNG) to write.  [default: reconstructions.png, or the next free name]"),
    ROOT,
    DEVICE,
    THREADS,
    OUTPUT,
)
@one_line
def reconstruct(
    checkpoint: str,
    data: str,
    n: int,
    out: Path | None,
    root: str | None,
    device: str,
    output: OutputOptions,
) -> None:
    """Reconstruct held-out images of DATA with CKPT.

    The picture shows the images in the upper rows, their reconstructions in the lower ones.

    Prints the mean squared error over all held-out images, pixels in [0, 1], beside that of the
    mean image and of PCA with as many components as the model has latents.

    \b
    Examples:
      fractaldream reconstruct runs/aae/ckpt.pt fdd-50k.h5 --out pairs.png
      fractaldream reconstruct runs/vae/ckpt.pt mnist --root idx/ --json
    """
    from .evaluation import reconstruction

    file = output.file(out, "reconstructions.png")
    result = reconstruction.reconstruct(checkpoint, data, n=n, out=file, root=root, device=device)
    heading = f"{file}: {min(n, result.images)} of {result.images} held-out images"
    output.say(
        {"out": file, **result.to_dict()},
        f"{heading}\n{result}",
        next_command=f"evalkit explore {shlex.quote(checkpoint)}",
    )


@cli.command()
@takes(
    CHECKPOINT,
    DATA,
    TRANSLATION,
    out_option(
        "Picture (PNG), or pixels (.npy), to write.  [default: translations.png, or the next free "
        "name]"
    ),
    THREADS,
    OUTPUT,
)
@one_line
def translate(
    checkpoint: str,
    data: str,
    options: "TranslateOptions",
    out: Path | None,
    output: OutputOptions,
) -> None:
    """Translate images of DATA to the other domain.

    CKPT is one of the kind cyclegan, and DATA one of the two data sets that it learned from,
    or other images like them.

    The picture shows 32 images in the upper rows, and their translations in the lower ones; .npy
    holds all translations.

    With the true translations, prints the peak signal-to-noise ratio and the structural similarity
    of the translations, and of the images as they were.

    \b
    Examples:
      fractaldream translate runs/cycle/ckpt.pt coarse.h5 --out pairs.png
      fractaldream translate runs/cycle/ckpt.pt new.h5 --domain coarse --truth new-fine.h5 --json
    """
    from .evaluation import translation

    file = output.file(out, "translations.png")
    result = translation.translate(checkpoint, data, options, out=file)
    output.say(result.to_dict(), str(result))


@cli.command(epilog="\b\nExamples:\n  fractaldream presets\n  fractaldream presets aae-fdd --json")
@takes(
    click.argument("name", required=False, shell_complete=completed_presets),
    OUTPUT,
)
@one_line
def presets(name: str | None, output: OutputOptions) -> None:
    """List the presets, or all values of preset NAME.

    The list says what each preset is for, and how long its training takes.
    """
    from .preset_table import PresetTable, describe_presets, read_preset

    output.check()
    table = describe_presets() if name is None else PresetTable((read_preset(name),))
    output.say(table.presets, str(table) if name is None else table.presets[0].values())


@cli.command(
    epilog="\b\nExamples:\n  fractaldream pretrained\n  fractaldream pretrained gan-fdd --json"
)
@takes(
    click.argument("name", required=False, shell_complete=completed_pretrained),
    OUTPUT,
)
@one_line
def pretrained(name: str | None, output: OutputOptions) -> None:
    """List the checkpoints of the package, or the card of NAME.

    A card says what the checkpoint learnt from, by which command, and what was measured. Write
    pretrained:NAME wherever a command takes a checkpoint.
    """
    from .pretrained import PretrainedTable, describe_pretrained, read_card

    output.check()
    table = describe_pretrained() if name is None else PretrainedTable((read_card(name),))
    output.say(table.cards, str(table) if name is None else str(table.cards[0]))


@cli.command(epilog="\b\nExamples:\n  fractaldream settings\n  fractaldream settings vae")
@takes(
    click.argument("kind", required=False, shell_complete=completed_kinds),
    OUTPUT,
)
@one_line
def settings(kind: str | None, output: OutputOptions) -> None:
    """List the settings of a training, or those of one KIND.

    The list gives defaults and meanings.
    """
    from .setting_table import describe_settings

    output.check()
    table = describe_settings(kind)
    output.say(table, str(table))


def main() -> None:
    """Run a command; errors that a user can mend are one line, exit status 2."""
    with exits("fractaldream"):
        cli.main(prog_name="python -m fractaldream_models.cli", standalone_mode=False)


if __name__ == "__main__":
    main()
