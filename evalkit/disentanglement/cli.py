"""The command line of `evalkit disentangle`."""

from dataclasses import asdict
from pathlib import Path

import click

from evalkit.support.options import DEVICE, JSON, MODEL, QUIET, RESIZE, SEED, options, say


@click.command(
    epilog="\b\nExamples:\n"
    "  evalkit disentangle runs/vae/ckpt.pt --data fdd64.h5\n"
    "  evalkit disentangle runs/aae/ckpt.pt --data normal64.h5 --fold picture --json scores.json"
)
@MODEL
@click.option("--data", help="Data set file with /params.  [default: as recorded]")
@click.option("--n", type=int, default=4000, show_default=True, help="Images.")
@click.option(
    "--factors", default="", metavar="NAMES", help="Comma-separated.  [default: a,b,c,d, or all]"
)
@click.option(
    "--fold", type=click.Choice(["sizes", "picture", "none"]), default="sizes", show_default=True,
    help="Parameters up to the map's symmetries: absolute values; up to those that leave the "
    "picture as it is; as they are.",
)  # fmt: skip
@click.option("--bins", type=int, default=20, show_default=True, help="Of MIG, by quantiles.")
@click.option("--trees", type=int, default=40, show_default=True, help="Of each forest of DCI.")
@click.option(
    "--refits", type=int, default=10, show_default=True, help="Of DCI, for intervals; 0: none."
)
@click.option("--votes", type=int, default=200, show_default=True, help="Of FactorVAE's score.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Picture (PNG): which latent tells of what."
)
@options(RESIZE, SEED, DEVICE, JSON, QUIET)
def disentangle(
    spec: str,
    data: str | None,
    n: int,
    factors: str,
    fold: str,
    bins: int,
    trees: int,
    refits: int,
    votes: int,
    out: Path | None,
    resize: bool,
    seed: int,
    device: str,
    json_file: Path | None,
    quiet: bool,
) -> None:
    """Does each latent of CKPT stand for one true parameter? MIG, SAP, DCI, FactorVAE's score.

    Needs a model with an encoder and images whose parameters are known. Of a Fractal Dream file
    fresh images are rendered by its own law. Each score stands with its 95% interval and with
    what codes of other images score.
    """
    from evalkit.disentanglement.evaluation import measure
    from evalkit.disentanglement.scores import Settings
    from evalkit.inputs.images import open_images
    from evalkit.inputs.model import open_model
    from evalkit.sample_quality.figures import check_png, importance_figure, write_figure
    from evalkit.support.files import check_places

    check_places(json_file, out)
    check_png(out)
    how = Settings(bins=bins, trees=trees, refits=refits, votes=votes, seed=seed)
    model = open_model(spec, device=device)
    model.need_encoder("disentanglement")
    images = open_images(data, model, resize=resize)
    names = tuple(name.strip() for name in factors.split(",") if name.strip())
    result = measure(
        model, images, n=n, names=names, how=fold, settings=how, progress=not quiet
    )  # fmt: skip
    if out is not None:
        write_figure(importance_figure(result), out)
    row = "{:<17}{:>7}  {:<16}{:>7}  {}".format
    lines = [row("score", "value", "95% interval", "chance", "by factor")]
    for name, score in result.scores.items():
        span = "-" if score.low is None else f"{score.low:.3f} to {score.high:.3f}"
        told = " ".join(f"{k} {value:.2f}" for k, value in score.by_factor.items())
        lines.append(row(name, f"{score.value:.3f}", span, f"{score.chance:.3f}", told))
    lines.append(
        f"{result.images:,} images ({result.notes['images']}), {result.latent} latents of which "
        f"{result.used} vary; fixed factors: {result.notes['sharing']}; "
        f"fold: {result.notes['fold']}"
    )
    say({"generator": spec, **asdict(result)}, "\n".join(lines), json_file)
