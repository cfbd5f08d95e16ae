"""evalkit correspond: a thin shell over `ladder.correspond`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evalkit.errors import BadInput
from evalkit.support.options import SEEDS

if TYPE_CHECKING:
    from .results import Result


@click.command(
    epilog="\b\nExamples:\n"
    "  evalkit correspond runs/aae/ckpt.pt --data normal.h5 --report ladder.html\n"
    "  evalkit correspond runs/aae-*/ckpt.pt --data normal.h5 --json ladder.json\n"
    "  evalkit correspond mymodule:generate --n 256"
)
@click.argument("generators", metavar="CKPT...", nargs=-1, required=True)
@click.option(
    "--data", type=click.Path(), help="Data set that they learnt from.  [default: as recorded]"
)
@click.option("--n", type=int, default=512, show_default=True, help="Pairs.")
@click.option("--rotations", type=int, default=999, show_default=True, help="Draws of each group.")
@click.option(
    "--ensemble", type=int, default=99, show_default=True, help="Ignorant generators per family."
)
@click.option(
    "--replicates", type=int, default=100, show_default=True, help="Of the power; 0: no power."
)
@click.option(
    "--group", type=click.Choice(["signed-permutations", "haar"]), default="signed-permutations",
    show_default=True, help="Under which the latent is known to be arbitrary.",
)  # fmt: skip
@click.option(
    "--distance", type=click.Choice(["density", "features", "blur", "ssim"]), default="density",
    show_default=True, help="What pairs are judged by in rungs 1 and 2.",
)  # fmt: skip
@click.option(
    "--map", "mapping", type=click.Choice(["standard", "2019", "fdd"]), default="standard",
    show_default=True,
    help="Of v: mean + scale v; x0, y0 = v and a to d = 3 v; or onto the law fdd.",
)  # fmt: skip
@click.option(
    "--images",
    type=int,
    default=400_000,
    show_default=True,
    help="That the inverse renderer learns from, once.",
)
@click.option("--alpha", type=float, default=0.05, show_default=True, help="Level of the verdict.")
@click.option("--seed", type=SEEDS, default=0, show_default=True, help="Same seed, same numbers.")
@click.option("--device", default="cpu", show_default=True, help="For the checkpoints.")
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path),
    help="Write the results here; - for stdout.",
)
@click.option("--report", type=click.Path(path_type=Path), help="Write one HTML page here.")
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
def correspond(
    generators: tuple[str, ...],
    data: str | None,
    mapping: str,
    images: int,
    device: str,
    json_file: Path | None,
    report: Path | None,
    quiet: bool,
    **how: object,
) -> None:
    """Has a generator rebuilt the map from parameters to images?

    CKPT is a checkpoint, or module:callable (z float (N, L) in, images (N, H, W) or (N, H, W, C)
    out). Several are compared on the same draws. The first run on new image settings trains an
    inverse renderer, which is kept, however far it came. After an interrupt the same command
    goes on with the next checkpoint: those that are done are in the file of --json.
    """
    from evalkit.support.files import check_places

    from .results import Settings, check

    settings = Settings(**how)  # type: ignore[arg-type]
    check(settings)
    check_places(json_file, report)
    if images < 256:
        raise BadInput(f"images {images}: give 256 or more")
    import dataclasses

    from evalkit.family.renderer import renderer_of
    from evalkit.inputs.provenance import check_dataset
    from evalkit.networks.inverse_training import inverse_of

    from .resume import resumed
    from .subject import load

    loaded = [load(source, device=device) for source in generators]
    if len({(g.size, g.colour) for g in loaded}) > 1:
        raise BadInput("generators of different image sizes or channels; ask them one by one")
    if len({g.name for g in loaded}) < len(loaded):
        raise BadInput("the same generator twice; give each once")
    if len({g.palette for g in loaded}) > 1:
        raise BadInput("generators of different palettes; ask them one by one")
    for g in loaded:
        if data is None and g.model is not None and g.data is None:
            raise BadInput(f"{g.name}: does not say what data set it learnt from; give --data FILE")
    recorded = {g.data: g.name for g in loaded if g.data is not None}
    if data is None and recorded:
        if len(recorded) > 1:
            raise BadInput("generators of different data sets; give --data FILE, or ask one by one")
        ((data, name),) = recorded.items()
        if not Path(data).exists():
            raise BadInput(f"{name}: learnt from {data}, which is not there; give --data FILE")
    if data is not None:
        check_dataset(data)
    first = loaded[0]
    renderer = renderer_of(
        data, mapping=mapping, size=first.size, colour=first.colour, palette=first.palette
    )
    inverse, _, kept = inverse_of(renderer, images=images, progress=not quiet)
    if not quiet:
        click.echo(f"inverse renderer: {kept}", err=True)
    part = None
    if json_file is not None and str(json_file) != "-" and len(loaded) > 1:
        part = json_file.with_name(f"{json_file.name}.part")
    found = resumed(
        loaded, renderer, inverse, kept, settings, part, device=device, progress=not quiet
    )
    results: list[Result] = []
    for generator, result in zip(loaded, found, strict=True):
        told = {"data": data, "learnt_from": _learnt(generator.model, data)}
        results.append(dataclasses.replace(result, method=result.method | told))
        _write(results, [g.name for g in loaded], json_file, report)
    short = [r for r in results if r.levels["identity"].skipped]
    for result in short:
        click.echo(
            f"evalkit correspond: {result.generator}: {result.levels['identity'].skipped}; rungs "
            "identity, symmetry and rotation need a model of latent=6",
            err=True,
        )
    sys.exit(2 if short else 0)


def _learnt(model: Any, data: str | None) -> bool | None:
    """Whether a model learnt from the data set file; None where that is not known."""
    if model is None or data is None:
        return None
    from evalkit.inputs.provenance import learnt_from
    from fractaldream import open as open_dataset

    with open_dataset(data) as file:
        return learnt_from(model.data, {"content_sha256": file.content_sha256}, data)


def _write(
    results: list["Result"], names: list[str], json_file: Path | None, report: Path | None
) -> None:
    """What is known so far, of all generators that were asked: the last result to stdout, all of
    them to the files."""
    import dataclasses
    import json

    from evalkit.inputs.provenance import not_learnt
    from evalkit.support.files import write_bytes

    from .replicates import across
    from .replicates import table as across_table
    from .report import table, write

    content: dict[str, Any] = results[0].to_dict()
    done = len(results) == len(names)
    rows = across(results)
    if len(names) > 1:
        content = {
            "generators": [result.to_dict() for result in results],
            "across": {row.rung: dataclasses.asdict(row) for row in rows},
            "pending": names[len(results) :],
        }
    text = json.dumps(content, indent=1)
    if json_file is None or str(json_file) != "-":
        result = results[-1]
        click.echo(f"{result.generator}\n{table(result)}")
        if result.method["learnt_from"] is False:
            click.echo(not_learnt(str(result.method["data"]), result.generator))
        if done and len(names) > 1:
            click.echo(across_table(rows))
    elif done:
        click.echo(text)
    if json_file is not None and str(json_file) != "-":
        write_bytes(json_file, (text + "\n").encode())
    if report is not None:
        write(results, report)
