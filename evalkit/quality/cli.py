"""evalkit disentangle, quality and compare: thin shells over functions of this package."""

from dataclasses import asdict
from pathlib import Path

import click

from evalkit.support.options import (
    CLASSIFIER,
    DEVICE,
    JSON,
    MODEL,
    PART,
    QUIET,
    RESIZE,
    ROOT,
    SEED,
    options,
    say,
)


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
    from evalkit.disentanglement.factors import measure
    from evalkit.disentanglement.scores import Settings
    from evalkit.inputs.model import open_images, open_model
    from evalkit.support.files import check_places

    from .figures import check_png, importance_figure, write_figure

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


@click.command(
    epilog="\b\nExamples:\n"
    "  evalkit quality runs/vae/ckpt.pt --classifier digits.pt --root idx/\n"
    "  evalkit quality runs/dcgan/ckpt.pt --data fdd64.h5 --out quality.png --json quality.json\n"
    "  evalkit quality runs/dcgan/ckpt.pt --weights weights-inception-2015-12-05-6726825d.pth"
)
@MODEL
@click.option("--data", help="What it learnt from.  [default: as recorded]")
@click.option("--n", type=int, default=2000, show_default=True, help="Images of each, at most.")
@click.option(
    "--weights", type=click.Path(), help="InceptionV3 of torch-fidelity: FID, KID, Inception score."
)
@click.option("--download", is_flag=True, help="Allow fetching these weights.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Picture (PNG): D(x), D(G(z)); shares of classes.",
)
@click.option("--latent", type=click.IntRange(1), help="L of a module:callable.")
@options(CLASSIFIER, ROOT, PART, RESIZE, SEED, DEVICE, JSON, QUIET)
def quality(
    spec: str,
    data: str | None,
    n: int,
    names: str | None,
    weights: str | None,
    download: bool,
    out: Path | None,
    latent: int | None,
    root: str | None,
    part: str | None,
    resize: bool,
    seed: int,
    device: str,
    json_file: Path | None,
    quiet: bool,
) -> None:
    """How good and how varied are the images that CKPT makes?

    Distances to images it never saw, on features of our own and, with --weights, FID, KID and
    Inception score; diversity; coverage of the classes; what its D says. CKPT is a checkpoint, or
    module:callable together with --data.
    """
    from evalkit.inputs.model import open_images, open_model
    from evalkit.networks.classifier import load_classifier
    from evalkit.support.files import check_places

    from .evaluation import quality as measured
    from .figures import check_png, quality_figure, write_figure
    from .inception import check_weights
    from .report import quality_table

    check_places(json_file, out)
    check_png(out)
    check_weights(weights, download)
    model = open_model(spec, device=device, latent=latent)
    images = open_images(data, model, root=root, part=part, resize=resize)
    named = None if names is None else load_classifier(names, device)
    result = measured(
        model, images, n=n, classifier=named, classifier_name=names or "",
        weights=weights, download=download, seed=seed, progress=not quiet,
    )  # fmt: skip
    if out is not None:
        write_figure(quality_figure(result), out)
    say(asdict(result), quality_table(result), json_file)


@click.command(
    epilog="\b\nExamples:\n"
    "  evalkit compare runs/vae-* runs/dcgan --classifier digits.pt --report compare.html\n"
    "  evalkit compare runs/vae runs/aae --data fdd64.h5 --n 1000 --json compare.json\n"
    "  evalkit compare runs/* --without copying --without disentanglement"
)
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@click.option("--data", help="To compare on.  [default: what all of them learnt from]")
@click.option("--n", type=int, default=2000, show_default=True, help="Images of each, at most.")
@click.option(
    "--weights", type=click.Path(), help="InceptionV3 of torch-fidelity: FID, KID, Inception score."
)
@click.option("--download", is_flag=True, help="Allow fetching these weights.")
@click.option(
    "--without", multiple=True, help="Leave out reconstruction, copying or disentanglement."
)
@click.option(
    "--fold", type=click.Choice(["sizes", "picture", "none"]), default="sizes", show_default=True,
    help="Of the true parameters, as in disentangle.",
)  # fmt: skip
@click.option("--report", type=click.Path(path_type=Path), help="Write one HTML page here.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Picture (PNG): figures by latent size."
)
@options(CLASSIFIER, ROOT, PART, RESIZE, SEED, DEVICE, JSON, QUIET)
def compare(
    runs: tuple[str, ...],
    data: str | None,
    n: int,
    names: str | None,
    weights: str | None,
    download: bool,
    without: tuple[str, ...],
    fold: str,
    report: Path | None,
    out: Path | None,
    root: str | None,
    part: str | None,
    resize: bool,
    seed: int,
    device: str,
    json_file: Path | None,
    quiet: bool,
) -> None:
    """Several models side by side, one row each: reconstruction, quality, classes, copying,
    disentanglement.

    RUN is a folder of fractaldream train, or a checkpoint. Rows are kept in RUN/measures.json: a
    comparison that was interrupted, or gets one more run, goes on from there.
    """
    from evalkit.comparison.page import curves, table, write
    from evalkit.comparison.runs import Settings
    from evalkit.comparison.runs import compare as compared
    from evalkit.networks.classifier import load_classifier
    from evalkit.support.files import check_places

    from .figures import check_png, write_figure

    check_places(json_file, report, out)
    check_png(out)
    named = None if names is None else load_classifier(names, device)
    found = compared(
        list(runs), data=data, root=root, part=part, resize=resize, classifier=named,
        classifier_name=names or "", weights=weights, download=download,
        settings=Settings(n=n, seed=seed, without=without, fold=fold), device=device,
        progress=not quiet,
    )  # fmt: skip
    if report is not None:
        write(found, report)
    if out is not None:
        write_figure(curves(found.rows), out)
    say(found.to_dict(), table(found), json_file)
